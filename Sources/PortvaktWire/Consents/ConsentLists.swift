package import CPortvaktProto
public import PortvaktCore

/// `Consents.Get`: one consent as it stands.
public struct GetConsentRequest: Equatable, Sendable {
    public var id: ConsentID

    public init(_ id: ConsentID) {
        self.id = id
    }
}

extension GetConsentRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetConsentRequest>) {
        unsafe portvakt__v1__get_consent_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetConsentRequest>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.id(form.pointee.id, "id"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetConsentRequest>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
    }
}

public struct GetConsentResponse: Equatable, Sendable {
    public var consent: FiledConsent

    public init(_ consent: FiledConsent) {
        self.consent = consent
    }
}

extension GetConsentResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__GetConsentResponse>) {
        unsafe portvakt__v1__get_consent_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__GetConsentResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.message(form.pointee.consent, "consent"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__GetConsentResponse>, _ writer: WireWriter) {
        unsafe form.pointee.consent = unsafe writer.form(consent)
    }
}

/// `Consents.List`: consents of one person or one case, all states, in the order of registration.
public struct ListConsentsRequest: Equatable, Sendable {
    /// Every consent about this person, or every one that names this case.
    public var scope: ConsentScope
    /// In these states only; in any when empty.
    public var states: [ConsentState]
    public var page: PageRequest

    public init(of scope: ConsentScope, states: [ConsentState] = [], page: PageRequest = .first) {
        self.scope = scope
        self.states = states
        self.page = page
    }
}

extension ListConsentsRequest: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListConsentsRequest>) {
        unsafe portvakt__v1__list_consents_request__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListConsentsRequest>, _ reader: WireReader) throws(WireError) {
        let scope: ConsentScope
        switch unsafe form.pointee.of_case {
        case PORTVAKT__V1__LIST_CONSENTS_REQUEST__OF_SUBJECT:
            scope = .subject(try unsafe reader.id(form.pointee.subject, "subject"))
        case PORTVAKT__V1__LIST_CONSENTS_REQUEST__OF_CASE_ID:
            scope = .caseID(try unsafe reader.id(form.pointee.case_id, "case_id"))
        default: throw reader.missing("subject")
        }
        try unsafe self.init(
            of: scope,
            states: reader.words(form.pointee.n_states, form.pointee.states, "states"),
            page: reader.page(form.pointee.page))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListConsentsRequest>, _ writer: WireWriter) {
        switch scope {
        case .subject(let id):
            unsafe form.pointee.of_case = PORTVAKT__V1__LIST_CONSENTS_REQUEST__OF_SUBJECT
            unsafe form.pointee.subject = unsafe writer.text(id)
        case .caseID(let id):
            unsafe form.pointee.of_case = PORTVAKT__V1__LIST_CONSENTS_REQUEST__OF_CASE_ID
            unsafe form.pointee.case_id = unsafe writer.text(id)
        }
        unsafe (form.pointee.n_states, form.pointee.states) = unsafe writer.words(states)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}

public struct ListConsentsResponse: Equatable, Sendable {
    public var consents: [FiledConsent]
    public var page: Page

    public init(_ consents: [FiledConsent], page: Page) {
        self.consents = consents
        self.page = page
    }
}

extension ListConsentsResponse: @unsafe WireResponse {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__ListConsentsResponse>) {
        unsafe portvakt__v1__list_consents_response__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__ListConsentsResponse>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            reader.messages(form.pointee.n_consents, form.pointee.consents, "consents", limit: WireLimits.pageItems),
            page: reader.message(form.pointee.page, "page"))
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__ListConsentsResponse>, _ writer: WireWriter) {
        unsafe (form.pointee.n_consents, form.pointee.consents) = unsafe writer.forms(consents)
        unsafe form.pointee.page = unsafe writer.form(page)
    }
}
