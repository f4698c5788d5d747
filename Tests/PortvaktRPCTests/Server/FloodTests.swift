import NIOCore
import Testing

@testable import PortvaktRPC

/// Clients that send too much of something that costs them little. Each is cut off and counted, and others are
/// answered meanwhile.
@Suite("Floods of frames")
struct FloodTests {
    /// `attack` is repeated until the server closes the connection; it must have done so after `atMost` times.
    private func expect(
        _ event: ServerEvent, http2: HTTP2Limits = .defaults, atMost: Int,
        first: [UInt8] = [], _ attack: @escaping @Sendable (RawHTTP2Client, Int) -> [UInt8]
    ) async throws {
        try await TestServer.with(http2: http2) { server, _ in
            let other = try await onThread { try server.client() }
            let goAway = try await onThread { try Self.run(server, atMost: atMost, first: first, attack) }
            #expect(server.events(event) == 1)
            // A GOAWAY may be lost when the connection is reset under what the client still sends.
            #expect(goAway == nil || goAway == HTTP2ErrorCode.enhanceYourCalm)
            #expect(try await server.stillAnswers(other))
            #expect(await eventually { server.server.metrics.connectionsOpen <= 2 })
        }
    }

    /// Returns the code of the GOAWAY that was read.
    private static func run(
        _ server: TestServer, atMost: Int, first: [UInt8], _ attack: (RawHTTP2Client, Int) -> [UInt8]
    ) throws -> UInt32? {
        let client = try server.client()
        try client.pump { $0.settings[3] != nil }
        try client.tls.write(first)
        do {
            for round in 0..<atMost { try client.tls.write(attack(client, round)) }
        } catch RawTLSClient.Failure.closed {
            // Cut already.
        }
        try client.pump { _ in false }
        #expect(client.isClosed)
        return client.goAway
    }

    @Test("PING")
    func ping() async throws {
        var limits = HTTP2Limits()
        limits.pings = .init(burst: 20, perSecond: 1)
        try await expect(.pingFlood, http2: limits, atMost: 2000) { _, _ in
            RawHTTP2Client.encode(6, payload: [UInt8](repeating: 0, count: 8))
        }
    }

    @Test("SETTINGS")
    func settings() async throws {
        var limits = HTTP2Limits()
        limits.settings = .init(burst: 5, perSecond: 1)
        try await expect(.settingsFlood, http2: limits, atMost: 2000) { _, _ in RawHTTP2Client.encode(4) }
    }

