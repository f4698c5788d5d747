internal import HashTreeCollections

// Step 7: the labels of one entry. A log in which some entries are hidden is one allow for the log, one deny for each.

extension Evaluation {
    /// Who is to read the entry.
    private enum Reader {
        case subject
        /// A holder of an authority over the subject.
        case guardian(PersonID)
        case other(PersonID)
        case unit(UnitFile)
        case service(Service)
    }

    func checkEntry(on basis: Reason) {
        guard let entry = question.entry, let subject, question.action == .logRead || question.action == .disclose
        else { return }
        // A duty to tell is not bound by the labels: it gives nobody a right to read.
        if isDuty { return }
        guard let reader = reader(subject) else { return }
        if case .subject = reader { checkParty(entry, subject) }
        checkThirdParties(entry, subject, reader, basis)
        switch reader {
        case .subject: checkPartyLabels(entry)
        case .guardian(let person):
            checkPartyLabels(entry)
            checkParentLabels(entry, subject)
            checkParentLimits(entry, subject, person)
        case .other:
            checkPartyLabels(entry)
            checkParentLabels(entry, subject)
        case .unit, .service: break
        }
        if denies.isEmpty, refers.isEmpty { pass(.entryLabel) }
    }

    private func reader(_ subject: PersonFile) -> Reader? {
        if question.action == .disclose {
            switch question.recipient {
            case .unit(let id)?: return state.units[id].map { .unit($0) }
            case .service(let service)?: return .service(service)
            case .person(let person)?: return reader(person, subject)
            case nil: return nil
            }
        }
        if let viewer { return reader(viewer, subject) }
        return unit.map { .unit($0) }
    }

    private func reader(_ person: PersonID, _ subject: PersonFile) -> Reader {
        if person == subject.person.record.id { return .subject }
        let isGuardian = subject.authorities.contains {
            $0.record.holder == .person(person) && $0.record.validity.contains(at)
        }
        return isGuardian ? .guardian(person) : .other(person)
    }

    // MARK: Whose information

    /// Barnevern's entries before party age (L40).
    private func checkParty(_ entry: EntryLabels, _ subject: PersonFile) {
        guard entry.category == .barnevern, !isParty(subject) else { return }
        deny(.denyNotParty, .entryParty)
    }

    /// Information about somebody else needs that person's own set, for every recipient (3.1 point 6).
    private func checkThirdParties(
        _ entry: EntryLabels, _ subject: PersonFile, _ reader: Reader, _ basis: Reason
    ) {
        for person in entry.about where person != subject.person.record.id {
            if isOwn(person, entry, reader) { continue }
            if basis != .allowBreakGlass, let file = state.persons[person], isOpened(file, entry, reader) {
                pass(.entryThirdParty)
                continue
            }
            deny(.denyThirdPartyInfo, .entryThirdParty)
        }
    }

    /// Everyone but that person and the author's unit is bound.
    private func isOwn(_ person: PersonID, _ entry: EntryLabels, _ reader: Reader) -> Bool {
        switch reader {
        case .unit(let unit): unit.unit.record.id == entry.author
        case .guardian(let id), .other(let id): id == person
        case .subject, .service: false
        }
    }

    private func isOpened(_ file: PersonFile, _ entry: EntryLabels, _ reader: Reader) -> Bool {
        var ask = ask(for: question.purpose)
        ask.isReading = true
        ask.category = entry.category
        ask.topics = entry.topics
        switch reader {
        case .unit(let unit):
            setRecipient(&ask, unit)
            ask.excluded = question.action == .disclose ? nil : human
        case .service(let service): ask.service = service
        default: return false
        }
        let before = mark
        let set = givers(of: file, for: .category(entry.category), purpose: question.purpose)
        let isComplete = isConsented(set, ask, about: file)
        denies.removeSubrange(before.denies...)
        refers.removeSubrange(before.refers...)
        return isComplete
    }

    // MARK: What is withheld

    /// Danger, and a running investigation until its date, hold back from every party (L42).
    private func checkPartyLabels(_ entry: EntryLabels) {
        switch entry.withheld {
        case .danger?: break
        case .investigation?:
            if let until = entry.withheldUntil {
                depends(on: until)
                if until <= at { return }
            }
        default: return
        }
        add(.appealText)
        deny(.denyWithheld, .entryLabel)
    }

    /// The child's wish and weighty reasons hold back from parents; what foreldreansvar needs is given, and against
    /// weighty reasons a human decides (L21, L22, L23).
    private func checkParentLabels(_ entry: EntryLabels, _ subject: PersonFile) {
        switch entry.withheld {
        case .child_wish?:
            guard !entry.neededForFa else { return }
            let from = entry.category == .health ? tables.ages.withholdHealth : tables.ages.withholdOther
            guard let age = age(of: subject.person.record) else { return refer(.referFactMissing, .entryLabel) }
            if age >= from { deny(.denyWithheld, .entryLabel) }
        case .weighty?:
            if entry.neededForFa { refer(.referConflict, .entryLabel) } else { deny(.denyWithheld, .entryLabel) }
        default: return
        }
    }

    private func checkParentLimits(_ entry: EntryLabels, _ subject: PersonFile, _ parent: PersonID) {
        checkCareOrder(entry, subject, parent)
        guard !entry.neededForFa else { return }
        guard let age = age(of: subject.person.record) else { return refer(.referFactMissing, .entryHealthNarrow) }
        guard age < tables.ages.adult else { return }
        if entry.category == .health, age >= tables.ages.parentsHealthNarrow, !isLetInByYouth(parent, subject) {
            deny(.denyWithheld, .entryHealthNarrow)
        }
        let youth = Party.person(subject.person.record.id)
        if excludes(parent, by: youth, subject) {
            let set = givers(of: subject, for: .category(entry.category))
            if set.givers == .`self`, set.problem == nil, set.contains(youth) { deny(.denyWithheld, .entryExclusion) }
        }
    }

    private func isLetInByYouth(_ parent: PersonID, _ subject: PersonFile) -> Bool {
        for grant in caseFile?.grants ?? [] where grant.record.to == .person(parent) {
            guard grant.record.grantedBy == .person(subject.person.record.id), isValid(grant) else { continue }
            return true
        }
        return false
    }

    /// After a care order: of barnevern's entries what foreldreansvar needs, and never where the child is (L41, L46).
    private func checkCareOrder(_ entry: EntryLabels, _ subject: PersonFile, _ parent: PersonID) {
        let isTakenOver = subject.authorities.contains {
            $0.record.kind == .omsorg && $0.record.validity.contains(at) && isEstablished($0.record)
        }
        guard isTakenOver else { return }
        let tellsWhere = tables.lists.addressTopic.map { entry.topics.contains($0) } ?? false
        if tellsWhere || (entry.category == .barnevern && !entry.neededForFa) { deny(.denyWithheld, .entryCareOrder) }
    }
}
