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
        guard let (tables, until) = tables(of: profile, in: state, at: instant) else { return failed(at: instant) }
        var evaluation = Evaluation(
            question, by: by, in: state, under: tables, until: until, at: instant)
        defer { keep(question, by, state) }
        return evaluation.run(failing: false)
    }

    /// The same function with everything that it considered.
    ///
    /// - Parameter failing: a rule of the basis fails while it is evaluated: for tests of what then happens.
    public static func explain(
        _ question: Question, asked by: AskingSystem, in state: Snapshot, under profile: PolicyProfile,
        at instant: Instant,
        failing: Bool = false
    ) -> (decision: Decision, explanation: Explanation) {
        guard let (tables, until) = tables(of: profile, in: state, at: instant) else {
            return (failed(at: instant), Explanation())
        }
        let trace = Trace(tables)
        var evaluation = Evaluation(
            question, by: by, in: state, under: tables, until: until, at: instant, trace: trace)
        defer { keep(question, by, state) }
        let decision = evaluation.run(failing: failing)
        return (decision, trace.finish())
    }

    /// The decision with `holdsUntil` set by the facts alone: until when it would come out so if nothing is registered.
    static func foresee(
        _ question: Question, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> Decision {
        guard let (tables, until) = tables(of: profile, in: state, at: instant) else { return failed(at: instant) }
        let by = foresight
        var evaluation = Evaluation(
            question, by: by, in: state, under: tables, until: until, at: instant, isForesight: true)
        defer { keep(question, by, state) }
        return evaluation.run(failing: false)
    }

    /// What decides at an instant, and until when it does: until the profile's next edition, or another profile is in force.
    private static func tables(
        of profile: PolicyProfile, in state: Snapshot, at instant: Instant
    ) -> (tables: PolicyTables, until: Instant)? {
        guard let (tables, until) = profile.tables(at: instant) else { return nil }
        guard !state.tables.profileActivations.isEmpty else { return (tables, until) }
        return (tables, min(until, state.tables.nextProfile(than: profile.hash, after: instant)))
    }

    /// An evaluation reads these in place: they live until it is over.
    @inline(__always)
    private static func keep(_ question: Question, _ system: AskingSystem, _ state: Snapshot) {
        extendLifetime(question)
        extendLifetime(system)
        extendLifetime(state)
    }

    /// The service itself, where it asks or proposes: no record of a system is looked at.
    static let ownSystem: SystemID = {
        guard let id = try? SystemID("portvakt") else { preconditionFailure("the service's own id is an identifier") }
        return id
    }()

    private static let foresight = AskingSystem(id: ownSystem)

    /// The answer where a rule could not be evaluated: it closes, and holds for no time.
    public static func failed(at instant: Instant) -> Decision {
        Decision(effect: .deny, reasons: [.denyEvaluationError], external: .deny, holdsUntil: instant)
    }
}
