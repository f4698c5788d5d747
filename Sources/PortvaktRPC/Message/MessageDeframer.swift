internal import NIOCore

/// Cuts the body of a call into messages.
///
/// Feed it what arrives, then take messages until there is none. A message's length is checked against the limit as
/// soon as its prefix is there, so at most one message and one delivery are held.
struct MessageDeframer {
    /// A complete message: a slice of what was received, not a copy.
    struct Message {
        var isCompressed: Bool
        var bytes: ByteBuffer
    }

    /// The longest message as its prefix states it. Bytes.
    let maxMessageSize: Int
    private var buffer = ByteBuffer()
    /// What the prefix at the front says, once it was read.
    private var expected: (isCompressed: Bool, length: Int)?

    /// Storage larger than this is not kept for the next message. Bytes.
    static let retainedCapacity = 16 * 1024

    init(maxMessageSize: Int) {
        self.maxMessageSize = maxMessageSize
    }

    /// Bytes received and not yet taken as messages.
    var bufferedBytes: Int { buffer.readableBytes }

    /// Whether nothing is left over: the body may end here.
    var isAtBoundary: Bool { expected == nil && buffer.readableBytes == 0 }

    /// Feeds received bytes, which are copied.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        discardTaken()
        unsafe buffer.writeBytes(bytes)
    }

    /// Feeds received bytes, which are shared when nothing waits, and copied otherwise.
    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            discardTaken()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// Bytes of storage.
    var capacity: Int { buffer.capacity }

    /// Makes room of what was taken. A body whose pieces end where no message does never leaves the buffer empty, which would keep every
    /// byte that ever came.
    private mutating func discardTaken() {
        // Less is moved than was taken since the last time: no byte is moved often.
        guard buffer.readerIndex > max(Self.retainedCapacity, buffer.readableBytes) else { return }
        buffer.discardReadBytes()
    }

    /// The next complete message, or nil when more bytes must come first.
    mutating func next() throws(MessageError) -> Message? {
        guard let (isCompressed, length) = try readPrefix(), let bytes = buffer.readSlice(length: length) else {
            return nil
        }
        expected = nil
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        return Message(isCompressed: isCompressed, bytes: bytes)
    }

    /// As ``next()``, but the message is lent to the closure and the storage is used again: no allocation per message.
    mutating func withNext<Result>(
        _ body: (_ isCompressed: Bool, _ bytes: UnsafeRawBufferPointer) -> Result
    ) throws(MessageError) -> Result? {
        guard let (isCompressed, length) = try readPrefix(), buffer.readableBytes >= length else { return nil }
        expected = nil
        let result = unsafe buffer.withUnsafeReadableBytes { readable in
            unsafe body(isCompressed, UnsafeRawBufferPointer(rebasing: readable[..<length]))
        }
        buffer.moveReaderIndex(forwardBy: length)
        if buffer.readableBytes == 0 { emptyBuffer() }
        return result
    }

    /// The body ended: throws when that was inside a message.
    func finish() throws(MessageError) {
        if let expected {
            throw .truncated(missing: expected.length - buffer.readableBytes)
        }
        if buffer.readableBytes > 0 {
            throw .truncated(missing: MessageFraming.prefixLength - buffer.readableBytes)
        }
    }

    /// Makes it as new, keeping its storage.
    mutating func reset() {
        expected = nil
        emptyBuffer()
    }

    private mutating func emptyBuffer() {
        if buffer.capacity > Self.retainedCapacity {
            buffer = ByteBuffer()
        } else {
            buffer.clear(minimumCapacity: 0)
        }
    }

    private mutating func readPrefix() throws(MessageError) -> (isCompressed: Bool, length: Int)? {
        if let expected { return expected }
        guard let flag = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
        guard flag <= 1 else { throw .invalidFlag(flag) }
        guard let (_, length) = buffer.readMultipleIntegers(as: (UInt8, UInt32).self) else { return nil }
        guard length <= maxMessageSize else { throw .tooLarge(limit: maxMessageSize) }
        expected = (flag == 1, Int(length))
        return expected
    }
}
