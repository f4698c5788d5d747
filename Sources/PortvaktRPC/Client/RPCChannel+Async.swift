public import NIOCore
internal import Synchronization

extension RPCChannel {
    /// Makes a unary call. Without `deadline`, the channel's default time-out holds. Cancelling the task cancels the call.
    public func unary(
        _ path: String, _ message: ByteBuffer, deadline: NIODeadline? = nil, metadata: Metadata = Metadata()
    ) async throws(RPCStatus) -> ByteBuffer {
        try await unary(RPCRoute(path), message, deadline: deadline, metadata: metadata)
    }

    /// As ``unary(_:_:deadline:metadata:)-(String,_,_,_)``; a route that is kept spares some work.
    public func unary(
        _ route: RPCRoute, _ message: ByteBuffer, deadline: NIODeadline? = nil, metadata: Metadata = Metadata()
    ) async throws(RPCStatus) -> ByteBuffer {
        if core.isOver.load(ordering: .acquiring) { throw ClientCore.channelClosed }
        let call = UnaryCall(route: route, message: message, deadline: deadline, metadata: metadata)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.continuation = continuation
                core.submit(.start(call))
            }
        } onCancel: {
            core.submit(.cancel(call))
        }
        _ = call.isHandedOver.load(ordering: .acquiring)
        return try result.get()
    }

    /// Makes a server-streaming call, once for each iteration of what it returns. Without `deadline` it may last for
    /// ever. It is cancelled when the task is, or when the iterator goes away.
    public func serverStream(
        _ path: String, _ message: ByteBuffer, deadline: NIODeadline? = nil, metadata: Metadata = Metadata()
    ) -> RPCMessages {
        RPCMessages(
            core: core, route: RPCRoute(path, kind: .serverStreaming), message: message, deadline: deadline,
            metadata: metadata)
    }
}

/// `@unchecked Sendable`: `continuation` is set before the call is handed to the loop; from then on every variable is
/// touched on the loop only.
private final class UnaryCall: AsyncCall, RPCReceiver, @unchecked Sendable {
    private let route: RPCRoute
    private let message: ByteBuffer
    private let deadline: NIODeadline?
    private let metadata: Metadata
    var continuation: CheckedContinuation<Result<ByteBuffer, RPCStatus>, Never>?
    private(set) var handle: RPCCallHandle?
    private var isCancelled = false
    /// For the thread sanitizer, which does not always see that the runtime hands a result from the loop's thread to the task's: in a
    /// third of its runs it took the answer's bytes for raced over.
    let isHandedOver = Atomic<Bool>(false)

    init(route: RPCRoute, message: ByteBuffer, deadline: NIODeadline?, metadata: Metadata) {
        self.route = route
        self.message = message
        self.deadline = deadline
        self.metadata = metadata
    }

    func start(_ core: ClientCore) {
        if isCancelled { return finish(.failure(RPCStatus(.cancelled, "the call was cancelled by its caller"))) }
        let timeout = deadline.map { $0 - .now() } ?? core.configuration.defaultTimeout
        handle = unsafe message.withUnsafeReadableBytes {
            unsafe core.start(route, $0, timeout: timeout, metadata: metadata, receiver: self, token: 0)
        }
    }

    func cancel(_ core: ClientCore) {
        isCancelled = true
        if let handle { core.cancel(handle) }
    }

    func rpcEnd(_ status: RPCStatus, message: UnsafeRawBufferPointer?, token: UInt64) {
        guard status.code == .ok, let message = unsafe message else { return finish(.failure(status)) }
        var buffer = ByteBufferAllocator().buffer(capacity: message.count)
        unsafe buffer.writeBytes(message)
        finish(.success(buffer))
    }

    private func finish(_ result: Result<ByteBuffer, RPCStatus>) {
        isHandedOver.store(true, ordering: .releasing)
        continuation?.resume(returning: result)
        continuation = nil
    }
}
