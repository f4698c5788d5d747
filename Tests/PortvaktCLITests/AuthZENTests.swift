import Foundation
import Testing

/// Systems without gRPC: Python's httpx and curl against a real daemon. Needs Python 3 and a registry of Python packages the
/// first time; without them it fails and says so.
@Suite("AuthZEN 1.0 over JSON", .timeLimit(.minutes(5)))
struct AuthZENTests {
    @Test(
        "single and several evaluations, metadata, errors, callers and faults come out right over HTTP/2 and HTTP/1.1",
        arguments: ["2", "1.1"])
    func python(version: String) async throws {
        let daemon = try await TestingDaemon()
        let result = try await Interop.run("authzen_client.py", against: daemon, "--http \(version)")
        #expect(result.status == 0, "\(result.output)\n\(result.error)")
        #expect(result.output.contains("ok      HTTP/\(version) is spoken"))
        #expect(result.output.hasSuffix(" checks, 0 failed\n"))
    }
}

/// The programs of `dev/interop`.
enum Interop {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("dev/interop").path

    /// Runs a Python program against a daemon in testing mode, as the system journal.
    static func run(_ program: String, against daemon: TestingDaemon, _ more: String = "") async throws -> Tool.Result {
        try await Tool.sh(
            "'\(folder)/python' '\(folder)/\(program)' --target \(daemon.address)"
                + " --certs '\(daemon.scratch.path("certs"))' --as journal \(more)",
            environment: [:])
    }
}
