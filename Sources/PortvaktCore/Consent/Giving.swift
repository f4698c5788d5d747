internal import HashTreeCollections

// `consent.give`: can this person's consent count (rules 3.3)?

extension Evaluation {
    func givingBasis() -> Reason? {
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
    private func isOwnToGive(_ consent: Consent) -> Bool {
        if proxyGrant != nil { return false }
        if let viewer { return consent.givenBy == .person(viewer) }
        guard case .unit(let unit) = consent.givenBy else { return true }
        return employment?.record.unit == unit
    }

    /// Whose information it is about.
    private func target(_ consent: Consent, _ subject: PersonFile) -> PersonFile? {
        guard let about = consent.about, about != subject.person.record.id else { return subject }
        return state.persons[about]
    }

    /// To be in one of the sets is enough: those of the purposes, and those of the categories that are named.
    private func checkGiver(_ consent: Consent, of target: PersonFile?) {
        guard let file = target else { return deny(.denyNotGiver, .basisGiver) }
        if let own = ownAuthority(of: consent.givenBy, file), own == .referFactMissing {
            return refer(.referFactMissing, .giversUnknown)
        }
        var isByAge = false
        var problem: Reason?
        for (choice, purpose) in choices(of: consent) {
            let set = givers(of: file, for: choice, purpose: purpose)
            if set.required.contains(where: { $0.party == consent.givenBy && $0.capacity == consent.capacity }) {
                return pass(.basisGiver)
            }
            if let found = set.problem { problem = found }
            let isClaim = capacity(consent, fits: file)
            if isClaim, isNoGiverByAge(consent.givenBy, file, set) { isByAge = true }
        }
        if isByAge { return deny(.denyCapacityAge, .basisGiver) }
        // A set that cannot be computed leaves a holder of a known authority what they can give; others are no givers.
        if problem != nil, holdsWhatConsents(consent, file) {
            return pass(.basisGiver)
        }
        deny(.denyNotGiver, .basisGiver)
    }

    /// The capacity that is claimed is one that the giver could have.
    private func capacity(_ consent: Consent, fits file: PersonFile) -> Bool {
        if consent.givenBy == .person(file.person.record.id) { return consent.capacity == .`self` }
        return file.authorities.contains {
            $0.record.holder == consent.givenBy && $0.record.kind.consentCapacity == consent.capacity
        }
    }

    /// `allow.parent` for a known authority now, `refer.fact_missing` for an unknown or pending one, else `nil`.
    private func ownAuthority(of party: Party, _ file: PersonFile) -> Reason? {
        var isUncertain = false
        for authority in file.authorities where authority.record.holder == party {
            depends(on: authority.record.validity)
            guard authority.record.validity.contains(at) else { continue }
            if isEstablished(authority.record) { return .allowParent }
            isUncertain = true
        }
        return isUncertain ? .referFactMissing : nil
    }

    /// A known authority in the capacity that is claimed; a verge's only within the mandate for personal matters.
    private func holdsWhatConsents(_ consent: Consent, _ file: PersonFile) -> Bool {
        // Where everyday matters are for the parent with whom the child lives, another holder gives nothing (L05).
        let isForResident =
            tables.switches.parentsDaily == .resident && consent.purposes.allSatisfy { tables.rule(for: $0).daily }
        // Where barnevern is known to have the care, the parents give nothing, whatever else is in doubt (L54).
        let isInCare = file.authorities.contains { authority in
            authority.record.kind == .omsorg && authority.record.validity.contains(at)
                && isEstablished(authority.record)
        }
        if isInCare, consent.capacity == .foreldreansvar { return false }
        return file.authorities.contains { authority in
            (!isForResident || authority.record.resident) && authority.record.holder == consent.givenBy
                && authority.record.kind.consentCapacity == consent.capacity
                && authority.record.validity.contains(at) && isEstablished(authority.record)
                && (authority.record.kind != .verge || authority.record.mandate.contains(.personlige_forhold))
        }
    }

    private func choices(of consent: Consent) -> [(RowChoice, Purpose)] {
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
    private func checkGivenForm(_ consent: Consent) {
        guard consent.evidence else { return deny(.denyConsentForm, .filterForm) }
        guard consent.form == .muntlig_dokumentert else { return pass(.filterForm) }
        for purpose in consent.purposes {
            var ask = ConsentAsk(purpose: purpose, caseID: nil)
            for service in consent.services {
                ask.service = service
                if !mayBeOral(ask) { return deny(.denyConsentForm, .filterForm) }
            }
            for id in consent.units {
                guard let unit = state.units[id] else { continue }
                setRecipient(&ask, unit)
                if !mayBeOral(ask) { return deny(.denyConsentForm, .filterForm) }
            }
            ask.service = nil
            ask.isOwn = true
            if !mayBeOral(ask) { return deny(.denyConsentForm, .filterForm) }
        }
        pass(.filterForm)
    }
}
