package import CPortvaktProto
public import PortvaktCore

/// `Grants.Request`: somebody asks for a grant.
public struct RequestGrantRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var grant: Grant

    public init(header: ChangeHeader, grant: Grant) {
        self.header = header
        self.grant = grant
    }
}

extension RequestGrantRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RequestGrantRequest>) {
        unsafe portvakt__v1__request_grant_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RequestGrantRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            grant: reader.message(form.pointee.grant, "grant"))
        guard grant.revokedAt == nil else { throw WireError(.misplaced, field: "grant.revoked_at") }
        guard grant.grantedBy == nil else { throw WireError(.misplaced, field: "grant.granted_by") }
        guard grant.state == .granted else { throw WireError(.misplaced, field: "grant.state") }
        guard grant.reason == nil else { throw WireError(.misplaced, field: "grant.reason") }
        guard grant.validity.until != .distantFuture else {
            throw WireError(.missing, field: "grant.validity.until")
        }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RequestGrantRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.grant = unsafe writer.form(grant)
    }
}

public struct RequestGrantResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RequestGrantResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RequestGrantResponse>) {
        unsafe portvakt__v1__request_grant_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RequestGrantResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RequestGrantResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Grants.Pending`: requests that wait for an answer.
public struct PendingGrantsRequest: Equatable, Sendable {
    public var caseID: CaseID?
    public var page: PageRequest

    public init(caseID: CaseID? = nil, page: PageRequest = .first) {
        self.caseID = caseID
        self.page = page
    }
}

extension PendingGrantsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__PendingGrantsRequest>) {
        unsafe portvakt__v1__pending_grants_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__PendingGrantsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            caseID: reader.optionalID(form.pointee.case_id, "case_id"),
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__PendingGrantsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct PendingGrantsResponse: Equatable, Sendable {
    public var grants: [FiledGrant]
    public var page: Page

    public init(_ grants: [FiledGrant], page: Page) {
        self.grants = grants
        self.page = page
    }
}

extension PendingGrantsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__PendingGrantsResponse>) {
        unsafe portvakt__v1__pending_grants_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__PendingGrantsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_grants, form.pointee.grants, "grants", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__PendingGrantsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_grants, form.pointee.grants) = unsafe writer.forms(grants)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}

/// `Grants.Approve`: whoever may give it gives it.
public struct ApproveGrantRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: GrantID
    public var until: Instant?

    public init(header: ChangeHeader, id: GrantID, until: Instant? = nil) {
        self.header = header
        self.id = id
        self.until = until
    }
}

extension ApproveGrantRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ApproveGrantRequest>) {
        unsafe portvakt__v1__approve_grant_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ApproveGrantRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            until: reader.optional(form.pointee.until, "until"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ApproveGrantRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.until = unsafe writer.optional(until)
    }
}

public struct ApproveGrantResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension ApproveGrantResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ApproveGrantResponse>) {
        unsafe portvakt__v1__approve_grant_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ApproveGrantResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ApproveGrantResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Grants.Refuse`: whoever could give it says no.
public struct RefuseGrantRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: GrantID
    public var reason: String

    public init(header: ChangeHeader, id: GrantID, reason: String) {
        self.header = header
        self.id = id
        self.reason = reason
    }
}

extension RefuseGrantRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseGrantRequest>) {
        unsafe portvakt__v1__refuse_grant_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RefuseGrantRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            reason: reader.prose(form.pointee.reason, "reason"))
        guard !reason.isEmpty else { throw WireError(.missing, field: "reason") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseGrantRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.reason = unsafe writer.text(reason)
    }
}

public struct RefuseGrantResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RefuseGrantResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseGrantResponse>) {
        unsafe portvakt__v1__refuse_grant_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RefuseGrantResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseGrantResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}
