internal import HashTreeCollections

// Step 3: hard locks, which come before every basis; nothing overrides them (rules section 6).

extension Evaluation {
    func checkLocks() {
        guard let subject, !isOwnLookUp else { return }
        if !isRecipientOnly { checkActorLocks(subject) }
        if question.action == .disclose { checkRecipientLocks(subject) }
    }

    /// For the duties that protect life and children the locks look at the recipient, not at the one who reports.
    private var isRecipientOnly: Bool {
        question.action == .disclose && (question.ground.map { tables.rule(for: $0).locksRecipientOnly } ?? false)
    }

    private func checkActorLocks(_ subject: PersonFile) {
        checkProtection(subject)
        if let about = question.entry?.about {
            for id in about where id != subject.person.record.id {
                if let person = state.persons[id] { checkProtection(person) }
            }
        }
        if !subject.parts.restrictions.isEmpty {
            checkRestrictions(of: subject, against: restrictedHumans, isInformationOnly: false)
        }
        if let human, employment != nil { checkHabilitet(of: human, towards: subject) }
        if denies.isEmpty, refers.isEmpty { pass(.lockCircle) }
    }

    /// The subject and everyone the entry is about.
    private func protectedPersons(_ subject: PersonFile) -> [PersonFile] {
        var persons = [subject]
        for id in question.entry?.about ?? [] where id != subject.person.record.id {
            if let person = state.persons[id] { persons.append(person) }
        }
        return persons
    }

    private var restrictedHumans: [PersonID] {
        var humans: [PersonID] = []
        if let human { humans.append(human) }
        if let viewer, viewer != human { humans.append(viewer) }
        return humans
    }

    // MARK: Protection

    private func checkProtection(_ file: PersonFile) {
        let person = file.parts.person
        if !person.record.hiddenFrom.isEmpty,
            restrictedHumans.contains(where: { person.record.hiddenFrom.contains($0) })
        {
            concealed = true
            deny(.denyProtected, .lockHidden)
        }
        guard person.record.protection != .none else { return }
        if person.record.protection == .strengt_fortrolig, !isInsideCircle(file) {
            concealed = true
            deny(.denyProtected, .lockCircle)
        }
        checkAddress(unit)
    }

    private func isInsideCircle(_ file: PersonFile) -> Bool {
        if let employment { return file.person.record.circle.contains(employment.record.id) }
        guard proxyGrant == nil, let human else { return false }
        return mayReadOn(human, file)
    }

    /// The protected person, and a holder of a known authority who is not among those it hides from.
    private func mayReadOn(_ person: PersonID, _ file: PersonFile) -> Bool {
        if person == file.person.record.id { return true }
        return file.authorities.contains { authority in
            authority.record.holder == .person(person) && authority.record.status == .known
                && authority.record.validity.contains(at)
        }
    }

    /// Where a protected person is to be found is closed to private controllers.
    private func checkAddress(_ unit: UnitFile?) {
        guard let unit, let topic = tables.lists.addressTopic, question.entry?.topics.contains(topic) == true,
            tables.lists.addressClosedTo.contains(unit.controllerKind)
        else { return }
        deny(.denyProtected, .lockAddress)
    }

    // MARK: Restrictions

    /// - Parameter isInformationOnly: a parent without foreldreansvar asks for information (L07).
    private func checkRestrictions(of subject: PersonFile, against humans: [PersonID], isInformationOnly: Bool) {
        for restriction in subject.restrictions where humans.contains(restriction.record.against) {
            if let until = restriction.record.until {
                depends(on: until)
                if until <= at { continue }
            }
            use(.restriction, restriction.record.id.identifier, restriction)
            add(.appealText)
            switch restriction.record.kind {
            case .fare: deny(isInformationOnly ? .denyHarmToChild : .denyProtected, .lockRestriction)
            case .undersokelse, .info_rett_fjernet: deny(.denyWithheld, .lockRestriction)
            }
        }
    }

    // MARK: Habilitet

    /// An own case, or that of kin: of the subject, or of somebody who holds foreldreansvar (L75).
    private func checkHabilitet(of human: PersonID, towards subject: PersonFile) {
        if tables.switches.habilitetSelf, isTowards(human, subject) { return deny(.denyHabilitet, .lockHabilitet) }
        guard let relations = humanFile?.parts.relations, !relations.isEmpty else { return pass(.lockHabilitet) }
        var isPossible = false
        for relation in relations where tables.lists.habilitetKinds.contains(relation.record.kind) {
            let other = relation.record.a == human ? relation.record.b : relation.record.a
            guard isTowards(other, subject) else { continue }
            use(.relation, relation.record.id.identifier, relation)
            guard relation.record.declared == .known else {
                isPossible = true
                continue
            }
            return deny(.denyHabilitet, .lockHabilitet)
        }
        if isPossible { refer(.referConflict, .lockHabilitet) } else { pass(.lockHabilitet) }
    }

    /// The subject, or one who holds foreldreansvar now.
    private func isTowards(_ person: PersonID, _ subject: PersonFile) -> Bool {
        if person == subject.parts.person.record.id { return true }
        guard tables.switches.habilitetTowardsHolders else { return false }
        return subject.parts.authorities.contains {
            $0.record.kind == .foreldreansvar && $0.record.holder == .person(person) && $0.record.validity.contains(at)
        }
    }

    // MARK: The recipient

    /// In a disclosure the locks look at the recipient too: a person as if that person asked.
    private func checkRecipientLocks(_ subject: PersonFile) {
        guard let recipient = question.recipient else { return }
        let isInformationOnly = question.ground.map { tables.rule(for: $0).parentWithoutFa } ?? false
        for box in protectedPersons(subject) {
            let person = box.person.record
            if case .person(let id) = recipient, person.hiddenFrom.contains(id) { deny(.denyProtected, .lockHidden) }
            if person.protection == .strengt_fortrolig, !isRecipientOnly, !isInsideCircle(recipient, box) {
                deny(.denyProtected, .lockCircle)
            }
            if person.protection != .none, case .unit(let id) = recipient { checkAddress(state.units[id]) }
        }
        if case .person(let id) = recipient {
            checkRestrictions(of: subject, against: [id], isInformationOnly: isInformationOnly)
        }
    }

    private func isInsideCircle(_ recipient: Recipient, _ file: PersonFile) -> Bool {
        switch recipient {
        case .person(let id): mayReadOn(id, file)
        case .unit(let id): file.person.record.circle.contains { state.employments[$0]?.record.unit == id }
        case .service: false
        }
    }
}
