import NIOCore
import Testing

@testable import PortvaktRPC

@Suite("gRPC over HTTP/2, as PROTOCOL-HTTP2.md has it")
struct GRPCProtocolTests {
    private func call(
        _ path: String = TestServer.Path.echo, _ extra: [(String, String)] = [], limits: ServerLimits = .defaults,
        counted event: ServerEvent? = nil, body: @escaping @Sendable (Int32) -> [UInt8]
    ) async throws -> RawHTTP2Client.Response {
        try await TestServer.with(limits: limits) { server, _ in
            let response = try await onThread {
                let client = try server.client()
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, path, extra) + body(stream))
                let response = try client.response(stream)
                // Whatever happened to that call, the connection goes on.
                #expect(try client.call(TestServer.Path.echo, [9]).messages == [[9]])
                return response
            }
            if let event { #expect(server.events(event) == 1) }
            return response
        }
    }

    @Test("an unknown path is UNIMPLEMENTED, in trailers only")
    func unknownPath() async throws {
        let response = try await call("/test.Echo/Nothing", counted: .unknownMethod) { RawHTTP2Client.data($0, []) }
        #expect(response.head["grpc-status"] == "12")
        #expect(response.head[":status"] == "200")
        #expect(response.head["content-type"] == "application/grpc")
        #expect(response.trailers.isEmpty && response.body.isEmpty && response.isEnded)
    }

    @Test(
        "a content type that is not gRPC's is 415",
        arguments: ["application/json", "application/grpc-web", "application/grpc+json", "text/plain", ""])
    func contentType(_ type: String) async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                let client = try server.client()
                var fields = RawHTTP2Client.requestFields(TestServer.Path.echo)
                fields.removeAll { $0.0 == "content-type" }
                if !type.isEmpty { fields.append(("content-type", type)) }
                let stream = client.nextStream()
                try client.send(1, flags: 5, stream: stream, RawHTTP2Client.block(fields))
                return try client.response(stream)
            }
            #expect(response.head[":status"] == "415")
            #expect(response.grpcStatus == nil)
            #expect(server.events(.notGRPC) == 1)
        }
    }

    @Test(
        "gRPC's content type may name the codec and parameters", arguments: ["+proto", ";charset=utf-8", "+proto; a=b"])
    func contentTypeSuffix(_ suffix: String) async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                let client = try server.client()
                var fields = RawHTTP2Client.requestFields(TestServer.Path.echo)
                fields.removeAll { $0.0 == "content-type" }
                fields.append(("content-type", "application/grpc" + suffix))
                let stream = client.nextStream()
                try client.send(1, flags: 4, stream: stream, RawHTTP2Client.block(fields))
                try client.tls.write(RawHTTP2Client.data(stream, [5]))
                return try client.response(stream)
            }
            #expect(response.messages == [[5]])
        }
    }

    @Test("a method other than POST is 405")
    func get() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                let client = try server.client()
                let stream = client.nextStream()
                let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "localhost")]
                try client.send(1, flags: 5, stream: stream, RawHTTP2Client.block(fields))
                return try client.response(stream)
            }
            #expect(response.head[":status"] == "405")
            #expect(response.head["allow"] == "POST")
        }
    }

    @Test("an unknown encoding is UNIMPLEMENTED and tells those that are known")
    func unknownEncoding() async throws {
        let response = try await call(TestServer.Path.echo, [("grpc-encoding", "snappy")]) {
            RawHTTP2Client.data($0, [1], flag: 1)
        }
        #expect(response.grpcStatus == 12)
        #expect(response.head["grpc-accept-encoding"] == "identity,gzip")
    }

    /// `printf hei | gzip -n -9` (gzip 1.12).
    private static let gzippedHei: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0x04, 0x00, 0x94, 0x05, 0x61,
        0x95, 0x03, 0x00, 0x00, 0x00,
    ]

    @Test("a gzip request is decompressed; the answer is not compressed")
    func gzip() async throws {
        let response = try await call(TestServer.Path.echo, [("grpc-encoding", "gzip")]) {
            RawHTTP2Client.data($0, Self.gzippedHei, flag: 1)
        }
        #expect(response.messages == [Array("hei".utf8)])
        #expect(response.body.first == 0)
    }

    @Test("broken gzip is INTERNAL and counted")
    func badGzip() async throws {
        let response = try await call(TestServer.Path.echo, [("grpc-encoding", "gzip")], counted: .badCompression) {
            RawHTTP2Client.data($0, Array(Self.gzippedHei.dropLast(9)), flag: 1)
        }
        #expect(response.grpcStatus == 13)
    }

    @Test("gzip that grows beyond the message limit is RESOURCE_EXHAUSTED")
    func gzipBomb() async throws {
        var limits = ServerLimits()
        limits.maxRequestMessage = 100_000
        let zeros = [UInt8](repeating: 0, count: 100_001)
        let bomb = try #require(unsafe zeros.withUnsafeBytes { unsafe Gzip.compress($0) })
        let bytes = Array(bomb.readableBytesView)
        let response = try await call(
            TestServer.Path.echo, [("grpc-encoding", "gzip")], limits: limits, counted: .messageTooLarge
        ) {
            RawHTTP2Client.data($0, bytes, flag: 1)
        }
        #expect(bytes.count < 1000)
        #expect(response.grpcStatus == 8)
    }

    @Test("a compressed message on a call that announced no compression is INTERNAL")
    func unexpectedCompression() async throws {
        let response = try await call(counted: .badCompression) { RawHTTP2Client.data($0, Self.gzippedHei, flag: 1) }
        #expect(response.grpcStatus == 13)
    }

    @Test("a message over the limit is RESOURCE_EXHAUSTED as soon as its prefix says so")
    func tooLarge() async throws {
        var limits = ServerLimits()
        limits.maxRequestMessage = 1000
        let response = try await call(limits: limits, counted: .messageTooLarge) { stream in
            RawHTTP2Client.encode(0, stream: stream, payload: [0] + RawHTTP2Client.bytes(1001))
        }
        #expect(response.grpcStatus == 8)
        #expect(response.resetCode == nil || response.resetCode == 0)
    }

    @Test("a message of exactly the limit is taken")
    func exactlyTheLimit() async throws {
        var limits = ServerLimits()
        limits.maxRequestMessage = 1000
        let message = [UInt8](repeating: 3, count: 1000)
        let response = try await call(limits: limits) { RawHTTP2Client.data($0, message) }
        #expect(response.messages == [message])
    }

    @Test("a second message on a unary call is refused and counted")
    func twoMessages() async throws {
        let response = try await call(counted: .secondMessage) {
            RawHTTP2Client.data($0, [1], end: false) + RawHTTP2Client.data($0, [2])
        }
        #expect(response.grpcStatus == 12)
    }

    @Test("no message at all is refused")
    func noMessage() async throws {
        let response = try await call(counted: .badMessage) { RawHTTP2Client.encode(0, flags: 1, stream: $0) }
        #expect(response.grpcStatus == 12)
    }

    @Test(
        "a body that ends inside a message is INTERNAL",
        arguments: [[0], [0, 0, 0, 0], [0, 0, 0, 0, 2], [0, 0, 0, 0, 2, 1]] as [[UInt8]])
    func truncated(_ body: [UInt8]) async throws {
        let response = try await call(counted: .badMessage) {
            RawHTTP2Client.encode(0, flags: 1, stream: $0, payload: body)
        }
        #expect(response.grpcStatus == 13)
    }

    @Test("a prefix that begins with neither 0 nor 1 is INTERNAL")
    func badFlag() async throws {
        let response = try await call(counted: .badMessage) { RawHTTP2Client.data($0, [1], flag: 2) }
        #expect(response.grpcStatus == 13)
    }

    @Test("a malformed grpc-timeout is INTERNAL", arguments: ["", "5", "S", "123456789S", "-1S", "5x"])
    func badTimeout(_ value: String) async throws {
        let response = try await call(TestServer.Path.echo, [("grpc-timeout", value)]) { RawHTTP2Client.data($0, [1]) }
        #expect(response.grpcStatus == 13)
    }

    @Test("trailers at the end of a request are passed over")
    func requestTrailers() async throws {
        let response = try await call { stream in
            RawHTTP2Client.data(stream, [4], end: false)
                + RawHTTP2Client.encode(1, flags: 5, stream: stream, payload: RawHTTP2Client.block([("x", "y")]))
        }
        #expect(response.messages == [[4]])
    }

    @Test("a header list over the limit is RESOURCE_EXHAUSTED, and the connection goes on")
    func headerList() async throws {
        let value = String(repeating: "a", count: 9000)
        let response = try await call(TestServer.Path.echo, [("x", value)], counted: nil) {
            RawHTTP2Client.data($0, [1])
        }
        #expect(response.grpcStatus == 0)
        var limits = HTTP2Limits()
        limits.maxHeaderListSize = 8000
        try await TestServer.with(http2: limits) { server, _ in
            let statuses = try await onThread {
                let client = try server.client()
                let first = try client.call(TestServer.Path.echo, [1], [("x", value)])
                return [first.grpcStatus, try client.call(TestServer.Path.echo, [1]).grpcStatus]
            }
            #expect(statuses == [8, 0])
            #expect(server.events(.headerListTooLarge) == 1)
        }
    }
}
