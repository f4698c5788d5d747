import PortvaktCore

// Step 6: the first basis that holds; step 7: the entry's labels.

extension Reference {
    func basis() -> Reason {
        switch question.action {
        case .statisticsRead: return .allowAnonymous
        case .logArchive: return .allowArchive
        case .discussAnonymous: return .allowAnonymous
        case .discussInternal: return internalBasis()
        case .disclose: return discloseBasis()
        case .consentGive: return consentGiveBasis()
        case .erasureRequest: return employment != nil && !question.need ? .denyNoNeed : .referErasureRequest
        case .accessLogRead where employment != nil: return accessLogBasis()
        default: break
        }
        if employment != nil, !question.need, !Self.needsNoLink.contains(question.action) { return .denyNoNeed }
        switch question.action {
        case .logOpen: return consentBasis(unit: employment?.unit, mustBeWritten: true)
        case .logReopen:
            let reason = consentBasis(
                unit: employment?.unit, mustBeWritten: true, registeredAfter: caseRecord?.closedAt)
            return reason.effect == .deny ? .denyNoConsent : reason
        case .logReassign:
            let unit = question.successor.flatMap { world.employment($0) }?.unit
            let reason = consentBasis(unit: unit)
            return reason == .allowConsent ? .allowReassign : reason
        case .batonAccept: return consentBasis(unit: employment?.unit)
        case .participantAdd: return participantBasis()
        case .logWrite: return brokenConsent() ?? .allowHolder
        case .meetingRecordInLog:
            if isHolder { return brokenConsent() ?? .allowHolder }
            return consentBasis(unit: employment?.unit, purpose: meeting.map { Self.purpose(of: $0, caseRecord) })
        case .logClose: return isHolder ? .allowHolder : closeBasis()
        case .meetingHold, .meetingAttend, .meetingRecordDecision: return meetingBasis()
        case .planCreate, .planWrite: return consentBasis(unit: employment?.unit, purpose: .individuell_plan)
        default: return readBasis()
        }
    }

    // MARK: Reading

    private var readPurposes: [Purpose] { [.samordning, .daglig_omsorg, .overgang] }

    private func readBasis() -> Reason {
        employment == nil ? personBasis() : employmentBasis()
    }

    private func personBasis() -> Reason {
        guard let subject else { return .denyNotFound }
        if proxy != nil {
            guard let inner = principalReference else { return .denyNotParticipant }
            guard inner.isLinked else { return inner.unlinkedPerson }
            let reason = inner.personBasis()
            return reason.effect == .allow ? .allowPartyProxy : reason
        }
        if human == subject {
            if let caseRecord, caseRecord.kind != .bti, question.action == .logRead {
                return isParty(caseRecord) ? .allowParty : .denyNotParty
            }
            return .allowSelf
        }
        if let reason = authorityBasis() { return reason }
        return grantBasis()
    }

    func isParty(_ caseRecord: Case) -> Bool {
        world.age(caseRecord.subject, at: at) >= 15 || caseRecord.kind == .barnevern_atferd || caseRecord.partyByNemnd
    }

    private func authorityBasis() -> Reason? {
        let own = ownAuthorities
        if own.isEmpty { return nil }
        if own.contains(where: carriesReading) { return .allowParent }
        if own.contains(where: { $0.status != .known }) { return .referFactMissing }
        return .denyNotGiver
    }

    /// Known, and for a verge within the mandate (and for an adult only without competence).
    private func carriesReading(_ authority: Authority) -> Bool {
        guard authority.status == .known else { return false }
        switch authority.kind {
        case .foreldreansvar, .representant: return true
        case .omsorg: return authority.document != nil
        case .verge:
            let isMinor = world.age(authority.over, at: at) < 18
            return authority.mandate.contains(.personlige_forhold)
                && (isMinor || world.lacksCompetence(authority.over, at: at))
        }
    }

    /// A grant to a person, given by each required giver, is that person's consent (section 4).
    private func grantBasis() -> Reason {
        let document: GrantDocument = [.planRead, .planWrite].contains(question.action) ? .plan : .log
        let roles: [GrantRole] = [.parorende, .fosterforelder]
        if question.action == .accessLogRead { return .denyNotParticipant }
        let own = grants.filter { roles.contains($0.role) && $0.document == document }
        guard let subject, !own.isEmpty || isInvited else { return .denyNotParticipant }
        if question.action == .logRead, !readPurposes.contains(question.purpose) { return .denyConsentScopePurpose }
        let (set, unknown) = requiredSet(row, of: subject)
        guard let set else { return unknown ?? .referFactMissing }
        let givers = set.givers.filter { giver in own.contains { isGiven($0, by: giver.party) } }
        if givers.isEmpty { return .denyNoConsent }
        return set.oneIsEnough || givers.count == set.givers.count ? .allowConsent : .denyConsentIncomplete
    }

