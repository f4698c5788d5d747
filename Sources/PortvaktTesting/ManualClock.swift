public import PortvaktCore
public import PortvaktServer
internal import Synchronization

/// A clock that a test sets.
public final class ManualClock: Clock {
    private let instant: Mutex<Instant>

    public init(_ instant: Instant) { self.instant = Mutex(instant) }

    public func now() -> Instant { instant.withLock { $0 } }

    /// Sets the time, also backwards: a test asks for any instant.
    public func set(_ instant: Instant) { self.instant.withLock { $0 = instant } }

    public func advance(byMilliseconds delta: Int64) {
        instant.withLock { $0 = $0.advanced(byMilliseconds: delta) }
    }
}
