internal import NIOCore

// Calls go on: messages of streams are handed to their receivers, and the room that they took is given back.
extension ClientCore {
    /// Takes what is complete of the messages received.
    func takeMessages(_ call: ClientCall) {
        let limit = configuration.maxResponseMessage
        if call.isUnary {
            guard call.deframer.bufferedBytes > limit + MessageFraming.prefixLength else { return }
            return end(call, MessageError.tooLarge(limit: limit).status)
        }
        var deframer = MessageDeframer(maxMessageSize: limit)
        swap(&deframer, &call.deframer)
        let generation = call.generation
        do throws(MessageError) {
            while call.isLive, call.generation == generation {
                let taken = try unsafe deframer.withNext { isCompressed, bytes in
                    Result { () throws(MessageError) in try unsafe deliver(call, bytes, isCompressed) }
                }
                guard let taken else { break }
                try taken.get()
            }
        } catch {
            end(call, error.status)
        }
        if call.generation == generation { swap(&deframer, &call.deframer) }
    }

    private func deliver(
        _ call: ClientCall, _ bytes: UnsafeRawBufferPointer, _ isCompressed: Bool
    ) throws(MessageError) {
        let window = MessageFraming.prefixLength + bytes.count
        if call.windowReceiver != nil { call.held += window }
        guard isCompressed else { return unsafe hand(call, bytes, window: window) }
        let plain = try unsafe decompress(call, bytes)
        unsafe plain.withUnsafeReadableBytes { unsafe hand(call, $0, window: window) }
    }

    private func hand(_ call: ClientCall, _ message: UnsafeRawBufferPointer, window: Int) {
        if let receiver = call.windowReceiver {
            unsafe receiver.rpcMessage(message, window: window)
        } else {
            unsafe call.receiver?.rpcMessage(message, token: call.token)
        }
    }

    func decompress(_ call: ClientCall, _ bytes: UnsafeRawBufferPointer) throws(MessageError) -> ByteBuffer {
        guard call.response.head.encoding == .gzip else { throw .unexpectedCompression }
        return try unsafe Gzip.decompress(bytes, limit: configuration.maxResponseMessage)
    }

    /// The receiver has taken messages of a call that grants its window itself: the sum of their windows.
    func grant(_ handle: RPCCallHandle, bytes: Int) {
        guard handle.call.generation == handle.generation, let connection = handle.call.connection else { return }
        handle.call.held = max(handle.call.held - bytes, 0)
        connection.grant(handle.call)
    }
}
