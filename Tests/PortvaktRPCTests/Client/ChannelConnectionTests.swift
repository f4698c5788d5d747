import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("How a channel connects, and connects again")
struct ChannelConnectionTests {
    private static let path = "/test.Name/Get"

    /// A port on which nobody listens.
    private func freePort() async throws -> Int {
        try await ClientServer.with([]) { server, _ in server.port }
    }

    private func name(_ channel: RPCChannel) async throws -> String {
        try await channel.text(Self.path, "", timeout: .seconds(10))
    }

    @Test("nothing is connected before the first call, or before it is asked for")
    func lazy() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                #expect(await channel.connectivity() == .idle)
                channel.connect()
                #expect(await eventually { server.server.metrics.connectionsAccepted == 1 })
                let answer = try await name(channel)
                #expect(answer == "a")
                #expect(server.server.metrics.connectionsAccepted == 1)
            }
        }
    }

    @Test("when no address answers, a call fails at once and says which address and why")
    func nobody() async throws {
        let pki = try TestPKI()
        let port = try await freePort()
        try await pki.channel([port]).closing { channel in
            let begin = NIODeadline.now()
            let found = await status { _ = try await name(channel) }
            #expect(found.code == .unavailable)
            #expect(found.message.contains("127.0.0.1:\(port)"))
            #expect(NIODeadline.now() - begin < .seconds(5))
            #expect(await channel.connectivity() != .ready)
        }
    }

    @Test("a call that is willing to wait gets its answer when a server comes")
    func waits() async throws {
        let port = try await freePort()
        let pki = try TestPKI()
        try await pki.channel([port], configure: { $0.waitsForReady = true }).closing { channel in
            let answer = Task { try await name(channel) }
            try await Task.sleep(nanoseconds: 100_000_000)
            let server = try await ClientServer.start([ClientServer.named("late")], pki, port: port)
            #expect(try await answer.value == "late")
            try await server.server.drain(linger: .zero)
        }
    }

    @Test("the second address is used when the first does not answer, and kept")
    func failover() async throws {
        let dead = try await freePort()
        try await ClientServer.with([ClientServer.named("b")]) { server, pki in
            try await pki.channel([dead, server.port]).closing { channel in
                for _ in 0..<3 {
                    let answer = try await name(channel)
                    #expect(answer == "b")
                }
                #expect(server.server.metrics.connectionsAccepted == 1)
            }
        }
    }

    @Test("a server that drains finishes its calls, and new ones go to the next; none fails")
    func drain() async throws {
        let slow = RPCMethod(path: "/test.Name/Slow", kind: .unary) { call, _ in
            call.eventLoop.scheduleTask(in: .milliseconds(200)) { call.respond(ByteBuffer(string: "slow")) }
        }
        let pki = try TestPKI()
        let first = try await ClientServer.start([ClientServer.named("a"), slow], pki, name: "first")
        let second = try await ClientServer.start([ClientServer.named("b"), slow], pki, name: "second")
        try await pki.channel([first.port, second.port]).closing { channel in
            #expect(try await name(channel) == "a")
            let open = (0..<20).map { _ in Task { try await channel.text("/test.Name/Slow", "", timeout: .seconds(10)) }
            }
            #expect(await eventually { first.server.metrics.callsStarted == 21 })
            async let drained: Void = first.server.drain(linger: .zero)
            var names: [String] = []
            while names.last != "b", names.count < 100_000 { names.append(try await name(channel)) }
            #expect(names.last == "b")
            for call in open { #expect(try await call.value == "slow") }
            try await drained
            #expect(try await name(channel) == "b")
        }
        try await second.server.drain(linger: .zero)
    }

    @Test("after a restart at the same address calls are answered again")
    func restart() async throws {
        let pki = try TestPKI()
        let first = try await ClientServer.start([ClientServer.named("one")], pki, name: "first")
        try await pki.channel([first.port]).closing { channel in
            #expect(try await name(channel) == "one")
            try await first.server.drain(linger: .zero)
            #expect(await status { _ = try await name(channel) }.code == .unavailable)
            let second = try await ClientServer.start(
                [ClientServer.named("two")], pki, port: first.port, name: "second")
            var answer = ""
            for _ in 0..<500 where answer.isEmpty {
                answer = (try? await name(channel)) ?? ""
                try await Task.sleep(nanoseconds: 10_000_000)
            }
            #expect(answer == "two")
            try await second.server.drain(linger: .zero)
        }
    }

    @Test("a name with several addresses is tried at all of them")
    func localhost() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            let channel = try pki.channel([server.port]) { $0.targets[0].host = "localhost" }
            try await channel.closing { channel in
                let answer = try await name(channel)
                #expect(answer == "a")
                #expect(server.server.metrics.connectionsAccepted == 1)
            }
        }
    }

    @Test("a connection whose server certificate has ended is replaced")
    func expired() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            let future = Mutex(Int64(0))
            var configuration = RPCChannelConfiguration(
                targets: [RPCTarget(host: "127.0.0.1", port: server.port)],
                tls: pki.files(try pki.issue("client", .client(TestServer.organizationNumber)), revocation: false))
            configuration.tick = .milliseconds(20)
            let channel = try RPCChannel(
                configuration: configuration, group: MultiThreadedEventLoopGroup.singleton,
                wallClock: { wallClockSeconds() + future.withLock { $0 } })
            try await channel.closing { channel in
                let answer = try await name(channel)
                #expect(answer == "a")
                #expect(server.server.metrics.connectionsAccepted == 1)
                future.withLock { $0 = 100_000 }
                #expect(await eventually { server.server.metrics.connectionsAccepted > 1 })
                future.withLock { $0 = 0 }
                #expect(try await name(channel) == "a")
            }
        }
    }

    @Test("a server whose certificate does not carry the expected name is not used")
    func wrongName() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            for (serverName, isRight) in [("localhost", true), ("127.0.0.1", true), ("example.com", false)] {
                let channel = try pki.channel([server.port], name: "c-\(serverName)") {
                    $0.targets[0].serverName = serverName
                }
                try await channel.closing { channel in
                    #expect(await status { _ = try await name(channel) }.code == (isRight ? .ok : .unavailable))
                }
            }
            #expect(server.server.metrics.callsStarted == 2)
        }
    }

    @Test("a server that another authority vouches for is not used")
    func wrongAuthority() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            let foreign = try TestPKI()
            try await foreign.channel([server.port]).closing { channel in
                #expect(await status { _ = try await name(channel) }.code == .unavailable)
            }
            _ = pki
        }
    }

    @Test("a server that is not the expected one is not used")
    func wrongIdentity() async throws {
        let pki = try TestPKI()
        var request = TestPKI.Request.server
        request.alternativeNames.append("URI:spiffe://example.org/portvakt")
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue("server", request)))
        configuration.limits.ageGrace = .seconds(1)
        let server = try RPCServer(
            configuration: configuration, methods: [ClientServer.named("a")], callerPolicy: TestServer.Policy())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        for (expected, isRight) in [("spiffe://example.org/portvakt", true), ("spiffe://example.org/other", false)] {
            let channel = try pki.channel([port], name: isRight ? "right" : "wrong") {
                $0.isExpectedPeer = { $0.spiffeID == expected }
            }
            try await channel.closing { channel in
                #expect(await status { _ = try await name(channel) }.code == (isRight ? .ok : .unavailable))
            }
        }
        #expect(server.metrics.callsStarted == 1)
        try await server.drain(linger: .zero)
    }

    @Test("a client whose certificate the server refuses gets UNAVAILABLE, not an answer")
    func refusedClient() async throws {
        try await TestServer.with { server, pki in
            server.policy.refused.withLock { _ = $0.insert(TestServer.organizationNumber) }
            try await pki.channel([server.port]).closing { channel in
                #expect(await status { _ = try await channel.text(TestServer.Path.echo, "") }.code == .unavailable)
            }
        }
    }

    @Test("a reload moves to a new connection with the new certificate; open calls end on the old one")
    func reload() async throws {
        let callers = Mutex<[String]>([])
        let who = RPCMethod(path: "/test.Who/Am", kind: .unary) { call, _ in
            callers.withLock { $0.append(call.peer.organizationNumber ?? "") }
            call.eventLoop.scheduleTask(in: .milliseconds(100)) { call.respond(ByteBuffer()) }
        }
        try await ClientServer.with([who]) { server, pki in
            try await pki.channel([server.port]).closing { channel in
                let open = Task { await status { _ = try await channel.text("/test.Who/Am", "") } }
                #expect(await eventually { callers.withLock { $0.count } == 1 })
                _ = try pki.issue("client", .client(TestServer.otherOrganizationNumber))
                try await channel.reload()
                #expect(await status { _ = try await channel.text("/test.Who/Am", "") } == .ok)
                #expect(await open.value == .ok)
                #expect(
                    callers.withLock { $0 } == [TestServer.organizationNumber, TestServer.otherOrganizationNumber])
                #expect(server.server.metrics.connectionsAccepted == 2)
                #expect(await eventually { server.server.metrics.connectionsOpen == 1 })
            }
        }
    }

    @Test("a reload that fails changes nothing; changed files are noticed without being told")
    func reloadFails() async throws {
        try await ClientServer.with([ClientServer.named("a")]) { server, pki in
            let reloads = Mutex<[Bool]>([])
            let channel = try pki.channel([server.port]) {
                $0.fileCheckInterval = .milliseconds(50)
                $0.onReload = { result in reloads.withLock { $0.append((try? result.get()) != nil) } }
            }
            try await channel.closing { channel in
                #expect(try await name(channel) == "a")
                let key = try pki.issue("other", .client(TestServer.organizationNumber)).key
                #expect(rename(key, pki.folder + "/client.key") == 0)
                #expect(await eventually { reloads.withLock { $0 } == [false] })
                await #expect(throws: TLSFileError.self) { try await channel.reload() }
                #expect(try await name(channel) == "a")
                _ = try pki.issue("client", .client(TestServer.organizationNumber))
                #expect(await eventually { reloads.withLock { $0.last } == true })
                #expect(try await name(channel) == "a")
            }
        }
    }

    @Test("a server that a new revocation list names is cut, with its open calls")
    func revoked() async throws {
        let held = Mutex(0)
        let hold = RPCMethod(path: "/test.Hold/On", kind: .unary) { call, _ in
            held.withLock { $0 += 1 }
            call.onCancel {}
        }
        let pki = try TestPKI()
        let credential = try pki.issue("server", .server)
        let server = try RPCServer(
            configuration: .init(tls: pki.files(credential, revocation: false)), methods: [hold],
            callerPolicy: TestServer.Policy())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        let channel = try pki.channel([port]) { $0.tls.revocationLists = pki.revocationLists }
        try await channel.closing { channel in
            let open = Task { await status { _ = try await channel.text("/test.Hold/On", "") } }
            #expect(await eventually { held.withLock { $0 } == 1 })
            try pki.writeRevocationList(revoked: [credential])
            try await channel.reload()
            #expect(await open.value.code == .unavailable)
            #expect(await status { _ = try await channel.text("/test.Hold/On", "") }.code == .unavailable)
            #expect(held.withLock { $0 } == 1)
        }
        try await server.drain(linger: .zero)
    }

    @Test("closing lets open calls finish within the grace, and ends the rest with UNAVAILABLE")
    func close() async throws {
        try await TestServer.with { server, pki in
            let channel = try pki.channel([server.port])
            _ = try await channel.text(TestServer.Path.echo, "")
            let quick = Task { await status { _ = try await channel.text(TestServer.Path.later, "") } }
            let slow = Task { await status { _ = try await channel.text(TestServer.Path.hold, "") } }
            #expect(await eventually { server.server.metrics.callsStarted == 3 })
            await channel.close(grace: .milliseconds(200))
            #expect(await quick.value == .ok)
            #expect(await slow.value.code == .unavailable)
            #expect(await status { _ = try await channel.text(TestServer.Path.echo, "") }.code == .unavailable)
            #expect(await channel.connectivity() == .closed)
            await channel.close()
            let stream = channel.serverStream(TestServer.Path.stream, ByteBuffer())
            #expect(await status { for try await _ in stream {} }.code == .unavailable)
        }
    }

    @Test("a channel that is let go of closes its connection")
    func letGo() async throws {
        try await TestServer.with { server, pki in
            do {
                let channel = try pki.channel([server.port])
                _ = try await channel.text(TestServer.Path.echo, "")
                #expect(server.server.metrics.connectionsOpen == 1)
            }
            #expect(await eventually { server.server.metrics.connectionsOpen == 0 })
        }
    }
}
