package import CPortvaktProto
public import PortvaktCore

/// One entry of the ledger.
public struct AuditEntry: Equatable, Sendable {
    public var entry: EntryReference
    /// When it was registered, or the instant that was decided for.
    public var time: Instant
    /// The system that registered or asked.
    public var system: SystemID
    /// The revision of the state that was decided on, or that first includes the change.
    public var revision: Revision
    /// The caller's own id of the request.
    public var requestID: Identifier?
    public var body: Body

    public enum Body: Equatable, Sendable {
        case decision(RecordedDecision)
        case change(RecordedChange)
        /// A decision whose personal part has been erased.
        case erasedDecision(ErasedDecision)
        /// A change whose personal part has been erased.
        case erasedChange(ErasedChange)
        /// Somebody read the audit, or acted in it.
        case audit(RecordedAudit)
    }

    public init(
        entry: EntryReference, time: Instant, system: SystemID, revision: Revision, requestID: Identifier? = nil,
        body: Body
    ) {
        self.entry = entry
        self.time = time
        self.system = system
        self.revision = revision
        self.requestID = requestID
        self.body = body
    }
}

extension AuditEntry: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AuditEntry>) {
        unsafe portvakt__v1__audit_entry__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AuditEntry>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            entry: reader.message(form.pointee.entry, "entry"),
            time: Instant(milliseconds: form.pointee.time_ms),
            system: reader.id(form.pointee.system, "system"),
            revision: Revision(form.pointee.revision),
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            body: Body(form, reader))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AuditEntry>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe form.pointee.time_ms = time.milliseconds
        unsafe form.pointee.system = unsafe writer.text(system)
        unsafe form.pointee.revision = revision.number
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe body.write(form, writer)
    }
}

extension AuditEntry.Body {
    init(_ form: UnsafePointer<Portvakt__V1__AuditEntry>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.body_case {
        case PORTVAKT__V1__AUDIT_ENTRY__BODY_DECISION:
            self = .decision(try unsafe reader.message(form.pointee.decision, "decision"))
        case PORTVAKT__V1__AUDIT_ENTRY__BODY_CHANGE:
            self = .change(try unsafe reader.message(form.pointee.change, "change"))
        case PORTVAKT__V1__AUDIT_ENTRY__BODY_ERASED_DECISION:
            self = .erasedDecision(try unsafe reader.message(form.pointee.erased_decision, "erased_decision"))
        case PORTVAKT__V1__AUDIT_ENTRY__BODY_ERASED_CHANGE:
            self = .erasedChange(try unsafe reader.message(form.pointee.erased_change, "erased_change"))
        case PORTVAKT__V1__AUDIT_ENTRY__BODY_AUDIT:
            self = .audit(try unsafe reader.message(form.pointee.audit, "audit"))
        default: throw reader.missing("decision")
        }
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__AuditEntry>, _ writer: WireWriter) {
        switch self {
        case .decision(let body):
            unsafe form.pointee.body_case = PORTVAKT__V1__AUDIT_ENTRY__BODY_DECISION
            unsafe form.pointee.decision = unsafe writer.form(body)
        case .change(let body):
            unsafe form.pointee.body_case = PORTVAKT__V1__AUDIT_ENTRY__BODY_CHANGE
            unsafe form.pointee.change = unsafe writer.form(body)
        case .erasedDecision(let body):
            unsafe form.pointee.body_case = PORTVAKT__V1__AUDIT_ENTRY__BODY_ERASED_DECISION
            unsafe form.pointee.erased_decision = unsafe writer.form(body)
        case .erasedChange(let body):
            unsafe form.pointee.body_case = PORTVAKT__V1__AUDIT_ENTRY__BODY_ERASED_CHANGE
            unsafe form.pointee.erased_change = unsafe writer.form(body)
        case .audit(let body):
            unsafe form.pointee.body_case = PORTVAKT__V1__AUDIT_ENTRY__BODY_AUDIT
            unsafe form.pointee.audit = unsafe writer.form(body)
        }
    }
}

