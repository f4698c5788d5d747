import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("Pages beside the RPCs", .timeLimit(.minutes(2)))
struct PageTests {
    private static let json = ("content-type", "application/json")

    /// One that gives back what it got, one that is read, one that never answers.
    private static func pages() -> [HTTPPage] {
        [
            HTTPPage(.post, "/echo", maxBody: 1000) { call, body in
                let fields = [HTTPAnswer.Field("x-echo", call.field("x-probe") ?? "none")]
                call.answer(HTTPAnswer(200, fields, body: body))
                call.answer(HTTPAnswer(500))
            },
            HTTPPage(.get, "/host") { call, _ in call.answer(HTTPAnswer(200, body: ByteBuffer(string: call.authority)))
            },
            HTTPPage(.get, "/hold") { call, _ in call.onCancel { cancelled.withLockedValue { $0 += 1 } } },
        ]
    }

    private static let cancelled = Locked(0)

    private func fields(_ method: String, _ path: String, _ more: [(String, String)] = []) -> [UInt8] {
        RawHTTP2Client.block(
            [(":method", method), (":scheme", "https"), (":authority", "pdp.test:1"), (":path", path)] + more)
    }

    private func ask(
        _ client: RawHTTP2Client, _ method: String, _ path: String, _ body: [UInt8] = [],
        _ more: [(String, String)] = []
    ) throws -> RawHTTP2Client.Response {
        let stream = client.nextStream()
        try client.send(1, flags: body.isEmpty ? 5 : 4, stream: stream, fields(method, path, more))
        if !body.isEmpty { try client.sendBody(stream, body) }
        return try client.response(stream)
    }

    private func with(_ body: @escaping @Sendable (TestServer, PageTests) throws -> Void) async throws {
        try await TestServer.with(pages: Self.pages()) { server, _ in
            try await onThread { try body(server, self) }
        }
    }

    @Test("over HTTP/2 a page gets the body, its fields and the host, and its first answer is sent")
    func answers() async throws {
        try await with { server, test in
            let client = try server.client()
            for size in [0, 1, 999, 1000] {
                let body = [UInt8](repeating: 7, count: size)
                let answer = try test.ask(client, "POST", "/echo?x=1", body, [("x-probe", "p-\(size)")])
                #expect(answer.head[":status"] == "200" && answer.body == body && answer.head["x-echo"] == "p-\(size)")
                #expect(answer.head["content-length"] == "\(size)")
            }
            #expect(try test.ask(client, "GET", "/host").body == Array("pdp.test:1".utf8))
            #expect(try client.call(TestServer.Path.echo, [1]).messages == [[1]])
            #expect(server.server.metrics.pagesAnswered == [200: 5])
        }
    }

    @Test("another method is 405, a body over the limit 413, and neither reaches the page")
    func refusals() async throws {
        try await with { server, test in
            let client = try server.client()
            let wrong = try test.ask(client, "GET", "/echo")
            #expect(wrong.head[":status"] == "405" && wrong.head["allow"] == "POST")
            #expect(try test.ask(client, "POST", "/host").head[":status"] == "405")
            let large = try test.ask(client, "POST", "/echo", [UInt8](repeating: 1, count: 1001))
            #expect(large.head[":status"] == "413" && server.events(.messageTooLarge) == 1)
            // What is no page is as it was.
            #expect(try test.ask(client, "POST", "/echo/", [], [Self.json]).head[":status"] == "415")
            #expect(try test.ask(client, "GET", "/none").head[":status"] == "405")
            #expect(try test.ask(client, "POST", "/echo", [9]).body == [9])
        }
    }

    @Test("a caller that leaves is no longer worked for")
    func cancels() async throws {
        try await with { server, test in
            let before = Self.cancelled.withLockedValue { $0 }
            let client = try server.client()
            try client.send(1, flags: 5, stream: client.nextStream(), test.fields("GET", "/hold"))
            try client.send(3, stream: 1, RawHTTP2Client.bytes(8))
            let other = try server.client()
            try other.send(1, flags: 5, stream: other.nextStream(), test.fields("GET", "/hold"))
            _ = try test.ask(other, "GET", "/host")
            other.hangUp()
            for _ in 0..<500 where Self.cancelled.withLockedValue({ $0 }) < before + 2 { usleepShort() }
            #expect(Self.cancelled.withLockedValue { $0 } == before + 2)
            #expect(server.server.metrics.callsCancelled == 2)
        }
    }

    @Test("answers that are not read take no more memory than a connection may leave unread")
    func unread() async throws {
        var limits = ServerLimits.defaults
        limits.maxUnsentPerConnection = 10_000
        try await TestServer.with(limits: limits, pages: Self.pages()) { server, _ in
            try await onThread {
                let client = try server.client(initialWindow: 0)
                let body = [UInt8](repeating: 7, count: 1000)
                var statuses: [String?] = []
                for _ in 0..<11 {
                    let stream = client.nextStream()
                    try client.send(1, flags: 4, stream: stream, self.fields("POST", "/echo"))
                    try client.sendBody(stream, body)
                    try client.pump { $0.responses[stream]?.head.isEmpty == false }
                    statuses.append(client.responses[stream]?.head[":status"])
                }
                #expect(statuses == [String](repeating: "200", count: 10) + ["503"])
                #expect(server.events(.unsentExhausted) == 1)
                try client.send(8, stream: 1, RawHTTP2Client.bytes(1000))
                #expect(try client.response(1).body == body)
                #expect(try self.ask(try server.client(), "POST", "/echo", body).body == body)
            }
        }
    }

