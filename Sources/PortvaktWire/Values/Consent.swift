package import CPortvaktProto
package import PortvaktCore

/// Categories, where all and none must be told apart.
struct CategoryList: @unsafe WireMessage {
    var categories: [Category]

    static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Categories>) {
        unsafe portvakt__v1__categories__init(form)
    }

    init(_ categories: [Category]) { self.categories = categories }

    init(_ form: UnsafePointer<Portvakt__V1__Categories>, _ reader: WireReader) throws(WireError) {
        categories = try unsafe reader.words(form.pointee.n_categories, form.pointee.categories, "categories")
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Categories>, _ writer: WireWriter) {
        unsafe (form.pointee.n_categories, form.pointee.categories) = unsafe writer.words(categories)
    }
}

extension Consent: @unsafe WireMessage {
    package static func initialize(_ form: UnsafeMutablePointer<Portvakt__V1__Consent>) {
        unsafe portvakt__v1__consent__init(form)
    }

    package init(_ form: UnsafePointer<Portvakt__V1__Consent>, _ reader: WireReader) throws(WireError) {
        try unsafe self.init(
            id: reader.id(form.pointee.id, "id"),
            scope: ConsentScope(form, reader),
            givenBy: reader.message(form.pointee.given_by, "given_by"),
            capacity: reader.word(form.pointee.capacity, "capacity"),
            about: reader.optionalID(form.pointee.about, "about"),
            services: reader.codes(form.pointee.n_services, form.pointee.services, "services"),
            units: reader.ids(form.pointee.n_units, form.pointee.units, "units"),
            purposes: reader.words(form.pointee.n_purposes, form.pointee.purposes, "purposes"),
            categories: reader.optional(form.pointee.categories, "categories", as: CategoryList.self)?.categories,
            topicsExcluded: reader.codes(
                form.pointee.n_topics_excluded, form.pointee.topics_excluded, "topics_excluded"),
            personsExcluded: reader.ids(
                form.pointee.n_persons_excluded, form.pointee.persons_excluded, "persons_excluded"),
            form: reader.word(form.pointee.form, "form"),
            evidence: form.pointee.evidence != 0,
            evidenceHash: reader.optionalHash(form.pointee.evidence_hash, "evidence_hash"),
            textVersion: reader.optionalIdentifier(form.pointee.text_version, "text_version"),
            informed: form.pointee.informed != 0,
            validity: reader.validity(form.pointee.validity, "validity"),
            once: form.pointee.once != 0,
            state: reader.optionalWord(form.pointee.state, "state") ?? .given,
            registeredAt: reader.optional(form.pointee.registered_at, "registered_at") ?? .distantPast,
            withdrawnAt: reader.optional(form.pointee.withdrawn_at, "withdrawn_at"),
            spentAt: reader.optional(form.pointee.spent_at, "spent_at"),
            meeting: reader.optionalID(form.pointee.meeting, "meeting"))
        guard !purposes.isEmpty else { throw reader.missing("purposes") }
    }

    package func write(_ form: UnsafeMutablePointer<Portvakt__V1__Consent>, _ writer: WireWriter) {
        unsafe form.pointee.id = unsafe writer.text(id)
        unsafe scope.write(form, writer)
        unsafe form.pointee.given_by = unsafe writer.form(givenBy)
        unsafe form.pointee.capacity = writer.word(capacity)
        unsafe form.pointee.about = unsafe writer.text(about)
        unsafe (form.pointee.n_services, form.pointee.services) = unsafe writer.texts(services)
        unsafe (form.pointee.n_units, form.pointee.units) = unsafe writer.texts(units)
        unsafe (form.pointee.n_purposes, form.pointee.purposes) = unsafe writer.words(purposes)
        unsafe form.pointee.categories = unsafe writer.optional(categories.map(CategoryList.init))
        unsafe (form.pointee.n_topics_excluded, form.pointee.topics_excluded) = unsafe writer.texts(topicsExcluded)
        unsafe (form.pointee.n_persons_excluded, form.pointee.persons_excluded) = unsafe writer.texts(personsExcluded)
        unsafe form.pointee.form = writer.word(self.form)
        unsafe form.pointee.evidence = writer.flag(evidence)
        unsafe form.pointee.evidence_hash = unsafe writer.bytes(evidenceHash)
        unsafe form.pointee.text_version = unsafe writer.text(textVersion)
        unsafe form.pointee.informed = writer.flag(informed)
        unsafe form.pointee.validity = unsafe writer.optional(validity)
        unsafe form.pointee.once = writer.flag(once)
        unsafe form.pointee.meeting = unsafe writer.text(meeting)
        unsafe form.pointee.state = writer.word(state)
        unsafe form.pointee.registered_at = unsafe writer.optional(registeredAt == .distantPast ? nil : registeredAt)
        unsafe form.pointee.withdrawn_at = unsafe writer.optional(withdrawnAt)
        unsafe form.pointee.spent_at = unsafe writer.optional(spentAt)
    }
}

extension ConsentScope {
    init(_ form: UnsafePointer<Portvakt__V1__Consent>, _ reader: WireReader) throws(WireError) {
        switch unsafe form.pointee.scope_case {
        case PORTVAKT__V1__CONSENT__SCOPE_CASE_ID: self = .caseID(try unsafe reader.id(form.pointee.case_id, "case_id"))
        case PORTVAKT__V1__CONSENT__SCOPE_SUBJECT:
            self = .subject(try unsafe reader.id(form.pointee.subject, "subject"))
        default: throw WireError(.missing, field: "case_id")
        }
    }

    func write(_ form: UnsafeMutablePointer<Portvakt__V1__Consent>, _ writer: WireWriter) {
        switch self {
        case .caseID(let id):
            unsafe form.pointee.scope_case = PORTVAKT__V1__CONSENT__SCOPE_CASE_ID
            unsafe form.pointee.case_id = unsafe writer.text(id)
        case .subject(let id):
            unsafe form.pointee.scope_case = PORTVAKT__V1__CONSENT__SCOPE_SUBJECT
            unsafe form.pointee.subject = unsafe writer.text(id)
        }
    }
}
