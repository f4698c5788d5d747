internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Which connection a channel uses, and when it makes the next.
struct Connector {
    /// A connection that lived this long, or answered a call, was usable: the next attempt does not wait.
    static let usefulLife = TimeAmount.seconds(1)

    /// Why a connection takes no more calls.
    enum Departure {
        /// We want another one: new TLS files, a certificate that has ended, numbers of streams that are used up.
        case ours
        /// GOAWAY with NO_ERROR. A server sends it for a connection's age and idleness, and serves on at the same address; it
        /// also sends it when it stops, and then refuses the next connection. Which of the two it is, nothing but trying tells.
        case askedTo
        /// GOAWAY with an error, or the connection is gone.
        case lost
    }

    enum Stage {
        case idle
        case connecting
        case ready
        case backingOff
        case closed
    }

    var stage = Stage.idle
    var backoff: ConnectBackoff
    /// Takes new calls.
    var ready: ClientConnection?
    /// Connected, waits for the server's SETTINGS.
    var opening: ClientConnection?
    /// Take no new calls, still have some.
    var retiring: [ObjectIdentifier: ClientConnection] = [:]
    /// The address of the current or next attempt.
    var targetIndex = 0
    /// Addresses not tried in this round.
    var targetsLeft = 0
    /// Grows with every attempt; what belongs to an older one is ignored.
    var attempt: UInt64 = 0
    var lastFailure = "no address is configured"
    var ticking: RepeatedTask?
    /// Told when the last connection is gone, after the channel was closed.
    var whenEmpty: [EventLoopPromise<Void>] = []

    init(_ limits: ConnectBackoff.Limits) {
        backoff = ConnectBackoff(limits)
    }

    var isClosed: Bool { stage == .closed }
    var isBackingOff: Bool { stage == .backingOff }
    var unavailable: RPCStatus { RPCStatus(.unavailable, "no connection: \(lastFailure)") }

    /// Every connection.
    var all: [ClientConnection] { [ready, opening].compactMap { $0 } + retiring.values }
}

// Connections come and go here.
extension ClientCore {
    /// Begins to connect, if there is neither a connection nor an attempt, nor a wait after a failure.
    func connect() {
        guard connector.stage == .idle else { return }
        startTicking()
        connector.targetsLeft = configuration.targets.count
        tryTarget()
    }

