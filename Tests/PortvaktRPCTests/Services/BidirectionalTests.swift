import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("Bidirectional calls")
struct BidirectionalTests {
    private static let path = "/test.Both/Ways"

    private static let echo = RPCMethod(path: path, kind: .bidirectional) { call, message in
        call.onRequestEnd { call.finish() }
        _ = call.send(message)
    }

    private func call(
        _ method: RPCMethod = echo, _ extra: [(String, String)] = [], _ frames: [@Sendable (Int32) -> [UInt8]]
    ) async throws -> RawHTTP2Client.Response {
        try await ClientServer.with([method]) { server, pki in
            let client = try pki.raw(server.port)
            return try await onThread {
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path, extra))
                for frame in frames { try client.tls.write(frame(stream)) }
                return try client.response(stream)
            }
        }
    }

    private static func end(_ stream: Int32) -> [UInt8] { RawHTTP2Client.encode(0, flags: 1, stream: stream) }

    @Test("no message at all is OK, without the handler being called")
    func none() async throws {
        let response = try await call(Self.echo, [], [Self.end])
        #expect(response.messages.isEmpty)
        #expect(response.grpcStatus == 0)
    }

    @Test("messages are cut as their prefixes say, not as the frames do")
    func cut() async throws {
        let wire: [UInt8] = [0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9]
        let frames = wire.map { byte -> @Sendable (Int32) -> [UInt8] in
            { RawHTTP2Client.encode(0, stream: $0, payload: [byte]) }
        }
        let response = try await call(Self.echo, [], frames + [Self.end])
        #expect(response.messages == [[7], [], [8, 9]])
        #expect(response.grpcStatus == 0)
    }

    @Test("a body that ends inside a message, a wrong flag and an unannounced compression are INTERNAL")
    func broken() async throws {
        for wire in [[0, 0, 0, 0, 2, 1], [0, 0], [9, 0, 0, 0, 0], [1, 0, 0, 0, 1, 1]] as [[UInt8]] {
            let response = try await call(
                Self.echo, [], [{ RawHTTP2Client.encode(0, flags: 1, stream: $0, payload: wire) }])
            #expect(response.grpcStatus == 13)
        }
    }

    @Test("compressed messages are unpacked")
    func gzip() async throws {
        let packed = GzipTests.known
        let response = try await call(
            Self.echo, [("grpc-encoding", "gzip")], [{ RawHTTP2Client.data($0, packed, flag: 1) }])
        #expect(response.messages == [Array("hello hello hello hello".utf8)])
    }

    @Test("a handler may end the call before the request has ended")
    func early() async throws {
        let once = RPCMethod(path: Self.path, kind: .bidirectional) { call, message in call.respond(message) }
        let response = try await call(once, [], [{ RawHTTP2Client.data($0, [5], end: false) }])
        #expect(response.messages == [[5]])
        #expect(response.grpcStatus == 0)
    }

    @Test("a caller that does not read its answers is not handed more work")
    func backPressure() async throws {
        let handled = Mutex(0)
        let grow = RPCMethod(path: Self.path, kind: .bidirectional) { call, _ in
            handled.withLock { $0 += 1 }
            call.onRequestEnd { call.finish() }
            _ = call.send(ByteBuffer(repeating: 1, count: 20_000))
        }
        try await ClientServer.with([grow]) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread {
                client.isPolite = false
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path))
                for index in 0..<100 { try client.tls.write(RawHTTP2Client.data(stream, [1], end: index == 99)) }
                // Our window is 65,535 bytes and the server's outbox as large again.
                try client.pump { ($0.responses[stream]?.body.count ?? 0) >= 65_535 }
                try pause(milliseconds: 100)
                #expect((4...12).contains(handled.withLock { $0 }))
                try client.send(8, stream: 0, RawHTTP2Client.bytes(4_000_000))
                try client.send(8, stream: stream, RawHTTP2Client.bytes(4_000_000))
                return try client.response(stream)
            }
            #expect(response.messages.count == 100)
            #expect(response.grpcStatus == 0)
            #expect(handled.withLock { $0 } == 100)
        }
    }

    @Test("a caller that falls silent is cut")
    func silent() async throws {
        let pki = try TestPKI()
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue("server", .server)))
        configuration.limits.tick = .milliseconds(20)
        configuration.limits.bodyTimeout = .milliseconds(700)
        configuration.limits.ageGrace = .seconds(1)
        let server = try RPCServer(
            configuration: configuration, methods: [Self.echo], callerPolicy: TestServer.Policy())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        let client = try pki.raw(port)
        let response = try await onThread {
            let stream = client.nextStream()
            try client.tls.write(RawHTTP2Client.head(stream, Self.path))
            try client.tls.write(RawHTTP2Client.data(stream, [1], end: false))
            return try client.response(stream)
        }
        #expect(response.messages == [[1]])
        #expect(response.grpcStatus == 4)
        try await server.drain(linger: .zero)
    }
}
