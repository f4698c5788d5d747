import NIOCore
import Synchronization
import Testing

@testable import PortvaktRPC

@Suite("grpc.health.v1", .timeLimit(.minutes(2)))
struct HealthServiceTests {
    /// `HealthCheckRequest { service: … }`.
    static func request(_ service: String) -> ByteBuffer {
        service.isEmpty ? ByteBuffer() : ByteBuffer(bytes: [0x0a, UInt8(service.utf8.count)] + Array(service.utf8))
    }

    /// `HealthCheckResponse { status: … }`: 1 SERVING, 2 NOT_SERVING, 3 SERVICE_UNKNOWN.
    static func response(_ status: UInt8) -> ByteBuffer { ByteBuffer(bytes: [0x08, status]) }

    private func with(
        _ registry: HealthRegistry, isAllowed: Bool = true, _ body: (RPCChannel) async throws -> Void
    ) async throws {
        let methods = HealthService.methods(registry) { _ in isAllowed }
        try await ClientServer.with(methods) { server, pki in
            try await pki.channel([server.port]).closing { try await body($0) }
        }
    }

    private func check(_ channel: RPCChannel, _ service: String) async throws -> ByteBuffer {
        try await channel.unary("/grpc.health.v1.Health/Check", Self.request(service))
    }

    @Test("Check tells the status of the server and of each service, and NOT_FOUND of others")
    func check() async throws {
        let registry = HealthRegistry(["": .serving, "a.B": .notServing])
        try await with(registry) { channel in
            let whole = try await check(channel, "")
            #expect(whole == Self.response(1))
            #expect(try await check(channel, "a.B") == Self.response(2))
            #expect(await status { _ = try await check(channel, "a.C") }.code == .notFound)
            registry.set("a.B", .serving)
            registry.set("a.C", .notServing)
            #expect(try await check(channel, "a.B") == Self.response(1))
            #expect(try await check(channel, "a.C") == Self.response(2))
            registry.setAll(.notServing)
            #expect(try await check(channel, "") == Self.response(2))
        }
    }

    @Test(
        "a request that is not one, or not UTF-8, is INVALID_ARGUMENT",
        arguments: [[0x0a, 0x05], [0x0a, 0x01, 0xff]] as [[UInt8]])
    func broken(bytes: [UInt8]) async throws {
        try await with(HealthRegistry(["": .serving])) { channel in
            let found = await status {
                _ = try await channel.unary("/grpc.health.v1.Health/Check", ByteBuffer(bytes: bytes))
            }
            #expect(found.code == .invalidArgument)
        }
    }

    @Test("callers without permission learn nothing")
    func permission() async throws {
        try await with(HealthRegistry(["": .serving]), isAllowed: false) { channel in
            #expect(await status { _ = try await check(channel, "") }.code == .permissionDenied)
            let stream = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer())
            #expect(await status { for try await _ in stream {} }.code == .permissionDenied)
        }
    }

    @Test("Watch tells the status at once and every change, and keeps waiting for a service that is not known")
    func watch() async throws {
        let registry = HealthRegistry(["": .serving])
        try await with(registry) { channel in
            var whole = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            var other = channel.serverStream("/grpc.health.v1.Health/Watch", Self.request("x")).makeAsyncIterator()
            var next = try await whole.next()
            #expect(next == Self.response(1))
            next = try await other.next()
            #expect(next == Self.response(3))
            #expect(registry.watchCount == 2)
            registry.set("x", .serving)
            next = try await other.next()
            #expect(next == Self.response(1))
            registry.setAll(.serving)
            registry.set("", .notServing)
            next = try await whole.next()
            #expect(next == Self.response(2))
        }
        #expect(await eventually { registry.watchCount == 0 })
    }

    @Test("a server that goes away says NOT_SERVING, lets nobody change it, and ends the watches")
    func close() async throws {
        let registry = HealthRegistry(["": .serving, "a.B": .serving])
        try await with(registry) { channel in
            var watch = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            var next = try await watch.next()
            #expect(next == Self.response(1))
            registry.close()
            next = try await watch.next()
            #expect(next == Self.response(2))
            registry.set("", .serving)
            #expect(registry.status(of: "") == .notServing)
            #expect(registry.status(of: "a.B") == .notServing)
            registry.endWatches()
            #expect(registry.watchCount == 0)
            #expect(await status { while try await watch.next() != nil {} }.code == .unavailable)
            // Nor does one that comes later keep the connection open.
            let late = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer())
            #expect(await status { for try await _ in late {} }.code == .unavailable)
            #expect(registry.watchCount == 0)
            #expect(try await check(channel, "") == Self.response(2))
        }
    }

    @Test("a caller has its share of the watches and no more, gets it back, and leaves others theirs")
    func share() async throws {
        let registry = HealthRegistry(["": .serving])
        let most = HealthRegistry.maxWatchesPerCaller
        #expect(most * 8 <= HealthRegistry.maxWatches)
        func watch(_ channel: RPCChannel) async throws -> RPCMessages.Iterator {
            var watch = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            let first = try await watch.next()
            #expect(first == Self.response(1))
            return watch
        }
        try await ClientServer.with(HealthService.methods(registry) { _ in true }) { server, pki in
            let other = try pki.channel([server.port], name: "other", .client(TestServer.otherOrganizationNumber))
            try await pki.channel([server.port]).closing { channel in
                var watches: [RPCMessages.Iterator] = []
                for _ in 0..<most { watches.append(try await watch(channel)) }
                let refused = await status { _ = try await watch(channel) }
                #expect(refused.code == .resourceExhausted && refused.message.contains("of yours"))
                #expect(registry.watchCount == most)
                let others = try await watch(other)
                watches.removeLast()
                #expect(await eventually { registry.watchCount == most })
                watches.append(try await watch(channel))
                #expect(registry.watchCount == most + 1)
                withExtendedLifetime((watches, others)) {}
            }
            await other.close()
        }
        #expect(await eventually { registry.watchCount == 0 })
    }

    @Test("many changes from many threads: the last status always arrives")
    func threads() async throws {
        let registry = HealthRegistry(["": .notServing])
        try await with(registry) { channel in
            var watch = channel.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            _ = try await watch.next()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for index in 0..<200 { registry.set("", index.isMultiple(of: 2) ? .serving : .notServing) }
                    }
                }
            }
            registry.set("", .serving)
            registry.set("new", .serving)
            var last: ByteBuffer?
            while last != Self.response(1) { last = try await watch.next() }
            // Nothing follows: the next message comes from the next change.
            registry.set("", .notServing)
            while last == Self.response(1) { last = try await watch.next() }
            #expect(last == Self.response(2))
        }
    }
}
