internal import HashTreeCollections

/// What ties the actor to the object (step 4).
struct Links: OptionSet {
    let rawValue: UInt16

    static let holder = Links(rawValue: 1)
    static let logGrant = Links(rawValue: 2)
    static let planGrant = Links(rawValue: 4)
    static let invited = Links(rawValue: 8)
    static let subject = Links(rawValue: 16)
    /// Holds a known authority that gives rights now.
    static let authority = Links(rawValue: 32)
    /// Holds an authority that is unknown or pending.
    static let unknownAuthority = Links(rawValue: 64)
    /// Works in the unit that has omsorg.
    static let omsorg = Links(rawValue: 128)
    static let handover = Links(rawValue: 256)
    /// A claim that the question states; an outsider can make one too.
    static let claim = Links(rawValue: 512)

    /// A link that stands in the records.
    var isRecorded: Bool { !subtracting(.claim).isEmpty }
}

/// The steps of a decision, in order.
enum Step: UInt8, CaseIterable {
    case system = 1, actor, locks, state, rule, basis, entry, obligations

    var name: String { "step.\(rawValue).\(self)" }
}

/// One evaluation: everything looked up once, the steps taken in order, what they found gathered.
///
/// A class, so that no call copies what has been gathered; it is used by one thread and never outlives its call.
final class Evaluation<Trace: Tracer> {
    // The caller's values, read in place: an evaluation never outlives the call that it is made in, and copying them
    // would retain every field of theirs.
    private let questionPointer: UnsafePointer<Question>
    private let systemPointer: UnsafePointer<AskingSystem>
    private let statePointer: UnsafePointer<Snapshot>
    var question: Question { @inline(__always) unsafeAddress { questionPointer } }
    var system: AskingSystem { @inline(__always) unsafeAddress { systemPointer } }
    var state: Snapshot { @inline(__always) unsafeAddress { statePointer } }
    let tables: PolicyTables
    let at: Instant
    /// The local date of `at`.
    let today: (year: Int, month: Int, day: Int)
    /// When the next local date begins: no birthday comes before it.
    let midnight: Instant
    let action: ActionRule
    var trace = Trace()

    // Who asks.
    var employment: Filed<Employment>?
    var unit: UnitFile?
    /// On whose behalf the employment works.
    var actorController: ControllerID?
    /// The acting human.
    var human: PersonID?
    var humanFile: PersonFile?
    /// Whose rights a person acts by: their own, or for a fullmektig the principal's.
    var viewer: PersonID?
    var proxyGrant: Filed<Grant>?

    // About what.
    var objectFound = false
    var caseFile: CaseFile?
    var meeting: Filed<Meeting>?
    var subject: PersonFile?

    // What ties them.
    var links: Links = []
    /// Indexes into the case's grants, or -1.
    var logGrant = -1
    var planGrant = -1
    var coordinatorGrant = -1
    /// A coordinator's grant stands there that Forvaltningstjenesten did not give.
    var hasUngivenCoordinator = false

    // What was found.
    var denies: [Reason] = []
    var refers: [Reason] = []
    var obligations: [Obligation] = []
    var evidence: [Evidence] = []
    var missing: [Missing] = []
    /// What holds this step's outcome back from an outsider whatever the link: protected, hidden.
    var concealed = false
    var emergencyMinutes: UInt32?
    var holdsUntil: Instant

    init(
        _ question: UnsafePointer<Question>, by system: UnsafePointer<AskingSystem>, in state: UnsafePointer<Snapshot>,
        under profile: (tables: PolicyTables, until: Instant), at: Instant, isForesight: Bool = false
    ) {
        let (tables, until) = profile
        questionPointer = question
        systemPointer = system
        statePointer = state
        self.tables = tables
        self.at = at
        let date = OsloTime.date(at: at)
        today = date.components
        midnight = OsloTime.startOfDay(CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1))
        action = tables.rule(for: question.pointee.action)
        // Foresight asks when a fact ends it; an answer to a caller is never relied on longer than the profile says.
        let longest = at.advanced(byMilliseconds: Int64(tables.limits.decisionMaxAgeSeconds) * 1000)
        holdsUntil = isForesight ? until : min(until, longest)
    }

    /// Takes the steps in order and makes the decision.
    /// - Throws: when a rule could not be evaluated.
    func run(failing: Bool = false) throws(EvaluationFailure) -> Decision {
        resolve()
        take(.system) { $0.checkSystem() }
        if isStopped { return decision(endedBy: .system) }
        take(.actor) { $0.checkActor() }
        if isStopped { return decision(endedBy: .actor) }
        take(.locks) { $0.checkLocks() }
        if isStopped { return decision(endedBy: .locks) }
        take(.state) { $0.checkState() }
        if isStopped { return decision(endedBy: .state) }
        take(.rule) { $0.checkRule() }
        if isStopped { return decision(endedBy: .rule) }
        guard !failing else { throw EvaluationFailure() }
        var basis: Reason?
        take(.basis) { basis = $0.findBasis() }
        guard !isStopped, let basis else { return decision(endedBy: .basis) }
        take(.entry) { $0.checkEntry(on: basis) }
        if isStopped { return decision(endedBy: .entry) }
        take(.obligations) { $0.addObligations(to: basis) }
        return allowed(by: basis)
    }

    private func take(_ step: Step, _ body: (Evaluation) -> Void) {
        trace.open(step.name, sources: [])
        body(self)
        trace.close(denies.isEmpty ? (refers.isEmpty ? nil : .unknown) : .fails, reason: denies.first ?? refers.first)
    }

    var isStopped: Bool { !denies.isEmpty || !refers.isEmpty }
}

