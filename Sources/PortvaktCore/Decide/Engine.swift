/// Decides. Pure: the same question, state, profile and instant give the same decision, byte for byte.
public enum Engine {
    /// May this actor, at this instant, do this action on this object, for this purpose — and on what basis?
    ///
    /// - Parameters:
    ///   - by: what the calling system is trusted for.
    ///   - instant: the instant that is decided for.
    /// - Returns: the decision; what cannot be evaluated is `deny.evaluation_error`.
    public static func decide(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile,
        at instant: Instant
    ) -> Decision {
        evaluate(question, by, state, profile, instant, NoTrace.self, failing: false).decision
    }

    /// The same function with everything that it considered.
    ///
    /// - Parameter failing: a rule of the basis fails while it is evaluated: for tests of what then happens.
    public static func explain(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile,
        at instant: Instant,
        failing: Bool = false
    ) -> (decision: Decision, explanation: Explanation) {
        var (decision, trace) = evaluate(question, by, state, profile, instant, TreeTrace.self, failing: failing)
        return (decision, trace.finish())
    }

    /// The decision with `holdsUntil` set by the facts alone: until when it would come out so if nothing is registered.
    static func foresee(
        _ question: Question, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> Decision {
        let system = AskingSystem(id: foresightSystem)
        return evaluate(question, system, state, profile, instant, NoTrace.self, failing: false, isForesight: true)
            .decision
    }

    /// Foresight is asked by the service itself; no record of a system is looked at.
    private static let foresightSystem: SystemID = {
        guard let id = try? SystemID("portvakt") else { preconditionFailure("the service's own id is an identifier") }
        return id
    }()

    private static func evaluate<Trace: Tracer>(
        _ question: Question, _ system: AskingSystem, _ state: Snapshot, _ profile: PolicyProfile, _ instant: Instant,
        _ tracer: Trace.Type, failing: Bool, isForesight: Bool = false
    ) -> (decision: Decision, trace: Trace) {
        guard let tables = profile.tables(at: instant) else { return (failed(at: instant), Trace()) }
        return withUnsafePointer(to: question) { question in
            withUnsafePointer(to: system) { system in
                withUnsafePointer(to: state) { state in
                    var evaluation = Evaluation<Trace>(
                        question, by: system, in: state, under: tables, at: instant, isForesight: isForesight)
                    let decision = try? evaluation.run(failing: failing)
                    return (decision ?? failed(at: instant), evaluation.trace)
                }
            }
        }
    }

    /// The answer where a rule could not be evaluated: it closes, and holds for no time.
    public static func failed(at instant: Instant) -> Decision {
        Decision(effect: .deny, reasons: [.denyEvaluationError], external: .deny, holdsUntil: instant)
    }
}
