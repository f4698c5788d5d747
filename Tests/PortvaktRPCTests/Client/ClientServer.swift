import NIOCore

@testable import PortvaktRPC

/// A server with methods of one test.
struct ClientServer {
    let server: RPCServer
    let port: Int

    static func with<Value>(
        _ methods: [RPCMethod], configure: (inout RPCServer.Configuration) -> Void = { _ in },
        _ body: (ClientServer, TestPKI) async throws -> Value
    ) async throws -> Value {
        let pki = try TestPKI()
        let server = try await start(methods, pki, configure: configure)
        do {
            let value = try await body(server, pki)
            try await server.server.drain(linger: .zero)
            return value
        } catch {
            try? await server.server.drain(linger: .zero)
            throw error
        }
    }

    static func start(
        _ methods: [RPCMethod], _ pki: TestPKI, port: Int = 0, name: String = "server",
        configure: (inout RPCServer.Configuration) -> Void = { _ in }
    ) async throws -> ClientServer {
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue(name, .server)))
        configuration.limits.tick = .milliseconds(20)
        configuration.limits.ageGrace = .seconds(2)
        configure(&configuration)
        let server = try RPCServer(configuration: configuration, methods: methods, callerPolicy: TestServer.Policy())
        let bound = try await server.start(host: "127.0.0.1", port: port)
        return ClientServer(server: server, port: bound.port ?? 0)
    }

    /// Answers with its name.
    static func named(_ name: String) -> RPCMethod {
        RPCMethod(path: "/test.Name/Get", kind: .unary) { call, _ in call.respond(ByteBuffer(string: name)) }
    }
}
