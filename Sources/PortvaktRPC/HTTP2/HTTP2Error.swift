internal import CNghttp2

/// Why an HTTP/2 session cannot go on, or could not do what was asked of it.
enum HTTP2Error: Error, Sendable, Equatable {
    /// The peer did not begin with the connection preface (RFC 9113 section 3.4).
    case badPreface
    /// The peer exceeded a limit; GOAWAY is queued and the connection must be closed after the next drain.
    case misbehaved(HTTP2Misbehaviour)
    /// The connection takes no new streams: it is going away, or its numbers are used up.
    case noNewStreams
    /// nghttp2 refused; its code and text.
    case library(code: Int32, reason: String)

    init(code: Int32) {
        switch code {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: self = .badPreface
        case NGHTTP2_ERR_START_STREAM_NOT_ALLOWED.rawValue, NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE.rawValue:
            self = .noNewStreams
        default: self = unsafe .library(code: code, reason: String(cString: nghttp2_strerror(code)))
        }
    }
}

/// Error codes of RST_STREAM and GOAWAY (RFC 9113 section 7).
enum HTTP2ErrorCode {
    static let noError: UInt32 = 0x0
    static let protocolError: UInt32 = 0x1
    static let internalError: UInt32 = 0x2
    static let flowControlError: UInt32 = 0x3
    static let streamClosed: UInt32 = 0x5
    static let frameSizeError: UInt32 = 0x6
    static let refusedStream: UInt32 = 0x7
    static let cancel: UInt32 = 0x8
    static let enhanceYourCalm: UInt32 = 0xb
}
