import NIOCore
import Testing

@testable import PortvaktRPC

/// Watches of the health of a server, on a connection in memory.
@Suite("A watch of a server's health")
struct HealthWatchTests {
    /// A response with its prefix. Bytes.
    private static let length = 7

    private func with(
        window: Int, _ body: (ConnectionInMemory, HealthRegistry, HTTP2Stream) throws -> Void
    ) throws {
        let registry = HealthRegistry(["": .serving])
        var http2 = HTTP2Limits()
        // Every message is one too many until it was taken.
        http2.outboxHighWater = 1
        let memory = try ConnectionInMemory(
            methods: HealthService.methods(registry) { _ in true }, http2: http2, window: window)
        try memory.start()
        let stream = try memory.call("/grpc.health.v1.Health/Watch")
        #expect(registry.watchCount == 1)
        try body(memory, registry, stream)
    }

    @Test("a caller that does not keep up gets the last status only, and then what follows")
    func last() throws {
        try with(window: Self.length) { memory, registry, stream in
            #expect(memory.answers[stream].count == Self.length)
            // The first of these fills the outbox; the window lets nothing out.
            for round in 0..<9 {
                registry.set("", round.isMultiple(of: 2) ? .notServing : .serving)
                try memory.exchange()
            }
            #expect(memory.stream(stream.id)?.outbox.readableBytes == Self.length)
            registry.set("", .serving)
            try memory.exchange()
            memory.client.consume(stream, bytes: Self.length)
            try memory.exchange()
            #expect(memory.answers[stream].count == 2 * Self.length)
            // The last one waits for the window by itself.
            #expect(memory.stream(stream.id)?.outbox.readableBytes == Self.length)
            memory.client.consume(stream, bytes: Self.length)
            try memory.exchange()
            #expect(memory.answers[stream].count == 3 * Self.length)
            #expect(memory.stream(stream.id)?.outbox.readableBytes == 0)
        }
    }

    @Test("a status that changed and changed back before it was told is not told again")
    func back() throws {
        try with(window: 1000) { memory, registry, stream in
            registry.set("", .notServing)
            registry.set("", .serving)
            try memory.exchange()
            #expect(memory.answers[stream].count == Self.length)
            registry.set("", .notServing)
            try memory.exchange()
            #expect(memory.answers[stream].count == 2 * Self.length)
        }
    }

    @Test("watches of all callers together are limited; one that ends makes room for one")
    func together() throws {
        try with(window: 1000) { memory, registry, _ in
            var made = 0
            func watch() -> HealthWatch {
                let caller = AdmittedCaller(
                    peer: PeerIdentity(
                        organizationNumber: nil, spiffeID: "spiffe://test/\(made / HealthRegistry.maxWatchesPerCaller)",
                        fingerprint: [], notAfter: 0),
                    context: TestServer.Context())
                made += 1
                return HealthWatch(
                    service: "",
                    call: ServerCall(
                        connection: memory.connection, stream: ServerStream(), caller: caller, method: 0),
                    registry: registry)
            }
            let watches = (1..<HealthRegistry.maxWatches).map { _ in watch() }
            #expect(watches.allSatisfy { registry.add($0) == nil })
            #expect(registry.watchCount == HealthRegistry.maxWatches)
            made += HealthRegistry.maxWatchesPerCaller
            let late = watch()
            #expect(registry.add(late)?.code == .resourceExhausted)
            registry.remove(watches[0])
            #expect(registry.add(late) == nil)
            #expect(registry.add(watch())?.code == .resourceExhausted)
        }
    }
}
