public import NIOCore
internal import Synchronization

/// One call that a server handles: who calls, and how to answer.
///
/// Bound to ``eventLoop``: every method and property that changes must be used there. A handler may keep the call, hand
/// it to another thread, and bring it back to the loop to answer. Answering a call that is over does nothing.
///
/// `@unchecked Sendable`: the constants may be read anywhere. The variables (`stream`, `isCancelled`, the two closures)
/// are read and written only after `preconditionInEventLoop`; `deinit`, which may run anywhere, touches atomics only.
public final class ServerCall: @unchecked Sendable {
    public var eventLoop: any EventLoop { connection.eventLoop }
    /// What the ``CallerPolicy`` said of this connection's peer.
    public var caller: any CallerContext { admitted.context }
    public var peer: PeerIdentity { admitted.peer }
    /// What the caller's share of a limit is counted by.
    var callerKey: String { admitted.censusKey }
    /// `/package.Service/Method`.
    public var path: String { connection.shared.methods.methods[method].path }
    /// When the caller stops waiting. At that time the call is cancelled and answered with DEADLINE_EXCEEDED.
    public let deadline: NIODeadline?

    private let connection: ServerConnection
    private let admitted: AdmittedCaller
    /// Index into the server's methods.
    private let method: Int
    private var stream: ServerStream?
    private var cancelled = false
    private var cancelBody: (() -> Void)?
    private var writableBody: (() -> Void)?
    private var requestEndBody: (() -> Void)?
    private var requestHasEnded = false

    init(connection: ServerConnection, stream: ServerStream, caller: AdmittedCaller, method: Int) {
        admitted = caller
        self.method = method
        deadline = stream.deadline == .distantFuture ? nil : stream.deadline
        self.connection = connection
        self.stream = stream
        connection.quota.began()
    }

    deinit { connection.quota.ended() }

    /// Whether the caller no longer waits: it reset the stream, its deadline passed, its connection is gone, or the server
    /// ended the call over a limit.
    public var isCancelled: Bool {
        eventLoop.preconditionInEventLoop()
        return cancelled
    }

    /// The first value of a request header; `-bin` values are decoded. Only while the call is open.
    public func metadata(_ name: String) -> [UInt8]? {
        eventLoop.preconditionInEventLoop()
        guard let fields = unsafe stream?.metadata else { return nil }
        guard let span = fields.spans.first(where: { fields.name($0).elementsEqual(name.utf8) }) else { return nil }
        let value = fields.value(span)
        return Metadata.isBinary(name) ? Base64.decode(value) : Array(value)
    }

    /// Answers with one message and OK.
    public func respond(_ message: UnsafeRawBufferPointer) {
        eventLoop.preconditionInEventLoop()
        guard let stream else { return }
        unsafe connection.respond(stream, message)
    }

    /// Answers with one message and OK.
    public func respond(_ message: ByteBuffer) {
        unsafe message.withUnsafeReadableBytes { unsafe respond($0) }
    }

    /// Ends the call with a status. OK is ``finish()``.
    public func fail(_ status: RPCStatus) {
        eventLoop.preconditionInEventLoop()
        guard let stream else { return }
        connection.fail(stream, status)
    }

    /// Sends one message of a stream. False: the caller does not keep up; wait for ``onWritable(_:)``. The message is
    /// queued all the same. Over a limit of the server's the call has ended instead: then ``isCancelled`` is true, and
    /// ``onCancel(_:)`` tells it in the loop's next turn.
    public func send(_ message: UnsafeRawBufferPointer) -> Bool {
        eventLoop.preconditionInEventLoop()
        guard let stream else { return false }
        return unsafe connection.send(stream, message)
    }

    /// Sends one message of a stream. False: the caller does not keep up; wait for ``onWritable(_:)``.
    public func send(_ message: ByteBuffer) -> Bool {
        unsafe message.withUnsafeReadableBytes { unsafe send($0) }
    }

    /// Ends a stream of messages with OK.
    public func finish() {
        eventLoop.preconditionInEventLoop()
        guard let stream else { return }
        connection.finish(stream)
    }

    /// Called every time the caller keeps up again after ``send(_:)-(UnsafeRawBufferPointer)`` said false.
    public func onWritable(_ body: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        writableBody = body
    }

    /// Called at most once, when the call ends otherwise than by its handler's ``respond(_:)-(UnsafeRawBufferPointer)``,
    /// ``fail(_:)`` or ``finish()``; at once if that is so already. Never from within ``send(_:)-(UnsafeRawBufferPointer)``.
    public func onCancel(_ body: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        if cancelled { body() } else if stream != nil { cancelBody = body }
    }

    /// Bidirectional calls: called at most once, after the last request message; at once if that is so already.
    public func onRequestEnd(_ body: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        if requestHasEnded { body() } else if stream != nil { requestEndBody = body }
    }

    // MARK: The connection's side

    func requestEnded() {
        requestHasEnded = true
        let body = requestEndBody
        requestEndBody = nil
        body?()
    }

    func becameWritable() { writableBody?() }

    /// How a call and its stream part.
    enum Parting {
        /// The handler has given the whole answer.
        case answered
        /// Nobody waits for the answer any more.
        case cancelled
        /// The server ended the call while its handler went on with it, perhaps in the middle of a `send`.
        case overruled
    }

    /// The answer is complete, or nobody waits for it.
    func detach(as parting: Parting) {
        stream = nil
        writableBody = nil
        requestEndBody = nil
        let body = cancelBody
        cancelBody = nil
        guard parting != .answered else { return }
        cancelled = true
        guard let body else { return }
        // A handler that sends is not entered again before its `send` has returned.
        if parting == .overruled { eventLoop.assumeIsolated().execute(body) } else { body() }
    }
}

/// Counts the calls of one connection that handlers still hold, and those of the server.
final class CallQuota: Sendable {
    private let alive = Atomic<Int>(0)
    private let counters: ServerCounters

    init(counters: ServerCounters) { self.counters = counters }

    var count: Int { alive.load(ordering: .relaxed) }

    func began() {
        alive.wrappingAdd(1, ordering: .relaxed)
        counters.callsStarted.wrappingAdd(1, ordering: .relaxed)
    }

    func ended() {
        alive.wrappingSubtract(1, ordering: .relaxed)
        counters.callsReleased.wrappingAdd(1, ordering: .relaxed)
    }
}
