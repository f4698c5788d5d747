package import CPortvaktProto
public import PortvaktCore

/// A consent as it stands.
public struct FiledConsent: Equatable, Sendable {
    public var consent: Consent
    /// The revision of the last change to it.
    public var version: Revision
    /// When that was registered.
    public var registeredAt: Instant

    public init(_ consent: Consent, version: Revision, registeredAt: Instant) {
        self.consent = consent
        self.version = version
        self.registeredAt = registeredAt
    }
}

extension FiledConsent: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__FiledConsent>) {
        unsafe portvakt__v1__filed_consent__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__FiledConsent>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.consent, "consent"),
            version: Revision(form.pointee.version),
            registeredAt: Instant(milliseconds: form.pointee.registered_at_ms))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__FiledConsent>, _ writer: WireWriter) {
        unsafe form.pointee.consent = unsafe writer.form(consent)
        unsafe form.pointee.version = version.number
        unsafe form.pointee.registered_at_ms = registeredAt.milliseconds
    }
}

/// `Consents.Give`: a consent was given.
public struct GiveConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    /// As stated: its state is `given`, and the service sets its instants.
    public var consent: Consent

    public init(header: ChangeHeader, consent: Consent) {
        self.header = header
        self.consent = consent
    }
}

extension GiveConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GiveConsentRequest>) {
        unsafe portvakt__v1__give_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GiveConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            consent: reader.message(form.pointee.consent, "consent"))
        try consent.checkUntouched()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GiveConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.consent = unsafe writer.form(consent)
    }
}

public struct GiveConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension GiveConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GiveConsentResponse>) {
        unsafe portvakt__v1__give_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GiveConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GiveConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Withdraw`: who gave it takes it back.
public struct WithdrawConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID
    /// From this instant; `nil` for now.
    public var at: Instant?

    public init(header: ChangeHeader, id: ConsentID, at: Instant? = nil) {
        self.header = header
        self.id = id
        self.at = at
    }
}

extension WithdrawConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WithdrawConsentRequest>) {
        unsafe portvakt__v1__withdraw_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WithdrawConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            at: reader.optional(form.pointee.at, "at"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WithdrawConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.at = unsafe writer.optional(at)
    }
}

public struct WithdrawConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension WithdrawConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__WithdrawConsentResponse>) {
        unsafe portvakt__v1__withdraw_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__WithdrawConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__WithdrawConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Revoke`: an authority ends it.
public struct RevokeConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID
    /// From this instant; `nil` for now.
    public var at: Instant?

    public init(header: ChangeHeader, id: ConsentID, at: Instant? = nil) {
        self.header = header
        self.id = id
        self.at = at
    }
}

extension RevokeConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeConsentRequest>) {
        unsafe portvakt__v1__revoke_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RevokeConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            at: reader.optional(form.pointee.at, "at"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.at = unsafe writer.optional(at)
    }
}

public struct RevokeConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RevokeConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeConsentResponse>) {
        unsafe portvakt__v1__revoke_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RevokeConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RevokeConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Invalidate`: it turned out never to have been valid.
public struct InvalidateConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID

    public init(header: ChangeHeader, id: ConsentID) {
        self.header = header
        self.id = id
    }
}

extension InvalidateConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__InvalidateConsentRequest>) {
        unsafe portvakt__v1__invalidate_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__InvalidateConsentRequest>, _ reader: WireReader) throws(WireError)
    {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__InvalidateConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct InvalidateConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension InvalidateConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__InvalidateConsentResponse>) {
        unsafe portvakt__v1__invalidate_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__InvalidateConsentResponse>, _ reader: WireReader) throws(WireError)
    {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__InvalidateConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

extension Consent {
    /// - Throws: when it states what only the service sets.
    func checkUntouched() throws(WireError) {
        let field: StaticString? =
            if state != .given { "state" } else if registeredAt != .distantPast {
                "registered_at"
            } else if withdrawnAt != nil {
                "withdrawn_at"
            } else if spentAt != nil { "spent_at" } else { nil }
        if let field { throw WireError(.misplaced, field: "\(field)").inside("consent") }
    }
}
