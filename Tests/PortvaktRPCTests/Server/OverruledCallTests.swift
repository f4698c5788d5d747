import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// Handlers give back what they hold for a call when it is cancelled, so they must hear of every end but their own.
@Suite("A call that the server ends while its handler goes on")
struct OverruledCallTests {
    private static let path = "/test.Over/Ruled"

    /// What a handler of a test saw of its calls.
    private struct Seen: Sendable {
        var cancelled = 0
        /// The handler was told in the middle of its own `send`.
        var isSending = false
        var toldWhileSending = 0
        /// What the call said of itself right after the last `send`.
        var wasOver: Bool?
    }

    @Test("over the limit of unsent bytes the handler is told once, after its send, and the rest still leaves")
    func unsentLimit() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .serverStreaming) { call, _ in
            call.onCancel {
                seen.withLock { seen in
                    seen.cancelled += 1
                    if seen.isSending { seen.toldWhileSending += 1 }
                }
            }
            let piece = ByteBuffer(repeating: 1, count: 4000)
            seen.withLock { $0.isSending = true }
            for _ in 0..<10 where !call.isCancelled { _ = call.send(piece) }
            seen.withLock { $0.isSending = false }
            let isOver = call.isCancelled
            seen.withLock { $0.wasOver = isOver }
        }
        try await ClientServer.with([method], configure: { $0.limits.maxUnsentPerConnection = 10_000 }) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread { try client.call(Self.path, []) }
            #expect(response.messages.count == 2)
            #expect(response.grpcStatus == 8)
            #expect(await eventually { seen.withLock { $0.cancelled } == 1 })
            // The connection's end tells nobody twice.
            client.hangUp()
            #expect(
                await eventually { server.server.metrics.connectionsOpen == 0 && server.server.metrics.callsOpen == 0 })
        }
        let last = seen.withLock { $0 }
        #expect(last.cancelled == 1 && last.toldWhileSending == 0 && last.wasOver == true)
    }

    @Test("a message over the limit ends a stream and tells its handler")
    func responseLimit() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .serverStreaming) { call, _ in
            call.onCancel { seen.withLock { $0.cancelled += 1 } }
            _ = call.send(ByteBuffer(repeating: 1, count: 50))
            _ = call.send(ByteBuffer(repeating: 1, count: 200))
        }
        try await ClientServer.with([method], configure: { $0.limits.maxResponseMessage = 100 }) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread { try client.call(Self.path, []) }
            #expect(response.messages.count == 1)
            #expect(response.grpcStatus == 8)
            #expect(await eventually { seen.withLock { $0.cancelled } == 1 })
        }
    }

    @Test("who asks to be told after the end is told at once")
    func late() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .serverStreaming) { call, _ in
            _ = call.send(ByteBuffer(repeating: 1, count: 200))
            call.onCancel { seen.withLock { $0.cancelled += 1 } }
        }
        try await ClientServer.with([method], configure: { $0.limits.maxResponseMessage = 100 }) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread { try client.call(Self.path, []) }
            #expect(response.grpcStatus == 8)
            #expect(seen.withLock { $0.cancelled } == 1)
        }
    }

    @Test("a handler that has given its whole answer is not told, though the answer was too large")
    func ownEnd() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .unary) { call, _ in
            call.onCancel { seen.withLock { $0.cancelled += 1 } }
            call.respond(ByteBuffer(repeating: 1, count: 200))
        }
        try await ClientServer.with([method], configure: { $0.limits.maxResponseMessage = 100 }) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread { try client.call(Self.path, []) }
            #expect(response.grpcStatus == 8)
            client.hangUp()
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
        }
        #expect(seen.withLock { $0.cancelled } == 0)
    }

    @Test("a caller that falls silent in the middle of a bidirectional call")
    func slowBody() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .bidirectional) { call, message in
            call.onCancel { seen.withLock { $0.cancelled += 1 } }
            _ = call.send(message)
        }
        try await ClientServer.with([method], configure: { $0.limits.bodyTimeout = .milliseconds(700) }) {
            server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread {
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path))
                try client.tls.write(RawHTTP2Client.data(stream, [1], end: false))
                return try client.response(stream)
            }
            #expect(response.grpcStatus == 4)
            #expect(await eventually { seen.withLock { $0.cancelled } == 1 })
        }
    }

    @Test("a bidirectional call whose second message is broken")
    func brokenMessage() async throws {
        let seen = Mutex(Seen())
        let method = RPCMethod(path: Self.path, kind: .bidirectional) { call, message in
            call.onCancel { seen.withLock { $0.cancelled += 1 } }
            _ = call.send(message)
        }
        try await ClientServer.with([method]) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread {
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, Self.path))
                try client.tls.write(RawHTTP2Client.data(stream, [1], end: false))
                try client.tls.write(RawHTTP2Client.encode(0, flags: 1, stream: stream, payload: [9, 0, 0, 0, 0]))
                return try client.response(stream)
            }
            #expect(response.messages == [[1]])
            #expect(response.grpcStatus == 13)
            #expect(await eventually { seen.withLock { $0.cancelled } == 1 })
        }
    }

    @Test("a watch of the server's health gives its place back")
    func healthWatch() async throws {
        let registry = HealthRegistry(["": .serving])
        let methods = HealthService.methods(registry) { _ in true }
        try await ClientServer.with(methods, configure: { $0.limits.maxResponseMessage = 1 }) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                for _ in 0..<3 {
                    let watch = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer())
                    #expect(await status { for try await _ in watch {} }.code == .resourceExhausted)
                }
                // The connection is still open.
                #expect(await eventually { registry.watchCount == 0 })
            }
        }
    }
}
