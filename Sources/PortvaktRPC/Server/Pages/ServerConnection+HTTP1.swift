internal import NIOCore
internal import NIOHTTP1

// A connection whose peer chose HTTP/1.1.
extension ServerConnection {
    /// The peer is admitted: its requests go to an ``HTTP1Connection``, which stands behind this handler.
    func beginHTTP1(_ pipeline: ChannelPipeline) {
        let now = NIODeadline.now()
        let http1 = HTTP1Connection(self, now: now)
        do {
            try pipeline.syncOperations.addHandlers([
                HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), HTTPServerPipelineHandler(), http1,
            ])
        } catch {
            return close()
        }
        self.http1 = http1
        clock.opened(at: now, limits: shared.limits)
    }

    /// An answer of so many bytes waits for the socket until `taken`.
    func wrote(_ count: Int, until taken: EventLoopFuture<Void>) {
        queued += count
        tellUnsent(unsent)
        taken.assumeIsolated().whenComplete { _ in
            self.queued -= count
            if self.http1 != nil { self.tellUnsent(self.unsent) }
        }
    }

    func tickHTTP1(_ http1: HTTP1Connection, _ now: NIODeadline) {
        // Everything was said, and what the peer does now is nobody's slowness.
        guard clock.closeAt == nil else { return }
        let limits = shared.limits
        if let caller, shared.wallClock() > caller.peer.notAfter { return cut(.certificateExpired) }
        if let since = clock.unwritableSince, now - since > limits.stalledResponseTimeout {
            return cut(.unreadSocket)
        }
        if now - clock.checkedAt > limits.recheckInterval {
            clock.checkedAt = now
            recheck()
        }
        if now > clock.retireAt { http1.goAway() }
        http1.tick(now, limits)
    }
}
