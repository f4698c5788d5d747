/// The protocol of one gRPC call on the server, from the first header to the trailers. A value; no I/O, no clock.
///
/// The request goes `fields → body → complete`, the response `none → begun → ended`; either may end early. Methods
/// return what is to be done, and `ignored` when it comes too late to matter.
struct ServerStreamState {
    enum Request: Equatable {
        case fields
        case body
        case complete
        /// Refused or answered early: what still comes is thrown away.
        case abandoned
    }

    enum Response: Equatable {
        case none
        case begun
        case ended
    }

    private(set) var request = Request.fields
    private(set) var response = Response.none
    private(set) var kind = RPCMethod.Kind.unary
    private var sentMessages = 0

    /// How a header list is answered.
    enum HeadOutcome: Equatable {
        /// It is in order: go on with the body.
        case proceed(method: Int)
        /// It is not gRPC: an HTTP status and nothing else.
        case refuseHTTP(status: HTTPRefusal)
        /// It is gRPC but cannot be served: trailers only.
        case refuse(RPCStatus, tellEncodings: Bool)
    }

    enum HTTPRefusal: String, Equatable {
        case methodNotAllowed = "405"
        case unsupportedMediaType = "415"
    }

    /// The request's header list ended.
    mutating func headEnded(_ head: RequestHead, isTooLarge: Bool, kind: (Int) -> RPCMethod.Kind) -> HeadOutcome {
        let outcome = Self.judge(head, isTooLarge: isTooLarge)
        if case .proceed(let method) = outcome {
            request = .body
            self.kind = kind(method)
        } else {
            request = .abandoned
            response = .ended
        }
        return outcome
    }

    private static func judge(_ head: RequestHead, isTooLarge: Bool) -> HeadOutcome {
        if isTooLarge {
            return .refuse(RPCStatus(.resourceExhausted, "the header list is too large"), tellEncodings: false)
        }
        guard head.isPost else { return .refuseHTTP(status: .methodNotAllowed) }
        guard head.contentType == .grpc else { return .refuseHTTP(status: .unsupportedMediaType) }
        guard let method = head.method else {
            return .refuse(RPCStatus(.unimplemented, "there is no such method"), tellEncodings: false)
        }
        if case .malformed = head.timeout {
            return .refuse(
                RPCStatus(.internal, "grpc-timeout is not one to eight digits and a unit (H M S m u n)"),
                tellEncodings: false)
        }
        guard head.encoding != .other else {
            return .refuse(
                RPCStatus(.unimplemented, "grpc-encoding is not supported; use identity or gzip"), tellEncodings: true)
        }
        return .proceed(method: method)
    }

    /// A page takes the request: nothing of gRPC comes of it.
    mutating func leaveToPage() {
        request = .abandoned
        response = .ended
    }

    /// Body bytes arrived. Whether they belong to a message that is still wanted.
    var wantsBody: Bool { request == .body && mayStillAsk }

    /// The answer so far leaves room for more of the request.
    private var mayStillAsk: Bool { response == .none || kind == .bidirectional && response == .begun }

    /// The request ended. Whether the call is to be handled now.
    mutating func requestEnded() -> Bool {
        guard request == .body, mayStillAsk else { return false }
        request = .complete
        return true
    }

    /// What an answer puts on the stream.
    enum Step: Equatable {
        case ignored
        /// The response's head, a message, OK.
        case headMessageEnd
        /// The response's head and a message.
        case headMessage
        case message
        /// The response's head, OK.
        case headEnd
        /// OK.
        case end
        /// A head with the status in it, and nothing else.
        case trailersOnly
        /// The status, after messages.
        case trailers
        /// Not the number of messages that the method's kind allows: to be answered with INTERNAL.
        case wrongCount
    }

    /// One message and OK.
    mutating func respond() -> Step {
        guard response != .ended else { return .ignored }
        guard response == .none else {
            if kind == .unary { return .wrongCount }
            response = .ended
            return .message
        }
        response = .ended
        return .headMessageEnd
    }

    /// One message of a stream.
    mutating func send() -> Step {
        guard response != .ended else { return .ignored }
        if kind == .unary, sentMessages > 0 { return .wrongCount }
        sentMessages += 1
        guard response == .none else { return .message }
        response = .begun
        return .headMessage
    }

    /// OK after the messages.
    mutating func finish() -> Step {
        guard response != .ended else { return .ignored }
        if kind == .unary, sentMessages == 0 { return .wrongCount }
        let begun = response == .begun
        response = .ended
        return begun ? .end : .headEnd
    }

    /// Any status but OK, at any time.
    mutating func fail() -> Step {
        guard response != .ended else { return .ignored }
        let begun = response == .begun
        response = .ended
        if request != .complete { request = .abandoned }
        return begun ? .trailers : .trailersOnly
    }

    /// The stream or the connection is gone. Whether a handler's work is thereby cancelled.
    mutating func closed() -> Bool {
        let isHandled = request == .complete || kind == .bidirectional && request == .body
        let cancels = isHandled && response != .ended
        request = .abandoned
        response = .ended
        return cancels
    }
}
