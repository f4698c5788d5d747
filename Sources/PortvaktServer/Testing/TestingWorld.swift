internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import Synchronization

/// The whole service of one certificate in testing mode: a store in memory, its state, its clock.
final class TestingWorld: Sendable {
    let seat = TestingSeat()
    let clock = TestingClock()
    private let configuration: ServiceConfiguration
    private let makeStore: @Sendable () -> any LedgerStore
    private let running: Mutex<Running?> = Mutex(nil)

    private struct Running {
        var core: ServiceCore
        var store: BreakableStore
        var methods: [String: RPCMethod]
    }

    /// - Parameter makeStore: gives an empty store that is in memory, so that opening a ledger in it waits for no disk.
    init(_ configuration: ServiceConfiguration, makeStore: @escaping @Sendable () -> any LedgerStore) {
        var own = configuration
        own.clock = clock
        own.onEvent = { _ in }
        self.configuration = own
        self.makeStore = makeStore
    }

    /// The method with a path, of the service as it stands.
    /// - Throws: when a ledger cannot be opened in memory.
    func method(_ path: String) throws -> RPCMethod? { try current().methods[path] }

    /// The service as it stands.
    /// - Throws: when a ledger cannot be opened in memory.
    func core() throws -> ServiceCore { try current().core }

    private func current() throws -> Running {
        try running.withLock { running in
            if let running { return running }
            let made = try make()
            running = made
            return made
        }
    }

    private func make() throws -> Running {
        let store = BreakableStore(makeStore())
        let core = try ServiceCore.open(configuration, store: store) {}
        let methods = Dictionary(MethodCatalogue.own(core).map { ($0.path, $0) }) { $1 }
        return Running(core: core, store: store, methods: methods)
    }

    /// Everything is as if nobody had ever called.
    func reset() {
        seat.reset()
        clock.stand(at: nil)
        Task { [left = leave()] in await left?.close() }
    }

    /// The service that ran, which serves nobody any more; the next call begins a new one.
    private func leave() -> ServiceCore? {
        running.withLock { running in
            let core = running?.core
            running = nil
            return core
        }
    }

    /// Nothing can be recorded any more.
    func breakStore() { running.withLock { $0?.store.breakDown() } }

    /// Streams of changes end.
    func endWatches() { running.withLock { $0?.core.feed.end() } }

    func close() async { await leave()?.close() }
}

/// The worlds by the fingerprint of the certificate.
final class TestingWorlds: Sendable {
    /// Worlds at most: each has four threads and a store in memory. A daemon for tests serves a team, not a country.
    static let maximum = 32

    private let worlds = Mutex<[[UInt8]: TestingWorld]>([:])
    private let make: @Sendable () -> TestingWorld

    init(_ make: @escaping @Sendable () -> TestingWorld) { self.make = make }

    /// The world of a certificate, made when it is first seen; `nil` when there are too many.
    func world(of fingerprint: [UInt8]) -> TestingWorld? {
        worlds.withLock { worlds in
            if let world = worlds[fingerprint] { return world }
            guard worlds.count < Self.maximum else { return nil }
            let world = make()
            worlds[fingerprint] = world
            return world
        }
    }

    /// The service of a page's caller.
    /// - Throws: when there are too many, or a ledger cannot be opened in memory.
    @Sendable func core(_ call: HTTPCall) throws -> ServiceCore {
        guard let world = world(of: call.peer.fingerprint) else { throw TestingMethods.tooMany }
        return try world.core()
    }

    func endWatches() {
        for world in worlds.withLock({ Array($0.values) }) { world.endWatches() }
    }

    func close() async {
        for world in worlds.withLock({ Array($0.values) }) { await world.close() }
    }
}
