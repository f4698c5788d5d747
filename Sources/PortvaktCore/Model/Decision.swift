/// One piece of evidence that a decision rests on: a record's kind, its id, and how many times it had been registered.
public struct Evidence: Equatable, Sendable {
    public var kind: RecordKind
    public var id: Identifier
    /// The revision at which this version of the record was registered.
    public var version: Revision

    public init(kind: RecordKind, id: Identifier, version: Revision) {
        self.kind = kind
        self.id = id
        self.version = version
    }
}

/// What would have to be there for the answer to be an allow.
public enum Missing: Hashable, Sendable {
    /// A consent of this giver, for this purpose, naming this service or unit.
    case consent(from: Party, purpose: Purpose, service: Service?, unit: UnitID?)
    /// A grant on the case to the actor.
    case grant(GrantDocument, caseID: CaseID)
}

/// The answer to a question.
///
/// It is handed on from the engine to the record of it, the ledger and the answer: a copy shares its fields.
public struct Decision: Equatable, Sendable {
    private var box: Boxed<DecisionFields>

    init(_ fields: DecisionFields) { box = Boxed(fields) }

    public init(
        effect: Effect, reasons: [Reason], external: ExternalAnswer, obligations: [Obligation] = [],
        evidence: [Evidence] = [], missing: [Missing] = [], subject: PersonID? = nil, caseID: CaseID? = nil,
        controller: ControllerID? = nil, unit: UnitID? = nil, role: EmploymentRole? = nil,
        emergencyMinutes: UInt32? = nil, holdsUntil: Instant
    ) {
        box = Boxed(
            DecisionFields(
                effect: effect,
                reasons: ShortWords(reasons, filler: .denyEvaluationError),
                external: external,
                obligations: ShortWords(obligations, filler: .log),
                names: .written(
                    RecordNames.Written(
                        evidence: evidence, subject: subject, caseID: caseID, controller: controller, unit: unit)),
                missing: missing,
                role: role,
                emergencyMinutes: emergencyMinutes,
                holdsUntil: holdsUntil))
    }

    /// The primary reason.
    public var primary: Reason { box.value.reasons.first ?? .denyEvaluationError }

    public static func == (lhs: Decision, rhs: Decision) -> Bool {
        lhs.box.isIdentical(to: rhs.box) || lhs.box.value == rhs.box.value
    }
}

/// What a decision states.
struct DecisionFields: Equatable, Sendable {
    var effect: Effect
    var reasons: ShortWords<Reason>
    var external: ExternalAnswer
    var obligations: ShortWords<Obligation>
    /// The evidence, and whose matter it is.
    var names: RecordNames
    var missing: [Missing] = []
    var role: EmploymentRole?
    var emergencyMinutes: UInt32?
    var holdsUntil: Instant
}

extension Decision {
    public var effect: Effect {
        get { box.value.effect }
        set { box.value.effect = newValue }
    }
    /// All reasons of the step that ended it; the first is the primary one. Never empty.
    public var reasons: [Reason] {
        get { box.value.reasons.array }
        set { box.value.reasons = ShortWords(newValue, filler: .denyEvaluationError) }
    }
    /// What a caller outside is told.
    public var external: ExternalAnswer {
        get { box.value.external }
        set { box.value.external = newValue }
    }
    public var obligations: [Obligation] {
        get { box.value.obligations.array }
        set { box.value.obligations = ShortWords(newValue, filler: .log) }
    }
    public var evidence: [Evidence] {
        get { box.value.names.evidence }
        set { box.value.names.written.evidence = newValue }
    }
    /// What would change the answer; empty for an allow, and for an answer of `not_found`.
    public var missing: [Missing] {
        get { box.value.missing }
        set { box.value.missing = newValue }
    }
    /// The whose-case-is-it facts that the ledger's indexes need.
    public var subject: PersonID? {
        get { box.value.names.subject }
        set { box.value.names.written.subject = newValue }
    }
    public var caseID: CaseID? {
        get { box.value.names.caseID }
        set { box.value.names.written.caseID = newValue }
    }
    /// The controller whose matter it is, when it is known.
    public var controller: ControllerID? {
        get { box.value.names.controller }
        set { box.value.names.written.controller = newValue }
    }
    /// The actor's unit and role at the instant, when the actor is an employment.
    public var unit: UnitID? {
        get { box.value.names.unit }
        set { box.value.names.written.unit = newValue }
    }
    public var role: EmploymentRole? {
        get { box.value.role }
        set { box.value.role = newValue }
    }
    /// For an emergency: the minutes it was cut to.
    public var emergencyMinutes: UInt32? {
        get { box.value.emergencyMinutes }
        set { box.value.emergencyMinutes = newValue }
    }
    /// The first instant at which this answer must not be relied on any more: never later than the profile's
    /// `decision.max_age`, and never past the next instant at which a fact it used changes.
    public var holdsUntil: Instant {
        get { box.value.holdsUntil }
        set { box.value.holdsUntil = newValue }
    }
}

// MARK: - Reading without a list

extension Decision {
    package var reasonCount: Int { box.value.reasons.count }
    package var obligationCount: Int { box.value.obligations.count }

    /// The reasons in their order, without a list of them.
    package func forEachReason(_ body: (Reason) -> Void) { box.value.reasons.forEach(body) }

    /// The obligations in their order, without a list of them.
    package func forEachObligation(_ body: (Obligation) -> Void) { box.value.obligations.forEach(body) }

    package var evidenceCount: Int {
        switch box.value.names {
        case .written(let names): names.evidence.count
        case .referenced(let names): names.evidenceCount
        }
    }

    /// The evidence in its order, without a list of it.
    package func forEachEvidence(_ body: (Evidence) -> Void) {
        switch box.value.names {
        case .written(let names): names.evidence.forEach(body)
        case .referenced(let names): names.forEachEvidence(body)
        }
    }

    /// Whether it may rest on a consent for one time: `false` is certain, in the state that it was made in.
    package var mayRestOnOneTimeConsent: Bool {
        switch box.value.names {
        case .written(let names): names.evidence.contains { $0.kind == .consent }
        case .referenced(let names): names.namesOneTimeConsent
        }
    }
}

/// A decision together with all that it was derived from: what the ledger keeps of it.
public struct DecisionRecord: Equatable, Sendable {
    public var question: Question
    public var decision: Decision
    public var system: SystemID
    /// The instant that was decided for.
    public var at: Instant
    public var revision: Revision
    /// SHA-256 over the policy profile, 32 bytes.
    public var policyHash: [UInt8]
    /// The caller's own id of the request, by which a retry finds the entry.
    public var requestID: Identifier?

    public init(
        question: Question, decision: Decision, system: SystemID, at: Instant, revision: Revision,
        policyHash: [UInt8], requestID: Identifier? = nil
    ) {
        self.question = question
        self.decision = decision
        self.system = system
        self.at = at
        self.revision = revision
        self.policyHash = policyHash
        self.requestID = requestID
    }
}