    private func isGiven(_ grant: Grant, by party: Party) -> Bool {
        if grant.grantedBy == party { return true }
        guard case .employment(let id)? = grant.grantedBy, case .unit(let unit) = party else { return false }
        return world.employment(id)?.unit == unit
    }

    private func employmentBasis() -> Reason {
        guard let employment else { return .denyRole }
        let isForReading = question.action != .logRead || readPurposes.contains(question.purpose)
        if isForReading, let reason = authorityBasis(), reason.effect == .allow { return reason }
        if isHolder, question.action == .logRead {
            if let reason = holderReadFailure() { return emergencyBasis() ?? reason }
            return .allowHolder
        }
        var reason = participantReadBasis()
        if reason == .allowConsent { return reason }
        if let entry = question.entry, entry.sameTreatment {
            let treatment = treatmentBasis(entry, employment)
            if treatment == .allowHpl25 { return treatment }
            // Only the claim links the actor to the case: then its failure is the reason.
            if reason == .denyNotParticipant, grants.isEmpty, ownAuthorities.isEmpty { reason = treatment }
        }
        if reason == .denyNotParticipant, grants.isEmpty, ownAuthorities.contains(where: { $0.status != .known }) {
            reason = .referFactMissing
        }
        return emergencyBasis() ?? reason
    }

    /// The stafettholder reads the whole log; an entry of another unit needs the consent that its row asks for.
    private func holderReadFailure() -> Reason? {
        guard readPurposes.contains(question.purpose) else { return .denyConsentScopePurpose }
        if let subject, let human {
            let current = consents(about: subject, caseID: caseRecord?.id).filter {
                isInTime($0) && ($0.withdrawnAt.map { $0 > at } ?? true)
            }
            if current.contains(where: { $0.personsExcluded.contains(human) }) { return .denyExcludedPerson }
        }
        guard let entry = question.entry, entry.author != employment?.unit else { return nil }
        let reason = consentBasis(unit: employment?.unit)
        return reason == .allowConsent ? nil : reason
    }

    private func participantReadBasis() -> Reason {
        let document: GrantDocument = question.action == .planRead ? .plan : .log
        let own = grants.filter { $0.document == document }
        guard !own.isEmpty else { return .denyNotParticipant }
        if question.action == .planRead, let area = question.area,
            !own.contains(where: { $0.areas.map { $0.contains(area) } ?? true })
        {
            return .denyConsentScopePurpose
        }
        if question.action == .planRead { return consentBasis(unit: employment?.unit, purpose: .individuell_plan) }
        if let entry = question.entry, entry.author == employment?.unit {
            return consentBasis(unit: employment?.unit, ignoringEntry: true)
        }
        return consentBasis(unit: employment?.unit)
    }

    /// hpl § 25: between health personnel in the same treatment, unless the patient objects.
    private func treatmentBasis(_ entry: EntryLabels, _ employment: Employment) -> Reason {
        guard isHealth(entry.author) else { return .denyOrgBoundary }
        guard isHealth(employment.unit) else { return .denyNoConsent }
        let service = world.unit(employment.unit)?.service
        let isObjected = world.objections.contains {
            $0.caseID == caseRecord?.id && $0.by == subject && $0.service == service
        }
        return isObjected ? .denyNoConsent : .allowHpl25
    }

    private func emergencyBasis() -> Reason? {
        guard let emergency = question.emergency, question.action == .logRead, let employment else { return nil }
        let isNamed = world.consents.contains { covers($0, unit: employment.unit) }
        guard ownController == caseRecord?.controller || isNamed else { return nil }
        if emergency.reason.isEmpty { return .denyBreakGlassReason }
        return emergency.anonymisedInsufficient ? .allowBreakGlass : .denyBreakGlassReview
    }

    // MARK: Consent

