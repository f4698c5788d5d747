internal import NIOCore
internal import Synchronization

/// One connection of a server, from the end of the handshake: an HTTP/2 session, its streams and its time limits.
///
/// Everything happens on the channel's event loop. Answers only mark the connection; it is drained once for each read
/// or each turn of the loop, into as few TLS records and one system call.
final class ServerConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Streams kept for reuse. Streams.
    static let maxSpareStreams = 256
    /// How long a connection that has written ``ServerLimits/maxFlush`` lets others be heard. A loop looks at its sockets only when no
    /// task of it is due, so that it has to be a moment.
    static let rest = TimeAmount.microseconds(100)

    let shared: ServerShared
    let loop: ServerLoop
    let quota: CallQuota
    let address: String
    var session: HTTP2Session?
    /// In the place of `session` when the peer speaks HTTP/1.1.
    var http1: HTTP1Connection?
    var caller: AdmittedCaller?
    var unverified: UnverifiedPeer?
    var clock = ConnectionClock()
    /// When the deadline timer is set to go off; the far future when it is not.
    var deadlineAt = NIODeadline.distantFuture
    var deadlineTimer: Scheduled<Void>?
    /// Response bytes that were ever put in an outbox, less those that were dropped with their stream.
    var queued = 0
    /// What the caller's connections have together; `unsentTold` of its bytes are this one's.
    var account: CallerAccount?
    var unsentTold = 0
    /// Request bytes held by unfinished calls. Bytes.
    var buffered = 0
    var spareStreams: [ServerStream] = []
    private var context: ChannelHandlerContext?
    private var outbound = ByteBuffer()
    private var isHandshaking = true
    private var isReading = false
    private var isDirty = false
    private var isFlushing = false
    /// What may be written before the loop looks at its sockets again: anew with every read, and after a rest. Bytes.
    private var allowance: Int
    private var isResting = false
    private var readIsPending = false

    init(shared: ServerShared, loop: ServerLoop, address: String) {
        self.shared = shared
        self.loop = loop
        self.address = address
        allowance = shared.limits.maxFlush
        quota = CallQuota(counters: shared.counters)
    }

    var eventLoop: any EventLoop { loop.eventLoop }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outbound = context.channel.allocator.buffer(capacity: HTTP2Session.drainSize + 1024)
        loop.add(self, tick: shared.limits.tick)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The connection is gone. Runs once.
    private func end() {
        guard context != nil else { return }
        context = nil
        loop.remove(self)
        http1 = nil
        handshakeEnded()
        endSession()
        tellUnsent(0)
        if let caller { shared.census.left(caller: caller.censusKey) }
        shared.census.closed()
        shared.counters.connectionsOpen.wrappingSubtract(1, ordering: .relaxed)
    }

    /// No stream lives on: handlers are told, and nothing more is read or answered.
    private func endSession() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        guard let session else { return }
        session.delegate = nil
        self.session = nil
        for stream in session.held.values { abandon(unsafe unsafeDowncast(stream, to: ServerStream.self)) }
        spareStreams = []
        tellUnsent(0)
    }

    private func handshakeEnded() {
        guard isHandshaking else { return }
        isHandshaking = false
        shared.census.handshakeEnded(address: address)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let completed = event as? TLSHandler.HandshakeCompleted else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        handshakeEnded()
        admit(completed.peer, isHTTP1: completed.isHTTP1)
    }

    private func admit(_ peer: UnverifiedPeer, isHTTP1: Bool) {
        let identity: PeerIdentity
        do throws(PeerRefusal) {
            identity = try peer.verified(by: shared.tls.current)
        } catch {
            return cut(.callerRefused)
        }
        guard case .admitted(let known) = shared.policy.admit(identity) else { return cut(.callerRefused) }
        let admitted = AdmittedCaller(peer: identity, context: known)
        guard let account = shared.census.admit(caller: admitted.censusKey) else {
            return cut(.tooManyConnectionsOfCaller)
        }
        self.account = account
        unverified = peer
        caller = admitted
        if isHTTP1, let context { return beginHTTP1(context.pipeline) }
        let now = NIODeadline.now()
        guard let session = HTTP2Session(role: .server, limits: shared.http2, now: now) else { return close() }
        self.session = session
        session.delegate = self
        session.start()
        clock.opened(at: now, limits: shared.limits)
        flushOut()
    }

    /// Verifies the certificate and asks the policy again; cuts the connection when either says no.
    func recheck() {
        guard let unverified, let old = caller else { return }
        do throws(PeerRefusal) {
            let identity = try unverified.verified(by: shared.tls.current)
            guard case .admitted(let known) = shared.policy.admit(identity) else { return cut(.recheckRefused) }
            guard identity.organizationNumber == old.peer.organizationNumber, identity.spiffeID == old.peer.spiffeID
            else { return cut(.recheckRefused) }
            caller = AdmittedCaller(peer: identity, context: known)
        } catch {
            cut(.recheckRefused)
        }
    }

    // MARK: Bytes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session else {
            if http1 != nil, clock.closeAt == nil { context.fireChannelRead(data) }
            return
        }
        isReading = true
        let now = NIODeadline.now()
        clock.lastRead = now
        let buffer = Self.unwrapInboundIn(data)
        do throws(HTTP2Error) {
            try unsafe buffer.withUnsafeReadableBytes { bytes throws(HTTP2Error) in
                try unsafe session.receive(bytes, now: now)
            }
        } catch {
            received(error)
        }
    }

    private func received(_ error: HTTP2Error) {
        switch error {
        case .badPreface: shared.counters.count(.badPreface)
        case .misbehaved, .noNewStreams: break  // counted where it was seen
        case .library: shared.counters.count(.protocolViolation)
        }
        closeAfterFlush()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        allowance = shared.limits.maxFlush
        flushOut()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? TLSError {
        case .handshakeTimedOut: shared.counters.count(.handshakeTimedOut)
        case .handshakeFailed, .notHTTP2: shared.counters.count(.handshakeFailed)
        default: break
        }
        context.close(promise: nil)
    }

    /// While the peer does not read what we wrote, nothing more is read from it.
    func read(context: ChannelHandlerContext) {
        guard context.channel.isWritable else {
            readIsPending = true
            return
        }
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            clock.unwritableSince = nil
            flushOut()
            if readIsPending {
                readIsPending = false
                context.read()
            }
        } else {
            clock.unwritableSince = .now()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Bytes out

    /// There is something to send: it leaves at the end of the read, or of the loop's turn.
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        if !isReading { loop.enqueue(self) }
    }

    /// Drains the session into the socket, as much as the connection may write now.
    func flushOut() {
        // A socket that takes what is flushed says so in the middle of it.
        guard !isFlushing else { return markDirty() }
        isFlushing = true
        defer { isFlushing = false }
        isDirty = false
        guard let session, let context else { return }
        let before = allowance
        var more = true
        do throws(HTTP2Error) {
            while more, allowance > 0, context.channel.isWritable {
                outbound.clear()
                more = try session.drain(into: &outbound)
                guard outbound.readableBytes > 0 else { break }
                allowance -= outbound.readableBytes
                context.write(Self.wrapOutboundOut(outbound), promise: nil)
            }
        } catch {
            // What was framed until then leaves, with the GOAWAY that says why.
            if outbound.readableBytes > 0 { context.writeAndFlush(Self.wrapOutboundOut(outbound), promise: nil) }
            return closeAfterFlush()
        }
        if allowance < before { context.flush() }
        session.tellWritable()
        tellUnsent(unsent)
        if session.isOver {
            leaveInOrder(patience: shared.limits.stalledResponseTimeout)
        } else if more, allowance <= 0 {
            restAndGoOn()
        }
    }

    private func restAndGoOn() {
        guard !isResting else { return }
        isResting = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.assumeIsolated().scheduleTask(in: Self.rest) {
            let connection = bound.value
            connection.isResting = false
            connection.allowance = connection.shared.limits.maxFlush
            connection.flushOut()
        }
    }

    /// Sends what is queued (a GOAWAY) and closes.
    private func closeAfterFlush() {
        guard let session, let context else { return close() }
        // A socket that says in the middle that it takes more would have everything else sent first, and patience for an answer.
        let wasFlushing = isFlushing
        isFlushing = true
        defer { isFlushing = wasFlushing }
        // A session that has ended has a frame or two left: one that it framed before, which may be all of a drain, and the GOAWAY.
        var more = true
        while more, context.channel.isWritable {
            outbound.clear()
            more = (try? session.drain(into: &outbound)) ?? false
            guard outbound.readableBytes > 0 else { break }
            context.write(Self.wrapOutboundOut(outbound), promise: nil)
        }
        context.flush()
        leaveInOrder(patience: shared.limits.closeTimeout)
    }

    /// Closes our direction and gives the peer a moment to close its own: closing a socket with unread bytes in it
    /// would reset the connection, and the peer might lose our last words.
    /// - Parameter patience: for the socket to take what waits for it, which may be an answer and a peer that reads slowly.
    private func leaveInOrder(patience: TimeAmount) {
        guard let context, clock.closeAt == nil else { return }
        clock.closeAt = .now() + patience
        endSession()
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenSuccess {
            let connection = bound.value
            connection.clock.closeAt = connection.clock.closeAt.map {
                min($0, .now() + connection.shared.limits.closeTimeout)
            }
        }
        context.close(mode: .output, promise: written)
    }

    /// HTTP/1.1: everything was said.
    func closeInOrder() { leaveInOrder(patience: shared.limits.stalledResponseTimeout) }

    func close() {
        context?.close(promise: nil)
    }

    /// Ends the connection at once, because of the peer.
    func cut(_ event: ServerEvent) {
        shared.counters.count(event)
        session?.terminate(errorCode: HTTP2ErrorCode.enhanceYourCalm)
        closeAfterFlush()
    }
}
