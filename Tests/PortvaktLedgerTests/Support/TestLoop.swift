import PortvaktLedger
import Synchronization

/// A loop that the test turns by hand: what a lane delivers runs when the test says so, on the test's thread.
final class TestLoop: Sendable {
    private let work = Locked<[@Sendable () -> Void]>([])
    private let delivered = Atomic(0)

    /// How many times something was delivered.
    var deliveries: Int { delivered.load(ordering: .acquiring) }

    func enqueue(_ one: @escaping @Sendable () -> Void) {
        delivered.add(1, ordering: .acquiringAndReleasing)
        work.withLock { $0.append(one) }
    }

    /// Runs what has been delivered, until the condition holds or ten seconds have gone.
    func turn(until condition: () -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition() {
            if ContinuousClock.now > deadline { return false }
            let now = work.withLock { work in
                defer { work = [] }
                return work
            }
            for one in now { one() }
            if now.isEmpty { sleepShortly() }
        }
        return true
    }
}

/// What the lanes of a test were answered.
final class Answers: Sendable {
    private let all = Locked<[CommitLane.Outcome]>([])

    func add(_ outcome: CommitLane.Outcome) { all.withLock { $0.append(outcome) } }
    var outcomes: [CommitLane.Outcome] { all.withLock { $0 } }
    var count: Int { all.withLock { $0.count } }
    var durable: [DurableEntry] { outcomes.compactMap { try? $0.get() } }
    var failures: [LedgerFailure] {
        outcomes.compactMap { if case .failure(let failure) = $0 { failure } else { nil } }
    }
}
