import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

/// Handlers give back what they hold for a call when it is cancelled, so they must hear of every end but their own.
@Suite("A call that the server ends while its handler goes on")
struct OverruledCallTests {
    private static let path = "/test.Over/Ruled"

    /// What a handler of a test saw of its calls.
    private final class Seen: Sendable {
        struct Values: Sendable {
            var cancelled = 0
            /// The handler was told in the middle of its own `send`.
            var isSending = false
            var toldWhileSending = 0
            /// What the call said of itself right after the last `send`.
            var wasOver: Bool?
        }

        let values = Mutex(Values())
        var cancelled: Int { values.withLock { $0.cancelled } }

        /// Counts when the call is ended by somebody else than its handler.
        func watch(_ call: ServerCall) {
            call.onCancel {
                self.values.withLock { values in
                    values.cancelled += 1
                    if values.isSending { values.toldWhileSending += 1 }
                }
            }
        }
    }

    /// A server of one method, a client of it, and what the handler saw.
    private func with(
        _ kind: RPCMethod.Kind, limits: (inout ServerLimits) -> Void = { _ in },
        handler: @escaping @Sendable (ServerCall, UnsafeRawBufferPointer, Seen) -> Void,
        _ body: (ClientServer, RawHTTP2Client, Seen) async throws -> Void
    ) async throws {
        let seen = Seen()
        let method = RPCMethod(path: Self.path, kind: kind) { handler($0, $1, seen) }
        try await ClientServer.with([method], configure: { limits(&$0.limits) }) { server, pki in
            try await body(server, try pki.raw(server.port), seen)
        }
    }

    /// The client's one call, with an empty message.
    private func response(_ client: RawHTTP2Client) async throws -> RawHTTP2Client.Response {
        try await onThread { try client.call(Self.path, []) }
    }

    /// The client's one call, whose request does not end: what follows its first message.
    private func response(
        _ client: RawHTTP2Client, then rest: @escaping @Sendable (_ stream: Int32) -> [UInt8]
    ) async throws -> RawHTTP2Client.Response {
        try await onThread {
            let stream = client.nextStream()
            try client.tls.write(RawHTTP2Client.head(stream, Self.path))
            try client.tls.write(RawHTTP2Client.data(stream, [1], end: false))
            try client.tls.write(rest(stream))
            return try client.response(stream)
        }
    }

    @Test("over the limit of unsent bytes the handler is told once, after its send, and the rest still leaves")
    func unsentLimit() async throws {
        try await with(.serverStreaming, limits: { $0.maxUnsentPerConnection = 10_000 }) { call, _, seen in
            seen.watch(call)
            let piece = ByteBuffer(repeating: 1, count: 4000)
            seen.values.withLock { $0.isSending = true }
            for _ in 0..<10 where !call.isCancelled { _ = call.send(piece) }
            seen.values.withLock { $0.isSending = false }
            let isOver = call.isCancelled
            seen.values.withLock { $0.wasOver = isOver }
        } _: { server, client, seen in
            let response = try await response(client)
            #expect(response.messages.count == 2)
            #expect(response.grpcStatus == 8)
            #expect(await eventually { seen.cancelled == 1 })
            // The connection's end tells nobody twice.
            client.hangUp()
            #expect(
                await eventually { server.server.metrics.connectionsOpen == 0 && server.server.metrics.callsOpen == 0 })
            let last = seen.values.withLock { $0 }
            #expect(last.cancelled == 1 && last.toldWhileSending == 0 && last.wasOver == true)
        }
    }

    @Test("a message over the limit ends a stream and tells its handler")
    func responseLimit() async throws {
        try await with(.serverStreaming, limits: { $0.maxResponseMessage = 100 }) { call, _, seen in
            seen.watch(call)
            _ = call.send(ByteBuffer(repeating: 1, count: 50))
            _ = call.send(ByteBuffer(repeating: 1, count: 200))
        } _: { _, client, seen in
            let response = try await response(client)
            #expect(response.messages.count == 1)
            #expect(response.grpcStatus == 8)
            #expect(await eventually { seen.cancelled == 1 })
        }
    }

    @Test("who asks to be told after the end is told at once")
    func late() async throws {
        try await with(.serverStreaming, limits: { $0.maxResponseMessage = 100 }) { call, _, seen in
            _ = call.send(ByteBuffer(repeating: 1, count: 200))
            seen.watch(call)
        } _: { _, client, seen in
            let response = try await response(client)
            #expect(response.grpcStatus == 8)
            #expect(seen.cancelled == 1)
        }
    }

    @Test("a handler that has given its whole answer is not told, though the answer was too large")
    func ownEnd() async throws {
        try await with(.unary, limits: { $0.maxResponseMessage = 100 }) { call, _, seen in
            seen.watch(call)
            call.respond(ByteBuffer(repeating: 1, count: 200))
        } _: { server, client, seen in
            let response = try await response(client)
            #expect(response.grpcStatus == 8)
            client.hangUp()
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
            #expect(seen.cancelled == 0)
        }
    }

    @Test("a caller that falls silent in the middle of a bidirectional call")
    func slowBody() async throws {
        try await with(.bidirectional, limits: { $0.bodyTimeout = .milliseconds(700) }) { call, message, seen in
            seen.watch(call)
            _ = call.send(message)
        } _: { _, client, seen in
            let response = try await response(client) { _ in [] }
            #expect(response.grpcStatus == 4)
            #expect(await eventually { seen.cancelled == 1 })
        }
    }

    @Test("a bidirectional call whose second message is broken")
    func brokenMessage() async throws {
        try await with(.bidirectional) { call, message, seen in
            seen.watch(call)
            _ = call.send(message)
        } _: { _, client, seen in
            let response = try await response(client) { stream in
                RawHTTP2Client.encode(0, flags: 1, stream: stream, payload: [9, 0, 0, 0, 0])
            }
            #expect(response.messages == [[1]])
            #expect(response.grpcStatus == 13)
            #expect(await eventually { seen.cancelled == 1 })
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