    @Test("a refused body is not held while its refusal waits to be read")
    func refusedBody() async throws {
        let pki = try TestPKI()
        let files = pki.files(try pki.issue("server", .server))
        let loop = ServerLoop(eventLoop: MultiThreadedEventLoopGroup.singleton.any())
        let held = try await loop.eventLoop.submit {
            let connection = ServerConnection(
                shared: ServerShared(
                    tls: try TLSConfigurationSource(role: .server, files: files, allowsHTTP1: true),
                    methods: MethodTable([]), policy: TestServer.Policy(), limits: .defaults, http2: .defaults,
                    counters: ServerCounters(), census: ConnectionCensus(limits: .defaults), wallClock: { 0 }),
                loop: loop, address: "")
            let request = PageRequest(Self.pages()[0], ServerStream(), of: connection)
            [UInt8](repeating: 1, count: 1000).withUnsafeBytes { request.append($0) }
            let before = request.body.readableBytes
            request.send(.tooLarge)
            return [before, request.body.readableBytes]
        }.get()
        #expect(held == [1000, 0])
    }

    // MARK: HTTP/1.1

    private func http1(_ server: TestServer, _ text: String, enough: Int = 1) throws -> String {
        var options = RawTLSClient.Options()
        options.alpn = "http/1.1"
        let client = try server.tls(options)
        try client.write(Array(text.utf8))
        var found = ""
        while found.components(of: "HTTP/1.1 ") < enough || !found.hasSuffix("#") {
            let bytes = try client.read()
            guard !bytes.isEmpty else { break }
            found += String(decoding: bytes, as: UTF8.self)
        }
        return found
    }

    @Test("over HTTP/1.1 the same pages are served, several requests on one connection, also sent at once")
    func http1Answers() async throws {
        try await with { server, test in
            let one = "POST /echo HTTP/1.1\r\nHost: h\r\nX-Probe: p\r\nContent-Length: 3\r\n\r\nab#"
            let found = try test.http1(server, one + one, enough: 2)
            #expect(found.components(of: "HTTP/1.1 200 OK\r\n") == 2 && found.components(of: "x-echo: p\r\n") == 2)
            let last = try test.http1(server, "GET /host HTTP/1.1\r\nHost: pdp.test\r\nConnection: close\r\n\r\n")
            #expect(last.hasSuffix("\r\n\r\npdp.test") && last.contains("connection: close"))
        }
    }

