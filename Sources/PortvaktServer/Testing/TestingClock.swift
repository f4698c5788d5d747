internal import PortvaktCore
internal import Synchronization

/// A clock that the caller of a test sets: it stands still then, also backwards in time.
final class TestingClock: Clock {
    private let set = Mutex<Instant?>(nil)
    private let machine = WallClock()

    func now() -> Instant { set.withLock { $0 } ?? machine.now() }

    /// - Parameter instant: `nil`: it runs with the machine's own.
    func stand(at instant: Instant?) { set.withLock { $0 = instant } }
}
