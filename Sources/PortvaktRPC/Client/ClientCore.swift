internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The calls and connections of one channel.
///
/// `@unchecked Sendable`: everything but `operations` (a mutex) and the constants is touched on `eventLoop` only; the
/// ways in from outside are ``submit(_:)``, tasks of that loop, and methods that check it.
final class ClientCore: @unchecked Sendable {
    /// Call objects kept for reuse. Calls.
    static let maxSpareCalls = 4096
    /// Entries of calls that ended while they waited, before the queue is cleared of them. Calls.
    static let maxIdleEntries = 64

    let eventLoop: any EventLoop
    let configuration: RPCChannelConfiguration
    let tls: TLSConfigurationSource
    /// Seconds since 1970 UTC.
    let wallClock: @Sendable () -> Int64
    /// Somebody has asked for the end; read by any thread.
    let isClosing = Atomic(false)
    /// The end has come: nothing may be asked of the loop any more, which may be gone.
    let isOver = Atomic(false)
    private let operations = Mutex<[ClientOperation]>([])

    var connector: Connector
    /// Calls that have not ended.
    private var live: [ClientCall] = []
    /// Calls without a stream, oldest first; entries whose generation has passed are skipped.
    private var waiting = CircularBuffer<(call: ClientCall, generation: UInt64)>()
    private var waitingCount = 0
    private var spare: [ClientCall] = []
    /// Calls that are over, but may still be on the stack: reused from the next turn on.
    private var cooling: [ClientCall] = []
    private var dirty: [ClientConnection] = []
    private var isPumpScheduled = false
    private var deadlineAt = NIODeadline.distantFuture
    private var deadlineTimer: Scheduled<Void>?

    init(
        eventLoop: any EventLoop, configuration: RPCChannelConfiguration, tls: TLSConfigurationSource,
        wallClock: @escaping @Sendable () -> Int64
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.tls = tls
        self.wallClock = wallClock
        connector = Connector(configuration.backoff)
    }

    // MARK: From other threads

    func submit(_ operation: ClientOperation) {
        let isFirst = operations.withLock { queue in
            queue.append(operation)
            return queue.count == 1
        }
        if isFirst { eventLoop.execute { self.runOperations() } }
    }

    private func runOperations() {
        let batch = operations.withLock { queue in
            let batch = queue
            queue = []
            return batch
        }
        for operation in batch { operation.run(self) }
    }

    /// The connection has something to send: it is flushed when the current tasks of the loop are done.
    func enqueue(_ connection: ClientConnection) {
        dirty.append(connection)
        guard dirty.count == 1 else { return }
        eventLoop.execute {
            var batch: [ClientConnection] = []
            swap(&batch, &self.dirty)
            for connection in batch { connection.flushOut() }
        }
    }

    // MARK: Calls begin

    func start(
        _ route: RPCRoute, _ message: UnsafeRawBufferPointer, timeout: TimeAmount?, metadata: Metadata,
        receiver: any RPCReceiver, token: UInt64
    ) -> RPCCallHandle {
        unsafe start(
            route, message, timeout: timeout, metadata: metadata, receiver: receiver, windowReceiver: nil, token: token)
    }

    /// As ``start(_:_:timeout:metadata:receiver:token:)``, for a streaming call whose receiver grants the window itself.
    func start(
        _ route: RPCRoute, _ message: UnsafeRawBufferPointer, timeout: TimeAmount?, metadata: Metadata,
        windowReceiver: any WindowReceiver
    ) -> RPCCallHandle {
        unsafe start(
            route, message, timeout: timeout, metadata: metadata, receiver: windowReceiver,
            windowReceiver: windowReceiver, token: 0)
    }

    private func start(
        _ route: RPCRoute, _ message: UnsafeRawBufferPointer, timeout: TimeAmount?, metadata: Metadata,
        receiver: any RPCReceiver, windowReceiver: (any WindowReceiver)?, token: UInt64
    ) -> RPCCallHandle {
        eventLoop.preconditionInEventLoop()
        let call = spare.popLast() ?? ClientCall(maxResponseMessage: configuration.maxResponseMessage)
        call.isLive = true
        call.route = route
        call.receiver = receiver
        call.token = token
        call.metadata = metadata
        call.timeout = timeout
        call.windowReceiver = windowReceiver
        call.index = live.count
        live.append(call)
        if let timeout { setDeadline(call, timeout) }
        if message.count > configuration.maxRequestMessage {
            let limit = configuration.maxRequestMessage
            endLater(call, RPCStatus(.resourceExhausted, "the request is larger than the limit of \(limit) bytes"))
        } else if let timeout, timeout <= .zero {
            endLater(call, Self.deadlineExceeded)
        } else {
            unsafe MessageFraming.write(message, into: &call.outbox)
            call.request = call.outbox
            call.outboxFinished = true
            dispatch(call)
        }
        return RPCCallHandle(call: call, generation: call.generation)
    }

