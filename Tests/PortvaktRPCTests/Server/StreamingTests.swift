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

    @Test("a status other than OK ends it in the head")
    func failure() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread { try server.client().call(TestServer.Path.stream, []) }
            #expect(response.head["grpc-status"] == "3")
        }
    }
}