    /// The row of the matrix that the question uses (3.1 point 1).
    var row: RefRow {
        if let meeting { return Self.row(of: Self.purpose(of: meeting, caseRecord), caseRecord) }
        if [.planRead, .planWrite, .planCreate].contains(question.action) {
            return Self.row(of: .individuell_plan, caseRecord)
        }
        if question.purpose == .daglig_omsorg { return .daily(question.entry?.category) }
        return Self.row(of: question.entry?.category)
    }

    static func row(of purpose: Purpose, _ caseRecord: Case?) -> RefRow {
        switch purpose {
        case .fagmote_uten_familie, .se_meg: .fagmote
        case .individuell_plan: caseRecord?.planKind == .barnevern ? .planBarnevern : .planHol
        case .daglig_omsorg: .daily(nil)
        default: .education
        }
    }

    private func consentBasis(
        unit: UnitID?, purpose: Purpose? = nil, mustBeWritten: Bool = false, registeredAfter: Instant? = nil,
        ignoringEntry: Bool = false
    ) -> Reason {
        guard let subject, let unit else { return .denyNoConsent }
        let entry = ignoringEntry ? nil : question.entry
        let isOwnActor = employment?.unit == unit
        var ask = Ask(
            subject: subject, caseID: caseRecord?.id, unit: unit, person: isOwnActor ? human : nil,
            purpose: purpose ?? question.purpose,
            row: ignoringEntry ? (question.purpose == .daglig_omsorg ? .daily(nil) : .education) : row,
            category: entry?.category, topics: entry?.topics ?? [], meeting: meeting?.id, mustBeWritten: mustBeWritten)
        if [.logOpen, .logReopen, .logReassign, .batonAccept, .participantAdd].contains(question.action), purpose == nil
        {
            ask.purpose = .samordning
            ask.row = .education
        }
        ask.registeredAfter = registeredAfter
        return consentFailure(ask) ?? .allowConsent
    }

    private func participantBasis() -> Reason {
        let purpose: Purpose =
            caseRecord?.plan == .active && isCoordinator() && !isHolder ? .individuell_plan : .samordning
        switch question.participant {
        case .unit(let id)?: return consentBasis(unit: id, purpose: purpose)
        case .employment(let id)?: return consentBasis(unit: world.employment(id)?.unit, purpose: purpose)
        default: return .denyNoConsent
        }
    }

    /// A giver of the current set withdrew, or let expire, the consent that carries the log (section 2).
    private func brokenConsent() -> Reason? {
        guard let subject, let caseRecord, let holder = caseRecord.holder.flatMap({ world.employment($0) }) else {
            return nil
        }
        var certain = self
        certain.ignoresUnknown = true
        guard let set = certain.requiredSet(.education, of: subject).set else { return nil }
        var found: [Reason] = []
        for giver in set.givers {
            let own = world.consents.filter { consent in
                let isAbout: Bool =
                    switch consent.scope {
                    case .caseID(let id): id == caseRecord.id
                    case .subject(let person): person == subject
                    }
                return isAbout && (consent.about == nil || consent.about == subject) && consent.givenBy == giver.party
                    && consent.capacity == giver.capacity && consent.purposes.contains(.samordning)
                    && [.given, .withdrawn, .revoked].contains(consent.state) && consent.registeredAt <= at
                    && covers(consent, unit: holder.unit) && consent.evidence && consent.informed
                    && formFits(
                        consent,
                        Ask(
                            subject: subject, caseID: caseRecord.id, unit: holder.unit, purpose: .samordning,
                            row: .education))
            }
            let isCarried = own.contains { isInTime($0) && ($0.withdrawnAt.map { $0 > at } ?? true) }
            if own.isEmpty || isCarried { continue }
            found.append(own.contains(where: isInTime) ? .denyConsentWithdrawn : .denyConsentExpired)
        }
        if found.contains(.denyConsentExpired), !found.contains(.denyConsentWithdrawn) { return .denyConsentExpired }
        return found.isEmpty ? nil : .denyConsentWithdrawn
    }

    /// Anyone in the required set closes the log alone.
    private func closeBasis() -> Reason {
        if proxy != nil { return .denyNotGiver }
        guard let subject, let human else { return .denyNotGiver }
        let party: Party = employment.map { .unit($0.unit) } ?? .person(human)
        let isGiver = ConsentCapacity.allCases.contains { capacity in
            isMember(RefGiver(party: party, capacity: capacity), of: .education, subject)
        }
        if !isGiver {
            let isUncertain = ownAuthorities.contains { $0.status != .known } && world.age(subject, at: at) < 18
            return isUncertain ? .referFactMissing : .denyNotGiver
        }
        return human == subject ? .allowSelf : .allowParent
    }