    @Test("streams opened and reset (rapid reset, CVE-2023-44487)")
    func rapidReset() async throws {
        var limits = HTTP2Limits()
        limits.peerResets = .init(burst: 50, perSecond: 1)
        try await expect(.resetFlood, http2: limits, atMost: 5000) { client, _ in
            let stream = client.nextStream()
            return RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, [])
                + RawHTTP2Client.encode(3, stream: stream, payload: RawHTTP2Client.bytes(8))
        }
    }

    @Test("streams on which the server is made to reset (CVE-2025-8671)", arguments: [true, false])
    func madeYouReset(_ byWindow: Bool) async throws {
        var limits = HTTP2Limits()
        limits.provokedResets = .init(burst: 20, perSecond: 1)
        try await expect(.provokedResetFlood, http2: limits, atMost: 5000) { client, _ in
            let stream = client.nextStream()
            if byWindow {
                return RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, [])
                    + RawHTTP2Client.encode(8, stream: stream, payload: RawHTTP2Client.bytes(0x7fff_ffff))
            }
            // The body is longer than the header said.
            return RawHTTP2Client.head(stream, TestServer.Path.hold, [("content-length", "1")])
                + RawHTTP2Client.data(stream, [1, 2, 3])
        }
    }

    @Test("whoever makes the server reset too many streams is told why the connection ends")
    func madeYouResetGoAway() async throws {
        var limits = HTTP2Limits()
        limits.provokedResets = .init(burst: 5, perSecond: 1)
        try await TestServer.with(http2: limits) { server, _ in
            let client = try await onThread {
                let client = try server.client()
                try client.pump { $0.settings[3] != nil }
                let streams = (0..<20).flatMap { _ in
                    let stream = client.nextStream()
                    return RawHTTP2Client.head(stream, TestServer.Path.hold, [("content-length", "1")])
                        + RawHTTP2Client.data(stream, [1, 2, 3])
                }
                try client.tls.write(streams)
                // All was read by the server when it closes, so that nothing of what it said is lost.
                try client.pump { _ in false }
                return client
            }
            #expect(client.goAway == HTTP2ErrorCode.enhanceYourCalm)
            #expect(server.events(.provokedResetFlood) == 1 && server.events(.protocolViolation) == 0)
        }
    }

    @Test("DATA without data")
    func emptyData() async throws {
        var limits = HTTP2Limits()
        limits.emptyFrames = .init(burst: 50, perSecond: 1)
        try await expect(
            .emptyFrameFlood, http2: limits, atMost: 5000, first: RawHTTP2Client.head(1, TestServer.Path.echo)
        ) { _, _ in RawHTTP2Client.encode(0, stream: 1) }
    }

    @Test("PRIORITY")
    func priority() async throws {
        var limits = HTTP2Limits()
        limits.emptyFrames = .init(burst: 50, perSecond: 1)
        try await expect(.emptyFrameFlood, http2: limits, atMost: 5000) { _, _ in
            RawHTTP2Client.encode(2, stream: 1, payload: [0, 0, 0, 0, 1])
        }
    }

    @Test("WINDOW_UPDATE")
    func windowUpdate() async throws {
        var limits = HTTP2Limits()
        limits.windowUpdates = .init(burst: 50, perSecond: 1)
        try await expect(.windowUpdateFlood, http2: limits, atMost: 5000) { _, _ in
            RawHTTP2Client.encode(8, payload: RawHTTP2Client.bytes(1))
        }
    }

    @Test("CONTINUATION without end")
    func continuation() async throws {
        let first = RawHTTP2Client.block(RawHTTP2Client.requestFields(TestServer.Path.echo))
        try await expect(
            .continuationFlood, atMost: 5000, first: RawHTTP2Client.encode(1, stream: 1, payload: first)
        ) { _, _ in RawHTTP2Client.encode(9, stream: 1, payload: RawHTTP2Client.block([("x", "y")])) }
    }

    @Test("CONTINUATION frames without content")
    func emptyContinuation() async throws {
        let first = RawHTTP2Client.block(RawHTTP2Client.requestFields(TestServer.Path.echo))
        try await expect(
            .continuationFlood, atMost: 5000, first: RawHTTP2Client.encode(1, stream: 1, payload: first)
        ) { _, _ in RawHTTP2Client.encode(9, stream: 1) }
    }

    @Test("a small header block that unfolds to a large list (HPACK bomb)")
    func hpackBomb() async throws {
        // One field of 4,000 bytes is put in the table (RFC 7541 section 6.2.1), then named by one byte each: 16,000
        // references in one frame would be 64 MB.
        let value = [UInt8](repeating: 0x61, count: 4000)
        let field: [UInt8] = [0x40, 1, 0x78, 127, 0xa1, 0x1e] + value
        let bomb = field + [UInt8](repeating: 0xbe, count: 12_000)
        try await expect(.headerBomb, atMost: 1) { _, _ in
            RawHTTP2Client.encode(1, flags: 5, stream: 1, payload: bomb)
        }
    }

    @Test("acknowledgements that are never read are limited")
    func unreadAcknowledgements() async throws {
        var limits = HTTP2Limits()
        limits.pings = .init(burst: 1_000_000, perSecond: 1)
        limits.maxOutboundAcknowledgements = 10
        // In one write, so that the server reads many before it has sent its answers.
        let pings = (0..<1000).flatMap { _ in RawHTTP2Client.encode(6, payload: [UInt8](repeating: 1, count: 8)) }
        try await expect(.pingFlood, http2: limits, atMost: 1) { _, _ in pings }
    }

    @Test("key updates that all want an answer leave the server's memory and the connection alone")
    func keyUpdates() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                let client = try server.client()
                for _ in 0..<200 {
                    client.tls.updateKeys()
                    try client.send(8, RawHTTP2Client.bytes(1))
                }
                return try client.call(TestServer.Path.echo, [1])
            }
            #expect(response.messages == [[1]])
        }
    }
}
