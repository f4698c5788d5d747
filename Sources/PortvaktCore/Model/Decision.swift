/// One piece of evidence that a decision rests on: a record's kind, its id, and how many times it had been registered.
public struct Evidence: Hashable, Sendable {
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
public struct Decision: Hashable, Sendable {
    public var effect: Effect
    /// All reasons of the step that ended it; the first is the primary one. Never empty.
    public var reasons: [Reason]
    /// What a caller outside is told.
    public var external: ExternalAnswer
    public var obligations: [Obligation]
    public var evidence: [Evidence]
    /// What would change the answer; empty for an allow, and for an answer of `not_found`.
    public var missing: [Missing]
    /// The whose-case-is-it facts that the ledger's indexes need.
    public var subject: PersonID?
    public var caseID: CaseID?
    /// The controller whose matter it is, when it is known.
    public var controller: ControllerID?
    /// The actor's unit and role at the instant, when the actor is an employment.
    public var unit: UnitID?
    public var role: EmploymentRole?
    /// For an emergency: the minutes it was cut to.
    public var emergencyMinutes: UInt32?
    /// The first instant at which this answer must not be relied on any more: never later than the profile's
    /// `decision.max_age`, and never past the next instant at which a fact it used changes.
    public var holdsUntil: Instant

    public init(
        effect: Effect, reasons: [Reason], external: ExternalAnswer, obligations: [Obligation] = [],
        evidence: [Evidence] = [], missing: [Missing] = [], subject: PersonID? = nil, caseID: CaseID? = nil,
        controller: ControllerID? = nil, unit: UnitID? = nil, role: EmploymentRole? = nil,
        emergencyMinutes: UInt32? = nil, holdsUntil: Instant
    ) {
        self.effect = effect
        self.reasons = reasons
        self.external = external
        self.obligations = obligations
        self.evidence = evidence
        self.missing = missing
        self.subject = subject
        self.caseID = caseID
        self.controller = controller
        self.unit = unit
        self.role = role
        self.emergencyMinutes = emergencyMinutes
        self.holdsUntil = holdsUntil
    }

    /// The primary reason.
    public var primary: Reason { reasons.first ?? .denyEvaluationError }
}

/// A decision together with all that it was derived from: what the ledger keeps of it.
public struct DecisionRecord: Hashable, Sendable {
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