    // MARK: Meetings

    private func meetingBasis() -> Reason {
        guard let meeting else { return .denyMeetingRule }
        if meeting.level == .system { return .allowNoPersonData }
        if meeting.anonymous { return .allowAnonymous }
        guard employment != nil else { return personBasis() }
        if [.avklaring, .familiemote].contains(meeting.type) { return brokenConsent() ?? .allowHolder }
        if meeting.type == .ressursteam, isPartyPresent(meeting) { return .allowPartyPresent }
        return consentBasis(unit: participantUnit, purpose: Self.purpose(of: meeting, caseRecord))
    }

    /// The unit whose access is asked about: the participant's, or the actor's own.
    var participantUnit: UnitID? {
        switch question.participant {
        case .unit(let id)?: id
        case .employment(let id)?: world.employment(id)?.unit
        default: employment?.unit
        }
    }

    /// Every required giver is there: the family is present, and each of them is among the invited.
    private func isPartyPresent(_ meeting: Meeting) -> Bool {
        guard meeting.familyPresent, let subject, let set = requiredSet(row, of: subject).set else { return false }
        return set.givers.allSatisfy { giver in
            if meeting.invited.contains(giver.party) { return true }
            return world.grants.contains { grant in
                grant.caseID == caseRecord?.id && grant.role == .fullmektig && grant.grantedBy == giver.party
                    && isInForce(grant)
                    && meeting.invited.contains(grant.to)
            }
        }
    }

    // MARK: Other actions

    private func internalBasis() -> Reason {
        guard let employment, let unit = world.unit(employment.unit) else { return .denyRole }
        let notes = world.discussions.filter { $0.person == subject }.compactMap {
            world.unit($0.unit)
        }
        guard notes.isEmpty || notes.contains(where: { $0.organ == unit.organ }) else { return .denyOrgBoundary }
        guard question.need else { return .denyNoNeed }
        if ["familievern", "politi"].contains(unit.service.text) { return .denyNoConsent }
        return isHealth(employment.unit) ? .allowHpl25 : .allowIntraOrgan
    }

    private func accessLogBasis() -> Reason {
        if let human, subject == human, caseRecord == nil { return .allowSelf }
        return .allowIntraOrgan
    }

    private func discloseBasis() -> Reason {
        guard let employment, let unit = world.unit(employment.unit), let recipient = question.recipient else {
            return .denyNoConsent
        }
        switch question.ground {
        case .bekymringsmelding?:
            return service(of: recipient) == "barnevern" ? .allowStatutoryOut : .denyNotNecessary
        case .palegg?: return question.document == nil ? .referFactMissing : .allowStatutoryOut
        case .avverging?: return .allowStatutoryOut
        case .innsyn_47?: return parentInsight(recipient)
        case .intern_oppgave?:
            let regime = ReferenceProfile.regime(unit.service)
            guard ["fvl", "barnevern"].contains(regime), world.controllerKind(unit.controller) != .privat else {
                return .denyNoConsent
            }
            if case .person = recipient { return .denyNotNecessary }
            return question.necessity?.isEmpty ?? true ? .denyNotNecessary : .allowCrossOrganNr5
        case .folge_opp?:
            let reason = plainSharing(recipient)
            return reason.effect == .allow ? reason : .denyNotNecessary
        case nil: return plainSharing(recipient)
        }
    }

    private func service(of recipient: Recipient) -> String? {
        switch recipient {
        case .unit(let id): world.unit(id)?.service.text
        case .service(let service): service.text
        case .person: nil
        }
    }

    /// L07: a parent without foreldreansvar, of a minor.
    private func parentInsight(_ recipient: Recipient) -> Reason {
        guard case .person(let parent) = recipient, let subject, world.age(subject, at: at) < 18 else {
            return .denyNotNecessary
        }
        if world.isDead(parent, at: at) { return .denyNotNecessary }
        let isParent = world.relations.contains { $0.kind == .forelder && $0.a == parent && $0.b == subject }
        let hasFa = world.authorities(over: subject, at: at).contains {
            $0.kind == .foreldreansvar && $0.holder == .person(parent) && $0.status == .known
        }
        return isParent && !hasFa ? .allowStatutoryOut : .denyNotNecessary
    }

