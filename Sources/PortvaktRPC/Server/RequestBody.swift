internal import NIOCore

/// Collects the one message of a request: refuses a second one, a wrong prefix and too many bytes as soon as they show.
struct RequestBody {
    /// Storage larger than this is not kept for the next request. Bytes.
    static let retainedCapacity = 16 * 1024

    enum Problem: Error, Equatable {
        case message(MessageError)
        /// The request had a second message.
        case second
        /// The request had no message.
        case none

        var status: RPCStatus {
            switch self {
            case .message(let error): error.status
            case .second: RPCStatus(.unimplemented, "the method takes exactly one message; more were sent")
            case .none: RPCStatus(.unimplemented, "the method takes exactly one message; none was sent")
            }
        }
    }

    private var buffer = ByteBuffer()

    /// Bytes held.
    var count: Int { buffer.readableBytes }

    /// Takes body bytes, which are copied.
    mutating func append(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Problem) {
        unsafe buffer.writeBytes(bytes)
        guard let flag = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return }
        guard flag <= 1 else { throw .message(.invalidFlag(flag)) }
        guard let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self) else { return }
        guard length <= limit else { throw .message(.tooLarge(limit: limit)) }
        guard count <= MessageFraming.prefixLength + Int(length) else { throw .second }
    }

    /// The body ended: throws when it is not one whole message. Returns whether the message is compressed.
    func finish() throws(Problem) -> Bool {
        guard count > 0 else { throw .none }
        guard let flag = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
        else { throw .message(.truncated(missing: MessageFraming.prefixLength - count)) }
        let missing = MessageFraming.prefixLength + Int(length) - count
        guard missing == 0 else { throw .message(.truncated(missing: missing)) }
        return flag == 1
    }

    /// Lends the message without its prefix. Only after ``finish()``.
    func withMessage<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe buffer.withUnsafeReadableBytes { bytes in
            unsafe body(UnsafeRawBufferPointer(rebasing: bytes[MessageFraming.prefixLength...]))
        }
    }

    /// Makes it as new, keeping storage of an ordinary size.
    mutating func reset() {
        guard buffer.writerIndex > 0 else { return }
        if buffer.capacity > Self.retainedCapacity { buffer = ByteBuffer() } else { buffer.clear() }
    }
}
