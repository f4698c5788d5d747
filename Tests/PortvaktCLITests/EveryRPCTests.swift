import Foundation
import TestPrograms
import Testing

/// Python's own gRPC library makes every call that there is. Needs Python 3 and a registry of Python packages the first time;
/// without them it fails and says so.
@Suite("Every RPC, with a stock client", .timeLimit(.minutes(5)))
struct EveryRPCTests {
    /// The parts of the program, each with what must be among its words: all of it at once is long on a busy machine.
    @Test(
        "is called, and what reflection lists and nobody calls is a failure; details, deadlines, sizes, GOAWAY",
        arguments: [
            ("calls", "/portvakt.v1.Access/Check was called"), ("manners", "GOAWAY: no call hangs"),
        ])
    func python(part: String, words: String) async throws {
        let daemon = try await TestingDaemon()
        let result = try await Interop.run(
            "every_rpc.py", against: daemon, "--part \(part) --pid \(daemon.daemon.id)")
        #expect(result.status == 0, "\(result.output)\n\(result.error)")
        #expect(result.output.contains("ok      \(words)\n"))
        #expect(result.output.hasSuffix(" checks, 0 failed\n"))
    }
}
