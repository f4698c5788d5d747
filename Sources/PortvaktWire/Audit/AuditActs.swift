package import CPortvaktProto
public import PortvaktCore

/// Who reads the audit, on whose behalf, and why.
public struct StatedReader: Equatable, Sendable {
    /// The reading person; `nil`: the holder of the certificate.
    public var actor: Actor?
    /// Only this controller's entries.
    public var controller: ControllerID?
    /// In words, no names.
    public var why: String

    public init(
        actor: Actor? = nil, controller: ControllerID? = nil, why: String = ""
    ) {
        self.actor = actor
        self.controller = controller
        self.why = why
    }
}

extension StatedReader: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Reader>) {
        unsafe portvakt__v1__reader__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Reader>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            actor: reader.optional(form.pointee.actor, "actor"),
            controller: reader.optionalID(form.pointee.controller, "controller"),
            why: reader.prose(form.pointee.why, "why", limit: WireLimits.whyBytes))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Reader>, _ writer: WireWriter) {
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe form.pointee.why = unsafe writer.text(why)
    }
}

/// Somebody read the audit, or acted in it.
public struct RecordedAudit: Equatable, Sendable {
    public var call: AuditCall
    public var actor: Actor?
    /// The second person, where two are needed.
    public var second: Actor?
    public var subjects: [PersonID]
    public var caseID: CaseID?
    public var controller: ControllerID?
    /// As `STREAM#INDEX`.
    public var entries: [String]
    public var outcome: ReviewOutcome?
    /// The filters in words, or a stated reason.
    public var text: String
    /// Its personal part has been erased.
    public var erased: Bool

    public init(
        call: AuditCall, actor: Actor? = nil, second: Actor? = nil, subjects: [PersonID] = [], caseID: CaseID? = nil,
        controller: ControllerID? = nil, entries: [String] = [], outcome: ReviewOutcome? = nil, text: String = "",
        erased: Bool = false
    ) {
        self.call = call
        self.actor = actor
        self.second = second
        self.subjects = subjects
        self.caseID = caseID
        self.controller = controller
        self.entries = entries
        self.outcome = outcome
        self.text = text
        self.erased = erased
    }
}

extension RecordedAudit: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedAudit>) {
        unsafe portvakt__v1__recorded_audit__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RecordedAudit>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            call: reader.word(form.pointee.call, "call"),
            actor: reader.optional(form.pointee.actor, "actor"),
            second: reader.optional(form.pointee.second, "second"),
            subjects: reader.ids(form.pointee.n_subjects, form.pointee.subjects, "subjects"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            controller: reader.optionalID(form.pointee.controller, "controller"),
            entries: reader.names(form.pointee.n_entries, form.pointee.entries, "entries"),
            outcome: reader.optionalWord(form.pointee.outcome, "outcome"),
            text: reader.prose(form.pointee.text, "text"),
            erased: form.pointee.erased != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RecordedAudit>, _ writer: WireWriter) {
        unsafe form.pointee.call = writer.word(call)
        unsafe form.pointee.actor = unsafe writer.optional(actor)
        unsafe form.pointee.second = unsafe writer.optional(second)
        unsafe (form.pointee.n_subjects, form.pointee.subjects) = unsafe writer.texts(subjects)
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.controller = unsafe writer.text(controller)
        unsafe (form.pointee.n_entries, form.pointee.entries) = unsafe writer.texts(entries)
        unsafe form.pointee.outcome = writer.word(outcome)
        unsafe form.pointee.text = unsafe writer.text(text)
        unsafe form.pointee.erased = writer.flag(erased)
    }
}