    private func plainSharing(_ recipient: Recipient) -> Reason {
        guard let subject else { return .denyNoConsent }
        switch recipient {
        case .person(let person):
            if person == subject { return .allowSelf }
            let holds = world.authorities(over: subject, at: at).contains {
                $0.holder == .person(person) && carriesReading($0) && world.age(subject, at: at) < 18
            }
            return holds ? .allowParent : sharing(with: person, subject)
        case .service(let service): return sharing(to: service)
        case .unit(let unit):
            guard readPurposes.contains(question.purpose) else { return .denyConsentScopePurpose }
            return consentBasis(unit: unit)
        }
    }

    /// To a person, whom no consent names: a grant by the givers is the consent.
    private func sharing(with person: PersonID, _ subject: PersonID) -> Reason {
        let (set, unknown) = requiredSet(row, of: subject)
        guard let set else { return unknown ?? .referFactMissing }
        let roles: [GrantRole] = [.parorende, .fosterforelder]
        let own = world.grants.filter {
            $0.caseID == caseRecord?.id && $0.to == .person(person) && roles.contains($0.role) && $0.document == .log
                && isInForce($0)
        }
        let givers = set.givers.filter { giver in own.contains { isGiven($0, by: giver.party) } }
        if givers.isEmpty { return .denyNoConsent }
        return set.oneIsEnough || givers.count == set.givers.count ? .allowConsent : .denyConsentIncomplete
    }

    /// To a service as such.
    private func sharing(to service: Service) -> Reason {
        guard let subject else { return .denyNoConsent }
        let (set, unknown) = requiredSet(row, of: subject)
        if set == nil { return unknown ?? .referFactMissing }
        let known = consents(about: subject, caseID: caseRecord?.id)
        if known.isEmpty { return .denyNoConsent }
        guard known.contains(where: { $0.services.contains(service) }) else {
            return .denyConsentScopeService
        }
        return .denyNoConsent
    }

    /// Whether this person's consent can count (3.3, the end).
    private func consentGiveBasis() -> Reason {
        guard let consent = question.consent, let subject else { return .denyNotGiver }
        if proxy != nil { return .denyNotGiver }
        if employment == nil, consent.givenBy != human.map(Party.person) { return .denyNotGiver }
        if let employment, case .unit(let unit) = consent.givenBy, unit != employment.unit { return .denyNotGiver }
        let about = consent.about ?? subject
        let rows = rows(of: consent)
        let giver = RefGiver(party: consent.givenBy, capacity: consent.capacity)
        let own = world.authorities(over: about, at: at).filter {
            $0.holder == consent.givenBy && $0.kind.word == consent.capacity.word
        }
        let isUncertain = own.contains { $0.status != .known } && !own.contains { $0.status == .known }
        if !rows.contains(where: { isMember(giver, of: $0, about) }), !isUncertain {
            return isOutsideOnlyBecauseOfAge(consent, about) ? .denyCapacityAge : .denyNotGiver
        }
        let oral: [Purpose] = [.samordning, .ressursteam, .veiledning, .daglig_omsorg]
        if consent.form == .muntlig_dokumentert {
            let services = consent.services.map(\.text) + consent.units.compactMap { world.unit($0)?.service.text }
            let isOutside = consent.units.contains { id in world.unit(id).map { !isOwn($0) } ?? true }
            if !consent.purposes.allSatisfy(oral.contains) || services.contains("barnevern") || isOutside {
                return .denyConsentForm
            }
        }
        if !consent.evidence { return .denyConsentForm }
        if !consent.informed { return .denyConsentNotInformed }
        return isUncertain ? .referFactMissing : .allowConsent
    }

    private func rows(of consent: Consent) -> [RefRow] {
        var rows = consent.categories?.map { Self.row(of: $0) } ?? []
        for purpose in consent.purposes {
            switch purpose {
            case .daglig_omsorg: rows += consent.categories?.map { .daily($0) } ?? [.daily(nil)]
            case .fagmote_uten_familie, .se_meg, .individuell_plan: rows.append(Self.row(of: purpose, caseRecord))
            default: rows.append(.education)
            }
        }
        return rows
    }

