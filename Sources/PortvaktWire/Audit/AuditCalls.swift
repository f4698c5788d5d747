package import CPortvaktProto
public import PortvaktCore

/// `Audit.Query`: decisions that match every filter that is given, newest first.
public struct QueryRequest: Equatable, Sendable {
    /// Whose matter it was.
    public var subject: PersonID?
    /// Who acted, and as what.
    public var actor: Actor?
    /// The acting employment's unit at the time.
    public var unit: UnitID?
    /// The system that asked.
    public var system: SystemID?
    /// What was asked about.
    public var object: Object?
    /// Whatever belongs to this case.
    public var caseID: CaseID?
    /// Any of these; any at all when empty.
    public var effects: [Effect]
    /// Any of these among the decision's reasons; any at all when empty.
    public var reasons: [Reason]
    /// Any of these; any at all when empty.
    public var actions: [Action]
    /// Decided in this span.
    public var time: Validity
    /// Only questions that claimed an emergency.
    public var emergenciesOnly: Bool
    /// The caller's id of the request in which it was asked.
    public var requestID: Identifier?
    public var page: PageRequest
    public var reader: StatedReader?
    /// What is read is taken out into a file.
    public var exported: Bool
    /// Instead of decisions, what was read and done in the audit.
    public var auditEntries: Bool

    public init(
        subject: PersonID? = nil, actor: Actor? = nil, unit: UnitID? = nil, system: SystemID? = nil,
        object: Object? = nil, caseID: CaseID? = nil, effects: [Effect] = [], reasons: [Reason] = [],
        actions: [Action] = [], time: Validity = .always, emergenciesOnly: Bool = false, requestID: Identifier? = nil,
        page: PageRequest = .first, reader: StatedReader? = nil, exported: Bool = false,
        auditEntries: Bool = false
    ) {
        self.subject = subject
        self.actor = actor
        self.unit = unit
        self.system = system
        self.object = object
        self.caseID = caseID
        self.effects = effects
        self.reasons = reasons
        self.actions = actions
        self.time = time
        self.emergenciesOnly = emergenciesOnly
        self.requestID = requestID
        self.page = page
        self.reader = reader
        self.exported = exported
        self.auditEntries = auditEntries
    }
}

extension QueryRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__QueryRequest>) {
        unsafe portvakt__v1__query_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__QueryRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            subject: reader.optionalID(form.pointee.subject, "subject"),
            actor: reader.optional(form.pointee.actor, "actor"),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            system: reader.optionalID(form.pointee.system, "system"),
            object: reader.optional(form.pointee.object, "object"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            effects: reader.words(form.pointee.n_effects, form.pointee.effects, "effects"),
            reasons: reader.words(form.pointee.n_reasons, form.pointee.reasons, "reasons"),
            actions: reader.words(form.pointee.n_actions, form.pointee.actions, "actions"),
            time: reader.validity(form.pointee.time, "time"),
            emergenciesOnly: form.pointee.emergencies_only != 0,
            requestID: reader.optionalIdentifier(form.pointee.request_id, "request_id"),
            page: reader.page(form.pointee.page),
            reader: reader.optional(form.pointee.reader, "reader"),
            exported: form.pointee.exported != 0,
            auditEntries: form.pointee.audit_entries != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__QueryRequest>, _ writer: WireWriter) {
        unsafe form.pointee.subject = unsafe writer.text(subject)
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.system = unsafe writer.text(system)
        unsafe form.pointee.object = unsafe writer.optional(object)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe (form.pointee.n_effects, form.pointee.effects) = unsafe writer.words(effects)
        unsafe (form.pointee.n_reasons, form.pointee.reasons) = unsafe writer.words(reasons)
        unsafe (form.pointee.n_actions, form.pointee.actions) = unsafe writer.words(actions)
        unsafe form.pointee.time = unsafe writer.optional(time)
        unsafe form.pointee.emergencies_only = writer.flag(emergenciesOnly)
        unsafe form.pointee.request_id = unsafe writer.text(requestID)
        unsafe form.pointee.page = unsafe writer.optional(page)
        unsafe form.pointee.reader = unsafe writer.optional(reader)
        unsafe form.pointee.exported = writer.flag(exported)
        unsafe form.pointee.audit_entries = writer.flag(auditEntries)
    }
}

public struct QueryResponse: Equatable, Sendable {
    public var entries: [AuditEntry]
    public var page: Page

    public init(_ entries: [AuditEntry], page: Page) {
        self.entries = entries
        self.page = page
    }
}

extension QueryResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__QueryResponse>) {
        unsafe portvakt__v1__query_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__QueryResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_entries, form.pointee.entries, "entries", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__QueryResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_entries, form.pointee.entries) = unsafe writer.forms(entries)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}

/// `Audit.Show`: one entry with everything that it records.
public struct ShowRequest: Equatable, Sendable {
    /// As in ``EntryReference``.
    public var stream: String
    public var index: UInt64
    public var reader: StatedReader?

    public init(stream: String, index: UInt64, reader: StatedReader? = nil) {
        self.stream = stream
        self.index = index
        self.reader = reader
    }
}

extension ShowRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ShowRequest>) {
        unsafe portvakt__v1__show_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ShowRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            stream: reader.name(form.pointee.stream, "stream"), index: form.pointee.index,
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ShowRequest>, _ writer: WireWriter) {
        unsafe form.pointee.stream = unsafe writer.text(stream)
        unsafe form.pointee.index = index
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct ShowResponse: Equatable, Sendable {
    public var entry: AuditEntry
    /// For a decision; empty when it cannot be derived again.
    public var explanation: Explanation
    /// The tree is whole: nothing of it was left out because it did not fit.
    public private(set) var isComplete: Bool

    public init(_ entry: AuditEntry, explanation: Explanation = Explanation()) {
        self.entry = entry
        self.explanation = explanation
        isComplete = explanation.fits
    }
}

extension ShowResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ShowResponse>) {
        unsafe portvakt__v1__show_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ShowResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.entry, "entry"),
            explanation: reader.explanation(form.pointee.n_nodes, form.pointee.nodes))
        isComplete = unsafe form.pointee.complete != 0
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ShowResponse>, _ writer: WireWriter) {
        unsafe form.pointee.entry = unsafe writer.form(entry)
        unsafe (form.pointee.n_nodes, form.pointee.nodes) = unsafe writer.forms(explanation.flattened)
        unsafe form.pointee.complete = writer.flag(isComplete)
    }
}
