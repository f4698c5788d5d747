import NIOCore
import Testing

@testable import PortvaktRPC

@Suite("Deadlines and cancellation")
struct DeadlineAndCancellationTests {
    @Test("when grpc-timeout passes, the caller gets DEADLINE_EXCEEDED and the handler is told")
    func deadline() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                try server.client().call(TestServer.Path.hold, [], [("grpc-timeout", "50m")])
            }
            #expect(response.grpcStatus == 4)
            #expect(await eventually { server.cancelled == 1 && server.server.metrics.callsOpen == 0 })
            #expect(server.server.metrics.ended(.deadlineExceeded) == 1)
        }
    }

    @Test("each of many calls gets its own deadline, whatever the order in which they were set")
    func manyDeadlines() async throws {
        try await TestServer.with { server, _ in
            let statuses = try await onThread {
                let client = try server.client()
                let streams = [300, 200, 100, 50, 150, 250].map { time in
                    let stream = client.nextStream()
                    return (
                        stream,
                        RawHTTP2Client.head(stream, TestServer.Path.hold, [("grpc-timeout", "\(time)m")])
                            + RawHTTP2Client.data(stream, [])
                    )
                }
                try client.tls.write(streams.flatMap(\.1))
                return try streams.map { try client.response($0.0).grpcStatus }
            }
            #expect(statuses == [4, 4, 4, 4, 4, 4])
        }
    }

    @Test("a call whose deadline has passed before its request was complete is not handled")
    func deadlineBeforeRequest() async throws {
        try await TestServer.with { server, _ in
            let response = try await onThread {
                try server.client().call(TestServer.Path.hold, [], [("grpc-timeout", "0n")])
            }
            #expect(response.grpcStatus == 4)
            #expect(server.held == 0)
        }
    }

    @Test("a deadline beyond the server's limit is shortened to it")
    func longDeadline() async throws {
        var limits = ServerLimits()
        limits.maxDeadline = .milliseconds(50)
        try await TestServer.with(limits: limits) { server, _ in
            let response = try await onThread {
                try server.client().call(TestServer.Path.hold, [], [("grpc-timeout", "99999999H")])
            }
            #expect(response.grpcStatus == 4)
        }
    }

    @Test("RST_STREAM cancels the call, and only that one")
    func reset() async throws {
        try await TestServer.with { server, _ in
            try await onThread {
                let client = try server.client()
                let first = client.nextStream()
                let second = client.nextStream()
                for stream in [first, second] {
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, []))
                }
                try client.send(3, stream: first, RawHTTP2Client.bytes(8))
                #expect(try client.call(TestServer.Path.echo, [1]).messages == [[1]])
                #expect(server.cancelled == 1)
            }
            // The connection is gone, and with it the second call.
            #expect(await eventually { server.cancelled == 2 })
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
            #expect(server.server.metrics.callsCancelled == 2)
        }
    }

    @Test("calls that handlers do not let go of are limited for each connection, cancelled ones included")
    func unanswered() async throws {
        var limits = ServerLimits()
        limits.maxUnansweredPerConnection = 10
        try await TestServer.with(limits: limits) { server, _ in
            let response = try await onThread {
                let client = try server.client()
                for _ in 0..<10 {
                    let stream = client.nextStream()
                    try client.tls.write(
                        RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, []))
                }
                return try client.call(TestServer.Path.echo, [1])
            }
            #expect(response.grpcStatus == 8)
            #expect(server.events(.tooManyUnanswered) == 1)
        }
    }
}