/// A decision with its question.
public struct RecordedDecision: Equatable, Sendable {
    public var question: Question
    public var decision: Decision
    /// SHA-256 over the policy profile, 32 bytes.
    public var policyHash: [UInt8]

    public init(_ question: Question, decision: Decision, policyHash: [UInt8]) {
        self.question = question
        self.decision = decision
        self.policyHash = policyHash
    }
}

extension RecordedDecision: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedDecision>) {
        unsafe portvakt__v1__recorded_decision__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RecordedDecision>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.question, "question"),
            decision: reader.message(form.pointee.decision, "decision"),
            policyHash: reader.hash(form.pointee.policy_hash, "policy_hash"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedDecision>, _ writer: WireWriter) {
        unsafe form.pointee.question = unsafe writer.form(question)
        unsafe form.pointee.decision = unsafe writer.form(decision)
        unsafe form.pointee.policy_hash = unsafe writer.bytes(policyHash)
    }
}

/// A change with who made it.
public struct RecordedChange: Equatable, Sendable {
    public var event: Event
    /// The acting person, as the system stated it.
    public var actor: Actor?
    /// On whose behalf.
    public var controller: ControllerID

    public init(_ event: Event, actor: Actor? = nil, controller: ControllerID) {
        self.event = event
        self.actor = actor
        self.controller = controller
    }
}

extension RecordedChange: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedChange>) {
        unsafe portvakt__v1__recorded_change__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RecordedChange>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.event, "event"),
            actor: reader.optional(form.pointee.actor, "actor"),
            controller: reader.id(form.pointee.controller, "controller"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedChange>, _ writer: WireWriter) {
        unsafe form.pointee.event = unsafe writer.form(event)
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.controller = unsafe writer.text(controller)
    }
}

/// What is left of a decision: nothing personal.
public struct ErasedDecision: Equatable, Sendable {
    public var effect: Effect
    public var reasons: [Reason]
    public var action: Action
    public var purpose: Purpose
    /// SHA-256 over the policy profile, 32 bytes.
    public var policyHash: [UInt8]

    public init(effect: Effect, reasons: [Reason], action: Action, purpose: Purpose, policyHash: [UInt8]) {
        self.effect = effect
        self.reasons = reasons
        self.action = action
        self.purpose = purpose
        self.policyHash = policyHash
    }
}

extension ErasedDecision: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ErasedDecision>) {
        unsafe portvakt__v1__erased_decision__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ErasedDecision>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            effect: reader.word(form.pointee.effect, "effect"),
            reasons: reader.words(form.pointee.n_reasons, form.pointee.reasons, "reasons"),
            action: reader.word(form.pointee.action, "action"),
            purpose: reader.word(form.pointee.purpose, "purpose"),
            policyHash: reader.hash(form.pointee.policy_hash, "policy_hash"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ErasedDecision>, _ writer: WireWriter) {
        unsafe form.pointee.effect = writer.word(effect)
        unsafe (form.pointee.n_reasons, form.pointee.reasons) = unsafe writer.words(reasons)
        unsafe form.pointee.action = writer.word(action)
        unsafe form.pointee.purpose = writer.word(purpose)
        unsafe form.pointee.policy_hash = unsafe writer.bytes(policyHash)
    }
}

/// What is left of a change: nothing personal.
public struct ErasedChange: Equatable, Sendable {
    /// On whose behalf.
    public var controller: ControllerID

    public init(controller: ControllerID) {
        self.controller = controller
    }
}

extension ErasedChange: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ErasedChange>) {
        unsafe portvakt__v1__erased_change__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ErasedChange>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            controller: reader.id(form.pointee.controller, "controller"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ErasedChange>, _ writer: WireWriter) {
        unsafe form.pointee.controller = unsafe writer.text(controller)
    }
}
