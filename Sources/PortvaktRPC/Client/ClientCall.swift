internal import NIOCore

/// One call of a channel: its request, its deadline and what was received. Reused by its channel.
final class ClientCall: HTTP2Stream {
    /// Grows with every use of the object.
    var generation: UInt64 = 0
    /// The receiver has not been told the end.
    var isLive = false
    /// Position in the channel's list of live calls.
    var index = -1
    var route = RPCRoute("")
    var receiver: (any RPCReceiver)?
    var token: UInt64 = 0
    var metadata = Metadata()
    var deadline = NIODeadline.distantFuture
    /// What was asked for, as long as no time was lost.
    var timeout: TimeAmount?
    var retries = 0
    /// The framed request, kept for sending it again; shares its storage with the outbox.
    var request = ByteBuffer()
    var response = ResponseState()
    var deframer: MessageDeframer
    /// The connection whose stream this is.
    var connection: ClientConnection?
    /// The receiver, when it grants the window back itself.
    var windowReceiver: (any WindowReceiver)?
    /// Window taken by the peer and not granted back. Bytes.
    var ungranted = 0
    /// In the queue of calls without a stream.
    var isWaiting = false
    /// Window of messages that the receiver has not taken yet: as they came, compressed and with their prefixes. Bytes.
    var held = 0

    init(maxResponseMessage: Int) {
        deframer = MessageDeframer(maxMessageSize: maxResponseMessage)
        super.init()
    }

    var isUnary: Bool { route.kind == .unary }

    /// Makes it ready to be sent, again or for the first time.
    func rewind() {
        // The outbox lets go first, so that the request's storage is shared and not copied.
        outbox = ByteBuffer()
        resetForReuse()
        outbox = request
        outboxFinished = true
        response = ResponseState()
        deframer.reset()
        ungranted = 0
        held = 0
        connection = nil
    }

    /// Makes it as new, keeping its storage.
    func recycle() {
        request = ByteBuffer()
        resetForReuse()
        generation += 1
        isLive = false
        isWaiting = false
        receiver = nil
        metadata = Metadata()
        response = ResponseState()
        deframer.reset()
        connection = nil
        deadline = .distantFuture
        timeout = nil
        retries = 0
        windowReceiver = nil
        ungranted = 0
        held = 0
    }
}
