internal import NIOCore

/// TLS on a NIO channel: ciphertext towards the socket, plaintext towards the next handler.
///
/// Reads are decrypted at once. Writes are encrypted at once and leave as one buffer at the next flush, so that many
/// writes cost one system call.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Fired as a user event once, before any plaintext.
    struct HandshakeCompleted {
        let peer: UnverifiedPeer
        /// The peer chose HTTP/1.1; otherwise it is HTTP/2.
        var isHTTP1 = false
    }

    private enum State {
        case idle
        case handshaking
        case open
        case closed
    }

    private let tlsContext: TLSContext
    private let serverName: String?
    private let handshakeTimeout: TimeAmount
    private var state = State.idle
    private var connection: TLSConnection?
    private var timeout: Scheduled<Void>?
    private var plaintext = ByteBuffer()
    private var ciphertext = ByteBuffer()

    init(context: TLSContext, serverName: String? = nil, handshakeTimeout: TimeAmount) {
        self.tlsContext = context
        self.serverName = serverName
        self.handshakeTimeout = handshakeTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        plaintext = context.channel.allocator.buffer(capacity: TLSConnection.recordSize)
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state == .handshaking { context.fireErrorCaught(TLSError.handshakeFailed("the peer hung up")) }
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        state = .closed
        timeout?.cancel()
        timeout = nil
        connection = nil
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard state == .idle else { return }
        state = .handshaking
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: handshakeTimeout) {
            let (handler, context) = bound.value
            if handler.state == .handshaking { handler.fail(context, .handshakeTimedOut) }
        }
        do throws(TLSError) {
            connection = try TLSConnection(context: tlsContext, serverName: serverName)
        } catch {
            return fail(context, error)
        }
        shakeHands(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection, state != .closed else { return }
        do throws(TLSError) {
            try connection.feed(Self.unwrapInboundIn(data))
        } catch {
            return fail(context, error)
        }
        if state == .handshaking { shakeHands(context) }
        if state == .open { readPlaintext(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // OpenSSL answers a key update by itself (RFC 8446 section 4.6.3). It must reach the socket, whose high-water
        // mark then bounds what a peer that only asks for keys can make us hold.
        if state == .open { sendCiphertext(context) }
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        guard let connection else { return }
        do throws(TLSError) {
            let progress = try connection.handshake()
            sendCiphertext(context)
            guard case .done = progress else { return }
        } catch {
            return fail(context, error)
        }
        state = .open
        timeout?.cancel()
        timeout = nil
        context.fireUserInboundEventTriggered(HandshakeCompleted(peer: connection.peer, isHTTP1: connection.isHTTP1))
    }

    private func readPlaintext(_ context: ChannelHandlerContext) {
        while state == .open, let connection {
            var buffer = plaintext
            plaintext = ByteBuffer()
            buffer.clear()
            do throws(TLSError) {
                guard let count = try connection.read(into: &buffer, limit: TLSConnection.recordSize) else {
                    context.close(promise: nil)
                    return
                }
                if count == 0 {
                    plaintext = buffer
                    return
                }
            } catch {
                return fail(context, error)
            }
            context.fireChannelRead(Self.wrapInboundOut(buffer))
            // The next handler has copied what it keeps: the storage is ours again and is reused.
            plaintext = buffer
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state == .open, let connection else {
            promise?.fail(TLSError.notOpen)
            return
        }
        do throws(TLSError) {
            try connection.write(Self.unwrapOutboundIn(data))
        } catch {
            promise?.fail(error)
            return fail(context, error)
        }
        if let promise {
            var buffer = context.channel.allocator.buffer(capacity: connection.outputSize)
            connection.takeOutput(into: &buffer)
            context.write(Self.wrapOutboundOut(buffer), promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        writeCiphertext(context)
        context.flush()
    }

    /// Says goodbye first. With `.output` what still comes is thrown away unread until the peer closes too.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if state == .open, let connection {
            connection.shutdown()
            sendCiphertext(context)
        }
        end()
        context.close(mode: mode, promise: promise)
    }

    private func writeCiphertext(_ context: ChannelHandlerContext) {
        guard let connection, connection.outputSize > 0 else { return }
        // When the socket took the last buffer whole, its storage is ours alone again and `clear` keeps it.
        ciphertext.clear()
        connection.takeOutput(into: &ciphertext)
        context.write(Self.wrapOutboundOut(ciphertext), promise: nil)
    }

    private func sendCiphertext(_ context: ChannelHandlerContext) {
        guard let connection, connection.outputSize > 0 else { return }
        writeCiphertext(context)
        context.flush()
    }

    private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard state != .closed else { return }
        sendCiphertext(context)  // the alert, if OpenSSL made one
        end()
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }
}
