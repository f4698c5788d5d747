internal import NIOCore

/// The frame around a message (grpc/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"): a flag byte, a 32-bit
/// big-endian length, the bytes.
enum MessageFraming {
    /// Bytes before the message.
    static let prefixLength = 5

    /// Appends a framed message. The length must fit 32 bits; the limits of both roles are far below that.
    static func write(_ message: UnsafeRawBufferPointer, isCompressed: Bool = false, into buffer: inout ByteBuffer) {
        writePrefix(length: message.count, isCompressed: isCompressed, into: &buffer)
        unsafe buffer.writeBytes(message)
    }

    /// Appends a framed message.
    static func write(_ message: ByteBuffer, isCompressed: Bool = false, into buffer: inout ByteBuffer) {
        writePrefix(length: message.readableBytes, isCompressed: isCompressed, into: &buffer)
        buffer.writeImmutableBuffer(message)
    }

    /// Appends the prefix of a message that the caller appends next.
    static func writePrefix(length: Int, isCompressed: Bool = false, into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(UInt8(isCompressed ? 1 : 0), UInt32(length))
    }
}
