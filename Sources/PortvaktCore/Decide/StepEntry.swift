// Step 7: the labels of one entry. A log in which some entries are hidden is one allow for the log, one deny for each.

extension Evaluation {
    /// Who is to read the entry.
    private enum Reader {
        case subject
        /// A parent, or another holder of an authority over the subject.
        case guardian(Handle<Person>)
        case other(Handle<Person>)
        case unit(Ref<UnitFacts>)
        case service(Handle<ServiceKind>)
    }

    mutating func checkEntry(on basis: Reason) {
        guard let entry, let subject, question.action == .logRead || question.action == .disclose
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

    private mutating func reader(_ subject: Ref<PersonFacts>) -> Reader? {
        if question.action == .disclose {
            switch question.recipient {
            case .unit(let id)?: return state.units.facts(id).map { .unit($0) }
            case .service(let service)?: return .service(state.handle(of: service))
            case .person(let person)?: return reader(state.handle(of: person), subject)
            case nil: return nil
            }
        }
        if let viewer { return reader(viewer, subject) }
        return unit.map { .unit($0) }
    }

    private mutating func reader(_ person: Handle<Person>, _ subject: Ref<PersonFacts>) -> Reader {
        if person == subject.facts.handle { return .subject }
        // Who is told as a parent without foreldreansvar is told no more than a parent who has it (L07).
        let isToldAsParent =
            question.action == .disclose && (question.ground.map { tables.rule(for: $0).parentWithoutFa } ?? false)
        let isGuardian =
            isToldAsParent
            || subject.facts.authorities.contains {
                $0.facts.holder == .person(person) && $0.facts.validity.contains(at)
            }
        return isGuardian ? .guardian(person) : .other(person)
    }

    // MARK: Whose information

    /// Barnevern's entries before party age (L40).
    private mutating func checkParty(_ entry: EntryFacts, _ subject: Ref<PersonFacts>) {
        guard entry.category == .barnevern, !isParty(subject) else { return }
        deny(.denyNotParty, .entryParty)
    }

    /// Information about somebody else needs that person's own set, for every recipient (3.1 point 6).
    private mutating func checkThirdParties(
        _ entry: EntryFacts, _ subject: Ref<PersonFacts>, _ reader: Reader, _ basis: Reason
    ) {
        for person in question.entry?.about ?? [] where !isSame(person, subject) {
            if isOwn(person, entry, reader) { continue }
            if basis != .allowBreakGlass, let file = state.persons.facts(person), isOpened(file, entry, reader) {
                pass(.entryThirdParty)
                continue
            }
            deny(.denyThirdPartyInfo, .entryThirdParty)
        }
    }

    /// Everyone but that person and the author's unit is bound.
    private mutating func isOwn(_ person: PersonID, _ entry: EntryFacts, _ reader: Reader) -> Bool {
        switch reader {
        case .unit(let unit): unit.facts.handle == entry.author
        case .guardian(let handle), .other(let handle): isReader(person, handle)
        case .subject, .service: false
        }
    }

    /// Whether an id is the reader's; a recipient whom no record names has a text only.
    private mutating func isReader(_ person: PersonID, _ reader: Handle<Person>) -> Bool {
        if question.action == .disclose, case .person(let recipient)? = question.recipient {
            return recipient == person
        }
        return state.persons.handle(of: person) == reader
    }

    private mutating func isOpened(_ file: Ref<PersonFacts>, _ entry: EntryFacts, _ reader: Reader) -> Bool {
        var ask = ask(for: question.purpose)
        ask.isReading = true
        ask.category = entry.category
        ask.hasTopics = true
        switch reader {
        case .unit(let unit):
            setRecipient(&ask, unit)
            ask.excluded = question.action == .disclose ? nil : human?.facts.handle
        case .service(let service): ask.service = service
        default: return false
        }
        let before = mark
        let set = givers(of: file, for: .category(entry.category), purpose: question.purpose)
        let isComplete = isConsented(set, ask, about: file)
        denies.truncate(to: before.denies)
        refers.truncate(to: before.refers)
        return isComplete
    }

    // MARK: What is withheld

    /// Danger, and a running investigation until its date, hold back from every party (L42).
    private mutating func checkPartyLabels(_ entry: EntryFacts) {
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
    private mutating func checkParentLabels(_ entry: EntryFacts, _ subject: Ref<PersonFacts>) {
        switch entry.withheld {
        case .child_wish?:
            guard !entry.neededForFa else { return }
            let from = entry.category == .health ? tables.ages.withholdHealth : tables.ages.withholdOther
            guard let age = age(of: subject) else { return refer(.referFactMissing, .entryLabel) }
            if age >= from { deny(.denyWithheld, .entryLabel) }
        case .weighty?:
            if entry.neededForFa { refer(.referConflict, .entryLabel) } else { deny(.denyWithheld, .entryLabel) }
        default: return
        }
    }

    private mutating func checkParentLimits(
        _ entry: EntryFacts, _ subject: Ref<PersonFacts>, _ parent: Handle<Person>
    ) {
        checkCareOrder(entry, subject, parent)
        guard !entry.neededForFa else { return }
        guard let age = age(of: subject) else { return refer(.referFactMissing, .entryHealthNarrow) }
        guard age < tables.ages.adult else { return }
        if entry.category == .health, age >= tables.ages.parentsHealthNarrow, !isLetInByYouth(parent, subject) {
            deny(.denyWithheld, .entryHealthNarrow)
        }
        let youth = PartyHandle.person(subject.facts.handle)
        if excludes(parent, by: youth, subject) {
            let set = givers(of: subject, for: .category(entry.category))
            if set.givers == .`self`, set.problem == nil, set.contains(youth) { deny(.denyWithheld, .entryExclusion) }
        }
    }

    private mutating func isLetInByYouth(_ parent: Handle<Person>, _ subject: Ref<PersonFacts>) -> Bool {
        for grant in caseFile?.facts.grants ?? .empty where grant.facts.to == .person(parent) {
            // One for the plan opens no log.
            guard grant.facts.role == .parorende, grant.facts.document == .log,
                grant.facts.grantedBy == .person(subject.facts.handle), isValid(grant)
            else { continue }
            return true
        }
        return false
    }

    /// After a care order: of barnevern's entries what foreldreansvar needs, and never where the child is (L41, L46).
    private mutating func checkCareOrder(
        _ entry: EntryFacts, _ subject: Ref<PersonFacts>, _ parent: Handle<Person>
    ) {
        let isTakenOver = subject.facts.authorities.contains { authority in
            guard authority.facts.kind == .omsorg, isEstablished(authority) else { return false }
            depends(on: authority.facts.validity)
            return authority.facts.validity.contains(at)
        }
        // The order ends at 18, whatever was registered (L54).
        guard isTakenOver, !isAdult(subject) else { return }
        let tellsWhere = tables.lists.addressTopic.map { question.entry?.topics.contains($0) ?? false } ?? false
        if tellsWhere || (entry.category == .barnevern && !entry.neededForFa) { deny(.denyWithheld, .entryCareOrder) }
    }
}
