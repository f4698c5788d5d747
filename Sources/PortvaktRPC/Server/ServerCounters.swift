internal import Synchronization

/// A server's counters. The frequent ones are atomics, the rare ones are behind a lock.
final class ServerCounters: Sendable {
    private struct Rare {
        var ended = [UInt64](repeating: 0, count: 17)
        var cancelled: UInt64 = 0
        var answered: [Int: UInt64] = [:]
        var events: [ServerEvent: UInt64] = [:]
    }

    let connectionsOpen = Atomic<Int>(0)
    let connectionsAccepted = Atomic<UInt64>(0)
    /// Calls that their handlers have let go of.
    let callsReleased = Atomic<UInt64>(0)
    let callsStarted = Atomic<UInt64>(0)
    let callsOK = Atomic<UInt64>(0)
    private let rare = Mutex(Rare())

    func count(_ event: ServerEvent) {
        rare.withLock { $0.events[event, default: 0] += 1 }
    }

    func ended(_ code: StatusCode) {
        if code == .ok {
            callsOK.wrappingAdd(1, ordering: .relaxed)
        } else {
            rare.withLock { $0.ended[Int(code.rawValue)] += 1 }
        }
    }

    func cancelled() {
        rare.withLock { $0.cancelled += 1 }
    }

    /// A page's request was answered.
    func answered(_ status: Int) {
        rare.withLock { $0.answered[status, default: 0] += 1 }
    }

    var snapshot: ServerMetrics {
        var metrics = ServerMetrics()
        metrics.connectionsOpen = connectionsOpen.load(ordering: .relaxed)
        metrics.connectionsAccepted = connectionsAccepted.load(ordering: .relaxed)
        // In this order, so that a call that is let go of in between does not make the difference negative.
        let released = callsReleased.load(ordering: .relaxed)
        metrics.callsStarted = callsStarted.load(ordering: .relaxed)
        metrics.callsOpen = Int(metrics.callsStarted &- min(released, metrics.callsStarted))
        rare.withLock {
            metrics.callsEnded = $0.ended
            metrics.callsCancelled = $0.cancelled
            metrics.events = $0.events
            metrics.pagesAnswered = $0.answered
        }
        metrics.callsEnded[0] = callsOK.load(ordering: .relaxed)
        return metrics
    }
}
