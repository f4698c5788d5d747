/// What is wrong with a message's frame.
enum MessageError: Error, Sendable, Equatable {
    /// The prefix says, or decompression showed, more bytes than the limit.
    case tooLarge(limit: Int)
    /// The first byte of the prefix is neither 0 nor 1.
    case invalidFlag(UInt8)
    /// The body ended inside a message.
    case truncated(missing: Int)
    /// The message is marked as compressed, but the call announced no compression.
    case unexpectedCompression
    /// The compressed bytes are not gzip, or end early.
    case notGzip

    /// The status of the call on which it happened.
    var status: RPCStatus {
        switch self {
        case .tooLarge(let limit):
            RPCStatus(.resourceExhausted, "the message is larger than the limit of \(limit) bytes; send less at once")
        case .invalidFlag(let flag):
            RPCStatus(.internal, "the message prefix begins with \(flag), which is neither 0 nor 1")
        case .truncated(let missing):
            RPCStatus(.internal, "the body ended \(missing) bytes before the end of a message")
        case .unexpectedCompression:
            RPCStatus(.internal, "a message is marked as compressed, but grpc-encoding names no compression")
        case .notGzip:
            RPCStatus(.internal, "a message marked as gzip cannot be decompressed")
        }
    }
}
