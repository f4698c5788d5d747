public import NIOCore

/// One request of a page: who asks, and how to answer.
///
/// Bound to ``eventLoop``, like ``ServerCall``. Answering a call that is over does nothing.
///
/// `@unchecked Sendable`: the constants may be read anywhere. The variables (`exchange`, `cancelled`, `cancelBody`) are
/// read and written only after `preconditionInEventLoop`; `deinit`, which may run anywhere, touches atomics only.
public final class HTTPCall: @unchecked Sendable {
    public let eventLoop: any EventLoop
    /// What the ``CallerPolicy`` said of this connection's peer.
    public var caller: any CallerContext { admitted.context }
    public var peer: PeerIdentity { admitted.peer }
    public let page: HTTPPage
    /// The host that was asked (`:authority`, or `host`), as the caller wrote it; empty when it was not said.
    public let authority: String

    private let admitted: AdmittedCaller
    private let fields: HTTP2Fields
    private let quota: CallQuota
    private var exchange: (any HTTPExchange)?
    private var cancelled = false
    private var cancelBody: (() -> Void)?

    init(
        _ page: HTTPPage, authority: String, fields: HTTP2Fields, caller: AdmittedCaller, on eventLoop: any EventLoop,
        quota: CallQuota, exchange: any HTTPExchange
    ) {
        self.page = page
        self.authority = authority
        self.fields = fields
        admitted = caller
        self.eventLoop = eventLoop
        self.quota = quota
        self.exchange = exchange
        quota.began()
    }

    deinit { quota.ended() }

    /// The first value of a request's field; the name in lower case. `nil` when it is not there.
    public func field(_ name: String) -> String? {
        guard let span = fields.spans.first(where: { fields.name($0).elementsEqual(name.utf8) }) else { return nil }
        return String(decoding: fields.value(span), as: UTF8.self)
    }

    /// Whether the caller no longer waits: it left, or the time was up.
    public var isCancelled: Bool {
        eventLoop.preconditionInEventLoop()
        return cancelled
    }

    /// Answers. Only the first answer is sent.
    public func answer(_ answer: HTTPAnswer) {
        eventLoop.preconditionInEventLoop()
        guard let exchange else { return }
        detach(cancelled: false)
        exchange.send(answer)
    }

    /// Called at most once, when the caller no longer waits; at once if that is so already.
    public func onCancel(_ body: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        if cancelled { body() } else if exchange != nil { cancelBody = body }
    }

    /// The answer is given, or nobody waits for it.
    func detach(cancelled: Bool) {
        exchange = nil
        let body = cancelBody
        cancelBody = nil
        guard cancelled else { return }
        self.cancelled = true
        body?()
    }
}

/// Where the answer to a page's request goes: a stream of HTTP/2, or a connection of HTTP/1.1. On its event loop.
protocol HTTPExchange: AnyObject {
    func send(_ answer: HTTPAnswer)
}
