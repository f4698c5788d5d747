internal import ArgumentParser
internal import NIOCore
internal import PortvaktClient
internal import PortvaktRPC

/// `portvakt health`
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Says whether the service can decide and record now (grpc.health.v1).",
        discussion: """
            Exit status 0 when it serves, 1 when it says that it does not, 2 when there is no answer.

            Example:
              portvakt health --address localhost:7443 --certs certs-here --as officer
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let reply = try await Remote.with(connection) { remote in
            // An empty HealthCheckRequest asks about the server as a whole.
            try await remote.raw(RPCRoute("/grpc.health.v1.Health/Check"), ByteBuffer())
        }
        let state = Self.state(reply)
        output.show(["state": .string(state)]) {
            Output.line(Output.styled(state, state == Self.serving ? .green : .red))
        }
        if state != Self.serving { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private static let serving = "SERVING"

    /// `HealthCheckResponse.status`: field 1, a varint (grpc/doc/health-checking.md). Absent: 0.
    static func state(_ reply: ByteBuffer) -> String {
        let bytes = Array(buffer: reply)
        let number = bytes.count == 2 && bytes[0] == 0x08 ? bytes[1] : 0
        switch number {
        case 1: return serving
        case 2: return "NOT_SERVING"
        case 3: return "SERVICE_UNKNOWN"
        default: return "UNKNOWN"
        }
    }
}
