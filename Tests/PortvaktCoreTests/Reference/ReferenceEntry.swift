import PortvaktCore

// Step 7: the entry's labels.

extension Reference {
    func entryStep(_ basis: Reason) -> Reason? {
        guard let entry = question.entry, [.logRead, .disclose].contains(question.action), let subject else {
            return nil
        }
        if question.action == .disclose, question.ground == .innsyn_47 { return toldAsParent(entry) }
        let statutory: [Reason] = [.allowStatutoryOut, .allowCrossOrganNr5, .allowSelf]
        if question.action == .disclose, statutory.contains(basis), basis != .allowSelf { return nil }
        let acting = proxy == nil ? human : principal
        var found: [Reason] = []
        if employment == nil, acting == subject, entry.category == .barnevern, let caseRecord, !isParty(caseRecord) {
            found.append(.denyNotParty)
        }
        if !mayReadAbout(entry, acting) { found.append(.denyThirdPartyInfo) }
        if question.action == .logRead, employment == nil, let acting { found += labels(entry, of: acting) }
        return found.first { $0.effect == .deny } ?? found.first
    }

    /// A parent without foreldreansvar is told nothing on the other parent, and no more than a parent may read.
    private func toldAsParent(_ entry: EntryLabels) -> Reason? {
        guard case .person(let parent)? = question.recipient else { return nil }
        if !mayReadAbout(entry, parent) { return .denyThirdPartyInfo }
        let found = labels(entry, of: parent, isParent: true)
        return found.first { $0.effect == .deny } ?? found.first
    }

    /// 3.1 point 6: information about someone else needs that person's own set, for every recipient.
    func mayReadAbout(_ entry: EntryLabels, _ acting: PersonID?) -> Bool {
        let unit: UnitID? =
            if question.action == .disclose {
                if case .unit(let id)? = question.recipient { id } else { nil }
            } else {
                employment?.unit
            }
        return entry.about.allSatisfy { person in
            if person == subject { return true }
            if question.action == .logRead, employment == nil, person == acting { return true }
            if question.action == .disclose, question.recipient == .person(person) { return true }
            guard let unit else { return false }
            if question.action == .logRead, unit == entry.author { return true }
            if isEmergencyOnly { return false }
            let ask = Ask(
                subject: person, caseID: caseRecord?.id, unit: unit, person: question.action == .logRead ? human : nil,
                purpose: question.purpose,
                row: question.purpose == .daglig_omsorg ? .daily(entry.category) : Self.row(of: entry.category),
                category: entry.category, topics: entry.topics)
            return consentFailure(ask) == nil
        }
    }

    var isEmergencyOnly: Bool {
        guard employment != nil, question.emergency != nil else { return false }
        var asked = question
        asked.emergency = nil
        return Reference(world, profile, asked, by: system, at: at).basis().effect != .allow
    }

    func labels(_ entry: EntryLabels, of acting: PersonID, isParent: Bool = false) -> [Reason] {
        guard let subject else { return [] }
        var found: [Reason] = []
        let isInvestigated = entry.withheld == .investigation && (entry.withheldUntil.map { at < $0 } ?? true)
        if entry.withheld == .danger || isInvestigated { found.append(.denyWithheld) }
        guard acting != subject else { return found }
        let age = world.age(subject, at: at)
        if entry.withheld == .weighty { found.append(entry.neededForFa ? .referConflict : .denyWithheld) }
        let isInCare =
            age < 18
            && world.authorities(over: subject, at: at).contains {
                $0.kind == .omsorg && $0.status == .known && $0.document != nil
            }
        let isGuardian =
            isParent || world.authorities(over: subject, at: at).contains { $0.holder == .person(acting) }
        if isInCare, isGuardian, entry.topics.contains(where: { $0.text == "adresse" }) { found.append(.denyWithheld) }
        if entry.neededForFa { return found }
        let isLetIn = world.grants.contains {
            $0.caseID == caseRecord?.id && $0.to == .person(acting) && $0.role == .parorende && $0.document == .log
                && isInForce($0) && $0.grantedBy == .person(subject)
        }
        if entry.withheld == .child_wish, age >= (entry.category == .health ? 12 : 16) { found.append(.denyWithheld) }
        // What follows binds who holds an authority; whoever is let in by the givers has what they consented to.
        guard isGuardian else { return found }
        if entry.category == .health, (16...17).contains(age), !isLetIn { found.append(.denyWithheld) }
        if age < 18, isKeptOut(acting, by: subject, entry.category) { found.append(.denyWithheld) }
        if isInCare, entry.category == .barnevern { found.append(.denyWithheld) }
        return found
    }

    /// The youth who decides alone on such entries has named the parent.
    func isKeptOut(_ parent: PersonID, by youth: PersonID, _ category: Category) -> Bool {
        guard let set = requiredSet(Self.row(of: category), of: youth).set, set.hasSelf, !set.hasParents else {
            return false
        }
        return isExcluded(parent, by: .person(youth), youth)
    }

    /// Named in the giver's latest consent; that outlives the consent.
    func isExcluded(_ person: PersonID, by giver: Party, _ subject: PersonID) -> Bool {
        let own = world.consents.filter { consent in
            let isAbout: Bool =
                switch consent.scope {
                case .caseID(let id): id == caseRecord?.id
                case .subject(let person): person == subject
                }
            return isAbout && (consent.about ?? subject) == subject && consent.givenBy == giver
                && consent.registeredAt <= at && [.given, .withdrawn, .revoked].contains(consent.state)
                && consent.validity.from <= at
                // One that was not understood leaves nobody out of it.
                && (consent.informed || consent.personsExcluded.contains(person))
        }
        guard let latest = own.map(\.validity.from).max() else { return false }
        return own.contains { $0.validity.from == latest && $0.personsExcluded.contains(person) }
    }
}
