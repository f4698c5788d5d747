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

    @Test("a deadline that passes ends no other call, and the next call's deadline counts too")
    func oneDeadline() async throws {
        try await TestServer.with { server, _ in
            try await onThread {
                let client = try server.client()
                let patient = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.head(patient, TestServer.Path.hold, [("grpc-timeout", "1H")])
                        + RawHTTP2Client.data(patient, []))
                for _ in 0..<2 {
                    #expect(try client.call(TestServer.Path.hold, [], [("grpc-timeout", "50m")]).grpcStatus == 4)
                }
                #expect(try client.call(TestServer.Path.echo, [1]).messages == [[1]])
                #expect(client.responses[patient] == nil)
                // With nothing left to wait for, and then again.
                try client.send(3, stream: patient, RawHTTP2Client.bytes(8))
                for _ in 0..<2 {
                    #expect(try client.call(TestServer.Path.hold, [], [("grpc-timeout", "50m")]).grpcStatus == 4)
                }
            }
        }
    }

    @Test("a call that was reset leaves its deadline to no other")
    func resetDeadline() async throws {
        let slow = RPCMethod(path: "/test.Slow/Call", kind: .unary) { call, message in
            let copy = ByteBuffer(bytes: message)
            call.eventLoop.scheduleTask(in: .milliseconds(500)) { call.respond(copy) }
        }
        try await ClientServer.with([slow]) { server, pki in
            let client = try pki.raw(server.port)
            let response = try await onThread {
                let first = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.head(first, "/test.Slow/Call", [("grpc-timeout", "100m")])
                        + RawHTTP2Client.encode(3, stream: first, payload: RawHTTP2Client.bytes(8)))
                return try client.call("/test.Slow/Call", [7])
            }
            #expect(response.messages == [[7]])
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

    @Test("calls that were let go of are not counted any more")
    func answered() async throws {
        var limits = ServerLimits()
        limits.maxUnansweredPerConnection = 3
        try await TestServer.with(limits: limits) { server, _ in
            let statuses = try await onThread {
                let client = try server.client()
                return try (0..<10).map { _ in try client.call(TestServer.Path.echo, [1]).grpcStatus }
            }
            #expect(statuses == [Int?](repeating: 0, count: 10))
        }
    }
}
