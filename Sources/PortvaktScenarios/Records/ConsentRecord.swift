internal import PortvaktCore

extension RecordReader {
    func consent(_ mapping: MappingReader) -> Dated? {
        let id: ConsentID? = mapping.required("id")?.id()
        let scope = scope(mapping)
        if mapping.optional("case") == nil, mapping.optional("subject") == nil {
            mapping.whole.fail("a consent needs \"case\" or \"subject\"")
        }
        let registeredAt = mapping.optional("registered_at")?.instant()
        let withdrawnAt = mapping.optional("withdrawn_at")?.instant()
        let revokedAt = mapping.optional("revoked_at")?.instant()
        let spentAt = mapping.optional("spent_at")?.instant()
        let terms = terms(mapping, id: id, scope: scope)
        guard let id, var consent = terms else { return nil }
        consent.registeredAt = registeredAt ?? .distantPast
        var dated = Dated(.consent(consent))
        dated.registeredAt = consent.registeredAt
        if let withdrawnAt {
            dated.followUps.append(.init(event: .consentWithdrawn(id, at: withdrawnAt), at: withdrawnAt))
        }
        if let revokedAt { dated.followUps.append(.init(event: .consentRevoked(id, at: revokedAt), at: revokedAt)) }
        if let spentAt { dated.followUps.append(.init(event: .consentSpent(id, at: spentAt), at: spentAt)) }
        return dated
    }

    /// Which case or subject it names.
    func scope(_ mapping: MappingReader) -> ConsentScope? {
        let caseValue = mapping.optional("case")
        let subjectValue = mapping.optional("subject")
        if let caseValue, subjectValue != nil { caseValue.fail("a consent names a case or a subject, not both") }
        if let caseValue { return references.caseID(caseValue).map(ConsentScope.caseID) }
        return references.person(subjectValue).map(ConsentScope.subject)
    }

    /// Everything of a consent but its id, its case and what happened to it; `nil` without those two. It is read in any case: what
    /// is not read counts as unknown, and is told as an error of its own.
    func terms(_ mapping: MappingReader, id: ConsentID?, scope: ConsentScope?) -> Consent? {
        let givenBy = references.party(mapping.required("given_by"), among: [.person, .unit])
        let capacity: ConsentCapacity? = mapping.required("capacity")?.word()
        let about = references.person(mapping.optional("about"))
        let recipients = mapping.optional("to").flatMap { readRecipients($0) } ?? ([], [])
        let purposes: [Purpose] = mapping.optional("purposes")?.list { $0.word() } ?? [.samordning]
        let categories: [Category]? = mapping.optional("categories")?.list { $0.word() }
        let topics: [Topic] = list(mapping.optional("topics_excluded")) { $0.code() }
        let persons = list(mapping.optional("persons_excluded")) { references.person($0) }
        let form: ConsentForm = mapping.optional("form")?.word() ?? .skriftlig
        let evidence = mapping.bool("evidence", default: true)
        let hash = mapping.optional("evidence_hash").flatMap { sha256($0) } ?? []
        let textVersion = mapping.optional("text_version")?.identifier()
        let informed = mapping.bool("informed", default: true)
        let validity = validity(mapping)
        let once = mapping.bool("once")
        let state = mapping.optional("state").flatMap { statedState($0) } ?? .given
        let meeting = references.meeting(mapping.optional("meeting"))
        guard let id, let scope, let givenBy, let capacity else { return nil }
        return Consent(
            id: id, scope: scope, givenBy: givenBy, capacity: capacity, about: about, services: recipients.services,
            units: recipients.units, purposes: purposes, categories: categories, topicsExcluded: topics,
            personsExcluded: persons, form: form, evidence: evidence, evidenceHash: hash, textVersion: textVersion,
            informed: informed, validity: validity, once: once, state: state, meeting: meeting)
    }

    private func readRecipients(_ value: ValueReader) -> (services: [Service], units: [UnitID])? {
        value.mapping { mapping in
            let services: [Service] = list(mapping.optional("services")) { $0.code() }
            let units = list(mapping.optional("units")) { references.unit($0) }
            return (services, units)
        }
    }

    /// The states that a registration can state; withdrawn and revoked follow from their instants.
    private func statedState(_ value: ValueReader) -> ConsentState? {
        value.choice([
            "requested": .requested, "given": .given, "refused": .refused, "invalidated": .invalidated,
            "superseded": .superseded,
        ])
    }

    /// SHA-256 as 64 hexadecimal digits.
    private func sha256(_ value: ValueReader) -> [UInt8]? {
        guard let text = value.text() else { return nil }
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else {
            value.fail("expected a SHA-256 as 64 hexadecimal digits")
            return nil
        }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
