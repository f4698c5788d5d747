import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("The life of a connection")
struct ConnectionLifeTests {
    @Test("drain: notice, GOAWAY, the open call is finished, then the connection closes")
    func drain() async throws {
        try await TestServer.with { server, _ in
            let client = try await onThread {
                let client = try server.client()
                try client.tls.write(RawHTTP2Client.head(client.nextStream(), TestServer.Path.echo))
                try client.pump { !$0.settings.isEmpty }
                return client
            }
            async let drained: Void = server.server.drain(linger: .milliseconds(10))
            let response = try await onThread {
                try client.pump { $0.goAwayCount == 2 }
                // The call was opened before; its body comes only now.
                try client.tls.write(RawHTTP2Client.data(1, [1, 2]))
                let response = try client.response(1)
                try client.pump { _ in false }
                return response
            }
            #expect(response.messages == [[1, 2]])
            #expect(client.isClosed && client.goAway == 0)
            client.hangUp()
            try await drained
            await #expect(throws: (any Error).self) { try await onThread { _ = try server.client() } }
            #expect(server.server.metrics.connectionsOpen == 0)
        }
    }

    @Test("drain: callers have the time of the linger before it, and no new connection is taken after it")
    func drainBegins() async throws {
        try await TestServer.with { server, _ in
            let client = try await onThread {
                let client = try server.client()
                try client.tls.write(RawHTTP2Client.head(client.nextStream(), TestServer.Path.echo))
                try client.pump { !$0.settings.isEmpty }
                return client
            }
            let begin = NIODeadline.now()
            async let drained: Void = server.server.drain(linger: .milliseconds(300))
            try await onThread {
                try client.pump { $0.goAwayCount == 1 }
                #expect(NIODeadline.now() - begin >= .milliseconds(300))
                // The call keeps the server from its end.
                #expect(throws: TestSocket.Failure.self) { _ = try TestSocket(port: server.port) }
                try client.tls.write(RawHTTP2Client.data(1, [1]))
                #expect(try client.response(1).messages == [[1]])
            }
            client.hangUp()
            try await drained
        }
    }

    @Test("drain: a call that does not end in time is cancelled")
    func drainGrace() async throws {
        try await TestServer.with(configure: { $0.limits.ageGrace = .milliseconds(200) }) { server, _ in
            let client = try await onThread {
                let client = try server.client()
                try client.tls.write(RawHTTP2Client.head(1, TestServer.Path.hold) + RawHTTP2Client.data(1, []))
                try client.pump { _ in server.held == 1 || !client.settings.isEmpty }
                return client
            }
            #expect(await eventually { server.held == 1 })
            try await server.server.drain(linger: .zero)
            #expect(server.cancelled == 1)
            try await client.readToEnd()
            #expect(client.isClosed)
        }
    }

    @Test("streams that cross the notice are still served")
    func crossing() async throws {
        try await TestServer.with { server, _ in
            let client = try await onThread {
                let client = try server.client()
                #expect(try client.call(TestServer.Path.echo, [1]).messages == [[1]])
                client.isPolite = false
                return client
            }
            async let drained: Void = server.server.drain(linger: .zero)
            try await onThread {
                // The notice came; the server does not know yet that we have seen it.
                try client.pump { $0.goAwayCount == 1 }
                #expect(try client.call(TestServer.Path.echo, [2]).messages == [[2]])
            }
            client.hangUp()
            try await drained
        }
    }

    @Test("a connection that has reached its age is asked to go, and its call is finished")
    func age() async throws {
        var limits = ServerLimits()
        limits.maxConnectionAge = .seconds(1)
        try await TestServer.with(limits: limits) { server, _ in
            try await onThread {
                let client = try server.client()
                try client.tls.write(RawHTTP2Client.head(1, TestServer.Path.echo))
                try client.pump { $0.goAwayCount == 2 }
                try client.tls.write(RawHTTP2Client.data(1, [1]))
                #expect(try client.response(1).messages == [[1]])
                try client.pump { _ in false }
                #expect(client.isClosed && client.goAway == 0)
                // A new one is welcome.
                #expect(try server.client().call(TestServer.Path.echo, [1]).grpcStatus == 0)
            }
        }
    }

