internal import PortvaktCore
internal import PortvaktLedger
internal import Synchronization

/// Counts decisions by effect, and those that could not be recorded.
final class DecisionCounters: Sendable {
    private let allowed = Atomic<UInt64>(0)
    private let denied = Atomic<UInt64>(0)
    private let referred = Atomic<UInt64>(0)
    private let notRecorded = Atomic<UInt64>(0)
    private let broken = Atomic<UInt64>(0)
    private let emergencies = Atomic<UInt64>(0)
    /// Emergency accesses and their reviews.
    let reviews = ReviewShelf()

    func count(_ verdict: Verdict) {
        guard let entry = verdict.entry else {
            notRecorded.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let decided = verdict.decided
        switch decided.record.decision.effect {
        case .allow: allowed.wrappingAdd(1, ordering: .relaxed)
        case .deny: denied.wrappingAdd(1, ordering: .relaxed)
        case .refer: referred.wrappingAdd(1, ordering: .relaxed)
        }
        let primary = decided.record.decision.primary
        if primary == .denyEvaluationError { broken.wrappingAdd(1, ordering: .relaxed) }
        if primary == .allowBreakGlass {
            emergencies.wrappingAdd(1, ordering: .relaxed)
            reviews.note(decided, entry)
        }
    }

    func write(to text: inout MetricsText) {
        text.add(
            "portvakt_decisions_total", .counter, "Recorded decisions, by effect.", by: "effect",
            [
                (Effect.allow.word, allowed.load(ordering: .relaxed)),
                (Effect.deny.word, denied.load(ordering: .relaxed)),
                (Effect.refer.word, referred.load(ordering: .relaxed)),
            ])
        text.add(
            "portvakt_decisions_unrecorded_total", .counter,
            "Decisions that could not be recorded and were answered with deny.unrecorded. Should be zero.",
            notRecorded.load(ordering: .relaxed))
        text.add(
            "portvakt_decisions_evaluation_error_total", .counter, "Decisions that ended in deny.evaluation_error.",
            broken.load(ordering: .relaxed))
        text.add(
            "portvakt_emergency_accesses_total", .counter, "Allows by emergency access.",
            emergencies.load(ordering: .relaxed))
    }
}
