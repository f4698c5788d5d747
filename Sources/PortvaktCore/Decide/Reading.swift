// Reading a log: the family by its own right, services on consent and grant, health personnel, an emergency.

extension Evaluation {
    // MARK: The family

    mutating func familyReads(_ document: GrantDocument) -> Reason? {
        guard let viewer else { return nil }
        return personBasis(viewer, document)
    }

    /// What lets a person in: being the subject, an authority, or a grant from whoever may give one.
    mutating func personBasis(_ person: Handle<Person>, _ document: GrantDocument) -> Reason? {
        guard let subject else { return nil }
        if person == subject.facts.handle, document == .log, isBarnevernCase, opensDocuments {
            guard isParty(subject) else {
                deny(.denyNotParty, .basisParty)
                return nil
            }
            return byProxy(hold(.allowParty, .basisParty))
        }
        let before = mark
        if let basis = rights(of: person) { return byProxy(basis) }
        guard denies.count == before.denies, refers.count == before.refers else { return nil }
        let choice: RowChoice =
            document == .plan
            ? row(of: .individuell_plan)
            : meetingPurpose.map { row(of: $0) } ?? entry.map { .category($0.category) } ?? .coordination
        let isAttending = meeting != nil
        // A grant for the log opens no plan, one for the plan no log (section 2, link).
        if !isAttending, person == viewer, links.isDisjoint(with: document == .log ? .logGrant : .planGrant) {
            deny(.denyNotParticipant, .basisPersonGrant)
            return nil
        }
        if !isAttending, question.action == .logRead, !tables.rule(for: question.purpose).reads {
            deny(.denyConsentScopePurpose, .basisPersonGrant)
            return nil
        }
        let set = givers(of: subject, for: choice, purpose: question.purpose)
        let isIn = isLetIn(person, set, to: isAttending ? nil : document)
        return isIn ? byProxy(hold(.allowConsent, .basisPersonGrant)) : nil
    }

    private var isBarnevernCase: Bool { mutating get { caseFile.map { $0.facts.kind != .bti } ?? false } }

    private var opensDocuments: Bool { mutating get { question.action == .logRead || question.action == .logWrite } }

    private mutating func byProxy(_ basis: Reason) -> Reason {
        proxyGrant == nil ? basis : hold(.allowPartyProxy, .basisProxy)
    }

    /// A party from the age of one, in every case about the child's behaviour, or when nemnda has said so (L40).
    mutating func isParty(_ person: Ref<PersonFacts>) -> Bool {
        if let caseFile, caseFile.facts.kind == .barnevern_atferd || caseFile.facts.partyByNemnd {
            return true
        }
        return age(of: person).map { $0 >= tables.ages.barnevernParty } ?? false
    }

