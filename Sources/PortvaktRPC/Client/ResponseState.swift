/// The protocol of one call on the client, from the first header to the end. A value; no I/O, no clock.
struct ResponseState {
    enum Phase: Equatable {
        case waiting
        /// The header list was gRPC's: messages may come.
        case messages
        /// The header list had the status in it: nothing may come (Trailers-Only), or it was not gRPC's.
        case statusOnly
        case trailers
    }

    private(set) var phase = Phase.waiting
    var head = ResponseHead()
    /// Messages that were taken.
    private(set) var messageCount = 0

    /// Whether the server showed that it works on the call: it may not be sent again.
    var hasBegun: Bool { phase != .waiting }

    /// A header list ended. A status: the call fails at once.
    mutating func fieldsEnded(_ kind: HTTP2FieldsKind, isTooLarge: Bool) -> RPCStatus? {
        guard kind != .informational else { return nil }
        if isTooLarge { return RPCStatus(.resourceExhausted, "the server's header list is larger than the limit") }
        switch kind {
        case .response where phase == .waiting:
            let isPlain = head.httpStatus == 200 && head.isGRPC && head.status == .missing
            phase = isPlain ? .messages : .statusOnly
            if isPlain, head.encoding == .other {
                return RPCStatus(.internal, "the server compresses in a way that was not offered")
            }
            return nil
        case .trailers where phase == .messages:
            phase = .trailers
            return nil
        default:
            return RPCStatus(.internal, "the server sent a header list out of turn")
        }
    }

    /// What body bytes mean.
    enum BodyOutcome: Equatable {
        case take
        /// The body of something that is not gRPC.
        case ignore
        case fail(RPCStatus)
    }

    func bodyReceived() -> BodyOutcome {
        switch phase {
        case .messages: .take
        case .statusOnly:
            head.status == .missing
                ? .ignore : .fail(RPCStatus(.internal, "the server sent a message after its status"))
        case .waiting, .trailers: .fail(RPCStatus(.internal, "the server sent a message out of turn"))
        }
    }

    mutating func messageTaken() { messageCount += 1 }

    /// The stream ended in order. `isUnary`: OK needs exactly one message.
    func ended(isUnary: Bool, hasMessage: Bool) -> RPCStatus {
        let outcome = head.outcome
        guard outcome.code == .ok, isUnary, !hasMessage else { return outcome }
        return RPCStatus(.internal, "the server answered OK without a message")
    }
}
