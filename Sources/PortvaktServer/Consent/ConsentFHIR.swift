internal import PortvaktCore

extension ConsentDocument {
    /// A FHIR R5 Consent (hl7.org/fhir/R5/consent.html). The base decision is `deny`, as it is here; the provision is what the
    /// consent permits, and the provisions in it are what its giver keeps back.
    var fhir: String {
        JSONText.object([
            ("resourceType", .text("Consent")),
            ("identifier", .list([identifier("consent", consent.id.text)])),
            ("status", .text(status)),
            ("category", .list([concept("portvakt", "taushetsplikt", "Waiver of secrecy")])),
            ("subject", subject.map { reference("Patient", "person", $0.text) }),
            ("date", given.map { .text("\(OsloTime.date(at: $0))") }),
            ("period", period),
            ("grantor", .list([grantor])),
            ("grantee", grantees.isEmpty ? nil : .list(grantees)),
            ("controller", controllers.isEmpty ? nil : .list(controllers.map { organization("controller", $0.text) })),
            ("sourceAttachment", source),
            ("regulatoryBasis", .list([.object([("text", .text(Self.basis))])])),
            ("verification", .list([verification])),
            ("decision", .text("deny")),
            ("provision", .list([permitted])),
        ]).string
    }

    /// hl7.org/fhir/R5/valueset-consent-state-codes.html
    private var status: String {
        switch consent.state {
        case .requested: "draft"
        case .refused: "not-done"
        case .invalidated: "entered-in-error"
        case .withdrawn, .revoked, .superseded: "inactive"
        case .given: consent.spentAt == nil && now < consent.validity.until ? "active" : "inactive"
        }
    }

    private var permitted: JSONText {
        .object([
            ("period", period),
            ("actor", grantees.isEmpty ? nil : .list(grantees.map(recipient))),
            (
                "purpose",
                .list(consent.purposes.map { .object([("system", system("purpose")), ("code", .text($0.word))]) })
            ),
            ("code", consent.categories.flatMap { $0.isEmpty ? nil : .list($0.map { concept("category", $0.word) }) }),
            ("provision", kept.isEmpty ? nil : .list(kept)),
        ])
    }

    /// What the giver keeps back.
    private var kept: [JSONText] {
        var kept: [JSONText] = []
        if !consent.topicsExcluded.isEmpty {
            kept.append(.object([("code", .list(consent.topicsExcluded.map { concept("topic", $0.text) }))]))
        }
        if !consent.personsExcluded.isEmpty {
            let persons = consent.personsExcluded.map { recipient(reference("RelatedPerson", "person", $0.text)) }
            kept.append(.object([("actor", .list(persons))]))
        }
        return kept
    }

    private var period: JSONText? {
        guard from != nil || until != nil else { return nil }
        return .object([("start", from.map { .text($0.rfc3339) }), ("end", until.map { .text($0.rfc3339) })])
    }

    private var grantor: JSONText {
        switch consent.givenBy {
        case .unit(let id): organization("unit", id.text)
        case .employment(let id): reference("PractitionerRole", "employment", id.text)
        case .person(let id):
            id == subject ? reference("Patient", "person", id.text) : reference("RelatedPerson", "person", id.text)
        }
    }

    private var grantees: [JSONText] {
        consent.services.map { organization("service", $0.text) } + consent.units.map { organization("unit", $0.text) }
    }

    private var source: JSONText? {
        guard consent.textVersion != nil || !consent.evidenceHash.isEmpty else { return nil }
        let parts =
            [consent.textVersion.map { "text \($0.text)" }].compactMap(\.self)
            + (consent.evidenceHash.isEmpty ? [] : ["sha-256 \(Self.hex(consent.evidenceHash))"])
        return .list([.object([("title", .text(parts.joined(separator: ", ")))])])
    }

    private var verification: JSONText {
        .object([
            ("verified", .bool(consent.evidence && consent.informed)),
            ("verificationType", concept("form", consent.form.word)),
            ("verificationDate", given.map { .list([.text($0.rfc3339)]) }),
        ])
    }

    // MARK: Pieces

    private func system(_ kind: String) -> JSONText { .text("urn:portvakt:\(kind)") }

    private func identifier(_ kind: String, _ value: String) -> JSONText {
        .object([("system", system(kind)), ("value", .text(value))])
    }

    private func reference(_ type: String, _ kind: String, _ value: String) -> JSONText {
        .object([("type", .text(type)), ("identifier", identifier(kind, value))])
    }

    private func organization(_ kind: String, _ value: String) -> JSONText { reference("Organization", kind, value) }

    private func concept(_ kind: String, _ code: String, _ display: String? = nil) -> JSONText {
        .object([
            (
                "coding",
                .list([
                    .object([("system", system(kind)), ("code", .text(code)), ("display", display.map(JSONText.text))])
                ])
            )
        ])
    }

    private func recipient(_ reference: JSONText) -> JSONText {
        .object([
            (
                "role",
                .object([
                    (
                        "coding",
                        .list([
                            .object([
                                ("system", .text("http://terminology.hl7.org/CodeSystem/v3-ParticipationType")),
                                ("code", .text("IRCP")),
                            ])
                        ])
                    )
                ])
            ),
            ("reference", reference),
        ])
    }
}
