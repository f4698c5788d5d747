package import CPortvaktProto
public import PortvaktCore

/// Something that might be registered, now.
public enum Proposal: Equatable, Sendable {
    case withdrawConsent(ConsentID)
    case revokeConsent(ConsentID)
    case invalidateConsent(ConsentID)
    case revokeGrant(GrantID)
    case endAuthority(AuthorityID)
    case endEmployment(EmploymentID)
    case closeLog(CaseID)
    case record(Record)
}

extension Proposal: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Proposal>) {
        unsafe portvakt__v1__proposal__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Proposal>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.proposal_case {
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_WITHDRAW_CONSENT:
            self = .withdrawConsent(try unsafe reader.id(form.pointee.withdraw_consent, "withdraw_consent"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_REVOKE_CONSENT:
            self = .revokeConsent(try unsafe reader.id(form.pointee.revoke_consent, "revoke_consent"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_INVALIDATE_CONSENT:
            self = .invalidateConsent(try unsafe reader.id(form.pointee.invalidate_consent, "invalidate_consent"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_REVOKE_GRANT:
            self = .revokeGrant(try unsafe reader.id(form.pointee.revoke_grant, "revoke_grant"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_END_AUTHORITY:
            self = .endAuthority(try unsafe reader.id(form.pointee.end_authority, "end_authority"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_END_EMPLOYMENT:
            self = .endEmployment(try unsafe reader.id(form.pointee.end_employment, "end_employment"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_CLOSE_LOG:
            self = .closeLog(try unsafe reader.id(form.pointee.close_log, "close_log"))
        case PORTVAKT__V1__PROPOSAL__PROPOSAL_RECORD:
            self = .record(try unsafe reader.message(form.pointee.record, "record"))
        default: throw WireError(.missing)
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Proposal>, _ writer: WireWriter) {
        switch self {
        case .withdrawConsent(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_WITHDRAW_CONSENT
            unsafe form.pointee.withdraw_consent = unsafe writer.text(id)
        case .revokeConsent(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_REVOKE_CONSENT
            unsafe form.pointee.revoke_consent = unsafe writer.text(id)
        case .invalidateConsent(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_INVALIDATE_CONSENT
            unsafe form.pointee.invalidate_consent = unsafe writer.text(id)
        case .revokeGrant(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_REVOKE_GRANT
            unsafe form.pointee.revoke_grant = unsafe writer.text(id)
        case .endAuthority(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_END_AUTHORITY
            unsafe form.pointee.end_authority = unsafe writer.text(id)
        case .endEmployment(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_END_EMPLOYMENT
            unsafe form.pointee.end_employment = unsafe writer.text(id)
        case .closeLog(let id):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_CLOSE_LOG
            unsafe form.pointee.close_log = unsafe writer.text(id)
        case .record(let record):
            unsafe form.pointee.proposal_case = PORTVAKT__V1__PROPOSAL__PROPOSAL_RECORD
            unsafe form.pointee.record = unsafe writer.form(record)
        }
    }
}

/// The day on which a person reaches an age.
public struct Birthday: Equatable, Sendable {
    public var person: PersonID
    /// In years.
    public var age: UInt32

    /// Years that a person may reach.
    public static let ages: ClosedRange<Int64> = 1...150

    public init(person: PersonID, age: UInt32) {
        self.person = person
        self.age = age
    }
}

extension Birthday: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Birthday>) {
        unsafe portvakt__v1__birthday__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Birthday>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            person: reader.id(form.pointee.person, "person"),
            age: reader.number(form.pointee.age, in: Self.ages, "age"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Birthday>, _ writer: WireWriter) {
        unsafe form.pointee.person = unsafe writer.text(person)
        unsafe form.pointee.age = age
    }
}

/// `Foresight.Simulate`: what proposed changes, or the passing of time, would do.
public struct SimulateRequest: Equatable, Sendable {
    public var proposals: [Proposal]
    /// Looked at afterwards; `nil` for now.
    public var then: Instant?
    /// Looked at afterwards on this day, instead of ``then``.
    public var turning: Birthday?
    /// Empty: those that are touched.
    public var cases: [CaseID]
    public var page: PageRequest

    /// Proposals of one request: what somebody weighs at once.
    public static let maximumProposals = 100

    public init(
        _ proposals: [Proposal], then: Instant? = nil, turning: Birthday? = nil, cases: [CaseID] = [],
        page: PageRequest = .first
    ) {
        self.proposals = proposals
        self.then = then
        self.turning = turning
        self.cases = cases
        self.page = page
    }
}

extension SimulateRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__SimulateRequest>) {
        unsafe portvakt__v1__simulate_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__SimulateRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(
                form.pointee.n_proposals, form.pointee.proposals, "proposals", limit: Self.maximumProposals),
            then: reader.optional(form.pointee.then, "then"), turning: reader.optional(form.pointee.turning, "turning"),
            cases: reader.ids(form.pointee.n_cases, form.pointee.cases, "cases"),
            page: reader.page(form.pointee.page))
        guard then == nil || turning == nil else { throw WireError(.misplaced, field: "then") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__SimulateRequest>, _ writer: WireWriter) {
        unsafe (form.pointee.n_proposals, form.pointee.proposals) = unsafe writer.forms(proposals)
        unsafe form.pointee.then = unsafe writer.optional(then)
        unsafe form.pointee.turning = unsafe writer.optional(turning)
        unsafe (form.pointee.n_cases, form.pointee.cases) = unsafe writer.texts(cases)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

/// An access that appears or disappears.
public struct AccessChange: Equatable, Sendable {
    public var access: HeldAccess
    public var appears: Bool
    /// For one that disappears: why.
    public var lostBy: Reason?

    public init(_ access: HeldAccess, appears: Bool, lostBy: Reason? = nil) {
        self.access = access
        self.appears = appears
        self.lostBy = lostBy
    }
}

extension AccessChange: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AccessChange>) {
        unsafe portvakt__v1__access_change__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AccessChange>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.access, "access"), appears: form.pointee.appears != 0,
            lostBy: reader.optionalWord(form.pointee.lost_by, "lost_by"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AccessChange>, _ writer: WireWriter) {
        unsafe form.pointee.access = unsafe writer.form(access)
        unsafe form.pointee.appears = writer.flag(appears)
        unsafe form.pointee.lost_by = writer.word(lostBy)
    }
}

public struct SimulateResponse: Equatable, Sendable {
    public var changes: [AccessChange]
    public var page: Page
    /// What was looked at afterwards.
    public var then: Instant

    public init(_ changes: [AccessChange], page: Page, then: Instant) {
        self.changes = changes
        self.page = page
        self.then = then
    }
}

extension SimulateResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__SimulateResponse>) {
        unsafe portvakt__v1__simulate_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__SimulateResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_changes, form.pointee.changes, "changes", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"), then: Instant(milliseconds: form.pointee.then_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__SimulateResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_changes, form.pointee.changes) = unsafe writer.forms(changes)
        unsafe form.pointee.page = unsafe writer.form(page)
        unsafe form.pointee.then_ms = then.milliseconds
    }
}
