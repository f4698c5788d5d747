// Step 3: hard locks, which come before every basis; nothing overrides them (rules section 6).

extension Evaluation {
    mutating func checkLocks() {
        guard let subject, !isOwnLookUp else { return }
        if !isRecipientOnly { checkActorLocks(subject) }
        if question.action == .disclose { checkRecipientLocks(subject) }
        if let other { checkLocks(of: other, subject) }
        // In the order of model.md section 5, whomever of them it stops.
        for reason in [Reason.denyHabilitet, .denyWithheld] where denies.contains(reason) {
            denies.remove(reason)
            denies.note(reason)
        }
    }

    /// For the duties that protect life and children the locks look at the recipient, not at the one who reports.
    private var isRecipientOnly: Bool {
        mutating get {
            question.action == .disclose && (question.ground.map { tables.rule(for: $0).locksRecipientOnly } ?? false)
        }
    }

    private mutating func checkActorLocks(_ subject: Ref<PersonFacts>) {
        checkProtection(subject)
        if entry != nil {
            for person in othersInEntry(than: subject) { checkProtection(person) }
        }
        // In the order of model.md section 5: what protects, habilitet, the other restrictions.
        let isRestricted = !subject.facts.restrictions.isEmpty
        if isRestricted { checkRestrictions(of: subject, against: restrictedHumans, [.fare]) }
        if let human, employment != nil { checkHabilitet(of: human, towards: subject) }
        if isRestricted {
            checkRestrictions(of: subject, against: restrictedHumans, [.undersokelse, .info_rett_fjernet])
        }
        if denies.isEmpty, refers.isEmpty { pass(.lockCircle) }
    }

    /// Everyone registered whom the entry is about besides the subject.
    private mutating func othersInEntry(than subject: Ref<PersonFacts>) -> [Ref<PersonFacts>] {
        var others: [Ref<PersonFacts>] = []
        for id in question.entry?.about ?? [] {
            if !isSame(id, subject), let person = state.persons.facts(id) { others.append(person) }
        }
        return others
    }

    /// Whether an id is this person's.
    mutating func isSame(_ id: PersonID, _ person: Ref<PersonFacts>) -> Bool { person.facts.filed.read { $0.id == id } }

    /// The acting human and whose rights they act by.
    private var restrictedHumans: SmallList<2, Handle<Person>> {
        mutating get {
            var humans = SmallList<2, Handle<Person>>(filler: .unknown)
            if let human { humans.note(human.facts.handle) }
            if let viewer { humans.note(viewer) }
            return humans
        }
    }

    // MARK: Protection

    private mutating func checkProtection(_ person: Ref<PersonFacts>) {
        if !person.facts.hiddenFrom.isEmpty,
            restrictedHumans.contains(where: { person.facts.hiddenFrom.contains($0) })
        {
            concealed = true
            deny(.denyProtected, .lockHidden)
        }
        guard person.facts.protection != .none else { return }
        if person.facts.protection == .strengt_fortrolig, !isInsideCircle(person) {
            concealed = true
            deny(.denyProtected, .lockCircle)
        }
        checkAddress(unit)
    }

    private mutating func isInsideCircle(_ person: Ref<PersonFacts>) -> Bool {
        if let employment { return person.facts.circle.contains(employment.facts.handle) }
        guard proxyGrant == nil, let human else { return false }
        return mayReadOn(human.facts.handle, person)
    }

    /// The protected person, and a holder of a known authority who is not among those it hides from.
    private mutating func mayReadOn(_ reader: Handle<Person>, _ person: Ref<PersonFacts>) -> Bool {
        if reader == person.facts.handle { return true }
        guard isAlive(.person(reader)) else { return false }
        return person.facts.authorities.contains { authority in
            guard authority.facts.holder == .person(reader), authority.facts.status == .known,
                // Foreldreansvar ends at 18, whatever was registered (L54).
                !(endsAtAdult(authority.facts.kind) && isAdult(person))
            else { return false }
            depends(on: authority.facts.validity)
            return authority.facts.validity.contains(at)
        }
    }

    /// Where a protected person is to be found is closed to private controllers.
    private mutating func checkAddress(_ unit: Ref<UnitFacts>?) {
        guard let unit, let topic = tables.lists.addressTopic, question.entry?.topics.contains(topic) == true,
            tables.lists.addressClosedTo.contains(unit.facts.controllerKind)
        else { return }
        deny(.denyProtected, .lockAddress)
    }

    // MARK: Restrictions

    /// - Parameters:
    ///   - isInformationOnly: a parent without foreldreansvar asks for information (L07).
    ///   - isTold: the person may know that there is something: a reasoned refusal would say it (rules section 9).
    private mutating func checkRestrictions(
        of subject: Ref<PersonFacts>, against humans: SmallList<2, Handle<Person>>, _ kinds: [RestrictionKind],
        isInformationOnly: Bool = false, isTold: Bool = true
    ) {
        for restriction in subject.facts.restrictions
        where humans.contains(restriction.facts.against) && kinds.contains(restriction.facts.kind) {
            if let until = restriction.facts.until {
                depends(on: until)
                if until <= at { continue }
            }
            use(.restriction, restriction.facts.filed)
            if isTold { add(.appealText) }
            switch restriction.facts.kind {
            case .fare: deny(isInformationOnly ? .denyHarmToChild : .denyProtected, .lockRestriction)
            case .undersokelse, .info_rett_fjernet: deny(.denyWithheld, .lockRestriction)
            }
        }
    }

