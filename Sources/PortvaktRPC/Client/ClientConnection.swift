internal import CNghttp2
internal import NIOCore

/// One connection of a channel, from the TCP connection to the end: an HTTP/2 session and its calls.
///
/// Everything happens on the channel's event loop. What is to be sent only marks the connection; it is drained once for
/// each read or each turn of the loop, into as few TLS records and one system call.
final class ClientConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes written to the socket in one turn of the event loop; what is left waits for the next turn.
    static let maxFlush = 256 * 1024

    enum Stage {
        /// Until the server's first SETTINGS.
        case opening
        case ready
        /// Takes no new calls; closes when the last is over.
        case retiring
        case closed
    }

    let core: ClientCore
    let target: RPCTarget
    private(set) var stage = Stage.opening
    private(set) var session: HTTP2Session?
    private(set) var peer: UnverifiedPeer?
    /// Calls with a stream. Calls.
    private(set) var open = 0
    let openedAt = NIODeadline.now()
    /// A call was made on it.
    private(set) var wasUsed = false
    /// The answer to a call has begun on it, whatever the answer: a stream of changes never ends.
    private(set) var hasAnswered = false
    private var fields: RequestFields
    private var context: ChannelHandlerContext?
    private var outbound = ByteBuffer()
    private var isReading = false
    private var isDirty = false
    private var lastRead = NIODeadline.now()
    private var pingSentAt: NIODeadline?
    private var unwritableSince: NIODeadline?
    private(set) var closeReason: String?
    private var isClosing = false

    /// Which attempt of the channel made it.
    let attempt: UInt64

    init(core: ClientCore, target: RPCTarget, attempt: UInt64) {
        self.core = core
        self.target = target
        self.attempt = attempt
        fields = RequestFields(target: target, userAgent: core.configuration.userAgent)
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outbound = context.channel.allocator.buffer(capacity: HTTP2Session.drainSize + 1024)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let completed = event as? TLSHandler.HandshakeCompleted else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        peer = completed.peer
        if let refusal = core.refusal(of: completed.peer) { return close(refusal) }
        let now = NIODeadline.now()
        guard let session = HTTP2Session(role: .client, limits: core.configuration.http2, now: now) else {
            return close("out of memory")
        }
        self.session = session
        session.delegate = self
        session.start()
        flushOut()
    }

    /// The connection is gone. Runs once.
    private func end() {
        guard stage != .closed else { return }
        stage = .closed
        context = nil
        let lost = takeCalls()
        core.connectionEnded(self, reason: closeReason ?? "the server closed the connection", lost: lost)
    }

    /// The calls that have a stream, and whether the server can have seen each.
    private func takeCalls() -> [(call: ClientCall, wasSent: Bool)] {
        guard let session else { return [] }
        self.session = nil
        session.delegate = nil
        let sent = session.held.values.map { (unsafe unsafeDowncast($0, to: ClientCall.self), true) }
        let unsent = session.unsent.values.map { (unsafe unsafeDowncast($0, to: ClientCall.self), false) }
        open = 0
        for (call, _) in sent + unsent {
            call.id = -1
            call.connection = nil
        }
        return sent + unsent
    }

    /// Takes no new calls and closes when those open are over.
    func retire(_ departure: Connector.Departure = .ours) {
        guard stage == .opening || stage == .ready else { return }
        let wasOpening = stage == .opening
        stage = .retiring
        core.connectionRetired(self, wasOpening: wasOpening, departure)
        closeIfDone()
    }

    private var hasLived: Bool { NIODeadline.now() - openedAt > Connector.usefulLife }

    /// It was of use to somebody: the next attempt need not wait.
    var wasUseful: Bool { hasAnswered || hasLived }

    /// Whether the next connection is made to the same address. A server that takes connections and asks to leave each at
    /// once, or before it has answered anything, would otherwise be asked for ever.
    func keepsAddress(_ departure: Connector.Departure) -> Bool {
        switch departure {
        case .ours: true
        case .askedTo: hasLived && (hasAnswered || !wasUsed)
        case .lost: false
        }
    }

    private func closeIfDone() {
        guard stage == .retiring, open == 0, !isClosing else { return }
        isClosing = true
        if let session, !session.isOver { session.goAway() }
        // Not at once: what is queued (a reset, the GOAWAY) leaves first.
        closeReason = closeReason ?? "it was retired"
        let bound = NIOLoopBound(self, eventLoop: core.eventLoop)
        core.eventLoop.execute {
            bound.value.flushOut()
            bound.value.context?.close(promise: nil)
        }
    }

    /// Ends the connection at once, and its calls with it.
    func close(_ reason: String) {
        closeReason = closeReason ?? reason
        if let context { context.close(promise: nil) } else { end() }
    }

    // MARK: Calls

    /// Whether one more call can be sent now.
    var hasRoom: Bool {
        guard stage == .ready, let session else { return false }
        return open < session.peerMaxConcurrentStreams
    }

    /// Sends the request. False: the connection takes no more; the call was not sent.
    func begin(_ call: ClientCall, timeout: TimeAmount?) -> Bool {
        guard let session else { return false }
        let list = fields.make(call.route, timeout: timeout, metadata: call.metadata)
        do throws(HTTP2Error) {
            try session.submitRequest(call, fields: list, hasBody: true)
        } catch {
            return false
        }
        call.connection = self
        open += 1
        wasUsed = true
        markDirty()
        return true
    }

    /// Nobody waits for the call any more: the server is told.
    func cancel(_ call: ClientCall) {
        session?.reset(call, errorCode: HTTP2ErrorCode.cancel)
        markDirty()
    }

    /// Grants the stream's window back for bytes that were taken.
    func grant(_ call: ClientCall) {
        let grantable = call.ungranted - call.held
        guard grantable > 0, let session else { return }
        call.ungranted -= grantable
        guard call.id > 0, !call.receivedEnd else { return }
        session.grantStreamWindow(call.id, bytes: grantable)
        markDirty()
    }

    // MARK: Bytes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session else { return }
        isReading = true
        let now = NIODeadline.now()
        lastRead = now
        let buffer = Self.unwrapInboundIn(data)
        do throws(HTTP2Error) {
            try unsafe buffer.withUnsafeReadableBytes { bytes throws(HTTP2Error) in
                try unsafe session.receive(bytes, now: now)
            }
        } catch {
            flushOut()
            close("the server broke the HTTP/2 protocol (\(error))")
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        core.pump()
        flushOut()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close("\(error)")
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            unwritableSince = nil
            flushOut()
        } else {
            unwritableSince = .now()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Bytes out

    /// There is something to send: it leaves at the end of the read, or of the loop's turn.
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        if !isReading { core.enqueue(self) }
    }

    func flushOut() {
        isDirty = false
        guard let session, let context else { return }
        var budget = Self.maxFlush
        var more = true
        do throws(HTTP2Error) {
            while more, budget > 0, context.channel.isWritable {
                outbound.clear()
                more = try session.drain(into: &outbound)
                guard outbound.readableBytes > 0 else { break }
                budget -= outbound.readableBytes
                context.write(Self.wrapOutboundOut(outbound), promise: nil)
            }
        } catch {
            return close("HTTP/2 failed (\(error))")
        }
        if budget < Self.maxFlush { context.flush() }
        session.tellWritable()
        if session.isOver {
            close("the server ended the connection")
        } else if more, budget <= 0 {
            markDirty()
        }
    }

    // MARK: Time

    /// Looks at every time limit.
    func tick(_ now: NIODeadline) {
        guard stage != .closed, let session else { return }
        let limits = core.configuration.http2
        if let since = unwritableSince, now - since > limits.keepaliveTimeout {
            return close("the server does not read")
        }
        if let sent = pingSentAt {
            if now - sent > limits.keepaliveTimeout { close("the server did not answer a PING") }
        } else if now - lastRead > limits.keepaliveInterval, open > 0 || core.configuration.keepsAliveWhenIdle {
            pingSentAt = now
            session.ping()
            markDirty()
        }
        if stage == .ready, let leaf = peer?.chain.first, leaf.notAfter < core.wallClock() { retire() }
    }
}

