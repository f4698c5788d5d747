internal import NIOCore
internal import NIOPosix
internal import PortvaktCore
public import PortvaktLedger
internal import PortvaktRPC

/// One running Portvakt: the ledger, the state folded from it, and the server that answers from both.
public final class PortvaktService: Sendable {
    private let core: ServiceCore
    private let server: RPCServer
    private let metrics: MetricsListener?
    private let health: HealthRegistry
    private let group: MultiThreadedEventLoopGroup
    private let onEvent: @Sendable (ServiceEvent) -> Void
    /// The port that the asking systems connect to.
    public let port: Int
    /// The port of `/metrics`, when it is served.
    public let metricsPort: Int?

    private init(
        core: ServiceCore, server: RPCServer, metrics: MetricsListener?, health: HealthRegistry,
        group: MultiThreadedEventLoopGroup, onEvent: @escaping @Sendable (ServiceEvent) -> Void, port: Int,
        metricsPort: Int?
    ) {
        self.core = core
        self.server = server
        self.metrics = metrics
        self.health = health
        self.group = group
        self.onEvent = onEvent
        self.port = port
        self.metricsPort = metricsPort
    }

    /// Opens the ledger in the store, folds its changes, and serves. Blocks while it reads the ledger.
    /// - Throws: when the ledger, a profile, a TLS file or an address cannot be used.
    public static func start(_ configuration: ServiceConfiguration, store: any LedgerStore) async throws
        -> PortvaktService
    {
        let health = HealthRegistry(
            Dictionary(uniqueKeysWithValues: MethodCatalogue.services.map { ($0, HealthStatus.notServing) }))
        let core = try await opened(configuration, store: store) { health.setAll(.notServing) }
        // In the background: until it is done, the emergency accesses cannot be listed.
        core.blocking {
            try core.counters.reviews.gather(core.ledger)
        } then: { _ in
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            var serving = RPCServer.Configuration(tls: configuration.tls)
            serving.eventLoops = configuration.eventLoops
            serving.limits = configuration.limits
            serving.onReload = { result in configuration.onEvent(ServiceEvent(result)) }
            let server = try RPCServer(
                configuration: serving, methods: try MethodCatalogue(core: core, health: health).methods(),
                pages: AuthZENPages(core: core).pages,
                callerPolicy: CallerGate(administrator: configuration.administrator))
            var listener: MetricsListener?
            var metricsPort: Int?
            if let metrics = configuration.metrics {
                let page = MetricsPage(core: core, server: server)
                let made = MetricsListener(group: group, page: { page.text }, isReady: { core.isReady })
                metricsPort = try await ListenError.naming(.metrics, host: metrics.host, port: metrics.port) {
                    try await made.start(host: metrics.host, port: metrics.port)
                }
                listener = made
                configuration.onEvent(.metricsListening(host: metrics.host, port: metricsPort ?? metrics.port))
            }
            // Last: when anything before has failed, closing the group closes the metrics, and nobody has been let in.
            let address = try await ListenError.naming(.listen, host: configuration.host, port: configuration.port) {
                try await server.start(host: configuration.host, port: configuration.port)
            }
            let port = address.port ?? configuration.port
            health.setAll(.serving)
            configuration.onEvent(.listening(host: configuration.host, port: port))
            watchEnds(of: server, on: group, configuration.onEvent)
            return PortvaktService(
                core: core, server: server, metrics: listener, health: health, group: group,
                onEvent: configuration.onEvent, port: port, metricsPort: metricsPort)
        } catch {
            await core.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// How often it is looked whether a TLS file ends soon.
    private static let endInterval: TimeAmount = .minutes(1)

    /// Until the group ends.
    private static func watchEnds(
        of server: RPCServer, on group: MultiThreadedEventLoopGroup,
        _ onEvent: @escaping @Sendable (ServiceEvent) -> Void
    ) {
        let loop = group.next()
        let watch = NIOLoopBoundBox.makeBoxSendingValue(EndWatch(), eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: endInterval) { _ in
            for event in watch.value.news(server.tlsEnds, now: server.tlsTime) {
                // The log may wait for whoever reads it.
                NIOThreadPool.singleton.submit { _ in onEvent(event) }
            }
        }
    }

    private static func opened(
        _ configuration: ServiceConfiguration, store: any LedgerStore, onLedgerFailure: @escaping @Sendable () -> Void
    ) async throws -> ServiceCore {
        try await NIOThreadPool.singleton.runIfActive {
            try ServiceCore.open(configuration, store: store, onLedgerFailure: onLedgerFailure)
        }
    }

    /// Whether the ledger has failed: nothing more is recorded, and so nothing answered. True after a stop, too, when what was written last
    /// could not be signed.
    public var hasFailed: Bool { core.hasFailed }

    /// Loads certificates and revocation lists again. A failure keeps the old ones and is reported.
    public func reload() async {
        do throws(TLSFileError) {
            try await server.reload()
            onEvent(.reloaded)
        } catch {
            onEvent(.reloadFailed(error.description))
        }
    }

    /// Says NOT_SERVING, lingers, sends GOAWAY, lets open calls finish, closes the ledger.
    public func drain(lingerSeconds: Int) async {
        onEvent(.draining)
        await leave(linger: .seconds(Int64(lingerSeconds)))
    }

    /// Stops at once: the ledger failed, and there is nothing left to answer.
    public func abort() async { await leave(linger: .zero) }

    /// Sends everybody elsewhere. What is watched has no end of its own: it would keep the service until it cuts the connection.
    private func leave(linger: TimeAmount) async {
        core.leave()
        health.setAll(.notServing)
        health.endWatches()
        core.feed.end()
        try? await server.drain(linger: linger)
        await close()
    }

    private func close() async {
        await metrics?.stop()
        await core.close()
        try? await group.shutdownGracefully()
        onEvent(.stopped)
    }
}

extension ServiceEvent {
    init(_ reload: Result<Void, TLSFileError>) {
        switch reload {
        case .success: self = .reloaded
        case .failure(let error): self = .reloadFailed(error.description)
        }
    }
}
