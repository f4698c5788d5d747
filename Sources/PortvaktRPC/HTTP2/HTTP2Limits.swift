public import NIOCore

/// Every limit of one HTTP/2 connection. Over a limit the stream or the connection ends, and the event is counted.
public struct HTTP2Limits: Sendable, Equatable {
    /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS, RFC 9113 section 5.1.2). Streams.
    public var maxConcurrentStreams = 256
    /// Uncompressed size of one header list: names + values + 32 for each field (RFC 9113 section 6.5.2). Bytes.
    public var maxHeaderListSize = 16 * 1024
    /// Header list size at which the whole connection is cut as an attack (HPACK bomb). Bytes.
    public var maxHeaderListSizeBeforeCut = 256 * 1024
    /// CONTINUATION frames after one HEADERS frame. Frames.
    public var maxContinuations = 8
    /// Flow-control window of each stream that we grant the peer. Bytes.
    public var streamWindow = 256 * 1024
    /// Flow-control window of the connection that we grant the peer. Bytes.
    public var connectionWindow = 1024 * 1024
    /// Bytes that may wait for the peer's window or socket in one stream's outbox before `send` says "not writable".
    public var outboxHighWater = 64 * 1024
    /// Acknowledgements (PING, SETTINGS) that may wait for a peer that does not read. Frames.
    public var maxOutboundAcknowledgements = 256
    /// PING frames from the peer: burst and refill per second.
    public var pings = Rate(burst: 64, perSecond: 8)
    /// SETTINGS frames from the peer.
    public var settings = Rate(burst: 16, perSecond: 1)
    /// Streams reset by the peer (rapid reset, CVE-2023-44487).
    public var peerResets = Rate(burst: 1024, perSecond: 64)
    /// Streams that the peer makes us reset by breaking the protocol on them (CVE-2025-8671).
    public var provokedResets = Rate(burst: 64, perSecond: 4)
    /// DATA frames without bytes and without END_STREAM, and PRIORITY frames.
    public var emptyFrames = Rate(burst: 256, perSecond: 32)
    /// WINDOW_UPDATE frames beyond one for each DATA frame that we sent.
    public var windowUpdates = Rate(burst: 4096, perSecond: 1024)
    /// Silence after which we send a keepalive PING.
    public var keepaliveInterval: TimeAmount = .seconds(60)
    /// Time in which a keepalive PING must be answered, or the connection is cut.
    public var keepaliveTimeout: TimeAmount = .seconds(20)

    /// A token bucket: `burst` events at once, refilled with `perSecond`.
    public struct Rate: Sendable, Equatable {
        public var burst: Int
        public var perSecond: Int

        public init(burst: Int, perSecond: Int) {
            self.burst = burst
            self.perSecond = perSecond
        }
    }

    public init() {}

    /// The values above.
    public static let defaults = HTTP2Limits()
}
