// `consent.give`: can this person's consent count (rules 3.3)?

extension Evaluation {
    mutating func givingBasis() -> Reason? {
        guard let consent = question.consent, let subject else {
            refer(.referFactMissing, .basisGiver)
            return nil
        }
        guard isOwnToGive(consent) else {
            deny(.denyNotGiver, .basisGiver)
            return nil
        }
        let before = mark
        checkGiver(consent, of: target(consent, subject))
        checkGivenForm(consent)
        if !consent.informed { deny(.denyConsentNotInformed, .filterInformed) }
        let isStopped = denies.count > before.denies || refers.count > before.refers
        return isStopped ? nil : hold(.allowConsent, .basisGiver)
    }

    /// A person gives only their own; an employment registers anyone's, a unit's only from within.
    private mutating func isOwnToGive(_ consent: Consent) -> Bool {
        if proxyGrant != nil { return false }
        if let viewer { return state.handle(of: consent.givenBy) == .person(viewer) }
        guard case .unit(let unit) = consent.givenBy else { return true }
        return employment?.facts.unit == state.handle(of: unit)
    }

    /// Whose information it is about.
    private mutating func target(_ consent: Consent, _ subject: Ref<PersonFacts>) -> Ref<PersonFacts>? {
        guard let about = consent.about, !isSame(about, subject) else { return subject }
        return state.persons.facts(about)
    }

    /// To be in one of the sets is enough: those of the purposes, and those of the categories that are named.
    private mutating func checkGiver(_ consent: Consent, of target: Ref<PersonFacts>?) {
        guard let file = target else { return deny(.denyNotGiver, .basisGiver) }
        let party = state.handle(of: consent.givenBy)
        if isOwnAuthorityUncertain(consent.capacity, of: party, file) {
            return refer(.referFactMissing, .giversUnknown)
        }
        let isSubject = party == .person(file.facts.handle)
        var isByAge = false
        var isOldEnough = false
        for (choice, purpose) in choices(of: consent) {
            let set = givers(of: file, for: choice, purpose: purpose, isCertain: true)
            if set.required.contains(where: { $0.party == party && $0.capacity == consent.capacity }) {
                return pass(.basisGiver)
            }
            if isSubject, set.givers != .parents { isOldEnough = true }
            let isClaim = capacity(consent.capacity, of: party, fits: file)
            if isClaim, isNoGiverByAge(party, file, set) { isByAge = true }
        }
        deny(isByAge && !isOldEnough ? .denyCapacityAge : .denyNotGiver, .basisGiver)
    }

    /// The capacity that is claimed is one that the giver could have.
    private mutating func capacity(_ capacity: ConsentCapacity, of party: PartyHandle, fits file: Ref<PersonFacts>)
        -> Bool
    {
        if party == .person(file.facts.handle) { return capacity == .`self` }
        return file.facts.authorities.contains {
            $0.facts.holder == party && $0.facts.kind.consentCapacity == capacity
        }
    }

    /// The giver's own authority in this capacity is unknown or pending now, and no other one of theirs is known. What ends
    /// at 18 is in doubt no longer then.
    private mutating func isOwnAuthorityUncertain(
        _ capacity: ConsentCapacity, of party: PartyHandle, _ file: Ref<PersonFacts>
    ) -> Bool {
        guard isAlive(party), !(endsAtAdult(capacity) && isAdult(file)) else { return false }
        var isUncertain = false
        for authority in file.facts.authorities where authority.facts.holder == party {
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at), authority.facts.kind.consentCapacity == capacity else {
                continue
            }
            if isEstablished(authority) { return false }
            isUncertain = true
        }
        return isUncertain
    }

    private mutating func choices(of consent: Consent) -> [(RowChoice, Purpose)] {
        var choices: [(RowChoice, Purpose)] = []
        for purpose in consent.purposes {
            if tables.rule(for: purpose).daily, let categories = consent.categories {
                for category in categories { choices.append((.category(category), purpose)) }
            } else {
                choices.append((row(of: purpose), purpose))
            }
        }
        for category in consent.categories ?? [] { choices.append((.category(category), .samordning)) }
        return choices
    }

    // MARK: Form

    /// The form must do for every purpose and every recipient.
    private mutating func checkGivenForm(_ consent: Consent) {
        guard consent.evidence else { return deny(.denyConsentForm, .filterForm) }
        guard consent.form == .muntlig_dokumentert else { return pass(.filterForm) }
        for purpose in consent.purposes {
            for service in consent.services {
                if !mayBeOral(purpose, isOwn: true, to: service) { return deny(.denyConsentForm, .filterForm) }
            }
            for id in consent.units {
                guard let unit = state.units.facts(id) else { continue }
                var ask = ConsentAsk(purpose: purpose, caseID: nil)
                setRecipient(&ask, unit)
                if !mayBeOral(purpose, isOwn: ask.isOwn, to: unit.facts.filed.read(\.service)) {
                    return deny(.denyConsentForm, .filterForm)
                }
            }
            if !mayBeOral(purpose, isOwn: true, to: nil) { return deny(.denyConsentForm, .filterForm) }
        }
        pass(.filterForm)
    }
}
