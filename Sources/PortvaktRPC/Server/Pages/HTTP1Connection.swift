internal import NIOCore
internal import NIOHTTP1

/// The pages over HTTP/1.1 (RFC 9112), for callers that speak nothing newer: one request at a time on a connection that
/// ``ServerConnection`` keeps, with its caller, its rechecks and its place in the census. No RPC goes this way.
///
/// Everything happens on the channel's event loop.
final class HTTP1Connection: ChannelInboundHandler, HTTPExchange {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// From the end of an answer to the end of the next request's header list. Then the connection is closed.
    static let idleTimeout = TimeAmount.seconds(60)

    private let connection: ServerConnection
    private var context: ChannelHandlerContext?
    private var state = State.idle
    private var since: NIODeadline
    private var isFirst = true
    private var isLeaving = false
    /// Of the newest request: its answer has no body.
    private var isHead = false
    private var isWriting = false
    /// What follows the answer that is being written.
    private var nextAnswer: (answer: HTTPAnswer, keepsAlive: Bool)?

    private enum State {
        /// Between an answer and the end of the next header list.
        case idle
        case body(HTTPPage, HTTPRequestHead, HTTP1Target, ByteBuffer)
        /// The last answer of the connection was given: what still comes is thrown away (RFC 9112 section 9.6).
        case closing
        /// Its handler has it.
        case handling(HTTPCall, keepsAlive: Bool)
    }

    init(_ connection: ServerConnection, now: NIODeadline) {
        self.connection = connection
        since = now
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        self.context = nil
        context.fireChannelInactive()
    }

    /// The peer is gone: whoever works for it is told.
    private func leave() {
        guard case .handling(let call, _) = state else { return }
        state = .idle
        connection.shared.counters.cancelled()
        call.detach(cancelled: true)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let bytes): take(bytes)
        case .end: end()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.shared.counters.count(.protocolViolation)
        refuse(.refusal(400, "this is no request of HTTP/1.1"))
    }

    // MARK: Requests

    private func begin(_ head: HTTPRequestHead) {
        if case .closing = state { return }
        since = .now()
        isFirst = false
        isHead = head.method == .HEAD
        guard let target = HTTP1Target(head) else {
            return refuse(.refusal(400, "a request of HTTP/1.1 names its host, once"))
        }
        let path = Array(target.path.utf8)
        let place = unsafe path.withUnsafeBytes { unsafe connection.shared.methods.index(ofPage: $0) }
        guard let place else { return refuse(.refusal(404, "there is no such page; RPCs are served over HTTP/2")) }
        let page = connection.shared.methods.pages[place]
        guard head.method.rawValue == page.method.rawValue else { return refuse(.wrongMethod(page.method)) }
        state = .body(page, head, target, ByteBuffer())
        guard head.waitsToContinue else { return }
        if let length = head.statedLength, length > page.maxBody { return refuse(.tooLarge) }
        let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
        context?.writeAndFlush(Self.wrapOutboundOut(.head(goOn)), promise: nil)
    }

    private func take(_ bytes: ByteBuffer) {
        guard case .body(let page, let head, let target, var body) = state else { return }
        state = .idle
        guard body.readableBytes + bytes.readableBytes <= page.maxBody else {
            connection.shared.counters.count(.messageTooLarge)
            return refuse(.tooLarge)
        }
        body.writeImmutableBuffer(bytes)
        state = .body(page, head, target, body)
    }

    private func end() {
        guard case .body(let page, let head, let target, let body) = state, let caller = connection.caller else {
            return
        }
        var fields = HTTP2Fields()
        for header in head.headers { fields.append(header.name.lowercased(), header.value) }
        let call = HTTPCall(
            page, authority: target.authority, fields: fields, caller: caller,
            on: connection.eventLoop, quota: connection.quota, exchange: self)
        state = .handling(call, keepsAlive: head.isKeepAlive)
        since = .now()
        page.handler(call, body)
    }

    // MARK: Answers

    func send(_ answer: HTTPAnswer) {
        guard case .handling(_, let keepsAlive) = state else { return }
        give(answer, keepsAlive: keepsAlive && !isLeaving)
    }

    /// Answers without a handler, and closes: the rest of the request would be taken for the next one.
    private func refuse(_ answer: HTTPAnswer) {
        if case .closing = state { return }
        leave()
        give(answer, keepsAlive: false)
    }

    /// Of requests that came at once each is handed over within the write of the answer before. When it is answered there and then, that
    /// answer waits for the write to return: otherwise thousands of requests would stand on each other on the stack.
    private func give(_ answer: HTTPAnswer, keepsAlive: Bool) {
        state = keepsAlive ? .idle : .closing
        since = .now()
        nextAnswer = (answer, keepsAlive)
        guard !isWriting else { return }
        isWriting = true
        while let next = nextAnswer {
            nextAnswer = nil
            write(next.answer, keepsAlive: next.keepsAlive)
        }
        isWriting = false
    }

    private func write(_ answer: HTTPAnswer, keepsAlive: Bool) {
        guard let context else { return }
        let answer = connection.hasRoom(for: answer.body.readableBytes) ? answer : .unread
        var headers = HTTPHeaders(answer.fields.map { ($0.name, $0.value) })
        headers.add(name: "content-length", value: String(answer.body.readableBytes))
        if !keepsAlive { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(Self.wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        let taken = context.eventLoop.makePromise(of: Void.self)
        connection.wrote(answer.body.readableBytes, until: taken.futureResult)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: taken)
        connection.shared.counters.answered(answer.status)
        if !keepsAlive { connection.closeInOrder() }
    }

    // MARK: Time

    /// Closes when the answer that is being made is sent; at once when there is none.
    func goAway() {
        isLeaving = true
        if case .idle = state { connection.closeInOrder() }
    }

    func tick(_ now: NIODeadline, _ limits: ServerLimits) {
        switch state {
        case .idle:
            guard now - since > (isFirst ? limits.headersTimeout : Self.idleTimeout) else { return }
            if isFirst { connection.shared.counters.count(.slowHeaders) }
            connection.closeInOrder()
        case .body:
            guard now - since > limits.bodyTimeout else { return }
            connection.shared.counters.count(.slowBody)
            refuse(.bodyTooSlow)
        case .closing: break
        case .handling(let call, let keepsAlive):
            guard now - since > ServerConnection.pageTimeout else { return }
            give(.tooLate, keepsAlive: keepsAlive && !isLeaving)
            call.detach(cancelled: true)
        }
    }
}
