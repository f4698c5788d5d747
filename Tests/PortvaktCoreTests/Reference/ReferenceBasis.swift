import PortvaktCore

// Step 6: the first basis that holds.

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
        case .planWrite where !isCoordinatorOfArea: return .denyConsentScopePurpose
        case .planCreate, .planWrite: return consentBasis(unit: employment?.unit, purpose: .individuell_plan)
        default: return readBasis()
        }
    }

    // MARK: Reading

    var readPurposes: [Purpose] { [.samordning, .daglig_omsorg, .overgang] }

    func readBasis() -> Reason {
        employment == nil ? personBasis() : employmentBasis()
    }

    func personBasis() -> Reason {
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

    func authorityBasis() -> Reason? {
        let own = ownAuthorities
        if own.isEmpty { return nil }
        if own.contains(where: carriesReading) { return .allowParent }
        if own.contains(where: { $0.status != .known }) { return .referFactMissing }
        return .denyNotGiver
    }

    /// Known, and for a verge within the mandate (and for an adult only without competence).
    func carriesReading(_ authority: Authority) -> Bool {
        guard authority.status == .known else { return false }
        switch authority.kind {
        case .foreldreansvar, .representant: return true
        case .omsorg: return authority.document != nil
        case .verge:
            let isMinor = world.age(authority.over, at: at) < 18
            if isMinor, isMember(RefGiver(party: authority.holder, capacity: .verge), of: .education, authority.over) {
                return true
            }
            return authority.mandate.contains(.personlige_forhold)
                && (isMinor || world.lacksCompetence(authority.over, at: at))
        }
    }

    /// A grant to a person, given by each required giver, is that person's consent (section 4).
    func grantBasis() -> Reason {
        let document: GrantDocument = [.planRead, .planWrite].contains(question.action) ? .plan : .log
        let roles: [GrantRole] = [.parorende, .fosterforelder]
        if question.action == .accessLogRead { return .denyNotParticipant }
        let own = grants.filter { roles.contains($0.role) && $0.document == document }
        guard let subject, !own.isEmpty || isInvited else { return .denyNotParticipant }
        if question.action == .logRead, !readPurposes.contains(question.purpose) { return .denyConsentScopePurpose }
        let (set, unknown) = requiredSet(row, of: subject)
        guard let set else { return unknown ?? .referFactMissing }
        // A grant for the plan opens the areas that it names.
        let opening = own.filter { grant in
            document == .log || (question.area.map { grant.areas?.contains($0) ?? true } ?? true)
        }
        let givers = set.givers.filter { giver in opening.contains { isGiven($0, by: giver.party) } }
        if givers.isEmpty {
            let isForOtherArea = set.givers.contains { giver in own.contains { isGiven($0, by: giver.party) } }
            return isForOtherArea ? .denyConsentScopePurpose : .denyNoConsent
        }
        return set.oneIsEnough || givers.count == set.givers.count ? .allowConsent : .denyConsentIncomplete
    }

    func isGiven(_ grant: Grant, by party: Party) -> Bool {
        if grant.grantedBy == party { return true }
        guard case .employment(let id)? = grant.grantedBy, case .unit(let unit) = party else { return false }
        return world.employment(id)?.unit == unit
    }

    func employmentBasis() -> Reason {
        guard let employment else { return .denyRole }
        let isForReading = question.action != .logRead || readPurposes.contains(question.purpose)
        if isForReading, let reason = authorityBasis(), reason.effect == .allow { return reason }
        if isHolder, question.action == .logRead {
            guard let reason = holderReadFailure() else { return .allowHolder }
            if let entry = question.entry, entry.sameTreatment, treatmentBasis(entry, employment) == .allowHpl25 {
                return .allowHpl25
            }
            return emergencyBasis() ?? reason
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
        // Whose care it is reads the log for some purposes only.
        if reason == .denyNotParticipant, !isForReading, authorityBasis() == .allowParent {
            reason = .denyConsentScopePurpose
        }
        return emergencyBasis() ?? reason
    }

    /// The stafettholder reads the whole log; an entry of another unit needs the consent that its row asks for.
    func holderReadFailure() -> Reason? {
        guard readPurposes.contains(question.purpose) else { return .denyConsentScopePurpose }
        if let subject, let human {
            var certain = self
            certain.ignoresUnknown = true
            let givers = requiredSet(row, of: subject).set ?? certain.requiredSet(row, of: subject).set
            if givers?.givers.contains(where: { isExcluded(human, by: $0.party, subject) }) == true {
                return .denyExcludedPerson
            }
        }
        guard let entry = question.entry, entry.author != employment?.unit else { return nil }
        let reason = consentBasis(unit: employment?.unit)
        return reason == .allowConsent ? nil : reason
    }

    func participantReadBasis() -> Reason {
        let document: GrantDocument = question.action == .planRead ? .plan : .log
        // A coordinator's grant that forvaltning did not give opens nothing, not even an area (S4).
        let own = grants.filter {
            $0.document == document && ($0.role != .koordinator || isGoodCoordinatorGrant($0))
        }
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
    func treatmentBasis(_ entry: EntryLabels, _ employment: Employment) -> Reason {
        guard isReachedByUnitGrant else { return .denyNotParticipant }
        guard isHealth(entry.author) else { return .denyOrgBoundary }
        guard isHealth(employment.unit) else { return .denyNoConsent }
        let service = world.unit(employment.unit)?.service
        let isObjected = world.objections.contains {
            $0.caseID == caseRecord?.id && $0.by == subject && $0.service == service
        }
        return isObjected ? .denyNoConsent : .allowHpl25
    }

    func emergencyBasis() -> Reason? {
        guard let emergency = question.emergency, question.action == .logRead, let employment else { return nil }
        let isNamed = subject.map { consents(about: $0, caseID: caseRecord?.id) }?.contains {
            names($0, unit: employment.unit) && stands($0)
        }
        guard ownController == caseRecord?.controller || isNamed == true else { return nil }
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

    func consentBasis(
        unit: UnitID?, purpose: Purpose? = nil, mustBeWritten: Bool = false, registeredAfter: Instant? = nil,
        ignoringEntry: Bool = false, row ownRow: RefRow? = nil
    ) -> Reason {
        guard let subject, let unit else { return .denyNoConsent }
        let entry = ignoringEntry ? nil : question.entry
        var ask = Ask(
            subject: subject, caseID: caseRecord?.id, unit: unit, person: receiver,
            purpose: purpose ?? question.purpose,
            row: ownRow ?? (ignoringEntry ? (question.purpose == .daglig_omsorg ? .daily(nil) : .education) : row),
            category: entry?.category, topics: entry?.topics ?? [], meeting: meeting?.id, mustBeWritten: mustBeWritten)
        if [.logOpen, .logReopen, .logReassign, .batonAccept, .participantAdd].contains(question.action), purpose == nil
        {
            ask.purpose = .samordning
            ask.row = .education
        }
        ask.registeredAfter = registeredAfter
        return consentFailure(ask) ?? .allowConsent
    }

    /// The human who receives, where it is one: a giver may have kept them out by name.
    var receiver: PersonID? {
        func person(of party: Party?) -> PersonID? {
            guard case .employment(let id)? = party else { return nil }
            return world.employment(id)?.person
        }
        switch question.action {
        case .logReassign: return question.successor.flatMap { world.employment($0) }?.person
        case .participantAdd: return person(of: question.participant)
        case .meetingAttend where question.participant != nil: return person(of: question.participant)
        case .disclose: return nil
        default: return human
        }
    }

    func participantBasis() -> Reason {
        let isForPlan = caseRecord?.plan == .active && isCoordinator && !isHolder
        let purpose: Purpose = isForPlan ? .individuell_plan : .samordning
        let row = isForPlan ? Self.row(of: purpose, caseRecord) : nil
        switch question.participant {
        case .unit(let id)?: return consentBasis(unit: id, purpose: purpose, row: row)
        case .employment(let id)?: return consentBasis(unit: world.employment(id)?.unit, purpose: purpose, row: row)
        default: return .denyNoConsent
        }
    }

    /// A giver of the current set withdrew, or let expire, the consent that carries the log (section 2).
    func brokenConsent() -> Reason? {
        // Where nobody holds the baton, for whoever leads in its place.
        let holding = caseRecord?.holder.flatMap({ world.employment($0) }) ?? employment
        guard let subject, let caseRecord, let holder = holding else { return nil }
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
            // What has not begun has not ended.
            let begun = own.filter { $0.validity.from <= at }
            if begun.isEmpty { continue }
            found.append(begun.contains(where: isInTime) ? .denyConsentWithdrawn : .denyConsentExpired)
        }
        if found.contains(.denyConsentExpired), !found.contains(.denyConsentWithdrawn) { return .denyConsentExpired }
        return found.isEmpty ? nil : .denyConsentWithdrawn
    }

    /// Anyone in the required set closes the log alone.
    func closeBasis() -> Reason {
        if proxy != nil { return .denyNotGiver }
        guard let subject, let human else { return .denyNotGiver }
        let party: Party = employment.map { .unit($0.unit) } ?? .person(human)
        let isGiver = ConsentCapacity.allCases.contains { capacity in
            isMember(RefGiver(party: party, capacity: capacity), of: .education, subject)
        }
        if !isGiver {
            let isUncertain = ownAuthorities.contains { $0.status != .known } && world.age(subject, at: at) < 18
            // A youth who decides alone does so whatever comes of the doubt.
            let decidesAlone = requiredSet(.education, of: subject).set.map { !$0.hasParents } ?? false
            return isUncertain && !decidesAlone ? .referFactMissing : .denyNotGiver
        }
        return human == subject ? .allowSelf : .allowParent
    }

    // MARK: Meetings

    func meetingBasis() -> Reason {
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
    func isPartyPresent(_ meeting: Meeting) -> Bool {
        guard meeting.familyPresent, let subject, let set = requiredSet(row, of: subject).set else { return false }
        return set.givers.allSatisfy { giver in
            if meeting.invited.contains(giver.party) { return true }
            // For a unit that has the care somebody who works there now.
            let isThere = world.employments.contains {
                giver.party == .unit($0.unit) && $0.validity.contains(at)
                    && meeting.invited.contains(.employment($0.id))
            }
            if isThere { return true }
            return world.grants.contains { grant in
                grant.caseID == caseRecord?.id && grant.role == .fullmektig && grant.grantedBy == giver.party
                    && isInForce(grant)
                    && meeting.invited.contains(grant.to)
            }
        }
    }
}
