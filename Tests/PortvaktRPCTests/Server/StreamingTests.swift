import Testing

@testable import PortvaktRPC

@Suite("A server-streaming call")
struct StreamingTests {
    @Test("messages come in order, then OK")
    func messages() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.stream, [5, 1]) }
            #expect(response.messages == [[UInt8]](repeating: [UInt8](repeating: 7, count: 1000), count: 5))
            #expect(response.trailers == ["grpc-status": "0"])
        }
    }

    @Test("a stream without messages is a head and OK")
    func empty() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.stream, [0, 1]) }
            #expect(response.messages.isEmpty && response.grpcStatus == 0 && response.isEnded)
        }
    }

    @Test("a slow reader holds the sender back, and still gets everything")
    func flowControl() async throws {
        var http2 = HTTP2Limits()
        http2.outboxHighWater = 10_000
        try await TestServer.with(http2: http2) { server, _ in
            let response = try await onThread {
                let client = try server.client(initialWindow: 1000)
                return try client.call(TestServer.Path.stream, [200, 3])
            }
            #expect(response.messages.count == 200)
            #expect(response.body.count == 200 * 3005)
            #expect(response.grpcStatus == 0)
        }
    }

    @Test("the handler of a caller that does not read is held back at the high-water mark")
    func highWater() async throws {
        var http2 = HTTP2Limits()
        http2.outboxHighWater = 10_000
        try await TestServer.with(http2: http2) { server, _ in
            let client = try await onThread {
                let client = try server.client(initialWindow: 1000)
                client.isPolite = false
                try client.tls.write(
                    RawHTTP2Client.head(1, TestServer.Path.stream) + RawHTTP2Client.data(1, [200, 1]))
                try client.pump { $0.responses[1]?.body.count == 1000 }
                // Whatever the server had to do, it has done when this is answered.
                try client.send(6, [0, 0, 0, 0, 0, 0, 0, 0])
                try client.pump { $0.pingsAnswered == 1 }
                return client
            }
            #expect(server.sent == 10)
            try await onThread {
                client.isPolite = true
                try client.send(8, stream: 1, RawHTTP2Client.bytes(1_000_000))
                try client.send(8, RawHTTP2Client.bytes(1_000_000))
                _ = try client.response(1)
            }
            #expect(client.responses[1]?.messages.count == 200)
        }
    }

    @Test("a status other than OK ends it in the head")
    func failure() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.stream, []) }
            #expect(response.head["grpc-status"] == "3")
        }
    }
}
