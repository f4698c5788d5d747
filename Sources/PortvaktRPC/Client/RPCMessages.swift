public import NIOCore
internal import Synchronization

/// The messages of a server-streaming call, in order. The iteration ends when the server ends the call with OK and throws
/// its status otherwise.
///
/// At most a flow-control window of messages, as they came, waits here (and one message that is larger): the server is held back when
/// the reader does not keep up.
public struct RPCMessages: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer
    public typealias Failure = RPCStatus

    let core: ClientCore
    let route: RPCRoute
    let message: ByteBuffer
    let deadline: NIODeadline?
    let metadata: Metadata

    /// Starts the call.
    public func makeAsyncIterator() -> Iterator {
        let call = StreamingCall(core: core, route: route, message: message, deadline: deadline, metadata: metadata)
        if core.isOver.load(ordering: .acquiring) {
            call.refuse(ClientCore.channelClosed)
        } else {
            core.submit(.start(call))
        }
        return Iterator(owner: Owner(call: call))
    }

    /// Used by one task at a time.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let owner: Owner

        public mutating func next() async throws(RPCStatus) -> ByteBuffer? {
            try await owner.call.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RPCStatus) -> ByteBuffer? {
            try await owner.call.next()
        }
    }

    /// Cancels the call when the iterator goes away.
    fileprivate final class Owner: Sendable {
        let call: StreamingCall

        init(call: StreamingCall) { self.call = call }

        deinit {
            if !call.core.isOver.load(ordering: .acquiring) { call.core.submit(.cancel(call)) }
        }
    }
}

/// A streaming call between the loop, which puts messages in, and a task, which takes them out.
///
/// `@unchecked Sendable`: `state` is behind a mutex; `handle` and `isCancelled` are touched on the loop only.
private final class StreamingCall: AsyncCall, WindowReceiver, @unchecked Sendable {
    private typealias Waiter = CheckedContinuation<Result<ByteBuffer?, RPCStatus>, Never>

    private struct State {
        var messages = CircularBuffer<(bytes: ByteBuffer, window: Int)>()
        var ended: RPCStatus?
        var waiter: Waiter?
        /// Window of what the reader has taken and that is not granted back yet. Bytes.
        var taken = 0
    }

    let core: ClientCore
    private let route: RPCRoute
    private let message: ByteBuffer
    private let deadline: NIODeadline?
    private let metadata: Metadata
    private let state = Mutex(State())
    private(set) var handle: RPCCallHandle?
    private var isCancelled = false

    init(core: ClientCore, route: RPCRoute, message: ByteBuffer, deadline: NIODeadline?, metadata: Metadata) {
        self.core = core
        self.route = route
        self.message = message
        self.deadline = deadline
        self.metadata = metadata
    }

    /// It never starts.
    func refuse(_ status: RPCStatus) { state.withLock { $0.ended = status } }

    // MARK: The reader

    func next() async throws(RPCStatus) -> ByteBuffer? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { take($0) }
        } onCancel: {
            core.submit(.cancel(self))
        }
        return try result.get()
    }

    private func take(_ waiter: Waiter) {
        let threshold = core.configuration.http2.streamWindow / 4
        let (result, grant) = state.withLock { state -> (Result<ByteBuffer?, RPCStatus>?, Int) in
            if let (message, window) = state.messages.popFirst() {
                state.taken += window
                guard state.taken >= threshold || state.messages.isEmpty else { return (.success(message), 0) }
                defer { state.taken = 0 }
                return (.success(message), state.taken)
            }
            if let ended = state.ended { return (ended.code == .ok ? .success(nil) : .failure(ended), 0) }
            precondition(state.waiter == nil, "an iterator of RPCMessages was used by two tasks at once")
            state.waiter = waiter
            return (nil, 0)
        }
        if grant > 0 { core.submit(.grant(self, bytes: grant)) }
        if let result { waiter.resume(returning: result) }
    }

    // MARK: The loop

    func start(_ core: ClientCore) {
        if isCancelled {
            return unsafe rpcEnd(RPCStatus(.cancelled, "the call was cancelled by its caller"), message: nil, token: 0)
        }
        handle = unsafe message.withUnsafeReadableBytes {
            unsafe core.start(
                route, $0, timeout: deadline.map { $0 - .now() }, metadata: metadata, windowReceiver: self)
        }
    }

    func cancel(_ core: ClientCore) {
        isCancelled = true
        if let handle { core.cancel(handle) }
    }

    func rpcMessage(_ message: UnsafeRawBufferPointer, window: Int) {
        var buffer = ByteBufferAllocator().buffer(capacity: message.count)
        unsafe buffer.writeBytes(message)
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.waiter else {
                state.messages.append((buffer, window))
                return nil
            }
            state.waiter = nil
            return waiter
        }
        guard let waiter else { return }
        waiter.resume(returning: .success(buffer))
        if let handle { core.grant(handle, bytes: window) }
    }

    func rpcEnd(_ status: RPCStatus, message: UnsafeRawBufferPointer?, token: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            state.ended = status
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: status.code == .ok ? .success(nil) : .failure(status))
    }
}