/// A rule that could not be evaluated: a deny with its own reason.
struct EvaluationFailure: Error {}

// MARK: - Gathering

extension Evaluation {
    /// A rule stops the request.
    func deny(_ reason: Reason, _ rule: Rule) {
        if !denies.contains(reason) { denies.append(reason) }
        trace.note(rule, .fails, reason: reason, evidence: nil, in: tables)
    }

    /// A fact is unknown or contested: a human must decide.
    func refer(_ reason: Reason, _ rule: Rule) {
        if !refers.contains(reason) { refers.append(reason) }
        trace.note(rule, .unknown, reason: reason, evidence: nil, in: tables)
    }

    /// A rule was looked at and holds.
    func pass(_ rule: Rule) { trace.note(rule, .holds, reason: nil, evidence: nil, in: tables) }

    func add(_ obligation: Obligation) {
        if !obligations.contains(obligation) { obligations.append(obligation) }
    }

    func use<Record>(_ kind: RecordKind, _ id: Identifier, _ filed: Filed<Record>) {
        let piece = Evidence(kind: kind, id: id, version: filed.version)
        if evidence.isEmpty { evidence.reserveCapacity(8) }
        if !evidence.contains(piece) { evidence.append(piece) }
    }

    /// The answer depends on a fact that changes at this instant.
    func depends(on change: Instant) {
        if at < change, change < holdsUntil { holdsUntil = change }
    }

    func depends(on validity: Validity) {
        depends(on: validity.from)
        depends(on: validity.until)
    }
}

// MARK: - The decision

extension Evaluation {
    private func allowed(by basis: Reason) -> Decision {
        Decision(
            effect: .allow, reasons: [basis], external: .allow, obligations: obligations, evidence: evidence,
            subject: subject?.person.record.id, caseID: caseFile?.caseRecord.record.id,
            controller: matterController, unit: unit?.unit.record.id, role: employment?.record.role,
            emergencyMinutes: emergencyMinutes, holdsUntil: holdsUntil)
    }

    /// In each step a deny goes before a refer.
    private func decision(endedBy step: Step) -> Decision {
        var reasons = denies + refers
        if reasons.isEmpty { reasons = [.denyEvaluationError] }
        let external = external(step, reasons[0])
        let isHidden = external == .not_found
        return Decision(
            effect: reasons[0].effect, reasons: reasons, external: external, obligations: isHidden ? [] : obligations,
            evidence: evidence, missing: isHidden ? [] : missing, subject: subject?.person.record.id,
            caseID: caseFile?.caseRecord.record.id, controller: matterController,
            unit: unit?.unit.record.id, role: employment?.record.role,
            // An outsider's answer must not tell by its lifetime whether there was something to look at.
            holdsUntil: isHidden ? at : holdsUntil)
    }

    /// What an outsider is told (rules section 6): for whatever ends before step 5 without a link, nothing is there.
    private func external(_ step: Step, _ primary: Reason) -> ExternalAnswer {
        if step == .system || concealed || primary == .denyNotFound { return .not_found }
        if links.isRecorded { return .deny }
        // A person without a link, and another controller's employee, are outsiders whatever stops them.
        if employment == nil || actorController != matterController { return .not_found }
        if step.rawValue >= Step.rule.rawValue { return .deny }
        return isTellingOwn && step == .locks ? .deny : .not_found
    }

    /// Who tells what their own service knows is no outsider to it: they learn that the recipient is barred.
    private var isTellingOwn: Bool {
        question.action == .disclose && employment != nil && actorController == matterController && !isSecret
    }

    /// The controller whose matter it is.
    var matterController: ControllerID? {
        if let caseFile { return caseFile.caseRecord.record.controller }
        if case .controller(let id) = question.object { return id }
        if let convener = meeting.flatMap({ state.employments[$0.record.convenedBy] }) {
            return controller(of: convener)
        }
        return actorController
    }

    func controller(of employment: Filed<Employment>) -> ControllerID? {
        employment.record.forController
            ?? state.units[employment.record.unit]?.unit.record.controller
    }
}
