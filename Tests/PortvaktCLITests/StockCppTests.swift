import Foundation
import Testing

/// The built C++ client; `make test` names it when its packages are there, `make interop` always.
private let client = ProcessInfo.processInfo.environment["PORTVAKT_INTEROP_CPP"] ?? ""

@Suite(
    "A stock C++ client and the daemon", .timeLimit(.minutes(3)),
    .enabled(if: !client.isEmpty, "dev/interop/cpp-client builds it and says where it is"))
struct StockCppTests {
    @Test("does checks, batches, streams, deadlines, cancelled calls and status details over mutual TLS")
    func cpp() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let result = try await Tool.sh(
            "'\(client)' \(service.address) '\(service.scratch.path("certs"))' journal", environment: [:])
        #expect(result.status == 0, "\(result.output)\n\(result.error)")
        #expect(result.output.hasSuffix(" checks, 0 failed\n"))
    }
}
