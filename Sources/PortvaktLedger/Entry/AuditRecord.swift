public import PortvaktCore

/// An entry of somebody's reading of the audit, or of what they did there: who, what, about whom, and in what words.
///
/// It is durable before anything is answered, like a decision, and stands in the same stream. Its leaf holds the call
/// and the revision; everything personal is in the opening.
public struct AuditRecord: Equatable, Sendable {
    public var call: AuditCall
    /// The system that called.
    public var system: SystemID
    public var at: Instant
    /// The revision of the state that was read.
    public var revision: Revision
    /// Who read, as the system states it; `nil`: the holder of the system's certificate.
    public var actor: Actor?
    /// The actor's role at the instant, for an employment.
    public var role: EmploymentRole?
    /// The second person, where two are needed.
    public var second: Actor?
    /// Whose matter it was. At most ``EntryCodec/maximumItems``.
    public var subjects: [PersonID]
    public var caseID: CaseID?
    public var controller: ControllerID?
    /// The entries that it is about. At most ``EntryCodec/maximumItems``.
    public var entries: [Place]
    public var outcome: ReviewOutcome?
    /// The filters in words, or a stated reason.
    public var text: String
    public var requestID: Identifier?

    /// An entry's place.
    public struct Place: Hashable, Sendable {
        public var stream: StreamID
        public var index: UInt64

        public init(stream: StreamID, index: UInt64) {
            self.stream = stream
            self.index = index
        }
    }

    public init(
        call: AuditCall, system: SystemID, at: Instant, revision: Revision, actor: Actor? = nil,
        role: EmploymentRole? = nil, second: Actor? = nil, subjects: [PersonID] = [], caseID: CaseID? = nil,
        controller: ControllerID? = nil,
        entries: [Place] = [], outcome: ReviewOutcome? = nil, text: String = "", requestID: Identifier? = nil
    ) {
        self.call = call
        self.system = system
        self.at = at
        self.revision = revision
        self.actor = actor
        self.role = role
        self.second = second
        self.subjects = subjects
        self.caseID = caseID
        self.controller = controller
        self.entries = entries
        self.outcome = outcome
        self.text = text
        self.requestID = requestID
    }
}