    private func isOutsideOnlyBecauseOfAge(_ consent: Consent, _ about: PersonID) -> Bool {
        if consent.givenBy == .person(about) {
            // Too young; old enough and without competence is something else.
            return consent.capacity == .`self` && isTooYoung(about, for: rows(of: consent))
        }
        return world.authorities.contains {
            $0.over == about && $0.holder == consent.givenBy && $0.status == .known
                && $0.kind.word == consent.capacity.word && $0.validity.contains(at)
                && ($0.kind == .foreldreansvar || $0.kind == .omsorg || $0.kind == .representant)
        }
            && rows(of: consent).contains { hasTakenOver($0, about) }
    }

    /// At this age the row has no parents in it.
    private func hasTakenOver(_ row: RefRow, _ about: PersonID) -> Bool {
        var certain = self
        certain.ignoresCompetence = true
        guard let set = certain.requiredSet(row, of: about).set else { return false }
        return set.hasSelf && !set.hasParents
    }

    // MARK: Step 7

    func entryStep(_ basis: Reason) -> Reason? {
        guard let entry = question.entry, [.logRead, .disclose].contains(question.action), let subject else {
            return nil
        }
        let statutory: [Reason] = [.allowStatutoryOut, .allowCrossOrganNr5, .allowSelf]
        if question.action == .disclose, statutory.contains(basis), basis != .allowSelf { return nil }
        let acting = proxy == nil ? human : principal
        var found: [Reason] = []
        if employment == nil, acting == subject, entry.category == .barnevern, let caseRecord, !isParty(caseRecord) {
            found.append(.denyNotParty)
        }
        if !mayReadAbout(entry, acting) { found.append(.denyThirdPartyInfo) }
        if question.action == .logRead { found += labels(entry, basis, acting) }
        return found.first { $0.effect == .deny } ?? found.first
    }

    /// 3.1 point 6: information about someone else needs that person's own set, for every recipient.
    private func mayReadAbout(_ entry: EntryLabels, _ acting: PersonID?) -> Bool {
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

    private var isEmergencyOnly: Bool {
        guard employment != nil, question.emergency != nil else { return false }
        var asked = question
        asked.emergency = nil
        return Reference(world, profile, asked, by: system, at: at).basis().effect != .allow
    }

    private func labels(_ entry: EntryLabels, _ basis: Reason, _ acting: PersonID?) -> [Reason] {
        guard employment == nil, let subject, let acting else { return [] }
        var found: [Reason] = []
        let isInvestigated = entry.withheld == .investigation && (entry.withheldUntil.map { at < $0 } ?? true)
        if entry.withheld == .danger || isInvestigated { found.append(.denyWithheld) }
        guard acting != subject else { return found }
        let age = world.age(subject, at: at)
        if entry.withheld == .weighty { found.append(entry.neededForFa ? .referConflict : .denyWithheld) }
        let isInCare = world.authorities(over: subject, at: at).contains {
            $0.kind == .omsorg && $0.status == .known && $0.document != nil
        }
        if isInCare, entry.topics.contains(where: { $0.text == "adresse" }) { found.append(.denyWithheld) }
        if entry.neededForFa { return found }
        let isLetIn = world.grants.contains {
            $0.caseID == caseRecord?.id && $0.to == .person(acting) && $0.role == .parorende && isInForce($0)
                && $0.grantedBy == .person(subject)
        }
        if entry.category == .health, (16...17).contains(age), !isLetIn { found.append(.denyWithheld) }
        if entry.withheld == .child_wish, age >= (entry.category == .health ? 12 : 16) { found.append(.denyWithheld) }
        if age < 18, isKeptOut(acting, by: subject) { found.append(.denyWithheld) }
        if isInCare, entry.category == .barnevern { found.append(.denyWithheld) }
        return found
    }

    /// The youth who decides alone has named the parent in the latest consent; that outlives the consent.
    private func isKeptOut(_ parent: PersonID, by youth: PersonID) -> Bool {
        guard let set = requiredSet(.education, of: youth).set, set.hasSelf, !set.hasParents else { return false }
        let own = world.consents.filter { consent in
            let isAbout: Bool =
                switch consent.scope {
                case .caseID(let id): id == caseRecord?.id
                case .subject(let person): person == youth
                }
            return isAbout && consent.givenBy == .person(youth) && consent.capacity == .`self`
                && consent.registeredAt <= at && [.given, .withdrawn, .revoked].contains(consent.state)
                && consent.validity.from <= at
        }
        guard let latest = own.map(\.validity.from).max() else { return false }
        return own.contains { $0.validity.from == latest && $0.personsExcluded.contains(parent) }
    }
}
