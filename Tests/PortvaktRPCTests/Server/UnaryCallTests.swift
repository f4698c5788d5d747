import Testing

@testable import PortvaktRPC

@Suite("A unary call over mutual TLS 1.3")
struct UnaryCallTests {
    @Test("an echo is answered with its message, OK and gRPC's headers")
    func echo() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.echo, Array("hei".utf8)) }
            #expect(response.head == [":status": "200", "content-type": "application/grpc"])
            #expect(response.messages == [Array("hei".utf8)])
            #expect(response.trailers == ["grpc-status": "0"])
            #expect(response.resetCode == nil)
            #expect(server.server.metrics.callsStarted == 1)
            #expect(server.server.metrics.ended(.ok) == 1)
        }
    }

    @Test("an empty message and one larger than the windows come back whole", arguments: [0, 1, 16384, 1_000_000])
    func sizes(_ size: Int) async throws {
        try await TestServer.with { server, _ in
            let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let response = try await onThread {
                let client = try server.client()
                let stream = client.nextStream()
                try client.tls.write(RawHTTP2Client.head(stream, TestServer.Path.echo))
                try client.sendBody(stream, [0] + RawHTTP2Client.bytes(UInt32(size)) + message)
                return try client.response(stream)
            }
            #expect(response.grpcStatus == 0)
            #expect(response.messages == [message])
        }
    }

    @Test("calls that are answered later, on many streams, each get their own answer")
    func manyStreams() async throws {
        try await TestServer.with { server, _ in
            let answers = try await onThread {
                let client = try server.client()
                let streams = (0..<100).map { _ in client.nextStream() }
                let calls = streams.map { stream in
                    let path = stream % 4 == 1 ? TestServer.Path.later : TestServer.Path.echo
                    return RawHTTP2Client.head(stream, path) + RawHTTP2Client.data(stream, [UInt8(stream & 0xff)])
                }
                try client.tls.write(calls.flatMap { $0 })
                return try streams.map { ($0, try client.response($0)) }
            }
            for (stream, response) in answers {
                #expect(response.grpcStatus == 0)
                #expect(response.messages == [[UInt8(stream & 0xff)]])
            }
        }
    }

    @Test("answers to requests that came together leave together, in one record")
    func oneRecord() async throws {
        try await TestServer.with { server, _ in
            let records = try await onThread {
                let client = try server.client()
                _ = try client.call(TestServer.Path.echo, [1])
                let before = client.tls.records
                let streams = (0..<30).map { _ in client.nextStream() }
                // Less than one record, so that the server gets them in one piece.
                try client.tls.write(
                    streams.flatMap { RawHTTP2Client.head($0, TestServer.Path.echo) + RawHTTP2Client.data($0, [2]) })
                for stream in streams { _ = try client.response(stream) }
                return client.tls.records - before
            }
            // One with the answers; another if a window was given back meanwhile.
            #expect((1...2).contains(records))
        }
    }

    @Test("a request that comes byte by byte is read like any other")
    func byteByByte() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                let client = try server.client(start: false)
                let stream = client.nextStream()
                let bytes =
                    RawHTTP2Client.preface + RawHTTP2Client.encode(4)
                    + RawHTTP2Client.head(stream, TestServer.Path.echo) + RawHTTP2Client.data(stream, [1, 2, 3])
                for byte in bytes { try client.tls.write([byte]) }
                return try client.response(stream)
            }
            #expect(response.messages == [[1, 2, 3]])
        }
    }

    @Test("a handler's status, its message and its details reach the caller in a head that is all there is")
    func failure() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.fail, []) }
            #expect(response.head["grpc-status"] == "9")
            #expect(response.head["grpc-message"] == "ikke n%C3%A5: 100 %25")
            #expect(response.head["grpc-status-details-bin"] == "AQID")
            #expect(response.body.isEmpty && response.trailers.isEmpty)
            #expect(server.server.metrics.ended(.failedPrecondition) == 1)
        }
    }

    @Test("request metadata reaches the handler, binary values decoded")
    func metadata() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                try server.client().call(TestServer.Path.metadata, [], [("x", "y"), ("probe-bin", "/wAB")])
            }
            #expect(response.messages == [[0xff, 0x00, 0x01]])
        }
    }

    @Test("an answer larger than the server's limit fails with RESOURCE_EXHAUSTED")
    func largeAnswer() async throws {
        var limits = ServerLimits()
        limits.maxResponseMessage = 100
        try await TestServer.with(limits: limits) { server, _ in
            let responses = try await onThread {
                let client = try server.client()
                return try [100, 101].map { size in
                    try client.call(TestServer.Path.echo, [UInt8](repeating: 1, count: size))
                }
            }
            #expect(responses.map(\.grpcStatus) == [0, 8])
        }
    }
}
