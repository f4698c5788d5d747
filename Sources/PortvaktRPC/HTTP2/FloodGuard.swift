internal import NIOCore

/// Watches the frames of one connection for floods. Knows frame types and limits, nothing else; no I/O.
struct FloodGuard {
    /// Frame types (RFC 9113 section 6).
    enum FrameType {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    private static let endStream: UInt8 = 0x1
    private static let acknowledgement: UInt8 = 0x1

    private let maxContinuations: Int
    private var continuations = 0
    private var pings: TokenBucket
    private var settings: TokenBucket
    private var peerResets: TokenBucket
    private var provokedResets: TokenBucket
    private var emptyFrames: TokenBucket
    private var windowUpdates: TokenBucket

    init(limits: HTTP2Limits, now: NIODeadline) {
        maxContinuations = limits.maxContinuations
        pings = TokenBucket(limits.pings, now: now)
        settings = TokenBucket(limits.settings, now: now)
        peerResets = TokenBucket(limits.peerResets, now: now)
        provokedResets = TokenBucket(limits.provokedResets, now: now)
        emptyFrames = TokenBucket(limits.emptyFrames, now: now)
        windowUpdates = TokenBucket(limits.windowUpdates, now: now)
    }

    /// Called with every frame header received. Returns the flood that this frame completes.
    mutating func received(type: UInt8, flags: UInt8, length: Int, now: NIODeadline) -> HTTP2Misbehaviour? {
        switch type {
        case FrameType.headers:
            continuations = 0
            return nil
        case FrameType.continuation:
            continuations += 1
            return continuations > maxContinuations ? .continuationFlood : nil
        case FrameType.data:
            guard length == 0, flags & Self.endStream == 0 else { return nil }
            return emptyFrames.take(now: now) ? nil : .emptyFrameFlood
        case FrameType.ping:
            guard flags & Self.acknowledgement == 0 else { return nil }
            return pings.take(now: now) ? nil : .pingFlood
        case FrameType.settings:
            guard flags & Self.acknowledgement == 0 else { return nil }
            return settings.take(now: now) ? nil : .settingsFlood
        case FrameType.resetStream: return peerResets.take(now: now) ? nil : .resetFlood
        case FrameType.windowUpdate: return windowUpdates.take(now: now) ? nil : .windowUpdateFlood
        default: return emptyFrames.take(now: now) ? nil : .emptyFrameFlood
        }
    }

    /// We sent DATA: one WINDOW_UPDATE in return is no flood.
    mutating func sentData() {
        windowUpdates.refund()
    }

    /// We reset a stream because the peer broke the protocol on it.
    mutating func wasProvoked(now: NIODeadline) -> HTTP2Misbehaviour? {
        provokedResets.take(now: now) ? nil : .provokedResetFlood
    }
}
