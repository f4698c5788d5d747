internal import NIOCore

// Requests that are not RPCs and have a page.
extension ServerConnection {
    /// How long a page's handler may take: as long as a gRPC call without a deadline of its own would be worth waiting
    /// for by somebody who sits before a screen. Then the caller gets 503.
    static let pageTimeout = TimeAmount.seconds(30)

    /// The header list of a page's request ended.
    func beganPage(_ stream: ServerStream, _ place: Int, isTooLarge: Bool) {
        let page = shared.methods.pages[place]
        let request = PageRequest(page, stream, of: self)
        stream.page = request
        unsafe stream.state.leaveToPage()
        if isTooLarge { return request.send(.headTooLarge) }
        guard unsafe stream.head.method(is: page.method) else { return request.send(.wrongMethod(page.method)) }
    }

    func takePage(_ request: PageRequest, _ stream: ServerStream, _ bytes: UnsafeRawBufferPointer) {
        guard request.wantsBody else { return }
        guard request.body.readableBytes + bytes.count <= request.page.maxBody else {
            shared.counters.count(.messageTooLarge)
            return request.send(.tooLarge)
        }
        guard buffered + bytes.count <= shared.limits.maxBufferedPerConnection else {
            shared.counters.count(.bufferExhausted)
            return request.send(.tooLarge)
        }
        buffered += bytes.count
        stream.buffered += bytes.count
        unsafe request.append(bytes)
    }

    /// The request is complete.
    func endPage(_ request: PageRequest, _ stream: ServerStream) {
        buffered -= stream.buffered
        stream.buffered = 0
        guard request.wantsBody, let caller else { return }
        guard quota.count < shared.limits.maxUnansweredPerConnection else {
            shared.counters.count(.tooManyUnanswered)
            return request.send(.busy)
        }
        setDeadline(stream, Self.pageTimeout, session?.now ?? .now())
        let authority = unsafe stream.metadata.first(":authority") ?? stream.metadata.first("host") ?? ""
        request.start(
            HTTPCall(
                request.page, authority: authority, fields: unsafe stream.metadata, caller: caller, on: eventLoop,
                quota: quota, exchange: request))
    }

    /// The body of a request did not come in time.
    func checkPage(_ request: PageRequest, _ stream: ServerStream, _ now: NIODeadline) {
        guard request.wantsBody, now - stream.headEndedAt > shared.limits.bodyTimeout else { return }
        shared.counters.count(.slowBody)
        request.send(.bodyTooSlow)
    }

    /// The handler took too long: it is told, and its caller gets 503.
    func expirePage(_ request: PageRequest) {
        let call = request.call
        request.send(.tooLate)
        call?.detach(cancelled: true)
    }

    func send(_ answer: HTTPAnswer, on stream: ServerStream) {
        let answer = hasRoom(for: answer.body.readableBytes) ? answer : .unread
        stream.deadline = .distantFuture
        buffered -= stream.buffered
        stream.buffered = 0
        var fields = HTTP2Fields()
        fields.append(":status", String(answer.status))
        for field in answer.fields { fields.append(field.name, field.value) }
        fields.append("content-length", String(answer.body.readableBytes))
        var body = unsafe stream.head.isHead ? ByteBuffer() : answer.body
        queued += body.readableBytes
        stream.outbox.writeBuffer(&body)
        stream.outboxFinished = true
        session?.submitResponse(stream, fields: fields, hasBody: stream.outbox.readableBytes > 0)
        shared.counters.answered(answer.status)
        markDirty()
    }
}

extension HTTP2Fields {
    /// The first value of a name.
    func first(_ name: String) -> String? {
        spans.first { self.name($0).elementsEqual(name.utf8) }.map { String(decoding: value($0), as: UTF8.self) }
    }
}