// What the session tells: responses come in here.
extension ClientConnection: HTTP2SessionDelegate {
    /// A client's peer opens no streams (push is off).
    func http2Opened(streamID: Int32) -> HTTP2Stream? { nil }

    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let call = unsafe unsafeDowncast(stream, to: ClientCall.self)
        guard call.isLive else { return }
        unsafe call.response.head.take(name: name, value: value)
    }

    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool) {
        let call = unsafe unsafeDowncast(stream, to: ClientCall.self)
        if kind != .informational { hasAnswered = true }
        guard call.isLive else { return }
        if let status = call.response.fieldsEnded(kind, isTooLarge: isTooLarge) { core.end(call, status) }
    }

    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer) {
        let call = unsafe unsafeDowncast(stream, to: ClientCall.self)
        // The connection's window at once: a call that nobody reads must not hold up the others.
        session?.grantConnectionWindow(bytes: bytes.count)
        call.ungranted += bytes.count
        defer { grant(call) }
        guard call.isLive else { return }
        switch call.response.bodyReceived() {
        case .ignore: return
        case .fail(let status): return core.end(call, status)
        case .take: break
        }
        unsafe call.deframer.append(bytes)
        core.takeMessages(call)
    }

    func http2End(_ stream: HTTP2Stream) {
        let call = unsafe unsafeDowncast(stream, to: ClientCall.self)
        guard call.isLive else { return }
        core.complete(call)
    }

    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32) {
        let call = unsafe unsafeDowncast(stream, to: ClientCall.self)
        open -= 1
        call.connection = nil
        core.streamClosed(call, errorCode: errorCode)
        closeIfDone()
    }

    func http2Writable(_ stream: HTTP2Stream) {}

    func http2GoAway(lastStreamID: Int32, errorCode: UInt32) {
        if errorCode != HTTP2ErrorCode.noError {
            closeReason = "the server ended the connection with HTTP/2 error \(errorCode)"
        }
        retire(errorCode == HTTP2ErrorCode.noError ? .askedTo : .lost)
    }

    func http2PingAnswered() { pingSentAt = nil }

    func http2SettingsApplied() {
        guard stage == .opening else { return core.pump() }
        stage = .ready
        core.connectionReady(self)
    }

    func http2Misbehaved(_ event: HTTP2Misbehaviour) {
        closeReason = closeReason ?? "the server broke a rule of HTTP/2 (\(event.rawValue))"
    }
}

extension HTTP2Session {
    /// Streams that the peer lets us have open at once.
    var peerMaxConcurrentStreams: Int {
        unsafe Int(nghttp2_session_get_remote_settings(pointer, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    func grantConnectionWindow(bytes: Int) {
        unsafe nghttp2_session_consume_connection(pointer, bytes)
    }

    func grantStreamWindow(_ id: Int32, bytes: Int) {
        unsafe nghttp2_session_consume_stream(pointer, id, bytes)
    }
}
