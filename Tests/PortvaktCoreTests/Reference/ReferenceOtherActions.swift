import PortvaktCore

// Step 6 of what opens no log: internal discussion, disclosure, giving consent.

extension Reference {
    func internalBasis() -> Reason {
        guard let employment, let unit = world.unit(employment.unit) else { return .denyRole }
        let notes = world.discussions.filter { $0.person == subject }.compactMap {
            world.unit($0.unit)
        }
        // An organ is one controller's (rules section 7).
        func isSame(_ other: Unit?) -> Bool { other?.organ == unit.organ && other?.controller == unit.controller }
        guard notes.isEmpty || notes.contains(where: isSame) else { return .denyOrgBoundary }
        if case .unit(let told)? = question.recipient, !isSame(world.unit(told)) { return .denyOrgBoundary }
        guard question.need else { return .denyNoNeed }
        if ["familievern", "politi"].contains(unit.service.text) { return .denyNoConsent }
        return isHealth(employment.unit) ? .allowHpl25 : .allowIntraOrgan
    }

    func accessLogBasis() -> Reason {
        if let human, subject == human, caseRecord == nil { return .allowSelf }
        return .allowIntraOrgan
    }

    func discloseBasis() -> Reason {
        guard let employment, let unit = world.unit(employment.unit), let recipient = question.recipient else {
            return .denyNoConsent
        }
        switch question.ground {
        case .bekymringsmelding?:
            return service(of: recipient) == "barnevern" ? .allowStatutoryOut : .denyNotNecessary
        case .palegg?:
            // To the authority that gave the order.
            if case .person = recipient { return .denyNotNecessary }
            return question.document == nil ? .referFactMissing : .allowStatutoryOut
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

    func service(of recipient: Recipient) -> String? {
        switch recipient {
        case .unit(let id): world.unit(id)?.service.text
        case .service(let service): service.text
        case .person: nil
        }
    }

    /// L07: a parent without foreldreansvar, of a minor.
    func parentInsight(_ recipient: Recipient) -> Reason {
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

    func plainSharing(_ recipient: Recipient) -> Reason {
        guard let subject else { return .denyNoConsent }
        switch recipient {
        case .person(let person):
            if person == subject { return .allowSelf }
            let holds = world.authorities(over: subject, at: at).contains {
                $0.holder == .person(person) && carriesReading($0) && world.age(subject, at: at) < 18
            }
            if holds { return .allowParent }
            let isUncertain = world.authorities(over: subject, at: at).contains {
                $0.holder == .person(person) && $0.status != .known && world.age(subject, at: at) < 18
            }
            return isUncertain ? .referFactMissing : sharing(with: person, subject)
        case .service(let service): return sharing(to: service)
        case .unit(let unit):
            guard readPurposes.contains(question.purpose) else { return .denyConsentScopePurpose }
            // Whose care it is needs no consent.
            let hasCare = world.authorities(over: subject, at: at).contains {
                $0.holder == .unit(unit) && carriesReading($0) && world.age(subject, at: at) < 18
            }
            return hasCare ? .allowParent : consentBasis(unit: unit)
        }
    }

    /// To a person, whom no consent names: a grant by the givers is the consent.
    func sharing(with person: PersonID, _ subject: PersonID) -> Reason {
        guard readPurposes.contains(question.purpose) else { return .denyConsentScopePurpose }
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
    func sharing(to service: Service) -> Reason {
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
    func consentGiveBasis() -> Reason {
        guard let consent = question.consent, let subject else { return .denyNotGiver }
        if proxy != nil { return .denyNotGiver }
        if employment == nil, consent.givenBy != human.map(Party.person) { return .denyNotGiver }
        if let employment, case .unit(let unit) = consent.givenBy, unit != employment.unit { return .denyNotGiver }
        let about = consent.about ?? subject
        let rows = rows(of: consent)
        let giver = RefGiver(party: consent.givenBy, capacity: consent.capacity)
        let own = world.authorities(over: about, at: at).filter {
            $0.holder == consent.givenBy && $0.kind.word == consent.capacity.word
                && ($0.kind == .verge || world.age(about, at: at) < 18)
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

    func rows(of consent: Consent) -> [RefRow] {
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

    func isOutsideOnlyBecauseOfAge(_ consent: Consent, _ about: PersonID) -> Bool {
        if consent.givenBy == .person(about) {
            // Too young; old enough and without competence is something else.
            return consent.capacity == .`self` && isTooYoung(about, for: rows(of: consent))
        }
        if case .person(let giver) = consent.givenBy, world.isDead(giver, at: at) { return false }
        return world.authorities.contains {
            $0.over == about && $0.holder == consent.givenBy && $0.status == .known
                && $0.kind.word == consent.capacity.word
                && ($0.validity.contains(at) || isHeldToAdulthood($0, about))
                && ($0.kind == .foreldreansvar || $0.kind == .omsorg || $0.kind == .representant)
        }
            && rows(of: consent).contains { hasTakenOver($0, about) }
    }

    /// At this age the row has no parents in it.
    func hasTakenOver(_ row: RefRow, _ about: PersonID) -> Bool {
        if world.age(about, at: at) >= 18 { return true }
        guard let set = requiredSet(row, of: about).set else { return false }
        return set.hasSelf && !set.hasParents
    }
}
