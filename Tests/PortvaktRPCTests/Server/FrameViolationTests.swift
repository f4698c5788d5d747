import Testing

@testable import PortvaktRPC

/// Frames that HTTP/2 does not allow. The stream or the connection ends, it is counted, and others are answered.
@Suite("Violations of HTTP/2")
struct FrameViolationTests {
    /// Sends `bytes` on a fresh connection, returns the client when the server has closed it.
    private func expectClosed(
        _ event: ServerEvent, start: Bool = true, code: UInt32?, _ bytes: [UInt8]
    ) async throws {
        try await TestServer.with { server, _ in
            let goAway = try await onThread {
                let client = try server.client(start: start)
                try client.tls.write(bytes)
                try client.pump { _ in false }
                return client.goAway
            }
            #expect(goAway == code)
            #expect(server.events(event) == 1)
            let answer = try await onThread { try server.client().call(TestServer.Path.echo, [1]) }
            #expect(answer.messages == [[1]])
        }
    }

    @Test("bytes that are not HTTP/2")
    func notHTTP2() async throws {
        try await expectClosed(.badPreface, start: false, code: nil, Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
    }

    @Test("a frame larger than the server's maximum")
    func oversizedFrame() async throws {
        try await expectClosed(
            .protocolViolation, code: HTTP2ErrorCode.frameSizeError,
            RawHTTP2Client.head(1, TestServer.Path.echo) + [0, 0x40, 1, 0, 0, 0, 0, 0, 1])
    }

    @Test("DATA on a stream that was never opened")
    func dataOnIdle() async throws {
        try await expectClosed(
            .protocolViolation, code: HTTP2ErrorCode.protocolError, RawHTTP2Client.data(1, [1]))
    }

    @Test("a stream with an even number")
    func evenStream() async throws {
        try await expectClosed(
            .protocolViolation, code: HTTP2ErrorCode.protocolError, RawHTTP2Client.head(2, TestServer.Path.echo))
    }

    @Test("a header block that is not HPACK")
    func badHPACK() async throws {
        try await expectClosed(
            .protocolViolation, code: 9,
            RawHTTP2Client.encode(1, flags: 5, stream: 1, payload: [0xff, 0xff, 0xff, 0xff]))
    }

    @Test("a window of the connection beyond 2^31 - 1")
    func windowOverflow() async throws {
        try await expectClosed(
            .flowControlViolation, code: HTTP2ErrorCode.flowControlError,
            RawHTTP2Client.encode(8, payload: RawHTTP2Client.bytes(0x7fff_ffff)))
    }

    @Test("more DATA than the window of the stream lets through")
    func windowViolation() async throws {
        var http2 = HTTP2Limits()
        http2.streamWindow = 10_000
        try await TestServer.with(http2: http2) { server, _ in
            let code = try await onThread {
                let client = try server.client()
                try client.pump { $0.settings[4] == 10_000 }
                let stream = client.nextStream()
                // The first half of a message's prefix, so that the server waits for more and grants no new window.
                try client.tls.write(
                    RawHTTP2Client.head(stream, TestServer.Path.echo)
                        + RawHTTP2Client.encode(0, stream: stream, payload: [UInt8](repeating: 0, count: 10_001)))
                return try client.response(stream).resetCode ?? client.goAway
            }
            #expect(code == HTTP2ErrorCode.flowControlError)
            #expect(server.events(.flowControlViolation) >= 1)
        }
    }

    @Test("more streams than a client has acknowledged to be allowed")
    func tooManyStreams() async throws {
        var http2 = HTTP2Limits()
        http2.maxConcurrentStreams = 5
        try await TestServer.with(http2: http2) { server, _ in
            let code = try await onThread {
                let client = try server.client()
                // Wait until the server knows that we have its SETTINGS.
                try client.pump { $0.settings[3] == 5 }
                #expect(try client.call(TestServer.Path.echo, [1]).messages == [[1]])
                for _ in 0..<6 {
                    let stream = client.nextStream()
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, []))
                }
                try client.pump { _ in false }
                return client.goAway
            }
            #expect(code == HTTP2ErrorCode.protocolError)
            #expect(server.events(.protocolViolation) == 1)
            #expect(server.held == 5)
        }
    }

    @Test("requests that together are larger than a connection may have waiting")
    func buffered() async throws {
        var limits = ServerLimits()
        limits.maxBufferedPerConnection = 10_000
        try await TestServer.with(limits: limits) { server, _ in
            let response = try await onThread {
                let client = try server.client()
                let part: [UInt8] = [0] + RawHTTP2Client.bytes(6000) + [UInt8](repeating: 0, count: 5000)
                for _ in 0..<2 {
                    let stream = client.nextStream()
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.echo)
                            + RawHTTP2Client.encode(0, stream: stream, payload: part))
                }
                let second = try client.response(3)
                // The first can still be finished.
                try client.send(0, flags: 1, stream: 1, [UInt8](repeating: 0, count: 1000))
                #expect(try client.response(1).grpcStatus == 0)
                return second
            }
            #expect(response.grpcStatus == 8)
            #expect(server.events(.bufferExhausted) == 1)
        }
    }

    @Test("answers that together are larger than a connection may leave unread")
    func unsent() async throws {
        var limits = ServerLimits()
        limits.maxUnsentPerConnection = 10_000
        try await TestServer.with(limits: limits) { server, _ in
            let response = try await onThread {
                let client = try server.client(initialWindow: 0)
                let message = [UInt8](repeating: 1, count: 5000)
                let first = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.head(first, TestServer.Path.echo) + RawHTTP2Client.data(first, message))
                return try client.call(TestServer.Path.echo, message)
            }
            #expect(response.grpcStatus == 8)
            #expect(server.events(.unsentExhausted) == 1)
        }
    }

    @Test("answers that together are larger than one caller's connections may leave unread: others have their own room")
    func unsentOfCaller() async throws {
        var limits = ServerLimits()
        limits.maxUnsentPerCaller = 10_000
        let message = [UInt8](repeating: 1, count: 5000)
        try await TestServer.with(limits: limits) { server, pki in
            let other = try pki.issue("other", .client(TestServer.otherOrganizationNumber))
            let (first, second) = try await onThread {
                let first = try server.client(initialWindow: 0)
                let stream = first.nextStream()
                try first.tls.write(
                    RawHTTP2Client.head(stream, TestServer.Path.echo) + RawHTTP2Client.data(stream, message))
                try first.pump { $0.responses[stream]?.head.isEmpty == false }
                let second = try server.client()
                #expect(try second.call(TestServer.Path.echo, message).grpcStatus == 8)
                #expect(try second.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                let stranger = try RawHTTP2Client(
                    RawTLSClient(port: server.port, trustAnchors: server.trustAnchors, credential: other))
                #expect(try stranger.call(TestServer.Path.echo, message).grpcStatus == 0)
                #expect(server.events(.unsentExhausted) == 1)
                // What is read waits no longer.
                try first.send(8, stream: stream, RawHTTP2Client.bytes(6000))
                #expect(try first.response(stream).messages == [message])
                #expect(try second.call(TestServer.Path.echo, message).messages == [message])
                let again = first.nextStream()
                try first.tls.write(
                    RawHTTP2Client.head(again, TestServer.Path.echo) + RawHTTP2Client.data(again, message))
                try first.pump { $0.responses[again]?.head.isEmpty == false }
                #expect(try second.call(TestServer.Path.echo, message).grpcStatus == 8)
                return (first, second)
            }
            // Nor does what nobody can read any more.
            first.hangUp()
            #expect(await eventually { server.server.metrics.connectionsOpen == 1 })
            #expect(try await onThread { try second.call(TestServer.Path.echo, message).messages } == [message])
        }
    }
}
