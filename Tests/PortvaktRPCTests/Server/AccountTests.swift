import NIOCore
import Testing

@testable import PortvaktRPC

/// What is counted against a limit is given back, however it ends: otherwise a connection that lives long is refused in the end.
@Suite("What counts against a limit is given back")
struct AccountTests {
    @Test("of several connections of a caller, one that leaves makes room for one")
    func oneLeaves() {
        var limits = ServerLimits()
        limits.maxConnectionsPerCaller = 3
        let census = ConnectionCensus(limits: limits)
        let admitted = { census.admit(caller: "a") != nil }
        #expect([admitted(), admitted(), admitted(), admitted()] == [true, true, true, false])
        census.left(caller: "a")
        #expect([admitted(), admitted()] == [true, false])
    }

    @Test("of several handshakes of an address, one that ends makes room for one; a connection that closes, too")
    func oneEnds() {
        var limits = ServerLimits()
        limits.maxHandshakesPerAddress = 3
        limits.maxConnections = 5
        let census = ConnectionCensus(limits: limits)
        let refusal = { census.accept(address: "a") }
        #expect([refusal(), refusal(), refusal(), refusal()] == [nil, nil, nil, .tooManyHandshakesOfAddress])
        census.handshakeEnded(address: "a")
        #expect([refusal(), refusal()] == [nil, .tooManyHandshakesOfAddress])
        for _ in 0..<3 { census.handshakeEnded(address: "a") }
        #expect([refusal(), refusal()] == [nil, .tooManyConnections])
        census.closed()
        #expect([refusal(), refusal()] == [nil, .tooManyConnections])
    }

    @Test("connections of the server, whether they shook hands or not")
    func connections() async throws {
        var limits = ServerLimits()
        limits.maxConnections = 1
        try await TestServer.with(limits: limits) { server, _ in
            for index in 0..<4 {
                try await onThread {
                    if index.isMultiple(of: 2) {
                        #expect(try server.client().call(TestServer.Path.echo, [1]).grpcStatus == 0)
                    } else {
                        try TestSocket(port: server.port).write([22, 3, 1])
                    }
                }
                #expect(
                    await eventually {
                        server.server.metrics.connectionsAccepted == index + 1
                            && server.server.metrics.connectionsOpen == 0
                    })
            }
            #expect(server.events(.tooManyConnections) == 0)
        }
    }

    /// How a request's bytes come to be held no longer.
    enum End: CaseIterable {
        case answered, refused, reset, many, page
    }

    @Test("request bytes, after an answer, a refusal, a reset, of many messages and of a page", arguments: End.allCases)
    func requestBytes(_ end: End) async throws {
        let both = RPCMethod(path: "/test.Both/Ways", kind: .bidirectional) { call, message in
            call.onRequestEnd { call.finish() }
            _ = call.send(ByteBuffer())
        }
        let echo = RPCMethod(path: TestServer.Path.echo, kind: .unary) { call, message in call.respond(message) }
        let page = HTTPPage(.post, "/page") { call, _ in call.answer(HTTPAnswer(200)) }
        let pki = try TestPKI()
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue("server", .server)))
        configuration.limits.maxBufferedPerConnection = 10_000
        let server = try RPCServer(
            configuration: configuration, methods: [both, echo], pages: [page], callerPolicy: TestServer.Policy())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        let client = try pki.raw(port)
        try await onThread {
            let part = [UInt8](repeating: 0, count: 4000)
            for _ in 0..<6 {
                let stream = client.nextStream()
                switch end {
                case .answered: #expect(try client.call(TestServer.Path.echo, part).grpcStatus == 0)
                case .refused:
                    // One byte too many for the message.
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.echo)
                            + RawHTTP2Client.encode(
                                0, stream: stream, payload: [0] + RawHTTP2Client.bytes(3999) + part))
                    #expect(try client.response(stream).grpcStatus == 12)
                case .reset:
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.echo)
                            + RawHTTP2Client.encode(0, stream: stream, payload: [0, 0, 0, 0x20, 0] + part)
                            + RawHTTP2Client.encode(3, stream: stream, payload: RawHTTP2Client.bytes(8)))
                case .many:
                    try client.tls.write(
                        RawHTTP2Client.head(stream, "/test.Both/Ways")
                            + RawHTTP2Client.data(stream, part, end: false)
                            + RawHTTP2Client.data(stream, part, end: false) + RawHTTP2Client.data(stream, part))
                    #expect(try client.response(stream).grpcStatus == 0)
                case .page:
                    let fields = [(":method", "POST"), (":scheme", "https"), (":path", "/page"), (":authority", "h")]
                    try client.send(1, flags: 4, stream: stream, RawHTTP2Client.block(fields))
                    try client.send(0, flags: 1, stream: stream, part)
                    #expect(try client.response(stream).head[":status"] == "200")
                }
            }
            let last = [UInt8](repeating: 1, count: 9000)
            #expect(try client.call(TestServer.Path.echo, last).messages == [last])
        }
        #expect(server.metrics.events[.bufferExhausted] == nil)
        client.hangUp()
        try await server.drain(linger: .zero)
    }

    @Test("answers that nobody reads any more, and none is given back twice")
    func answerBytes() async throws {
        var limits = ServerLimits()
        limits.maxUnsentPerConnection = 10_000
        try await TestServer.with(limits: limits) { server, _ in
            try await onThread {
                let client = try server.client(initialWindow: 0)
                let message = [UInt8](repeating: 1, count: 4000)
                let unread = { () throws -> Int32 in
                    let stream = client.nextStream()
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.echo) + RawHTTP2Client.data(stream, message))
                    try client.pump { $0.responses[stream]?.head.isEmpty == false }
                    return stream
                }
                for _ in 0..<6 { try client.send(3, stream: try unread(), RawHTTP2Client.bytes(8)) }
                #expect(server.events(.unsentExhausted) == 0)
                for _ in 0..<3 { _ = try unread() }
                #expect(server.events(.unsentExhausted) == 1)
            }
        }
    }
}