    /// `allow.self` or `allow.parent`, or `nil` with why not noted (or nothing noted: no such right).
    mutating func rights(of person: Handle<Person>) -> Reason? {
        guard let subject else { return nil }
        guard isAlive(.person(person)) else { return nil }
        if person == subject.facts.handle { return hold(.allowSelf, .basisSelf) }
        let isAdult = age(of: subject).map { $0 >= tables.ages.adult } ?? false
        var isUncertain = false
        var isOutsideMandate = false
        for authority in subject.facts.authorities where authority.facts.holder == .person(person) {
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at), !(isAdult && endsAtAdult(authority.facts.kind)) else {
                continue
            }
            guard authority.facts.status == .known else {
                isUncertain = true
                continue
            }
            if authority.facts.kind == .verge, !isWithinMandate(authority, isAdult) {
                isOutsideMandate = true
                continue
            }
            if authority.facts.kind == .foreldreansvar, isContested(subject) {
                refer(.referConflict, .giversUnknown)
                return nil
            }
            use(.authority, authority.facts.filed)
            return hold(.allowParent, authority.facts.kind == .foreldreansvar ? .basisParent : .basisGuardian)
        }
        if isUncertain {
            refer(.referFactMissing, .giversUnknown)
        } else if isOutsideMandate {
            deny(.denyNotGiver, .basisGuardian)
        }
        return nil
    }

    /// An adult who has competence decides alone; for a minor a verge stands where no holder is left (L10, L11).
    private mutating func isWithinMandate(_ authority: Ref<AuthorityFacts>, _ isAdult: Bool) -> Bool {
        guard let subject else { return false }
        let isPersonal = authority.facts.mandate.contains(.personlige_forhold)
        if isAdult { return isPersonal && lacksCompetence(subject) }
        if isPersonal { return true }
        let set = givers(of: subject, for: .coordination)
        return set.required.contains { $0.party == authority.facts.holder && $0.capacity == .verge }
    }

    // MARK: Services

    /// Holder of care → stafettholder → consent and grant → health co-operation → emergency.
    mutating func serviceReads() -> Reason? {
        let before = mark
        let reads = tables.rule(for: question.purpose).reads
        if links.contains(.omsorg), reads, let subject, let unit, hasCare(unit, of: subject) {
            return hold(.allowParent, .basisGuardian)
        }
        if links.contains(.holder) {
            if let basis = holderReads() { return basis }
        } else if links.contains(.logGrant) {
            if let basis = participantReads() { return basis }
        } else if links.contains(.omsorg) {
            deny(.denyConsentScopePurpose, .basisGuardian)
        } else if links.isRecorded {
            noGrant()
        }
        if let basis = healthBasis(before) { return basis }
        return emergencyBasis(before)
    }

    /// No grant opens the document; whether the unit has the care may be what is unknown.
    mutating func noGrant() {
        if links.contains(.unknownAuthority), links.isDisjoint(with: [.logGrant, .planGrant]) {
            refer(.referFactMissing, .giversUnknown)
        } else {
            deny(.denyNotParticipant, .basisGrant)
        }
    }

    private mutating func holderReads() -> Reason? {
        guard let subject, let unit else { return nil }
        guard tables.rule(for: question.purpose).reads else {
            deny(.denyConsentScopePurpose, .basisHolder)
            return nil
        }
        let row: RowChoice = entry.map { .category($0.category) } ?? .coordination
        let set = givers(of: subject, for: row, purpose: question.purpose)
        let known = set.problem == nil ? set : givers(of: subject, for: row, purpose: question.purpose, isCertain: true)
        if let human, known.required.contains(where: { excludes(human.facts.handle, by: $0.party, subject) }) {
            deny(.denyExcludedPerson, .basisHolder)
            return nil
        }
        guard let entry, entry.author != unit.facts.handle else {
            return hold(.allowHolder, .basisHolder)
        }
        guard isConsented(set, entryAsk(entry), about: subject) else { return nil }
        return hold(.allowHolder, .basisHolder)
    }

    /// Consent *and* grant, entry by entry; the own unit's entries on the log's consent alone.
    private mutating func participantReads() -> Reason? {
        guard let subject, let unit, let grant = logGrant else { return nil }
        var ask: ConsentAsk
        var row = RowChoice.coordination
        if let entry, entry.author != unit.facts.handle {
            ask = entryAsk(entry)
            row = .category(entry.category)
        } else {
            ask = self.ask(for: question.purpose)
            setActorAsRecipient(&ask)
            ask.isReading = true
        }
        let set = givers(of: subject, for: row, purpose: question.purpose)
        guard isConsented(set, ask, about: subject) else { return nil }
        use(.grant, grant.facts.filed)
        return hold(.allowConsent, .basisConsent)
    }

    private mutating func entryAsk(_ entry: EntryFacts) -> ConsentAsk {
        var ask = ask(for: question.purpose)
        setActorAsRecipient(&ask)
        ask.isReading = true
        ask.category = entry.category
        ask.hasTopics = true
        return ask
    }

    // MARK: Health co-operation

    /// hpl § 25: author and actor give health care in the same treatment, and the patient has not objected (L31).
    private mutating func healthBasis(_ mark: Mark) -> Reason? {
        guard let entry, entry.sameTreatment else { return nil }
        if isHealthCooperation, countsForUnit, !hasObjected(to: unit?.facts.service) {
            return holds(.allowHpl25, .basisHealth, since: mark)
        }
        if !links.isRecorded, !countsForUnit {
            // Who leads or administers gives no care (W64).
            deny(.denyNotParticipant, .basisHealth)
        } else if !links.isRecorded {
            let actorGivesCare = unit.map { givesHealthCare($0) } ?? false
            deny(actorGivesCare && !isHealthCooperation ? .denyOrgBoundary : .denyNoConsent, .basisHealth)
        }
        return nil
    }

    /// The patient objects to this service.
    mutating func hasObjected(to service: Handle<ServiceKind>?) -> Bool {
        guard let service, let subject else { return false }
        if let caseFile { return hasObjected(to: service, subject, in: caseFile) }
        // Asked about the person: what was said in any case counts.
        return subject.facts.cases.contains { handle in
            state.cases.facts(handle).map { hasObjected(to: service, subject, in: $0) } ?? false
        }
    }

    private mutating func hasObjected(
        to service: Handle<ServiceKind>, _ subject: Ref<PersonFacts>, in file: Ref<CaseFacts>
    ) -> Bool {
        for objection in file.facts.objections
        where objection.facts.by == subject.facts.handle && objection.facts.service == service {
            use(.objection, objection.facts.filed)
            return true
        }
        return false
    }

    // MARK: Emergency

    /// Life or health in danger and no other way (L68): read only, for a short time, looked at afterwards.
    private mutating func emergencyBasis(_ mark: Mark) -> Reason? {
        guard question.action == .logRead, let emergency = question.emergency else { return nil }
        // A grant alone does not bring another controller's unit in (5.4): a consent must name it.
        if let unit, matterController != nil, !isOwn(unit, of: matterController),
            !isNamedInConsent(unit, mustStand: true)
        {
            return nil
        }
        let isBlank = emergency.reason.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        var failures: [Reason] = []
        if isBlank { failures.append(.denyBreakGlassReason) }
        if !emergency.anonymisedInsufficient { failures.append(.denyBreakGlassReview) }
        guard failures.isEmpty else {
            // Where no other basis holds, these are the primary reasons.
            let earlier = denies[mark.denies...].filter { !failures.contains($0) }
            denies.truncate(to: mark.denies)
            for failure in failures { deny(failure, .basisEmergency) }
            for reason in earlier { denies.note(reason) }
            return nil
        }
        let longest = UInt32(tables.limits.emergencyMaxMinutes)
        emergencyMinutes = min(emergency.minutes, longest)
        return holds(.allowBreakGlass, .basisEmergency, since: mark)
    }
}
