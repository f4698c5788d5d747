package import CPortvaktProto
public import PortvaktCore

/// `Foresight.Due`: what is coming.
public struct DueRequest: Equatable, Sendable {
    public var days: UInt32
    /// `nil`: every case.
    public var caseID: CaseID?
    public var page: PageRequest

    /// Days that can be looked ahead: ten years.
    public static let days: ClosedRange<Int64> = 1...3660

    public init(days: UInt32, caseID: CaseID? = nil, page: PageRequest = .first) {
        self.days = days
        self.caseID = caseID
        self.page = page
    }
}

extension DueRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DueRequest>) {
        unsafe portvakt__v1__due_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DueRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            days: reader.number(form.pointee.days, in: Self.days, "days"),
            caseID: reader.optionalID(form.pointee.case_id, "case_id"), page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DueRequest>, _ writer: WireWriter) {
        unsafe form.pointee.days = days
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

/// Something that comes.
public struct Coming: Equatable, Sendable {
    public var caseID: CaseID
    /// What ends, or who has a birthday; `nil`: an access breaks.
    public var kind: RecordKind?
    public var id: Identifier?
    /// For a birthday.
    public var age: UInt32
    /// `nil` for an access that breaks some time before the end.
    public var at: Instant?
    public var breaks: HeldAccess?

    public init(
        caseID: CaseID, kind: RecordKind? = nil, id: Identifier? = nil, age: UInt32 = 0, at: Instant?,
        breaks: HeldAccess? = nil
    ) {
        self.caseID = caseID
        self.kind = kind
        self.id = id
        self.age = age
        self.at = at
        self.breaks = breaks
    }
}

extension Coming: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Coming>) {
        unsafe portvakt__v1__coming__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Coming>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            caseID: reader.id(form.pointee.case_id, "case_id"),
            kind: reader.optionalWord(form.pointee.kind, "kind"),
            id: reader.optionalIdentifier(form.pointee.id, "id"), age: form.pointee.age,
            at: reader.optional(form.pointee.at, "at"), breaks: reader.optional(form.pointee.breaks, "breaks"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Coming>, _ writer: WireWriter) {
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.kind = writer.word(kind)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.age = age
        unsafe form.pointee.at = unsafe writer.optional(at)
        unsafe form.pointee.breaks = unsafe writer.optional(breaks)
    }
}

public struct DueResponse: Equatable, Sendable {
    /// By case, and for each case in the order of time.
    public var coming: [Coming]
    public var page: Page

    public init(_ coming: [Coming], page: Page) {
        self.coming = coming
        self.page = page
    }
}

extension DueResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__DueResponse>) {
        unsafe portvakt__v1__due_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__DueResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_coming, form.pointee.coming, "coming", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__DueResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_coming, form.pointee.coming) = unsafe writer.forms(coming)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}
