internal import PortvaktCore
internal import Synchronization

extension Gate {
    /// What the questions of a gate came to. Counts only: no id, no reason of a particular case.
    public struct Statistics: Sendable, Hashable {
        /// Recorded allows that could be used, those used again included.
        public var allowed: UInt64 = 0
        /// Allows that were used again while they held.
        public var reused: UInt64 = 0
        /// The server said no, or that there is no such thing, and recorded it.
        public var denied: UInt64 = 0
        /// The server could not record its decision.
        public var unrecorded: UInt64 = 0
        /// There was no answer to rely on, by the kind of failure: `deadline`, `unreachable`, `mismatch`, …
        public var unanswered: [String: UInt64] = [:]

        /// Every question that was asked.
        public var total: UInt64 { allowed + denied + unrecorded + unanswered.values.reduce(0, +) }
    }
}

/// Counts rulings.
final class GateCounters: Sendable {
    fileprivate let allowed = Atomic<UInt64>(0)
    private let reused = Atomic<UInt64>(0)
    private let denied = Atomic<UInt64>(0)
    private let unrecorded = Atomic<UInt64>(0)
    private let unanswered = Mutex<[String: UInt64]>([:])

    var statistics: Gate.Statistics {
        var statistics = Gate.Statistics()
        statistics.allowed = allowed.load(ordering: .relaxed)
        statistics.reused = reused.load(ordering: .relaxed)
        statistics.denied = denied.load(ordering: .relaxed)
        statistics.unrecorded = unrecorded.load(ordering: .relaxed)
        statistics.unanswered = unanswered.withLock { $0 }
        return statistics
    }

    func count(_ ruling: borrowing Ruling) {
        switch ruling {
        case .allowed(let receipt):
            allowed.wrappingAdd(1, ordering: .relaxed)
            if receipt.isReused { reused.wrappingAdd(1, ordering: .relaxed) }
        case .refused(.denied), .refused(.notFound): denied.wrappingAdd(1, ordering: .relaxed)
        case .refused(.unrecorded): unrecorded.wrappingAdd(1, ordering: .relaxed)
        case .refused(.unanswered(let why)): unanswered.withLock { $0[why.kind, default: 0] += 1 }
        }
    }
}

extension GateCounters {
    /// An allow that was counted has run out before it was used: it is counted as that instead.
    func countExpired() {
        allowed.wrappingSubtract(1, ordering: .relaxed)
        count(.refused(.unanswered(.expired)))
    }
}

extension Refusal.Unanswered {
    /// The kind of failure, without what it was about.
    public var kind: String {
        switch self {
        case .deadline: "deadline"
        case .cancelled: "cancelled"
        case .unreachable: "unreachable"
        case .status: "status"
        case .unintelligible: "unintelligible"
        case .mismatch: "mismatch"
        case .expired: "expired"
        case .obligations: "obligations"
        case .unknownObligation: "unknown_obligation"
        case .obligationFailed: "obligation_failed"
        case .badQuestion: "bad_question"
        }
    }
}
