import NIOCore
import Testing

@testable import PortvaktRPC

/// Clients that hold on to something for as long as they are allowed to. Each is cut off and counted, and others are
/// answered meanwhile.
@Suite("Slow clients")
struct SlowClientTests {
    /// Long enough for an honest client on a busy machine.
    private static let short = TimeAmount.seconds(2)

    private func expect(
        _ event: ServerEvent, limits: ServerLimits = .defaults, http2: HTTP2Limits = .defaults,
        _ attack: @escaping @Sendable (TestServer) throws -> Void
    ) async throws {
        try await TestServer.with(limits: limits, http2: http2) { server, _ in
            let other = try await onThread { try server.client() }
            let attacker = Task { try await onThread { try attack(server) } }
            #expect(await eventually { server.events(event) == 1 })
            // It is told once, as what it is.
            #expect(server.events(.protocolViolation) == 0)
            // A connection from before the attack, and one from after.
            #expect(try await server.stillAnswers(other))
            try await attacker.value
        }
    }

    @Test("a handshake that never begins")
    func silentHandshake() async throws {
        var limits = ServerLimits()
        limits.handshakeTimeout = Self.short
        try await expect(.handshakeTimedOut, limits: limits) { server in
            let got = try TestSocket(port: server.port).read()
            #expect(got.isEmpty)
        }
    }

    @Test("a handshake that goes on, a byte at a time")
    func drippingHandshake() async throws {
        var limits = ServerLimits()
        limits.handshakeTimeout = Self.short
        try await expect(.handshakeTimedOut, limits: limits) { server in
            let socket = try TestSocket(port: server.port)
            // The header of a handshake record of 512 bytes, and then one byte after the other.
            try socket.write([22, 3, 1, 2, 0, 1])
            do {
                for _ in 0..<500 {
                    try socket.write([0])
                    try pause(milliseconds: 10)
                }
                Issue.record("the server let the handshake go on")
            } catch TestSocket.Failure.system {
                // It hung up.
            }
        }
    }

    @Test("a client that never sends its preface")
    func noPreface() async throws {
        var limits = ServerLimits()
        limits.headersTimeout = Self.short
        try await expect(.slowPreface, limits: limits) { server in
            let client = try server.client(start: false)
            client.isPolite = false
            try client.pump { _ in false }
            #expect(client.goAway == HTTP2ErrorCode.enhanceYourCalm)
        }
    }

    @Test("a header list that does not end")
    func slowHeaders() async throws {
        var limits = ServerLimits()
        limits.headersTimeout = Self.short
        try await expect(.slowHeaders, limits: limits) { server in
            let client = try server.client()
            // Not even an acknowledgement: between the frames of a header list nothing else is allowed.
            client.isPolite = false
            let block = RawHTTP2Client.block(RawHTTP2Client.requestFields(TestServer.Path.echo))
            try client.send(1, flags: 0, stream: 1, block)
            try client.pump { _ in false }
            #expect(client.goAway == HTTP2ErrorCode.enhanceYourCalm)
        }
    }

    @Test("a HEADERS frame that does not end")
    func slowHeadersFrame() async throws {
        var limits = ServerLimits()
        limits.headersTimeout = Self.short
        try await expect(.slowHeaders, limits: limits) { server in
            let client = try server.client()
            client.isPolite = false
            try client.tls.write(Array(RawHTTP2Client.head(1, TestServer.Path.echo).prefix(20)))
            try client.pump { _ in false }
            #expect(client.isClosed)
        }
    }

