public import NIOCore
internal import NIOPosix
internal import Synchronization

/// A gRPC server over TLS 1.3 with client certificates.
public final class RPCServer: Sendable {
    public struct Configuration: Sendable {
        public var tls: TLSFiles
        /// Event loops, each one thread. A connection stays on one.
        public var eventLoops = 1
        public var limits = ServerLimits.defaults
        public var http2 = HTTP2Limits.defaults
        /// Connections that the kernel holds before they are accepted.
        public var backlog: Int32 = 256
        /// How often the TLS files are looked at for changes; nil: only ``RPCServer/reload()`` loads them again.
        public var fileCheckInterval: TimeAmount? = .seconds(10)
        /// Told of every reload that was not asked for with ``RPCServer/reload()``. Runs on some thread.
        public var onReload: (@Sendable (Result<Void, TLSFileError>) -> Void)?
        /// Seconds since 1970 UTC; tests set it.
        var wallClock: @Sendable () -> Int64 = { wallClockSeconds() }

        public init(tls: TLSFiles) { self.tls = tls }
    }

    private struct State {
        var group: MultiThreadedEventLoopGroup?
        var loops: [ServerLoop] = []
        var listener: (any Channel)?
    }

    private let configuration: Configuration
    private let shared: ServerShared
    private let state = Mutex(State())

    /// Loads the TLS files (blocking) and throws what is wrong with which.
    public init(
        configuration: Configuration, methods: [RPCMethod], pages: [HTTPPage] = [], callerPolicy: any CallerPolicy
    ) throws(TLSFileError) {
        self.configuration = configuration
        shared = ServerShared(
            tls: try TLSConfigurationSource(
                role: .server, files: configuration.tls, allowsHTTP1: !pages.isEmpty),
            methods: MethodTable(methods, pages: pages), policy: callerPolicy, limits: configuration.limits,
            http2: configuration.http2,
            counters: ServerCounters(), census: ConnectionCensus(limits: configuration.limits),
            wallClock: configuration.wallClock)
    }

    /// The counters now.
    public var metrics: ServerMetrics { shared.counters.snapshot }

    /// When the files that are in use now end.
    public var tlsEnds: TLSEnds { shared.tls.current.ends }

    /// The time that certificates and revocation lists are compared with, in seconds since 1970 UTC.
    public var tlsTime: Int64 { configuration.wallClock() }

    /// Listens. Port 0: any free one. Returns the bound address.
    public func start(host: String, port: Int) async throws -> SocketAddress {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(configuration.eventLoops, 1))
        let loops = group.makeIterator().map { ServerLoop(eventLoop: $0) }
        let accept = ServerAcceptor(shared: shared, loops: loops)
        do {
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: configuration.backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(
                    .writeBufferWaterMark,
                    value: .init(low: shared.limits.socketHighWater / 4, high: shared.limits.socketHighWater)
                )
                .childChannelInitializer { accept.accept($0) }
                .bind(host: host, port: port).get()
            guard let address = listener.localAddress else { throw ChannelError.unknownLocalAddress }
            state.withLock { $0 = State(group: group, loops: loops, listener: listener) }
            watchFiles(on: loops[0])
            return address
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Verifies every living connection again and asks the policy again; cuts those that are refused now.
    public func recheckConnections() {
        onEveryConnection { $0.recheck() }
    }

    /// Loads certificate, key, CA and CRL again. New connections use them, living ones are rechecked. When it throws,
    /// nothing has changed.
    public func reload() async throws(TLSFileError) {
        let tls = shared.tls
        let result = await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { _ in
                continuation.resume(returning: Result { () throws(TLSFileError) in _ = try tls.reload() })
            }
        }
        reloaded(result)
        try result.get()
    }

    private func reloaded(_ result: Result<Void, TLSFileError>) {
        switch result {
        case .success: recheckConnections()
        case .failure: shared.counters.count(.reloadFailed)
        }
    }

    /// Lingers (callers learn from the health service that they should go), sends GOAWAY, lets open calls finish,
    /// closes.
    public func drain(linger: TimeAmount) async throws {
        try await Task.sleep(nanoseconds: UInt64(max(linger.nanoseconds, 0)))
        let (group, listener) = state.withLock { state in
            let listener = state.listener
            state.listener = nil
            return (state.group, listener)
        }
        guard let group else { return }
        try? await listener?.close()
        let grace = shared.limits.ageGrace
        onEveryConnection { $0.leave(grace: grace, now: .now()) }
        let end = NIODeadline.now() + grace + .seconds(1)
        while shared.counters.connectionsOpen.load(ordering: .relaxed) > 0, NIODeadline.now() < end {
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        state.withLock { $0 = State() }
        try await group.shutdownGracefully()
    }

    private func onEveryConnection(_ body: @escaping @Sendable (ServerConnection) -> Void) {
        for loop in state.withLock({ $0.loops }) {
            loop.eventLoop.execute { loop.forEach(body) }
        }
    }

    private func watchFiles(on loop: ServerLoop) {
        guard let interval = configuration.fileCheckInterval else { return }
        let tls = shared.tls
        loop.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] task in
            guard let self else { return task.cancel() }
            NIOThreadPool.singleton.submit { _ in
                guard tls.filesHaveChanged else { return }
                let result = Result { () throws(TLSFileError) in _ = try tls.reload() }
                self.reloaded(result)
                self.configuration.onReload?(result)
            }
        }
    }
}

/// Puts the handlers on accepted channels, or turns them away.
struct ServerAcceptor: Sendable {
    let shared: ServerShared
    let loops: [ServerLoop]

    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let eventLoop = channel.eventLoop
        let address = ConnectionCensus.origin(of: channel.remoteAddress)
        guard let loop = loops.first(where: { $0.eventLoop === eventLoop }) else {
            return eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState)
        }
        if let event = shared.census.accept(address: address) {
            shared.counters.count(event)
            return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        shared.counters.connectionsAccepted.wrappingAdd(1, ordering: .relaxed)
        shared.counters.connectionsOpen.wrappingAdd(1, ordering: .relaxed)
        return eventLoop.makeCompletedFuture {
            let tls = TLSHandler(context: shared.tls.current, handshakeTimeout: shared.limits.handshakeTimeout)
            let connection = ServerConnection(shared: shared, loop: loop, address: address)
            try channel.pipeline.syncOperations.addHandlers([tls, connection])
        }
    }
}
