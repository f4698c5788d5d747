package import CPortvaktProto
public import PortvaktCore

/// A grant as it stands.
public struct FiledGrant: Equatable, Sendable {
    public var grant: Grant
    /// The revision of the last change to it.
    public var version: Revision
    /// When that was registered.
    public var registeredAt: Instant

    public init(_ grant: Grant, version: Revision, registeredAt: Instant) {
        self.grant = grant
        self.version = version
        self.registeredAt = registeredAt
    }
}

extension FiledGrant: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FiledGrant>) {
        unsafe portvakt__v1__filed_grant__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FiledGrant>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.grant, "grant"),
            version: Revision(form.pointee.version),
            registeredAt: Instant(milliseconds: form.pointee.registered_at_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FiledGrant>, _ writer: WireWriter) {
        unsafe form.pointee.grant = unsafe writer.form(grant)
        unsafe form.pointee.version = version.number
        unsafe form.pointee.registered_at_ms = registeredAt.milliseconds
    }
}

/// `Grants.Add`: somebody gets a role on a case.
public struct AddGrantRequest: Equatable, Sendable {
    public var header: ChangeHeader
    /// As stated: not revoked.
    public var grant: Grant

    public init(header: ChangeHeader, grant: Grant) {
        self.header = header
        self.grant = grant
    }
}

extension AddGrantRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AddGrantRequest>) {
        unsafe portvakt__v1__add_grant_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AddGrantRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            grant: reader.message(form.pointee.grant, "grant"))
        guard grant.revokedAt == nil else { throw WireError(.misplaced, field: "grant.revoked_at") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AddGrantRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.grant = unsafe writer.form(grant)
    }
}

public struct AddGrantResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension AddGrantResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__AddGrantResponse>) {
        unsafe portvakt__v1__add_grant_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__AddGrantResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__AddGrantResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Grants.Revoke`: a grant ends.
public struct RevokeGrantRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: GrantID
    /// From this instant; `nil` for now.
    public var at: Instant?

    public init(header: ChangeHeader, id: GrantID, at: Instant? = nil) {
        self.header = header
        self.id = id
        self.at = at
    }
}

extension RevokeGrantRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeGrantRequest>) {
        unsafe portvakt__v1__revoke_grant_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RevokeGrantRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            at: reader.optional(form.pointee.at, "at"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeGrantRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.at = unsafe writer.optional(at)
    }
}

public struct RevokeGrantResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RevokeGrantResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeGrantResponse>) {
        unsafe portvakt__v1__revoke_grant_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RevokeGrantResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeGrantResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Grants.List`: grants of one case, ended ones too, in the order of registration.
public struct ListGrantsRequest: Equatable, Sendable {
    public var caseID: CaseID
    public var page: PageRequest

    public init(caseID: CaseID, page: PageRequest = .first) {
        self.caseID = caseID
        self.page = page
    }
}

extension ListGrantsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListGrantsRequest>) {
        unsafe portvakt__v1__list_grants_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListGrantsRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            caseID: reader.id(form.pointee.case_id, "case_id"),
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListGrantsRequest>, _ writer: WireWriter) {
        unsafe form.pointee.case_id = unsafe writer.text(caseID)
        unsafe form.pointee.page = unsafe writer.optional(page)
    }
}

public struct ListGrantsResponse: Equatable, Sendable {
    public var grants: [FiledGrant]
    public var page: Page

    public init(_ grants: [FiledGrant], page: Page) {
        self.grants = grants
        self.page = page
    }
}

extension ListGrantsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListGrantsResponse>) {
        unsafe portvakt__v1__list_grants_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListGrantsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_grants, form.pointee.grants, "grants", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListGrantsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_grants, form.pointee.grants) = unsafe writer.forms(grants)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}
