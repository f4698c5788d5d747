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
}
