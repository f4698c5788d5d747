/// Decides. Pure: the same question, state, profile and instant give the same decision, byte for byte.
public enum Engine {
    /// May this actor, at this instant, do this action on this object, for this purpose — and on what basis?
    ///
    /// - Parameters:
    ///   - by: what the calling system is trusted for.
    ///   - at: the instant that is decided for.
    public static func decide(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile,
        at instant: Instant
    ) -> Decision {
        Decision(effect: .deny, reasons: [.denyEvaluationError], external: .not_found, holdsUntil: instant)
    }
}

extension Engine {
    /// The same function with everything that it considered.
    public static func explain(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile,
        at instant: Instant
    ) -> (decision: Decision, explanation: Explanation) {
        (decide(question, asked: by, in: state, under: profile, at: instant), Explanation())
    }
}