    private func tryTarget() {
        guard connector.targetsLeft > 0 else { return backOff() }
        connector.stage = .connecting
        connector.attempt += 1
        let attempt = connector.attempt
        let target = configuration.targets[connector.targetIndex % configuration.targets.count]
        eventLoop.scheduleTask(in: configuration.connectTimeout) {
            self.failed(attempt: attempt, target, "it did not answer in time")
        }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: configuration.socketHighWater / 4, high: configuration.socketHighWater)
            )
            .connect(host: target.host, port: target.port)
            .whenComplete { result in
                switch result {
                case .success(let channel): self.connected(channel, attempt: attempt, target)
                case .failure(let error): self.failed(attempt: attempt, target, "\(error)")
                }
            }
    }

    /// There is a TCP connection. The handlers come only now: a name with several addresses makes several channels, of
    /// which all but one are given up.
    private func connected(_ channel: any Channel, attempt: UInt64, _ target: RPCTarget) {
        guard connector.stage == .connecting, connector.attempt == attempt else { return channel.close(promise: nil) }
        let handler = TLSHandler(
            context: tls.current, serverName: target.expectedName, handshakeTimeout: configuration.connectTimeout)
        let connection = ClientConnection(core: self, target: target, attempt: attempt)
        connector.opening = connection
        do {
            // In this order: the handshake begins when its handler is added, and its end must find the other one.
            try channel.pipeline.syncOperations.addHandlers([connection])
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            failed(attempt: attempt, target, "\(error)")
            channel.close(promise: nil)
        }
    }

    /// An attempt failed, if it is still the current one: the next address, or a wait.
    private func failed(attempt: UInt64, _ target: RPCTarget, _ reason: String) {
        guard connector.stage == .connecting, connector.attempt == attempt else { return }
        connector.attempt += 1
        let opening = connector.opening
        connector.opening = nil
        connector.lastFailure = "\(target): \(reason)"
        opening?.close(reason)
        nextTarget()
        connector.targetsLeft -= 1
        tryTarget()
    }

    private func backOff() {
        connector.stage = .backingOff
        eventLoop.scheduleTask(in: connector.backoff.next()) {
            guard self.connector.stage == .backingOff else { return }
            self.connector.stage = .idle
            self.connect()
        }
        if !configuration.waitsForReady { endWaiting(connector.unavailable) }
    }

    /// Why a server is not the expected one; nil when it is.
    func refusal(of peer: UnverifiedPeer) -> String? {
        guard let isExpected = configuration.isExpectedPeer else { return nil }
        do throws(PeerRefusal) {
            return isExpected(try peer.verified(by: tls.current)) ? nil : "the server is not the expected one"
        } catch {
            return "the server's certificate was refused (\(error))"
        }
    }

    func connectionReady(_ connection: ClientConnection) {
        guard connector.stage == .connecting, connector.attempt == connection.attempt else {
            return connection.close("it came too late")
        }
        connector.opening = nil
        connector.ready = connection
        connector.stage = .ready
        pump()
    }

    /// The connection takes no new calls.
    func connectionRetired(_ connection: ClientConnection, wasOpening: Bool, _ departure: Connector.Departure) {
        let reason = connection.closeReason ?? "the server goes away"
        if wasOpening {
            return failed(attempt: connection.attempt, connection.target, reason)
        }
        connector.retiring[ObjectIdentifier(connection)] = connection
        guard connector.ready === connection else { return }
        leave(connection, departure, reason)
    }

    /// The connection is gone.
    func connectionEnded(
        _ connection: ClientConnection, reason: String, lost calls: [(call: ClientCall, wasSent: Bool)]
    ) {
        connector.retiring[ObjectIdentifier(connection)] = nil
        if connector.ready === connection {
            leave(connection, .lost, reason)
        } else {
            if connector.opening === connection { connector.opening = nil }
            failed(attempt: connection.attempt, connection.target, reason)
        }
        lost(
            calls,
            RPCStatus(.unavailable, "the connection to \(connection.target) was lost: \(reason)"))
        finishIfEmpty()
    }

    /// The ready connection is so no longer: another one is made when it is wanted.
    private func leave(_ connection: ClientConnection, _ departure: Connector.Departure, _ reason: String) {
        connector.ready = nil
        guard connector.stage == .ready else { return }
        let isKept = connection.keepsAddress(departure)
        guard isKept || connection.wasUseful else {
            // As if it had not come about: the next address at once, or a wait when each was tried.
            connector.stage = .connecting
            return failed(attempt: connection.attempt, connection.target, reason)
        }
        if !isKept {
            connector.lastFailure = "\(connection.target): \(reason)"
            nextTarget()
        }
        connector.backoff.reset()
        connector.stage = .idle
        // Kept warm if it was used; a channel that nobody uses goes to sleep.
        if connection.wasUsed || hasWaiting { eventLoop.execute { self.connect() } }
    }

    private func nextTarget() { connector.targetIndex = (connector.targetIndex + 1) % configuration.targets.count }

    /// New TLS files: what they no longer trust is cut, everything else moves to a new connection.
    func reloaded() {
        let context = tls.current
        for connection in connector.all {
            guard let peer = connection.peer else { continue }
            do throws(PeerRefusal) {
                _ = try peer.verified(by: context)
            } catch .chain, .noCertificate {
                connection.close("the server's certificate is no longer trusted")
                continue
            } catch {
                // The chain is in order; without an expected peer, no identity is asked for.
                if configuration.isExpectedPeer != nil {
                    connection.close("the server's certificate was refused (\(error))")
                    continue
                }
            }
            connection.retire()
        }
    }

    // MARK: Time

    private func startTicking() {
        guard connector.ticking == nil else { return }
        let tick = configuration.tick
        connector.ticking = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { [weak self] task in
            guard let self else { return task.cancel() }
            let now = NIODeadline.now()
            for connection in self.connector.all { connection.tick(now) }
        }
    }

    // MARK: The end

    /// Takes no more calls, lets open ones finish for `grace`, then closes everything.
    func close(grace: TimeAmount, done: EventLoopPromise<Void>?) {
        eventLoop.preconditionInEventLoop()
        if let done { connector.whenEmpty.append(done) }
        if connector.stage != .closed {
            connector.stage = .closed
            connector.ticking?.cancel()
            connector.opening?.close("the channel is closed")
            endWaiting(Self.channelClosed)
            connector.ready?.retire()
        }
        eventLoop.scheduleTask(in: grace) {
            for connection in self.connector.all { connection.close("the channel is closed") }
        }
        finishIfEmpty()
    }

    private func finishIfEmpty() {
        guard connector.isClosed, connector.all.isEmpty else { return }
        isOver.store(true, ordering: .releasing)
        let promises = connector.whenEmpty
        connector.whenEmpty = []
        for promise in promises { promise.succeed() }
    }
}
