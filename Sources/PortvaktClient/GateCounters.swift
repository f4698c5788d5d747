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
    private let counts = Mutex(Gate.Statistics())

    var statistics: Gate.Statistics { counts.withLock { $0 } }

    func count(_ ruling: Ruling) { counts.withLock { $0.add(ruling) } }

    func count(_ rulings: some Sequence<Ruling>) {
        counts.withLock { counts in
            for ruling in rulings { counts.add(ruling) }
        }
    }
}

extension Gate.Statistics {
    fileprivate mutating func add(_ ruling: Ruling) {
        switch ruling {
        case .allowed(let receipt):
            allowed += 1
            if receipt.isReused { reused += 1 }
        case .refused(.denied), .refused(.notFound): denied += 1
        case .refused(.unrecorded): unrecorded += 1
        case .refused(.unanswered(let why)): unanswered[why.kind, default: 0] += 1
        }
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