    @Test(
        "over HTTP/1.1 the last answer of a connection comes whole to a caller that reads slowly, and is waited for no longer than any"
    )
    func http1LastAnswer() async throws {
        // More than the socket takes.
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 16 * 1024 * 1024)
        let page = HTTPPage(.get, "/large") { call, _ in call.answer(HTTPAnswer(200, body: body)) }
        var limits = ServerLimits.defaults
        limits.closeTimeout = .milliseconds(100)
        limits.stalledResponseTimeout = .seconds(10)
        @Sendable func begun(_ server: TestServer) throws -> RawTLSClient {
            var options = RawTLSClient.Options()
            options.alpn = "http/1.1"
            let client = try server.tls(options)
            try client.write(Array("GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".utf8))
            return client
        }
        try await TestServer.with(limits: limits, pages: [page]) { server, _ in
            try await onThread {
                let client = try begun(server)
                var count = try client.read().count
                // Many ticks of the server's clock, and far over the time for the peer to close.
                usleep(1_000_000)
                while case let bytes = try client.read(), !bytes.isEmpty { count += bytes.count }
                #expect(count > body.readableBytes)
            }
        }
        limits.stalledResponseTimeout = .milliseconds(300)
        try await TestServer.with(limits: limits, pages: [page]) { server, _ in
            try await onThread {
                let client = try begun(server)
                for _ in 0..<500 where server.server.metrics.connectionsOpen > 0 { usleepShort() }
                #expect(server.server.metrics.connectionsOpen == 0)
                withExtendedLifetime(client) {}
            }
        }
    }

    @Test("over HTTP/1.1 a target may be a whole address, and HTTP/1.0 need name no host")
    func http1Targets() async throws {
        try await with { server, test in
            let end = "Connection: close\r\n\r\n"
            let whole = try test.http1(server, "GET https://pdp.test:1/host?x=1 HTTP/1.1\r\nHost: other\r\n\(end)")
            #expect(whole.hasPrefix("HTTP/1.1 200 ") && whole.hasSuffix("\r\n\r\npdp.test:1"), "\(whole)")
            let bare = try test.http1(server, "GET HTTPS://pdp.test HTTP/1.1\r\nHost: h\r\n\(end)")
            #expect(bare.hasPrefix("HTTP/1.1 404 "), "\(bare)")
            let old = try test.http1(server, "GET /host HTTP/1.0\r\n\r\n")
            #expect(old.hasPrefix("HTTP/1.1 200 ") && old.hasSuffix("\r\n\r\n"), "\(old)")
        }
    }

    @Test("over HTTP/1.1 a caller that asks first whether it may send its body is told to go on")
    func http1Continue() async throws {
        try await with { server, test in
            var options = RawTLSClient.Options()
            options.alpn = "http/1.1"
            let client = try server.tls(options)
            let head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n"
            try client.write(Array(head.utf8))
            #expect(String(decoding: try client.read(), as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.write(Array("ab#".utf8))
            var found = ""
            while !found.hasSuffix("ab#") {
                let bytes = try client.read()
                guard !bytes.isEmpty else { break }
                found += String(decoding: bytes, as: UTF8.self)
            }
            #expect(found.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(found)")
        }
    }

    @Test("an answer to HEAD has no body, over either version of HTTP")
    func head() async throws {
        try await with { server, test in
            let client = try server.client()
            let refused = try test.ask(client, "HEAD", "/host")
            #expect(refused.head[":status"] == "405" && refused.head["allow"] == "GET" && refused.body.isEmpty)
            #expect(try test.ask(client, "GET", "/host").body == Array("pdp.test:1".utf8))
            let old = try test.http1(server, "HEAD /host HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(old.hasPrefix("HTTP/1.1 405 ") && old.hasSuffix("\r\n\r\n"), "\(old)")
        }
    }

    @Test(
        "what is wrong over HTTP/1.1 is refused, and the connection closed",
        arguments: [
            ("GET /none HTTP/1.1\r\nHost: h\r\n\r\n", "404"), ("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n", "405"),
            ("POST /test.Echo/Unary HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "404"),
            ("nonsense\r\n\r\n", "400"), ("GET /host HTTP/1.1\r\n\r\n", "400"),
            ("GET /host HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400"),
            ("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n", "413"),
            ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "400"),
            (
                "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n" + String(repeating: "x", count: 2000),
                "413"
            ),
        ])
    func http1Refusals(_ request: String, _ status: String) async throws {
        try await with { server, test in
            let found = try test.http1(server, request)
            #expect(found.hasPrefix("HTTP/1.1 \(status) "), "\(found)")
            #expect(found.contains("connection: close"))
            #expect(try server.client().call(TestServer.Path.echo, [1]).messages == [[1]])
        }
    }

    @Test("a slow HTTP/1.1 client is closed, before its first request and within a body")
    func slow() async throws {
        var limits = ServerLimits.defaults
        limits.headersTimeout = .milliseconds(100)
        limits.bodyTimeout = .milliseconds(100)
        try await TestServer.with(limits: limits, pages: Self.pages()) { server, _ in
            try await onThread {
                #expect(try self.http1(server, "GET /ho").isEmpty)
                let body = try self.http1(server, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab")
                #expect(body.hasPrefix("HTTP/1.1 408 "))
                #expect(server.events(.slowHeaders) == 1 && server.events(.slowBody) == 1)
            }
        }
    }

    @Test("a caller of HTTP/1.1 that is refused now is cut when it is looked at again")
    func rechecked() async throws {
        var limits = ServerLimits.defaults
        limits.recheckInterval = .milliseconds(50)
        try await TestServer.with(limits: limits, pages: Self.pages()) { server, _ in
            try await onThread {
                var options = RawTLSClient.Options()
                options.alpn = "http/1.1"
                let client = try server.tls(options)
                try client.write(Array("GET /host HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
                #expect(String(decoding: try client.read(), as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
                server.policy.refused.withLock { _ = $0.insert(TestServer.organizationNumber) }
                while try !client.read().isEmpty {}
                withExtendedLifetime(client) {}
            }
            #expect(server.events(.recheckRefused) == 1)
        }
    }

    @Test("a slow HTTP/1.1 client is counted once, also when it leaves its own side open")
    func countedOnce() async throws {
        var limits = ServerLimits.defaults
        limits.headersTimeout = .milliseconds(100)
        try await TestServer.with(limits: limits, pages: Self.pages()) { server, _ in
            try await onThread {
                var options = RawTLSClient.Options()
                options.alpn = "http/1.1"
                let client = try server.tls(options)
                try client.write(Array("GET /ho".utf8))
                #expect(try client.read().isEmpty)
                // Some ticks of the server's clock.
                usleep(1_000_000)
                #expect(server.events(.slowHeaders) == 1)
                withExtendedLifetime(client) {}
            }
        }
    }
}

extension String {
    /// How often a text stands in it.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

/// A value behind a lock.
private final class Locked: Sendable {
    private let value: Mutex<Int>

    init(_ value: Int) { self.value = Mutex(value) }

    func withLockedValue<Result: Sendable>(_ body: @Sendable (inout Int) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

private func usleepShort() { usleep(10_000) }
