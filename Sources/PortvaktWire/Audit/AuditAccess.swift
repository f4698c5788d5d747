package import CPortvaktProto
public import PortvaktCore

/// `Audit.AccessReview`: who can read a case now.
public struct AccessReviewRequest: Equatable, Sendable {
    public var caseID: CaseID
    /// What ends within so many days; 0: 365.
    public var days: UInt32
    public var reader: StatedReader?

    public init(
        caseID: CaseID, days: UInt32, reader: StatedReader? = nil
    ) {
        self.caseID = caseID
        self.days = days
        self.reader = reader
    }
}

extension AccessReviewRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AccessReviewRequest>) {
        unsafe portvakt__v1__access_review_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AccessReviewRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            caseID: reader.id(form.pointee.case_id, "case_id"),
            days: form.pointee.days,
            reader: reader.optional(form.pointee.reader, "reader"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AccessReviewRequest>, _ writer: WireWriter) {
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.days = days
        unsafe form.pointee.reader = unsafe writer.optional(reader)
    }
}

public struct AccessReviewResponse: Equatable, Sendable {
    public var accesses: [CaseAccess]
    /// In the order of time.
    public var endings: [UpcomingEnd]
    public var at: Instant
    public var revision: Revision

    public init(
        accesses: [CaseAccess] = [], endings: [UpcomingEnd] = [], at: Instant, revision: Revision
    ) {
        self.accesses = accesses
        self.endings = endings
        self.at = at
        self.revision = revision
    }
}

extension AccessReviewResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AccessReviewResponse>) {
        unsafe portvakt__v1__access_review_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AccessReviewResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            accesses: reader.messages(form.pointee.n_accesses, form.pointee.accesses, "accesses"),
            endings: reader.messages(form.pointee.n_endings, form.pointee.endings, "endings"),
            at: Instant(milliseconds: form.pointee.at_ms),
            revision: Revision(form.pointee.revision))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AccessReviewResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_accesses, form.pointee.accesses) = unsafe writer.forms(accesses)
        unsafe (form.pointee.n_endings, form.pointee.endings) = unsafe writer.forms(endings)
        unsafe form.pointee.at_ms = at.milliseconds
        unsafe form.pointee.revision = revision.number
    }
}

/// One access that somebody has now.
public struct CaseAccess: Equatable, Sendable {
    public var actor: Actor
    public var unit: UnitID?
    public var action: Action
    public var basis: Reason
    public var supports: [Support]
    public var until: Instant?

    public init(
        actor: Actor, unit: UnitID? = nil, action: Action, basis: Reason, supports: [Support] = [],
        until: Instant? = nil
    ) {
        self.actor = actor
        self.unit = unit
        self.action = action
        self.basis = basis
        self.supports = supports
        self.until = until
    }
}

extension CaseAccess: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__CaseAccess>) {
        unsafe portvakt__v1__case_access__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__CaseAccess>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            actor: reader.message(form.pointee.actor, "actor"),
            unit: reader.optionalID(form.pointee.unit, "unit"),
            action: reader.word(form.pointee.action, "action"),
            basis: reader.word(form.pointee.basis, "basis"),
            supports: reader.messages(form.pointee.n_supports, form.pointee.supports, "supports"),
            until: reader.optional(form.pointee.until, "until"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__CaseAccess>, _ writer: WireWriter) {
        unsafe form.pointee.actor = unsafe writer.form(actor)
        unsafe form.pointee.unit = unsafe writer.text(unit)
        unsafe form.pointee.action = writer.word(action)
        unsafe form.pointee.basis = writer.word(basis)
        unsafe (form.pointee.n_supports, form.pointee.supports) = unsafe writer.forms(supports)
        unsafe form.pointee.until = unsafe writer.optional(until)
    }
}

/// A consent or a grant that an access rests on.
public struct Support: Equatable, Sendable {
    public var kind: RecordKind
    public var id: String
    /// Who gave it.
    public var by: Party?

    public init(
        kind: RecordKind, id: String, by: Party? = nil
    ) {
        self.kind = kind
        self.id = id
        self.by = by
    }
}

extension Support: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Support>) {
        unsafe portvakt__v1__support__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Support>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.word(form.pointee.kind, "kind"),
            id: reader.name(form.pointee.id, "id"),
            by: reader.optional(form.pointee.by, "by"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Support>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.by = unsafe writer.optional(by)
    }
}

/// What comes.
public struct UpcomingEnd: Equatable, Sendable {
    public var kind: RecordKind?
    public var id: String
    /// For a person, the age that is reached; else 0.
    public var age: UInt32
    public var at: Instant?
    /// An access that stands now and then no longer does.
    public var breaks: CaseAccess?

    public init(
        kind: RecordKind? = nil, id: String = "", age: UInt32, at: Instant? = nil, breaks: CaseAccess? = nil
    ) {
        self.kind = kind
        self.id = id
        self.age = age
        self.at = at
        self.breaks = breaks
    }
}

extension UpcomingEnd: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Upcoming>) {
        unsafe portvakt__v1__upcoming__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Upcoming>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            kind: reader.optionalWord(form.pointee.kind, "kind"),
            id: reader.prose(form.pointee.id, "id"),
            age: form.pointee.age,
            at: reader.optional(form.pointee.at, "at"),
            breaks: reader.optional(form.pointee.breaks, "breaks"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Upcoming>, _ writer: WireWriter) {
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.age = age
        unsafe form.pointee.at = unsafe writer.optional(at)
        unsafe form.pointee.breaks = unsafe writer.optional(breaks)
    }
}
