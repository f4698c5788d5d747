import NIOCore
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire

@testable import PortvaktClient

/// A server whose answers a test writes: it speaks gRPC rightly and Portvakt wrongly.
final class ScriptedServer: Sendable {
    /// What it does with a call of `Check`, `CheckEach` or `Changes`.
    typealias Script = @Sendable (ServerCall, UnsafeRawBufferPointer) -> Void

    let port: Int
    private let server: RPCServer
    private let certificates: TestCertificates

    private final class AnyCaller: CallerContext {}

    private struct Everybody: CallerPolicy {
        func admit(_ peer: PeerIdentity) -> Admission { .admitted(AnyCaller()) }
    }

    init(_ certificates: TestCertificates, port: Int = 0, script: @escaping Script) async throws {
        self.certificates = certificates
        server = try RPCServer(
            configuration: .init(tls: certificates.server),
            methods: [RPC.check, .checkEach, .watchChanges].map {
                RPCMethod(path: $0.path, kind: $0.kind == .unary ? .unary : .serverStreaming, handler: script)
            },
            callerPolicy: Everybody())
        self.port = try await server.start(host: "127.0.0.1", port: port).port ?? 0
    }

    func stop() async { try? await server.drain(linger: .zero) }

    /// A gate to this server, and to others after it.
    func gate(
        then others: [Int] = [], before: [Int] = [], timeout: TimeAmount = .seconds(20),
        _ configure: (inout Gate.Configuration) -> Void = { _ in }
    ) throws -> Gate {
        try Self.makeGate(certificates, ports: before + [port] + others, timeout: timeout, configure)
    }

    static func makeGate(
        _ certificates: TestCertificates, ports: [Int], timeout: TimeAmount,
        _ configure: (inout Gate.Configuration) -> Void = { _ in }
    ) throws -> Gate {
        var channel = RPCChannelConfiguration(
            targets: ports.map { RPCTarget(host: "127.0.0.1", port: $0) }, tls: try certificates.caller("journal"))
        channel.backoff = .init()
        var configuration = Gate.Configuration(channel: channel, handling: [.log])
        configuration.timeout = timeout
        configure(&configuration)
        return try Gate(configuration)
    }

    /// Answers every `Check` with one answer, and every `CheckEach` with that answer for the ids.
    static func answering(_ answer: Answer, ids: @escaping @Sendable ([Identifier]) -> [Identifier] = { $0 }) -> Script
    {
        { call, bytes in
            let coder = WireCoder()
            if call.path == RPC.check.path {
                return coder.encode(CheckResponse(answer)) { call.respond($0) }
            }
            guard let request = try? coder.decode(CheckManyRequest.self, from: bytes) else {
                return call.fail(RPCStatus(.invalidArgument))
            }
            var response = CheckEachResponse()
            for id in ids(request.items.map(\.id)) { response.add(id, answer) }
            coder.encode(response) { _ = call.send($0) }
            call.finish()
        }
    }
}
