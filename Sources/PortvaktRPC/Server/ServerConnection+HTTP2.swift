internal import NIOCore

// What the session tells: requests come in here.
extension ServerConnection: HTTP2SessionDelegate {
    func http2Opened(streamID: Int32) -> HTTP2Stream? {
        guard let session else { return nil }
        let stream = spareStreams.popLast() ?? ServerStream()
        stream.opened(at: session.now)
        return stream
    }

    func http2Field(_ stream: HTTP2Stream, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        guard unsafe stream.state.request == .fields else { return }
        if unsafe stream.head.take(name: name, value: value, methods: shared.methods) {
            // A page's handler may ask for any field. The host may come before the path.
            guard unsafe stream.head.page != nil || stream.head.method == nil && name.equals(":authority") else {
                return
            }
        }
        unsafe stream.metadata.append(name, value)
    }

    func http2FieldsEnd(_ stream: HTTP2Stream, kind: HTTP2FieldsKind, isTooLarge: Bool) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        guard kind == .request, let session else { return }
        stream.headEndedAt = session.now
        if let page = unsafe stream.head.page { return beganPage(stream, page, isTooLarge: isTooLarge) }
        let outcome = unsafe stream.state.headEnded(stream.head, isTooLarge: isTooLarge) {
            shared.methods.methods[$0].kind
        }
        switch outcome {
        case .proceed:
            if case .after(let timeout) = unsafe stream.head.timeout { setDeadline(stream, timeout, session.now) }
            if unsafe stream.state.kind == .bidirectional {
                stream.messages = MessageDeframer(maxMessageSize: shared.limits.maxRequestMessage)
            }
        case .refuseHTTP(let status): refuse(stream, status)
        case .refuse(let status, let tellEncodings):
            if status.code == .unimplemented, !tellEncodings { shared.counters.count(.unknownMethod) }
            var fields = Self.trailersOnly(status)
            if tellEncodings { fields.append("grpc-accept-encoding", "identity,gzip") }
            shared.counters.ended(status.code)
            session.submitResponse(stream, fields: fields, hasBody: false)
            markDirty()
        }
    }

    private func refuse(_ stream: ServerStream, _ status: ServerStreamState.HTTPRefusal) {
        shared.counters.count(.notGRPC)
        var fields = HTTP2Fields()
        fields.append(":status", status.rawValue)
        if status == .methodNotAllowed { fields.append("allow", "POST") }
        session?.submitResponse(stream, fields: fields, hasBody: false)
        markDirty()
    }

    func http2Data(_ stream: HTTP2Stream, bytes: UnsafeRawBufferPointer) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        session?.consume(stream, bytes: bytes.count)
        if let page = stream.page { return unsafe takePage(page, stream, bytes) }
        guard unsafe stream.state.wantsBody else { return }
        guard buffered + bytes.count <= shared.limits.maxBufferedPerConnection else {
            shared.counters.count(.bufferExhausted)
            return overrule(
                stream, RPCStatus(.resourceExhausted, "the connection's unfinished requests are too large together"))
        }
        buffered += bytes.count
        stream.buffered += bytes.count
        if unsafe stream.state.kind == .bidirectional {
            unsafe stream.messages.append(bytes)
            return takeMessages(stream)
        }
        do throws(RequestBody.Problem) {
            try unsafe stream.body.append(bytes, limit: shared.limits.maxRequestMessage)
        } catch {
            refuse(stream, error)
        }
    }

    func refuse(_ stream: ServerStream, _ problem: RequestBody.Problem) {
        switch problem {
        case .message(.tooLarge): shared.counters.count(.messageTooLarge)
        case .message(.notGzip), .message(.unexpectedCompression): shared.counters.count(.badCompression)
        case .message, .none: shared.counters.count(.badMessage)
        case .second: shared.counters.count(.secondMessage)
        }
        release(stream)
        overrule(stream, problem.status)
    }

    /// The body's bytes are no longer held.
    private func release(_ stream: ServerStream) {
        buffered -= stream.buffered
        stream.buffered = 0
        unsafe stream.body.reset()
        stream.messages.reset()
    }

    func http2End(_ stream: HTTP2Stream) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        if let page = stream.page { return endPage(page, stream) }
        if unsafe stream.state.kind == .bidirectional { return takeMessages(stream) }
        guard unsafe stream.state.requestEnded() else { return }
        do throws(RequestBody.Problem) {
            let isCompressed = unsafe try stream.body.finish()
            if isCompressed { try startCompressed(stream) } else { startPlain(stream) }
        } catch {
            refuse(stream, error)
        }
    }

    private func startPlain(_ stream: ServerStream) {
        // Taken out while the handler runs: an answer given at once may touch the stream.
        var body = RequestBody()
        unsafe swap(&body, &stream.body)
        unsafe body.withMessage { unsafe start(stream, $0) }
        body.reset()
        buffered -= stream.buffered
        stream.buffered = 0
        unsafe swap(&body, &stream.body)
    }

    private func startCompressed(_ stream: ServerStream) throws(RequestBody.Problem) {
        guard unsafe stream.head.encoding == .gzip else { throw .message(.unexpectedCompression) }
        let message: ByteBuffer
        do throws(MessageError) {
            let limit = shared.limits.maxRequestMessage
            message = try unsafe stream.body.withMessage { bytes in
                Result { () throws(MessageError) in try unsafe Gzip.decompress(bytes, limit: limit) }
            }.get()
        } catch {
            throw .message(error)
        }
        release(stream)
        unsafe message.withUnsafeReadableBytes { unsafe start(stream, $0) }
    }

    /// Hands the request message to the method: the first begins the call.
    func start(_ stream: ServerStream, _ message: UnsafeRawBufferPointer) {
        guard let caller, let index = unsafe stream.head.method else { return }
        guard quota.count < shared.limits.maxUnansweredPerConnection else {
            shared.counters.count(.tooManyUnanswered)
            return fail(stream, RPCStatus(.resourceExhausted, "too many calls of this connection are unanswered"))
        }
        guard stream.deadline == .distantFuture || stream.deadline > .now() else { return expire(stream) }
        let call = ServerCall(connection: self, stream: stream, caller: caller, method: index)
        stream.call = call
        unsafe shared.methods.methods[index].handler(call, message)
    }

    func http2Closed(_ stream: HTTP2Stream, errorCode: UInt32) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        abandon(stream)
        stream.recycle()
        if spareStreams.count < Self.maxSpareStreams { spareStreams.append(stream) }
        // Not the session's time, which is that of the last bytes that came: an answer may have taken long.
        if let session, !session.hasStreams { clock.idleSince = .now() }
    }

    /// Nobody waits for this stream's answer any more.
    func abandon(_ stream: ServerStream) {
        buffered -= stream.buffered
        stream.buffered = 0
        queued -= stream.outbox.readableBytes
        let call = stream.call
        stream.call = nil
        stream.page?.leave()
        let cancels = unsafe stream.state.closed()
        if cancels { shared.counters.cancelled() }
        call?.detach(as: cancels ? .cancelled : .answered)
    }

    func http2Writable(_ stream: HTTP2Stream) {
        let stream = unsafe unsafeDowncast(stream, to: ServerStream.self)
        stream.call?.becameWritable()
        if unsafe stream.state.kind == .bidirectional { takeMessages(stream) }
    }

    func http2GoAway(lastStreamID: Int32, errorCode: UInt32) {}

    func http2PingAnswered() {
        clock.pingSentAt = nil
        if case .noticed(_, let closeAt) = clock.leaving { goAway(closeAt: closeAt) }
    }

    func http2SettingsApplied() { clock.hasPreface = true }

    func http2Misbehaved(_ event: HTTP2Misbehaviour) { shared.counters.count(ServerEvent(event)) }
}
