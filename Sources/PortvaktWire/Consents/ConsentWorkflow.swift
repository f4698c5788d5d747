package import CPortvaktProto
public import PortvaktCore

/// `Consents.Request`: somebody is asked for a consent.
public struct RequestConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var consent: Consent

    public init(header: ChangeHeader, consent: Consent) {
        self.header = header
        self.consent = consent
    }
}

extension RequestConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RequestConsentRequest>) {
        unsafe portvakt__v1__request_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RequestConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            consent: reader.message(form.pointee.consent, "consent"))
        try consent.checkUntouched()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RequestConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.consent = unsafe writer.form(consent)
    }
}

public struct RequestConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RequestConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RequestConsentResponse>) {
        unsafe portvakt__v1__request_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RequestConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RequestConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Refuse`: who was asked says no.
public struct RefuseConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID

    public init(header: ChangeHeader, id: ConsentID) {
        self.header = header
        self.id = id
    }
}

extension RefuseConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseConsentRequest>) {
        unsafe portvakt__v1__refuse_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RefuseConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct RefuseConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RefuseConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseConsentResponse>) {
        unsafe portvakt__v1__refuse_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RefuseConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RefuseConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Renew`: a new consent takes the place of one that was given.
public struct RenewConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID
    public var consent: Consent

    public init(header: ChangeHeader, id: ConsentID, consent: Consent) {
        self.header = header
        self.id = id
        self.consent = consent
    }
}

extension RenewConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RenewConsentRequest>) {
        unsafe portvakt__v1__renew_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RenewConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            consent: reader.message(form.pointee.consent, "consent"))
        try consent.checkUntouched()
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RenewConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.consent = unsafe writer.form(consent)
    }
}

public struct RenewConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension RenewConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__RenewConsentResponse>) {
        unsafe portvakt__v1__renew_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__RenewConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__RenewConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}

/// `Consents.Extend`: everything as it was but the end, and how the giver said so.
public struct ExtendConsentRequest: Equatable, Sendable {
    public var header: ChangeHeader
    public var id: ConsentID
    public var newID: ConsentID
    public var until: Instant
    public var form: ConsentForm
    public var evidence: Bool
    public var evidenceHash: [UInt8]
    public var textVersion: Identifier?
    public var informed: Bool

    public init(
        header: ChangeHeader, id: ConsentID, newID: ConsentID, until: Instant, form: ConsentForm, evidence: Bool = true,
        evidenceHash: [UInt8] = [], textVersion: Identifier? = nil, informed: Bool = true
    ) {
        self.header = header
        self.id = id
        self.newID = newID
        self.until = until
        self.form = form
        self.evidence = evidence
        self.evidenceHash = evidenceHash
        self.textVersion = textVersion
        self.informed = informed
    }
}

extension ExtendConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExtendConsentRequest>) {
        unsafe portvakt__v1__extend_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExtendConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            header: reader.message(form.pointee.header, "header"),
            id: reader.id(form.pointee.id, "id"),
            newID: reader.id(form.pointee.new_id, "new_id"),
            until: reader.message(form.pointee.until, "until"),
            form: reader.word(form.pointee.form, "form"),
            evidence: form.pointee.evidence != 0,
            evidenceHash: reader.optionalHash(form.pointee.evidence_hash, "evidence_hash"),
            textVersion: reader.optionalIdentifier(form.pointee.text_version, "text_version"),
            informed: form.pointee.informed != 0)
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExtendConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.header = unsafe writer.form(header)
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe form.pointee.new_id = unsafe writer.text(newID)
        unsafe form.pointee.until = unsafe writer.form(until)
        unsafe form.pointee.form = writer.word(self.form)
        unsafe form.pointee.evidence = writer.flag(evidence)
        unsafe form.pointee.evidence_hash = unsafe writer.bytes(evidenceHash)
        unsafe form.pointee.text_version = unsafe writer.text(textVersion)
        unsafe form.pointee.informed = writer.flag(informed)
    }
}

public struct ExtendConsentResponse: Equatable, Sendable {
    public var receipt: ChangeReceipt

    public init(_ receipt: ChangeReceipt) {
        self.receipt = receipt
    }
}

extension ExtendConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ExtendConsentResponse>) {
        unsafe portvakt__v1__extend_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ExtendConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.receipt, "receipt"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ExtendConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.receipt = unsafe writer.form(receipt)
    }
}
