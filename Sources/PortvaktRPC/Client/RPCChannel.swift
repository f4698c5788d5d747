public import NIOCore
internal import NIOPosix
internal import Synchronization

/// A gRPC client: one shared connection over TLS with many calls on it, made again when it is lost, at the next address
/// when there are several.
///
/// Two faces: `async` calls from anywhere, and ``start(_:_:timeout:metadata:receiver:token:)`` on the event loop for
/// callers who count nanoseconds.
public final class RPCChannel: Sendable {
    /// Whether calls can be made now.
    public enum Connectivity: Sendable, Hashable {
        /// No connection, because none is wanted.
        case idle
        case connecting
        case ready
        /// No address could be reached; the next attempt waits.
        case unavailable
        case closed
    }

    /// Where callbacks run, and where ``start(_:_:timeout:metadata:receiver:token:)`` must be called.
    public var eventLoop: any EventLoop { core.eventLoop }
    let core: ClientCore

    /// Loads the TLS files (blocking) and throws what is wrong with which. Connects with the first call.
    ///
    /// One event loop of `group` serves the channel; nil: one that the process shares.
    public convenience init(
        configuration: RPCChannelConfiguration, on group: (any EventLoopGroup)? = nil
    ) throws(TLSFileError) {
        let group = group ?? MultiThreadedEventLoopGroup.singleton
        try self.init(configuration: configuration, group: group, wallClock: { wallClockSeconds() })
    }

    init(
        configuration: RPCChannelConfiguration, group: any EventLoopGroup, wallClock: @escaping @Sendable () -> Int64
    ) throws(TLSFileError) {
        core = ClientCore(
            eventLoop: group.next(), configuration: configuration,
            tls: try TLSConfigurationSource(role: .client, files: configuration.tls), wallClock: wallClock)
        watchFiles()
    }

    deinit {
        // After ``close(grace:)`` the loop may be gone with its group.
        guard !core.isClosing.load(ordering: .relaxed) else { return }
        let core = core
        core.eventLoop.execute { core.close(grace: .zero, done: nil) }
    }

    // MARK: Calls on the event loop

    /// Starts a call. On ``eventLoop`` only. The message is copied. The receiver is kept until the call ends, and never
    /// told anything before this returns. `timeout` nil: none.
    @discardableResult
    public func start(
        _ route: RPCRoute, _ message: UnsafeRawBufferPointer, timeout: TimeAmount?, metadata: Metadata = Metadata(),
        receiver: any RPCReceiver, token: UInt64 = 0
    ) -> RPCCallHandle {
        unsafe core.start(route, message, timeout: timeout, metadata: metadata, receiver: receiver, token: token)
    }

    /// Ends a call with CANCELLED, if it has not ended. On ``eventLoop`` only.
    public func cancel(_ handle: RPCCallHandle) {
        core.cancel(handle)
    }

    // MARK: Life

    /// Connects without waiting for a call.
    public func connect() {
        core.eventLoop.execute { self.core.connect() }
    }

    public func connectivity() async -> Connectivity {
        let core = core
        let stage = try? await core.eventLoop.submit { core.connector.stage }.get()
        return switch stage {
        case .idle: .idle
        case .connecting: .connecting
        case .ready: .ready
        case .backingOff: .unavailable
        case .closed, nil: .closed
        }
    }

    /// Loads certificate, key, CA and CRL again. A connection to a server that they no longer trust is cut; the others
    /// finish their calls, and new calls use a new connection. When it throws, nothing has changed.
    public func reload() async throws(TLSFileError) {
        let tls = core.tls
        let result = await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { _ in
                continuation.resume(returning: Result { () throws(TLSFileError) in _ = try tls.reload() })
            }
        }
        try result.get()
        let core = core
        _ = try? await core.eventLoop.submit { core.reloaded() }.get()
    }

    /// Takes no more calls, lets open ones finish for `grace`, and closes. Calls that wait or are still open then end
    /// with UNAVAILABLE.
    public func close(grace: TimeAmount = .zero) async {
        core.isClosing.store(true, ordering: .relaxed)
        guard !core.isOver.load(ordering: .acquiring) else { return }
        let done = core.eventLoop.makePromise(of: Void.self)
        core.eventLoop.execute { self.core.close(grace: grace, done: done) }
        try? await done.futureResult.get()
    }

    private func watchFiles() {
        guard let interval = core.configuration.fileCheckInterval else { return }
        core.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak core] task in
            guard let core, !core.connector.isClosed else { return task.cancel() }
            NIOThreadPool.singleton.submit { _ in
                guard core.tls.filesHaveChanged else { return }
                let result = Result { () throws(TLSFileError) in _ = try core.tls.reload() }
                if case .success = result { core.eventLoop.execute { core.reloaded() } }
                core.configuration.onReload?(result)
            }
        }
    }
}