    private func dispatch(_ call: ClientCall) {
        if connector.isClosed { return endLater(call, Self.channelClosed) }
        if waitingCount == 0, let connection = connector.ready, connection.hasRoom {
            if connection.begin(call, timeout: call.timeout) { return }
            connection.retire()
        }
        if connector.isBackingOff, !configuration.waitsForReady { return endLater(call, connector.unavailable) }
        guard waitingCount < configuration.maxWaitingCalls else {
            return endLater(
                call, RPCStatus(.resourceExhausted, "too many calls wait for a connection; try again later"))
        }
        wait(call)
        connect()
    }

    private func wait(_ call: ClientCall) {
        call.timeout = nil
        call.isWaiting = true
        waitingCount += 1
        waiting.append((call, call.generation))
    }

    /// Gives waiting calls to the connection as far as it has room. Never from within a stream's closing.
    func pump() {
        if !cooling.isEmpty {
            spare.append(contentsOf: cooling.prefix(max(Self.maxSpareCalls - spare.count, 0)))
            cooling.removeAll(keepingCapacity: true)
        }
        guard waitingCount > 0, let connection = connector.ready else { return }
        let now = NIODeadline.now()
        while waitingCount > 0, connection.hasRoom, let (call, generation) = waiting.popFirst() {
            guard call.generation == generation, call.isWaiting else { continue }
            call.isWaiting = false
            waitingCount -= 1
            let timeout = call.deadline == .distantFuture ? nil : max(call.deadline - now, .nanoseconds(1))
            guard connection.begin(call, timeout: timeout) else {
                wait(call)
                return connection.retire()
            }
        }
    }

    /// As ``pump()``, in the loop's next turn: from within a stream's closing the session may not be asked for another.
    private func pumpLater() {
        guard waitingCount > 0, !isPumpScheduled else { return }
        isPumpScheduled = true
        eventLoop.execute {
            self.isPumpScheduled = false
            self.pump()
        }
    }

    // MARK: Calls end

    /// The server ended the stream in order.
    func complete(_ call: ClientCall) {
        let status = call.response.head.outcome
        guard status.code == .ok else { return end(call, status) }
        do throws(MessageError) {
            if call.isUnary { try completeUnary(call) } else { try call.deframer.finish() }
        } catch {
            return end(call, error.status)
        }
        end(call, .ok)
    }

    private func completeUnary(_ call: ClientCall) throws(MessageError) {
        var deframer = MessageDeframer(maxMessageSize: configuration.maxResponseMessage)
        swap(&deframer, &call.deframer)
        let generation = call.generation
        let total = deframer.bufferedBytes
        let ended = try unsafe deframer.withNext { isCompressed, bytes in
            Result { () throws(MessageError) in
                guard bytes.count + MessageFraming.prefixLength == total else {
                    return end(
                        call, RPCStatus(.internal, "the server answered a unary call with more than one message"))
                }
                guard isCompressed else { return unsafe answer(call, bytes) }
                let plain = try unsafe decompress(call, bytes)
                unsafe plain.withUnsafeReadableBytes { unsafe answer(call, $0) }
            }
        }
        if call.generation == generation { swap(&deframer, &call.deframer) }
        guard let ended else {
            try call.deframer.finish()
            return end(call, RPCStatus(.internal, "the server answered OK without a message"))
        }
        try ended.get()
    }

    /// Tells the receiver, once, and lets go of the stream.
    func end(_ call: ClientCall, _ status: RPCStatus) {
        guard let (receiver, token) = letGo(call) else { return }
        unsafe receiver.rpcEnd(status, message: nil, token: token)
    }

    /// As ``end(_:_:)``, with OK and a unary call's message.
    private func answer(_ call: ClientCall, _ message: UnsafeRawBufferPointer) {
        guard let (receiver, token) = letGo(call) else { return }
        unsafe receiver.rpcEnd(.ok, message: message, token: token)
    }

    private func letGo(_ call: ClientCall) -> (receiver: any RPCReceiver, token: UInt64)? {
        guard call.isLive, let receiver = call.receiver else { return nil }
        call.isLive = false
        live.swapAt(call.index, live.count - 1)
        live[call.index].index = call.index
        live.removeLast()
        let token = call.token
        call.receiver = nil
        call.windowReceiver = nil
        if let connection = call.connection {
            call.held = 0
            if !call.receivedEnd || !call.sentEnd { connection.cancel(call) }
        } else {
            recycle(call)
        }
        return (receiver, token)
    }

