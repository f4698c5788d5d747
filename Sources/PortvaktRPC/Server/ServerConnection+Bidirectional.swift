internal import NIOCore

// Calls with any number of request messages.
extension ServerConnection {
    /// Hands over the complete messages, as long as the caller reads what was answered to those before; then the end.
    func takeMessages(_ stream: ServerStream) {
        do throws(MessageError) {
            while unsafe stream.state.wantsBody, !stream.wantsWritable, let message = try stream.messages.next() {
                try handOver(message, stream)
            }
            guard unsafe stream.state.wantsBody else { return }
            buffered += stream.messages.bufferedBytes - stream.buffered
            stream.buffered = stream.messages.bufferedBytes
            guard stream.receivedEnd, !stream.wantsWritable else { return }
            try stream.messages.finish()
        } catch {
            return refuse(stream, .message(error))
        }
        guard unsafe stream.state.requestEnded() else { return }
        if let call = stream.call { call.requestEnded() } else { finish(stream) }
    }

    private func handOver(_ message: MessageDeframer.Message, _ stream: ServerStream) throws(MessageError) {
        // Not the session's time: the message may have waited long for its caller to read.
        stream.headEndedAt = .now()
        var bytes = message.bytes
        if message.isCompressed {
            guard unsafe stream.head.encoding == .gzip else { throw .unexpectedCompression }
            let limit = shared.limits.maxRequestMessage
            bytes = try unsafe bytes.withUnsafeReadableBytes { raw in
                Result { () throws(MessageError) in try unsafe Gzip.decompress(raw, limit: limit) }
            }.get()
        }
        guard let call = stream.call, let index = unsafe stream.head.method else {
            return unsafe bytes.withUnsafeReadableBytes { unsafe start(stream, $0) }
        }
        let method = shared.methods.methods[index]
        unsafe bytes.withUnsafeReadableBytes { unsafe method.handler(call, $0) }
    }
}
