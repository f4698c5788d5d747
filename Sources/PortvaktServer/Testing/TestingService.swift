internal import NIOCore
public import PortvaktLedger
internal import PortvaktRPC

/// A service for the tests of other systems: every client certificate has an empty store of its own, in memory, and a
/// clock that it sets. Nothing outlives it, and nobody's data must ever be in it.
public final class TestingService: Sendable {
    private let server: RPCServer
    private let worlds: TestingWorlds
    private let health: HealthRegistry
    private let onEvent: @Sendable (ServiceEvent) -> Void
    public let port: Int

    private init(
        server: RPCServer, worlds: TestingWorlds, health: HealthRegistry,
        onEvent: @escaping @Sendable (ServiceEvent) -> Void, port: Int
    ) {
        self.server = server
        self.worlds = worlds
        self.health = health
        self.onEvent = onEvent
        self.port = port
    }

    /// Serves.
    /// - Parameters:
    ///   - configuration: its administrator, checkpoints, index, metrics and clock are not used.
    ///   - makeStore: gives an empty store in memory.
    /// - Throws: when a TLS file or the address cannot be used.
    public static func start(
        _ configuration: ServiceConfiguration, makeStore: @escaping @Sendable () -> any LedgerStore
    ) async throws -> TestingService {
        let health = HealthRegistry(
            Dictionary(uniqueKeysWithValues: MethodCatalogue.services.map { ($0, HealthStatus.serving) }))
        var own = configuration
        (own.checkpoints, own.index) = (nil, nil)
        let worlds = TestingWorlds { [own] in TestingWorld(own, makeStore: makeStore) }
        var serving = RPCServer.Configuration(tls: configuration.tls)
        serving.eventLoops = configuration.eventLoops
        serving.limits = configuration.limits
        serving.onReload = { result in configuration.onEvent(ServiceEvent(result)) }
        let server = try RPCServer(
            configuration: serving, methods: try TestingMethods(worlds: worlds, health: health).methods(),
            pages: AuthZENPages(core: worlds.core).pages,
            callerPolicy: TestingGate(worlds: worlds))
        let address = try await ListenError.naming(.listen, host: configuration.host, port: configuration.port) {
            try await server.start(host: configuration.host, port: configuration.port)
        }
        let port = address.port ?? configuration.port
        configuration.onEvent(.listening(host: configuration.host, port: port))
        return TestingService(
            server: server, worlds: worlds, health: health, onEvent: configuration.onEvent, port: port)
    }

    /// Loads certificates and revocation lists again. A failure keeps the old ones and is reported.
    public func reload() async {
        do throws(TLSFileError) {
            try await server.reload()
            onEvent(.reloaded)
        } catch {
            onEvent(.reloadFailed(error.description))
        }
    }

    /// Lets open calls finish and forgets everything.
    public func stop() async {
        health.setAll(.notServing)
        health.endWatches()
        worlds.endWatches()
        try? await server.drain(linger: .zero)
        await worlds.close()
        onEvent(.stopped)
    }
}