    /// As ``end(_:_:)``, in the loop's next turn: a caller is not told the end before the start has returned.
    private func endLater(_ call: ClientCall, _ status: RPCStatus) {
        let generation = call.generation
        let bound = NIOLoopBound(call, eventLoop: eventLoop)
        eventLoop.execute {
            if bound.value.generation == generation { self.end(bound.value, status) }
        }
    }

    /// Nobody waits for the call any more.
    func cancel(_ handle: RPCCallHandle) {
        eventLoop.preconditionInEventLoop()
        guard handle.isLive else { return }
        end(handle.call, RPCStatus(.cancelled, "the call was cancelled by its caller"))
    }

    /// The stream is over, in order or not.
    func streamClosed(_ call: ClientCall, errorCode: UInt32) {
        // The server need not say anything more for the next one to have its place: our own reset has freed it.
        pumpLater()
        guard call.isLive else { return recycle(call) }
        if errorCode == HTTP2ErrorCode.refusedStream, !call.response.hasBegun, call.retries < configuration.maxRetries {
            call.retries += 1
            return requeue(call)
        }
        let code = StatusCode.fromHTTP2(errorCode: errorCode)
        end(call, RPCStatus(code, "the server reset the call with HTTP/2 error \(errorCode)"))
    }

    /// The server has not processed the call: it is sent again, when there is a connection.
    private func requeue(_ call: ClientCall) {
        if connector.isClosed { return end(call, Self.channelClosed) }
        call.rewind()
        wait(call)
        eventLoop.execute {
            self.connect()
            self.pump()
        }
    }

    private func recycle(_ call: ClientCall) {
        if call.isWaiting {
            waitingCount -= 1
            // Calls that ended while they waited leave entries behind.
            if waiting.count > 2 * waitingCount + Self.maxIdleEntries {
                waiting.removeAll { $0.call === call || !$0.call.isWaiting }
            }
        }
        call.recycle()
        cooling.append(call)
        if cooling.count > Self.maxSpareCalls { cooling.removeFirst(cooling.count / 2) }
    }

    /// The calls of a connection that is gone.
    func lost(_ calls: [(call: ClientCall, wasSent: Bool)], _ reason: RPCStatus) {
        for (call, wasSent) in calls {
            if !call.isLive {
                recycle(call)
            } else if wasSent {
                end(call, reason)
            } else {
                requeue(call)
            }
        }
    }

    func endWaiting(_ status: RPCStatus) {
        for (call, generation) in waiting where call.generation == generation && call.isWaiting { end(call, status) }
        waiting.removeAll()
    }

    var hasWaiting: Bool { waitingCount > 0 }
    /// Entries of the queue, those of calls that have ended included. Calls.
    var waitingEntries: Int { waiting.count }

    static let deadlineExceeded = RPCStatus(.deadlineExceeded, "the deadline passed before the server answered")
    static let channelClosed = RPCStatus(.unavailable, "the channel is closed")

    // MARK: Deadlines

    private func setDeadline(_ call: ClientCall, _ timeout: TimeAmount) {
        call.deadline = NIODeadline.now() + timeout
        if call.deadline < deadlineAt { scheduleDeadlines(call.deadline) }
    }

    /// One timer for all calls: when it goes off, it looks for the next. An earlier one may go off in vain.
    private func scheduleDeadlines(_ at: NIODeadline) {
        deadlineAt = at
        deadlineTimer?.cancel()
        deadlineTimer = eventLoop.scheduleTask(deadline: at) { self.expireDeadlines(scheduledFor: at) }
    }

    private func expireDeadlines(scheduledFor at: NIODeadline) {
        guard at == deadlineAt else { return }
        deadlineAt = .distantFuture
        let now = NIODeadline.now()
        for call in live.filter({ $0.deadline <= now }) where call.deadline <= now { end(call, Self.deadlineExceeded) }
        let next = live.reduce(NIODeadline.distantFuture) { min($0, $1.deadline) }
        if next < deadlineAt { scheduleDeadlines(next) }
    }
}

/// What other threads ask of the loop.
enum ClientOperation: Sendable {
    case start(any AsyncCall)
    case cancel(any AsyncCall)
    case grant(any AsyncCall, bytes: Int)

    func run(_ core: ClientCore) {
        switch self {
        case .start(let call): call.start(core)
        case .cancel(let call): call.cancel(core)
        case .grant(let call, let bytes): if let handle = call.handle { core.grant(handle, bytes: bytes) }
        }
    }
}

/// A call of the `async` face. All but the creation happens on the channel's loop.
protocol AsyncCall: AnyObject, Sendable {
    var handle: RPCCallHandle? { get }
    func start(_ core: ClientCore)
    func cancel(_ core: ClientCore)
}