    @Test("a connection without calls is asked to go after the idle time, one with a call is not")
    func idle() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .seconds(1)
        try await TestServer.with(limits: limits) { server, _ in
            let busy = try await onThread {
                let busy = try server.client()
                let stream = busy.nextStream()
                try busy.tls.write(
                    RawHTTP2Client.head(stream, TestServer.Path.hold) + RawHTTP2Client.data(stream, []))
                return busy
            }
            try await onThread {
                let idle = try server.client()
                try idle.pump { _ in false }
                #expect(idle.isClosed && idle.goAway == 0)
                #expect(try busy.call(TestServer.Path.echo, [1]).messages == [[1]])
                #expect(busy.goAwayCount == 0)
            }
        }
    }

    @Test("the idle time begins when the last call has ended, however long it took")
    func idleAfterCall() async throws {
        let answered = Mutex(NIODeadline.distantFuture)
        let slow = RPCMethod(path: "/test.Slow/Call", kind: .unary) { call, _ in
            call.eventLoop.scheduleTask(in: .milliseconds(1500)) {
                answered.withLock { $0 = .now() }
                call.respond(ByteBuffer())
            }
        }
        try await ClientServer.with([slow], configure: { $0.limits.idleTimeout = .seconds(1) }) { server, pki in
            let client = try pki.raw(server.port)
            let left = try await onThread {
                #expect(try client.call("/test.Slow/Call", []).grpcStatus == 0)
                try client.pump { $0.goAwayCount > 0 }
                return NIODeadline.now()
            }
            #expect(client.goAway == 0)
            #expect(left - answered.withLock { $0 } >= .seconds(1))
        }
    }

    @Test("a peer that does not close after our goodbye is closed on")
    func closeTimeout() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(100)
        limits.closeTimeout = .milliseconds(100)
        try await TestServer.with(limits: limits) { server, _ in
            let client = try await onThread {
                let client = try server.client()
                try client.pump { _ in false }
                return client
            }
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
            client.hangUp()
        }
    }

    @Test("drain: a peer that has said goodbye and reads slowly still gets the end of its answer")
    func slowGoodbye() async throws {
        var limits = ServerLimits()
        // The whole answer waits in the socket's queue.
        limits.socketHighWater = 64 * 1024 * 1024
        try await TestServer.with(limits: limits) { server, _ in
            let (client, stream) = try await onThread {
                var options = RawTLSClient.Options()
                options.receiveBuffer = 4096
                let client = try RawHTTP2Client(try server.tls(options), start: false)
                client.isPolite = false
                let stream = client.nextStream()
                try client.tls.write(
                    RawHTTP2Client.preface + RawHTTP2Client.encode(4, payload: [0, 4, 0x7f, 0xff, 0xff, 0xff])
                        + RawHTTP2Client.encode(8, payload: RawHTTP2Client.bytes(0x7fff_ffff - 65535))
                        + RawHTTP2Client.head(stream, TestServer.Path.stream)
                        + RawHTTP2Client.data(stream, [255, 30]))
                return (client, stream)
            }
            #expect(await eventually(seconds: 60) { server.sent == 255 })
            try await onThread {
                try client.send(7, RawHTTP2Client.bytes(0) + RawHTTP2Client.bytes(0))
                // The loop has heard it when it has answered another twice.
                let other = try server.client()
                for _ in 0..<2 { #expect(try other.call(TestServer.Path.echo, [1]).grpcStatus == 0) }
            }
            let draining = Task { try await server.server.drain(linger: .zero) }
            let response = try await onThread {
                try pause(milliseconds: 200)
                return try client.response(stream)
            }
            #expect(response.body.count == 255 * 30_005 && response.grpcStatus == 0)
            try await draining.value
        }
    }

    @Test("SETTINGS and the connection's window are those of the limits")
    func settings() async throws {
        var http2 = HTTP2Limits()
        http2.streamWindow = 100_000
        http2.connectionWindow = 300_000
        http2.maxConcurrentStreams = 77
        http2.maxHeaderListSize = 5000
        try await TestServer.with(http2: http2) { server, _ in
            let client = try await onThread {
                let client = try server.client()
                #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                return client
            }
            #expect(client.settings == [3: 77, 4: 100_000, 6: 5000])
            // 300,000, less the six bytes of the body that were not given back yet.
            #expect((299_990...300_000).contains(client.window(0)))
        }
    }

    @Test("PING is answered")
    func ping() async throws {
        try await TestServer.with { server, _ in
            try await onThread {
                let client = try server.client()
                try client.send(6, [1, 2, 3, 4, 5, 6, 7, 8])
                try client.pump { $0.pingsAnswered == 1 }
                #expect(client.pingsAnswered == 1)
            }
        }
    }

    @Test("connections of one caller are limited; another caller is not affected")
    func connectionsOfCaller() async throws {
        var limits = ServerLimits()
        limits.maxConnectionsPerCaller = 3
        try await TestServer.with(limits: limits) { server, pki in
            let other = try pki.issue("other", .client(TestServer.otherOrganizationNumber))
            try await onThread {
                let clients = try (0..<3).map { _ in
                    let client = try server.client()
                    #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                    return client
                }
                for _ in 0..<5 { #expect(server.isTurnedAway(server.credential)) }
                // The client sees the end of its connection while the server's loop may still be counting it.
                for _ in 0..<200 where server.events(.tooManyConnectionsOfCaller) < 5 { try pause(milliseconds: 10) }
                #expect(server.events(.tooManyConnectionsOfCaller) == 5)
                #expect(!server.isTurnedAway(other))
                clients[0].hangUp()
                var isFree = false
                for _ in 0..<200 where !isFree {
                    isFree = !server.isTurnedAway(server.credential)
                    try pause(milliseconds: 10)
                }
                #expect(isFree)
                #expect(try clients[1].call(TestServer.Path.echo, [1]).grpcStatus == 0)
            }
        }
    }

    @Test("connections of the whole server are limited")
    func connections() async throws {
        var limits = ServerLimits()
        limits.maxConnections = 2
        try await TestServer.with(limits: limits) { server, _ in
            try await onThread {
                let clients = try (0..<2).map { _ in try server.client() }
                #expect(server.isTurnedAway(server.credential))
                #expect(server.events(.tooManyConnections) == 1)
                for client in clients { #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0) }
            }
        }
    }

    @Test("handshakes that one address has not finished are limited")
    func handshakes() async throws {
        var limits = ServerLimits()
        limits.maxHandshakesPerAddress = 3
        limits.handshakeTimeout = .seconds(2)
        try await TestServer.with(limits: limits) { server, _ in
            try await onThread {
                let client = try server.client()
                let silent = try (0..<10).map { _ in try TestSocket(port: server.port) }
                for socket in silent { #expect(try socket.read().isEmpty) }
                #expect(server.events(.tooManyHandshakesOfAddress) == 7)
                #expect(server.events(.handshakeTimedOut) == 3)
                #expect(try client.call(TestServer.Path.echo, [1]).grpcStatus == 0)
                #expect(!server.isTurnedAway(server.credential))
            }
        }
    }

    @Test("handshakes are counted by address, of IPv6 by network: who has one address of it has them all")
    func origins() throws {
        func origin(_ address: String) throws -> String {
            ConnectionCensus.origin(of: try SocketAddress(ipAddress: address, port: 1))
        }
        #expect(try origin("192.0.2.1") != origin("192.0.2.2"))
        #expect(try origin("2001:db8:1:2::1") == origin("2001:db8:1:2:ffff::9"))
        #expect(try origin("2001:db8:1:2::1") != origin("2001:db8:1:3::1"))
        // As a socket of both kinds has it.
        #expect(try origin("::ffff:192.0.2.1") == origin("192.0.2.1"))
        #expect(try origin("::ffff:192.0.2.1") != origin("::ffff:192.0.2.2"))
        #expect(ConnectionCensus.origin(of: nil).isEmpty)
    }
}
