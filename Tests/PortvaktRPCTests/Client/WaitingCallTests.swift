import NIOCore
import Testing

@testable import PortvaktRPC

/// The server says nothing when the client resets a stream, so nothing but the client itself can send the next call.
@Suite("A call that waits for the one stream that the server allows")
struct WaitingCallTests {
    private static let path = "/a.B/C"

    /// A server of one stream at a time that does not answer the first request, and answers all others.
    private func with(_ body: (ScriptedServer, RPCChannel) async throws -> Void) async throws {
        var http2 = HTTP2Limits()
        http2.maxConcurrentStreams = 1
        try await ScriptedServer.with(http2: http2) { connection, stream, number in
            guard number > 0 else { return }
            connection.answer(stream, body: ScriptedConnection.message("next"), trailers: [("grpc-status", "0")])
        } _: { server, pki in
            try await pki.channel([server.port]).closing { channel in
                // The time of a call is its own, not that of connecting.
                channel.connect()
                while await channel.connectivity() != .ready { try await Task.sleep(nanoseconds: 5_000_000) }
                try await body(server, channel)
            }
        }
    }

    /// Starts a call that has to wait, lets the first one go, and gives the answer.
    private func next(_ channel: RPCChannel, after letGo: () async -> Void) async throws -> String {
        async let answer = channel.text(Self.path, "", timeout: .seconds(20))
        // Time for it to begin to wait; when it has none, the test passes without having shown much.
        try await Task.sleep(nanoseconds: 50_000_000)
        await letGo()
        return try await answer
    }

    @Test("is sent when the deadline of the first passes")
    func deadline() async throws {
        try await with { server, channel in
            let first = Task { await status { _ = try await channel.text(Self.path, "", timeout: .seconds(2)) } }
            #expect(await eventually { server.requestCount == 1 })
            let answer = try await next(channel) { #expect(await first.value.code == .deadlineExceeded) }
            #expect(answer == "next")
            #expect(server.connectionCount == 1)
            #expect(await eventually { server.resetCodes == [HTTP2ErrorCode.cancel] })
        }
    }

    @Test("is sent when the first is cancelled")
    func cancelled() async throws {
        try await with { server, channel in
            let first = Task { await status { _ = try await channel.text(Self.path, "", timeout: .seconds(60)) } }
            #expect(await eventually { server.requestCount == 1 })
            let answer = try await next(channel) {
                first.cancel()
                #expect(await first.value.code == .cancelled)
            }
            #expect(answer == "next")
            #expect(server.connectionCount == 1)
        }
    }

    @Test("is sent when the first one's iterator is let go of")
    func iterator() async throws {
        try await with { server, channel in
            var first: RPCMessages.Iterator? = channel.serverStream(Self.path, ByteBuffer()).makeAsyncIterator()
            #expect(await eventually { server.requestCount == 1 })
            withExtendedLifetime(first) {}
            let answer = try await next(channel) { first = nil }
            #expect(answer == "next")
            #expect(server.connectionCount == 1)
        }
    }
}
