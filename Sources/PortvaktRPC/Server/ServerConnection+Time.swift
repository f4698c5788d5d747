internal import NIOCore

/// The times that a connection's limits are measured from.
struct ConnectionClock {
    var openedAt: NIODeadline?
    var lastRead = NIODeadline.uptimeNanoseconds(0)
    var idleSince = NIODeadline.uptimeNanoseconds(0)
    var unwritableSince: NIODeadline?
    var pingSentAt: NIODeadline?
    var checkedAt = NIODeadline.uptimeNanoseconds(0)
    /// The client's first SETTINGS came.
    var hasPreface = false
    /// When the connection is asked to go away because of its age.
    var retireAt = NIODeadline.distantFuture
    var leaving = Leaving.no
    /// Everything was said; the socket is closed at this time unless the peer closes first.
    var closeAt: NIODeadline?

    enum Leaving {
        case no
        /// A notice and a PING were sent; the final GOAWAY follows the PING's answer, or `until`.
        case noticed(until: NIODeadline, closeAt: NIODeadline)
        /// The final GOAWAY was sent; what is still open at `closeAt` is cut.
        case final(closeAt: NIODeadline)
    }

    mutating func opened(at now: NIODeadline, limits: ServerLimits) {
        openedAt = now
        lastRead = now
        idleSince = now
        checkedAt = now
        // Spread, so that connections opened together do not leave together.
        let spread = Int64.random(in: 0...max(limits.maxConnectionAge.nanoseconds / 10, 1))
        retireAt = now + limits.maxConnectionAge + .nanoseconds(spread)
    }
}

extension ServerConnection {
    /// Time from the notice of leaving to the final GOAWAY, when the peer does not answer the PING.
    static let noticeTimeout = TimeAmount.seconds(1)

    /// Looks at every time limit.
    func tick(_ now: NIODeadline) {
        if let closeAt = clock.closeAt, now > closeAt { return close() }
        if let http1 { return tickHTTP1(http1, now) }
        guard let session, let openedAt = clock.openedAt else { return }
        let limits = shared.limits
        if let caller, shared.wallClock() > caller.peer.notAfter { return cut(.certificateExpired) }
        if !clock.hasPreface, now - openedAt > limits.headersTimeout { return cut(.slowPreface) }
        if let since = clock.unwritableSince, now - since > limits.stalledResponseTimeout {
            return cut(.unreadSocket)
        }
        if session.fieldsStream != nil, now - session.fieldsBeganAt > limits.headersTimeout {
            return cut(.slowHeaders)
        }
        for stream in Array(session.held.values) {
            checkStream(unsafe unsafeDowncast(stream, to: ServerStream.self), now)
        }
        keepAlive(now, session)
        if now - clock.checkedAt > limits.recheckInterval {
            clock.checkedAt = now
            recheck()
        }
        checkLeaving(now, session)
    }

    private func checkStream(_ stream: ServerStream, _ now: NIODeadline) {
        if let page = stream.page { checkPage(page, stream, now) }
        // Messages that wait until their caller reads are not late; a caller that never reads is found below.
        if stream.wantsWritable { stream.headEndedAt = now }
        if unsafe stream.state.wantsBody, now - stream.headEndedAt > shared.limits.bodyTimeout {
            shared.counters.count(.slowBody)
            return overrule(stream, RPCStatus(.deadlineExceeded, "the request was not complete in time"))
        }
        // The end of an answer waits for the window, too: nghttp2 asks for it like for bytes.
        let isWaiting = stream.outbox.readableBytes > 0 || stream.outboxFinished && !stream.sentEnd
        guard isWaiting, stream.progress == stream.progressSeen else {
            stream.progressSeen = stream.progress
            stream.progressAt = now
            return
        }
        if now - stream.progressAt > shared.limits.stalledResponseTimeout {
            shared.counters.count(.stalledResponse)
            stream.progressAt = now
            session?.reset(stream, errorCode: HTTP2ErrorCode.cancel)
            markDirty()
        }
    }

    private func keepAlive(_ now: NIODeadline, _ session: HTTP2Session) {
        if let sent = clock.pingSentAt {
            if now - sent > shared.http2.keepaliveTimeout { cut(.keepaliveTimedOut) }
        } else if now - clock.lastRead > shared.http2.keepaliveInterval {
            clock.pingSentAt = now
            session.ping()
            markDirty()
        }
    }

    private func checkLeaving(_ now: NIODeadline, _ session: HTTP2Session) {
        switch clock.leaving {
        case .no:
            let isIdle = !session.hasStreams && now - clock.idleSince > shared.limits.idleTimeout
            if now > clock.retireAt || isIdle { leave(grace: shared.limits.ageGrace, now: now) }
        case .noticed(let until, let closeAt):
            if now > until { goAway(closeAt: closeAt) }
        case .final(let closeAt):
            if now > closeAt { close() }
        }
    }

    /// Asks the peer to go: notice, GOAWAY, open calls finish, close (RFC 9113 section 6.8).
    func leave(grace: TimeAmount, now: NIODeadline) {
        guard case .no = clock.leaving else { return }
        if let http1 { return http1.goAway() }
        guard let session else {
            // In the middle of its handshake. One that is closing already may still have an answer to bring.
            if clock.closeAt == nil { close() }
            return
        }
        clock.leaving = .noticed(until: now + Self.noticeTimeout, closeAt: now + grace)
        clock.pingSentAt = now
        session.shutdownNotice()
        session.ping()
        markDirty()
    }

    /// The peer has seen the notice, so what it sent before is here: no new streams from now on.
    func goAway(closeAt: NIODeadline) {
        clock.leaving = .final(closeAt: closeAt)
        session?.goAway()
        markDirty()
    }

    // MARK: Deadlines of calls

    func setDeadline(_ stream: ServerStream, _ timeout: TimeAmount, _ now: NIODeadline) {
        stream.deadline = now + min(timeout, shared.limits.maxDeadline)
        if stream.deadline < deadlineAt { scheduleDeadlines(stream.deadline) }
    }

    /// One timer for all calls: when it goes off, it looks for the next. An earlier one may go off in vain.
    private func scheduleDeadlines(_ at: NIODeadline) {
        deadlineAt = at
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        deadlineTimer?.cancel()
        deadlineTimer = eventLoop.assumeIsolated().scheduleTask(deadline: at) {
            bound.value.expireDeadlines(scheduledFor: at)
        }
    }

    private func expireDeadlines(scheduledFor at: NIODeadline) {
        guard let session, at == deadlineAt else { return }
        let now = NIODeadline.now()
        var next = NIODeadline.distantFuture
        for stream in Array(session.held.values) {
            let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
            if stream.deadline <= now { expire(stream) } else { next = min(next, stream.deadline) }
        }
        deadlineAt = .distantFuture
        if next != .distantFuture { scheduleDeadlines(next) }
    }
}