    @Test("trailers have their own time, from their first byte")
    func lateTrailers() async throws {
        var limits = ServerLimits()
        limits.headersTimeout = Self.short
        try await TestServer.with(limits: limits) { server, _ in
            try await onThread {
                let client = try server.client()
                try client.pump { $0.settings[3] != nil }
                let stream = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.head(stream, TestServer.Path.echo) + RawHTTP2Client.data(stream, [4], end: false))
                try pause(milliseconds: 2500)
                try client.send(1, flags: 1, stream: stream, RawHTTP2Client.block([("x", "y")]))
                // Some ticks of the server's clock in the middle of the list.
                try pause(milliseconds: 200)
                try client.send(9, flags: 4, stream: stream, [])
                #expect(try client.response(stream).messages == [[4]])
                let next = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(next, TestServer.Path.echo))
                client.isPolite = false
                try client.send(1, flags: 1, stream: next, RawHTTP2Client.block([("x", "y")]))
                try client.pump { _ in false }
                #expect(client.isClosed && server.events(.slowHeaders) == 1)
            }
        }
    }

    @Test("a body that does not end; the connection goes on")
    func slowBody() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = Self.short
        try await expect(.slowBody, limits: limits) { server in
            let client = try server.client()
            let stream = client.nextStream()
            try client.tls.write(
                RawHTTP2Client.head(stream, TestServer.Path.echo)
                    + RawHTTP2Client.encode(0, stream: stream, payload: [0, 0, 0, 0, 9, 1]))
            #expect(try client.response(stream).grpcStatus == 4)
            #expect(try client.call(TestServer.Path.echo, [2]).messages == [[2]])
        }
    }

    @Test("a call half open without a body")
    func halfOpen() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = Self.short
        try await expect(.slowBody, limits: limits) { server in
            let client = try server.client()
            let stream = client.nextStream()
            try client.tls.write(RawHTTP2Client.head(stream, TestServer.Path.echo))
            #expect(try client.response(stream).grpcStatus == 4)
        }
    }

    @Test("a window of nothing for the answer: that stream is reset, the connection goes on")
    func zeroWindow() async throws {
        var limits = ServerLimits()
        limits.stalledResponseTimeout = Self.short
        try await expect(.stalledResponse, limits: limits) { server in
            let client = try server.client(initialWindow: 0)
            let response = try client.call(TestServer.Path.echo, [1])
            #expect(response.resetCode == HTTP2ErrorCode.cancel)
            #expect(response.head["content-type"] == "application/grpc")
            // A status without a body needs no window.
            #expect(try client.call(TestServer.Path.fail, [1]).grpcStatus == 9)
        }
    }

    @Test("a socket that is not read")
    func unreadSocket() async throws {
        var limits = ServerLimits()
        limits.stalledResponseTimeout = Self.short
        limits.socketHighWater = 64 * 1024
        try await expect(.unreadSocket, limits: limits) { server in
            var options = RawTLSClient.Options()
            options.receiveBuffer = 4096
            let client = try RawHTTP2Client(try server.tls(options), start: false)
            let hugeWindow = RawHTTP2Client.bytes(0x7fff_ffff - 65535)
            try client.tls.write(
                RawHTTP2Client.preface
                    + RawHTTP2Client.encode(4, payload: [0, 4, 0x7f, 0xff, 0xff, 0xff])
                    + RawHTTP2Client.encode(8, payload: hugeWindow))
            for _ in 0..<50 {
                let stream = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.head(stream, TestServer.Path.stream) + RawHTTP2Client.data(stream, [255, 200]))
            }
            // Not one byte is read until the server has given up.
            for _ in 0..<4000 where server.events(.unreadSocket) == 0 { try pause(milliseconds: 5) }
        }
    }

    @Test("a connection that answers no keepalive PING")
    func noPong() async throws {
        var http2 = HTTP2Limits()
        http2.keepaliveInterval = .milliseconds(300)
        http2.keepaliveTimeout = Self.short
        try await TestServer.with(http2: http2) { server, _ in
            try await onThread {
                let client = try server.client()
                // One that answers lives on.
                try client.pump { $0.pingsReceived == 2 }
                #expect(server.events(.keepaliveTimedOut) == 0)
                client.isPolite = false
                try client.pump { _ in false }
                #expect(client.isClosed && client.pingsReceived >= 3)
            }
            #expect(server.events(.keepaliveTimedOut) == 1)
        }
    }
}
