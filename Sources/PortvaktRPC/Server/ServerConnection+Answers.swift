internal import NIOCore
internal import Synchronization

// What handlers answer: responses go out here. Everything waits for the flush.
extension ServerConnection {
    func respond(_ stream: ServerStream, _ message: UnsafeRawBufferPointer) {
        if let refusal = refusal(ofMessage: message.count) { return fail(stream, refusal) }
        switch unsafe stream.state.respond() {
        case .ignored: return
        case .headMessageEnd:
            unsafe append(stream, message)
            end(stream)
            session?.submitResponse(stream, constant: ConstantFields.response)
        case .message:
            unsafe append(stream, message)
            end(stream)
            session?.resume(stream)
        default: return fail(stream, Self.wrongCount)
        }
        markDirty()
    }

    func send(_ stream: ServerStream, _ message: UnsafeRawBufferPointer) -> Bool {
        if let refusal = refusal(ofMessage: message.count) {
            overrule(stream, refusal)
            return false
        }
        switch unsafe stream.state.send() {
        case .ignored: return false
        case .headMessage:
            unsafe append(stream, message)
            session?.submitResponse(stream, constant: ConstantFields.response)
        case .message:
            unsafe append(stream, message)
            session?.resume(stream)
        default:
            overrule(stream, Self.wrongCount)
            return false
        }
        markDirty()
        guard stream.outbox.readableBytes < shared.http2.outboxHighWater else {
            stream.wantsWritable = true
            return false
        }
        return true
    }

    func finish(_ stream: ServerStream) {
        switch unsafe stream.state.finish() {
        case .ignored: return
        case .headEnd:
            end(stream)
            session?.submitResponse(stream, constant: ConstantFields.response)
        case .end:
            end(stream)
            session?.resume(stream)
        default: return fail(stream, Self.wrongCount)
        }
        markDirty()
    }

    /// The handler ends its call with a status; it waits for nothing more.
    func fail(_ stream: ServerStream, _ status: RPCStatus) { fail(stream, status, as: .answered) }

    /// The server ends a call that its handler has not ended: the handler is told as of a cancellation, so that it gives
    /// back what it holds for the call.
    func overrule(_ stream: ServerStream, _ status: RPCStatus) { fail(stream, status, as: .overruled) }

    private func fail(_ stream: ServerStream, _ status: RPCStatus, as parting: ServerCall.Parting) {
        // OK without a message is not an answer that a handler may give by mistake.
        let status = status.code == .ok ? RPCStatus(.internal, "the handler failed with OK") : status
        switch unsafe stream.state.fail() {
        case .trailersOnly:
            session?.submitResponse(stream, fields: Self.trailersOnly(status), hasBody: false)
        case .trailers:
            var fields = HTTP2Fields()
            Self.append(status, to: &fields)
            stream.trailers = .fields(fields)
            stream.outboxFinished = true
            session?.resume(stream)
        default: return
        }
        shared.counters.ended(status.code)
        detach(stream, as: parting)
        markDirty()
    }

    /// The time of a call is up: its handler is told, its caller gets DEADLINE_EXCEEDED.
    func expire(_ stream: ServerStream) {
        if let page = stream.page { return expirePage(page) }
        let call = stream.call
        stream.call = nil
        call?.detach(as: .cancelled)
        stream.deadline = .distantFuture
        fail(stream, RPCStatus(.deadlineExceeded, "the deadline passed before the answer was ready"))
    }

    private func end(_ stream: ServerStream) {
        stream.outboxFinished = true
        stream.trailers = .ok
        shared.counters.ended(.ok)
        detach(stream, as: .answered)
    }

    private func detach(_ stream: ServerStream, as parting: ServerCall.Parting) {
        stream.deadline = .distantFuture
        let call = stream.call
        stream.call = nil
        call?.detach(as: parting)
    }

    private func append(_ stream: ServerStream, _ message: UnsafeRawBufferPointer) {
        if stream.outbox.readableBytes == 0 { stream.outbox.clear() }
        unsafe MessageFraming.write(message, into: &stream.outbox)
        queued += MessageFraming.prefixLength + message.count
    }

    /// Why an answer of this many bytes cannot be queued; nil when it can.
    private func refusal(ofMessage count: Int) -> RPCStatus? {
        if count > shared.limits.maxResponseMessage {
            return RPCStatus(.resourceExhausted, "the answer is larger than the server's limit; ask for less")
        }
        guard hasRoom(for: count) else {
            return RPCStatus(.resourceExhausted, "too much waits for the connection to be read; read it")
        }
        return nil
    }

    /// Whether an answer of this many bytes may wait for the peer's windows, beside what waits already. Counts when not.
    func hasRoom(for count: Int) -> Bool {
        let unsent = unsent
        let others = (account?.unsent.load(ordering: .relaxed) ?? 0) - unsentTold
        if unsent + count <= shared.limits.maxUnsentPerConnection,
            others + unsent + count <= shared.limits.maxUnsentPerCaller
        {
            return true
        }
        shared.counters.count(.unsentExhausted)
        return false
    }

    /// Response bytes that wait for the peer's windows, or over HTTP/1.1 for its socket. Bytes.
    var unsent: Int { http1 == nil ? queued - (session?.framedBytes ?? queued) : queued }

    /// Tells the caller's other connections how much waits here.
    func tellUnsent(_ unsent: Int) {
        guard unsent != unsentTold, let account else { return }
        account.unsent.wrappingAdd(unsent - unsentTold, ordering: .relaxed)
        unsentTold = unsent
    }

    private static let wrongCount = RPCStatus(.internal, "the handler did not send exactly one message")

    /// A response that is nothing but a status (PROTOCOL-HTTP2.md, "Trailers-Only").
    static func trailersOnly(_ status: RPCStatus) -> HTTP2Fields {
        var fields = HTTP2Fields()
        fields.append(":status", "200")
        fields.append("content-type", "application/grpc")
        append(status, to: &fields)
        return fields
    }

    private static func append(_ status: RPCStatus, to fields: inout HTTP2Fields) {
        fields.append("grpc-status", String(status.code.rawValue))
        if !status.message.isEmpty { fields.append("grpc-message".utf8, PercentEncoding.encode(status.message)) }
        if !status.details.isEmpty {
            fields.append("grpc-status-details-bin".utf8, Base64.encode(status.details), isSensitive: true)
        }
    }
}
