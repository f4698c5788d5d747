internal import PortvaktCore

/// A consent in the formats that others read. Opaque ids only: whoever shows it to people puts the names in.
struct ConsentDocument: Sendable {
    /// The first line of a signed receipt.
    static let receiptKind = "portvakt-consent-receipt/1"
    static let schemaVersion = "ISO/IEC TS 27560:2023"
    /// The secrecy that a consent waives; the basis of the processing itself (GDPR article 6) stands apart from it.
    static let basis = "fvl § 13 a nr 1; hpl § 22"

    let consent: Consent
    let version: Revision
    let registeredAt: Instant
    let subject: PersonID?
    let controllers: [ControllerID]
    let now: Instant

    init(_ filed: Filed<Consent>, in state: Snapshot, at now: Instant) {
        consent = filed.record
        version = filed.version
        registeredAt = filed.registeredAt
        subject = state.subject(of: filed.record)
        controllers = (RecordScope(state: state).controllers(of: .consent, filed.record.id.identifier) ?? []).ordered()
        self.now = now
    }

    /// The receipt: a consent record of ISO/IEC TS 27560:2023 (its sections 6.3 header, 6.4 processing, 6.5 parties, 6.6 events)
    /// as JSON on one line.
    var receipt: String {
        JSONText.object([
            ("schema_version", .text(Self.schemaVersion)),
            ("record_id", .text(consent.id.text)),
            ("receipt_id", .text("\(consent.id.text)@\(version.number)")),
            ("pii_principal_id", subject.map { .text($0.text) }),
            ("pii_processing", processing),
            ("party_identification", .list(parties)),
            ("events", .list(events)),
        ]).string
    }

    private var processing: JSONText {
        .object([
            ("privacy_notice", consent.textVersion.map { .text($0.text) }),
            ("lawful_basis", .text(Self.basis)),
            ("purposes", .list(consent.purposes.map { .object([("purpose", .text($0.word))]) })),
            ("pii_information", pii),
            ("pii_controllers", .texts(controllers.map(\.text))),
            ("recipient_third_parties", .texts(consent.services.map(\.text) + consent.units.map(\.text))),
            ("collection_method", .text(consent.form.word)),
            ("evidence_sha256", consent.evidenceHash.isEmpty ? nil : .text(Self.hex(consent.evidenceHash))),
            ("informed", .bool(consent.informed)),
            ("single_use", .bool(consent.once)),
            ("case", caseID.map { .text($0.text) }),
            ("withdrawal_method", .text("to the controller, at any time, in any form")),
        ])
    }

    private var pii: JSONText {
        .object([
            ("pii_type", consent.categories.map { .texts($0.map(\.word)) } ?? .text("all categories")),
            ("topics_excluded", consent.topicsExcluded.isEmpty ? nil : .texts(consent.topicsExcluded.map(\.text))),
            ("persons_excluded", consent.personsExcluded.isEmpty ? nil : .texts(consent.personsExcluded.map(\.text))),
        ])
    }

    private var parties: [JSONText] {
        var parties: [JSONText] = [
            .object([
                ("party_id", .text(giver.id)), ("party_role", .text(consent.capacity.word)),
                ("party_type", .text("consent giver")),
            ])
        ]
        parties += controllers.map {
            .object([("party_id", .text($0.text)), ("party_type", .text("pii controller"))])
        }
        return parties
    }

    private var events: [JSONText] {
        func event(_ type: String, _ at: Instant?, _ state: ConsentState) -> JSONText {
            .object([
                ("event_time", at.map { .text($0.rfc3339) }), ("event_type", .text(type)),
                ("event_state", .text(state.word)),
                ("valid_from", from.map { .text($0.rfc3339) }), ("valid_until", until.map { .text($0.rfc3339) }),
                ("entity_id", .text(giver.id)),
            ])
        }
        var events: [JSONText] = []
        switch consent.state {
        case .requested: events.append(event("requested", given, .requested))
        case .refused: events.append(event("refused", registeredAt, .refused))
        default: events.append(event("given", given, .given))
        }
        if let spent = consent.spentAt { events.append(event("spent", spent, consent.state)) }
        if let withdrawn = consent.withdrawnAt {
            events.append(event(consent.state == .revoked ? "revoked" : "withdrawn", withdrawn, consent.state))
        }
        if [.invalidated, .superseded].contains(consent.state) {
            events.append(event(consent.state.word, registeredAt, consent.state))
        }
        return events
    }

    // MARK: What both formats say

    /// When it became known; what an import stated without an instant, when it was imported. `nil` when that has changed since: then it
    /// is known no more when that was.
    var given: Instant? {
        guard consent.registeredAt == .distantPast else { return consent.registeredAt }
        let isChanged = consent.withdrawnAt != nil || consent.spentAt != nil || consent.state == .invalidated
        return isChanged ? nil : registeredAt
    }

    var from: Instant? { consent.validity.from == .distantPast ? nil : consent.validity.from }
    var until: Instant? { consent.validity.until == .distantFuture ? nil : consent.validity.until }

    var caseID: CaseID? {
        if case .caseID(let id) = consent.scope { id } else { nil }
    }

    var giver: (kind: String, id: String) {
        switch consent.givenBy {
        case .person(let id): ("person", id.text)
        case .unit(let id): ("unit", id.text)
        case .employment(let id): ("employment", id.text)
        }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
