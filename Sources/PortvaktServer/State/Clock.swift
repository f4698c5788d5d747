public import PortvaktCore
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where the service takes the time from. One clock, injected: decisions, records and logs share it.
public protocol Clock: Sendable {
    /// The instant now. Never earlier than an instant given before.
    func now() -> Instant
    /// Gives no instant before this one from now on.
    func reach(_ instant: Instant)
    /// By how much the machine's clock is behind the instant that is given: as long as it is, the time stands still. Milliseconds.
    var millisecondsBehind: Int64 { get }
}

/// A clock that a test sets goes where the test wants it.
extension Clock {
    public func reach(_ instant: Instant) {}
    public var millisecondsBehind: Int64 { 0 }
}

/// The wall clock, guarded against stepping back: an answer must not be decided for an earlier instant than one before.
///
/// When the machine's clock is set back, the time stands still until the clock has caught up. ``stepsBack`` counts it.
public final class WallClock: Clock {
    private let latest = Atomic<Int64>(Int64.min)
    private let steps = Atomic<UInt64>(0)

    public init() {}

    public func now() -> Instant {
        let read = Self.milliseconds()
        let (earlier, latest) = latest.max(read, ordering: .relaxed)
        if earlier > read { steps.wrappingAdd(1, ordering: .relaxed) }
        return Instant(milliseconds: latest)
    }

    public func reach(_ instant: Instant) { latest.max(instant.milliseconds, ordering: .relaxed) }

    public var millisecondsBehind: Int64 {
        let (latest, read) = (latest.load(ordering: .relaxed), Self.milliseconds())
        return latest > read ? latest - read : 0
    }

    /// How many readings came out earlier than one before.
    public var stepsBack: UInt64 { steps.load(ordering: .relaxed) }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
