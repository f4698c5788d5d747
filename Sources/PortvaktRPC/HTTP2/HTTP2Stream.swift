internal import NIOCore

/// One HTTP/2 stream as a session knows it: its number and the bytes that wait to leave on it.
///
/// The server's and the client's streams inherit from it and add their protocol state. Bound to the session's event
/// loop. The session keeps the object alive from open to close; after
/// ``HTTP2SessionDelegate/http2Closed(_:errorCode:)``
/// it may be reused.
class HTTP2Stream {
    /// Storage of an outbox that is larger than this is not kept for the next stream. Bytes.
    static let retainedCapacity = 16 * 1024

    /// The stream's number, or -1 before it is opened and after it is closed.
    final var id: Int32 = -1
    /// Bytes that wait to be sent as DATA. Append, then call ``HTTP2Session/resume(_:)``.
    final var outbox: ByteBuffer {
        get { unsafe outboxStorage }
        _modify { yield &(unsafe outboxStorage) }
    }
    /// Unchecked: nothing of ours is called while a buffer is changed, so that no two changes can overlap.
    @exclusivity(unchecked) private final var outboxStorage = ByteBuffer()
    /// Nothing will be appended any more: when the outbox is empty the stream ends, with ``trailers`` if there are any.
    final var outboxFinished = false
    /// What follows the last DATA. Nil: END_STREAM on the last DATA frame.
    final var trailers: HTTP2Trailers?
    /// Its place in its session's ``OpenStreams``.
    fileprivate final var place = -1
    /// The library asked for DATA and there was none: it must be resumed.
    final var isDeferred = false
    /// Grows with every byte of the outbox that was framed, to tell a slow peer from a stalled one.
    final var progress = 0
    /// The owner waits to be told that the outbox is low again.
    final var wantsWritable = false
    /// Client role: a final response was received, so the next header list is the trailers.
    final var receivedResponse = false
    /// Client role: the last `:status` was not an informational (1xx) one.
    final var statusIsFinal = false
    /// END_STREAM was sent by us.
    final var sentEnd = false
    /// END_STREAM was received.
    final var receivedEnd = false
    /// Uncompressed size of the header list being received. Bytes.
    final var headerListSize = 0

    init() {}

    /// Makes the object as new, keeping the storage of its outbox when it is of an ordinary size.
    final func resetForReuse() {
        id = -1
        if outbox.capacity > Self.retainedCapacity {
            outbox = ByteBuffer()
        } else if outbox.writerIndex > 0 {
            outbox.clear()
        }
        outboxFinished = false
        trailers = nil
        isDeferred = false
        progress = 0
        wantsWritable = false
        receivedResponse = false
        statusIsFinal = false
        sentEnd = false
        receivedEnd = false
        headerListSize = 0
    }
}

/// The open streams of a session: constant time to put in and take out, and no hashing.
struct OpenStreams {
    private(set) var values: [HTTP2Stream] = []

    var isEmpty: Bool { values.isEmpty }

    mutating func insert(_ stream: HTTP2Stream) {
        stream.place = values.count
        values.append(stream)
    }

    /// The last one takes its place.
    mutating func remove(_ stream: HTTP2Stream) {
        let place = stream.place
        guard place >= 0, place < values.count, values[place] === stream else { return }
        stream.place = -1
        let last = values.removeLast()
        guard place < values.count else { return }
        values[place] = last
        last.place = place
    }
}

/// The trailers of a stream.
enum HTTP2Trailers {
    /// `grpc-status: 0`, from constant memory.
    case ok
    case fields(HTTP2Fields)
}