    // MARK: Habilitet

    /// An own case, or that of kin: of the subject, or of somebody who holds foreldreansvar (L75).
    private mutating func checkHabilitet(of human: Ref<PersonFacts>, towards subject: Ref<PersonFacts>) {
        let own = human.facts.handle
        if tables.switches.habilitetSelf, isTowards(own, subject) { return deny(.denyHabilitet, .lockHabilitet) }
        var isPossible = false
        for relation in human.facts.relations where tables.lists.habilitetKinds.contains(relation.facts.kind) {
            let other = relation.facts.a == own ? relation.facts.b : relation.facts.a
            guard isTowards(other, subject) else { continue }
            use(.relation, relation.facts.filed)
            guard relation.facts.declared == .known else {
                isPossible = true
                continue
            }
            return deny(.denyHabilitet, .lockHabilitet)
        }
        if isPossible { refer(.referConflict, .lockHabilitet) } else { pass(.lockHabilitet) }
    }

    /// The subject, or one who holds foreldreansvar now.
    private mutating func isTowards(_ person: Handle<Person>, _ subject: Ref<PersonFacts>) -> Bool {
        if person == subject.facts.handle { return true }
        guard tables.switches.habilitetTowardsHolders, isAlive(.person(person)) else { return false }
        return subject.facts.authorities.contains { authority in
            guard authority.facts.kind == .foreldreansvar, authority.facts.holder == .person(person) else {
                return false
            }
            depends(on: authority.facts.validity)
            // Foreldreansvar ends at 18, whatever was registered (L54).
            return authority.facts.validity.contains(at) && !isAdult(subject)
        }
    }

    // MARK: The one who is let in

    /// Whom the question lets in, when that is somebody else than the actor: a participant, or a new stafettholder.
    var other: PartyHandle? {
        mutating get {
            let other: PartyHandle?
            switch question.action {
            case .meetingAttend, .participantAdd: other = question.participant.map { state.handle(of: $0) }
            case .logReassign: other = question.successor.map { state.handle(of: .employment($0)) }
            default: other = nil
            }
            guard let other, other != employment.map({ .employment($0.facts.handle) }) else { return nil }
            return other
        }
    }

    /// As if they asked themselves: nobody is let in by another's asking.
    private mutating func checkLocks(of other: PartyHandle, _ subject: Ref<PersonFacts>) {
        var human: Handle<Person>?
        let isOfCircle: Bool
        switch other {
        case .person(let person):
            human = person
            isOfCircle = mayReadOn(person, subject)
        case .employment(let handle):
            human = state.employments.facts(handle)?.facts.person
            isOfCircle = subject.facts.circle.contains(handle)
        case .unit(let unit): isOfCircle = worksInside(unit, subject)
        }
        let isHidden = human.map { subject.facts.hiddenFrom.contains($0) } ?? false
        let isOutside = subject.facts.protection == .strengt_fortrolig && !isOfCircle
        if isHidden { deny(.denyProtected, .lockHidden) }
        if isOutside { deny(.denyProtected, .lockCircle) }
        guard let human else { return }
        var humans = SmallList<2, Handle<Person>>(filler: .unknown)
        humans.append(human)
        let isTold = !isHidden && !isOutside
        checkRestrictions(of: subject, against: humans, [.fare], isTold: isTold)
        if case .employment = other, let file = state.persons.facts(human) {
            checkHabilitet(of: file, towards: subject)
        }
        checkRestrictions(of: subject, against: humans, [.undersokelse, .info_rett_fjernet], isTold: isTold)
    }

    // MARK: The recipient

    /// In a disclosure the locks look at the recipient too: a person as if that person asked.
    private mutating func checkRecipientLocks(_ subject: Ref<PersonFacts>) {
        guard let recipient = question.recipient else { return }
        let isInformationOnly = question.ground.map { tables.rule(for: $0).parentWithoutFa } ?? false
        var isTold = true
        for person in [subject] + othersInEntry(than: subject) {
            if case .person(let id) = recipient, person.facts.hiddenFrom.contains(state.handle(of: id)) {
                isTold = false
                deny(.denyProtected, .lockHidden)
            }
            if person.facts.protection == .strengt_fortrolig, !isRecipientOnly, !isInsideCircle(recipient, person) {
                isTold = false
                deny(.denyProtected, .lockCircle)
            }
            if person.facts.protection != .none, case .unit(let id) = recipient { checkAddress(state.units.facts(id)) }
        }
        if case .person(let id) = recipient {
            var humans = SmallList<2, Handle<Person>>(filler: .unknown)
            humans.append(state.handle(of: id))
            checkRestrictions(
                of: subject, against: humans, RestrictionKind.allCases, isInformationOnly: isInformationOnly,
                isTold: isTold)
        }
    }

    private mutating func isInsideCircle(_ recipient: Recipient, _ person: Ref<PersonFacts>) -> Bool {
        switch recipient {
        case .person(let id): return mayReadOn(state.handle(of: id), person)
        case .unit(let id): return worksInside(state.handle(of: id), person)
        case .service: return false
        }
    }

    /// Somebody of the circle works in the unit now.
    private mutating func worksInside(_ unit: Handle<Unit>, _ person: Ref<PersonFacts>) -> Bool {
        person.facts.circle.contains { handle in
            guard let employment = state.employments.facts(handle), employment.facts.unit == unit else { return false }
            depends(on: employment.facts.validity)
            return employment.facts.validity.contains(at)
        }
    }
}
