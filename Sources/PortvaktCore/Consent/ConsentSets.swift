internal import HashTreeCollections

// Is the set of givers complete, and if not, why (rules 3.1 point 7 and 3.3)?

extension Evaluation {
    /// Whether everyone who must has consented. When not, the reasons are noted, and what is missing.
    func isConsented(_ set: GiverSet, _ ask: ConsentAsk, about file: PersonFile) -> Bool {
        let tables = tables
        trace.note(data: "purposes.\(ask.purpose.word)", .holds, evidence: nil, in: tables)
        if let problem = set.problem {
            refer(problem, .giversUnknown)
            return false
        }
        var furthest = ConsentStop.given
        var covered: UInt64 = 0
        var isAllByAge = true
        for consent in file.consents {
            let stop = filter(consent, ask)
            trace.note(
                stop.rule, stop == .none ? .holds : .fails, reason: stop == .none ? nil : stop.reason,
                evidence: Evidence(kind: .consent, id: consent.record.id.identifier, version: consent.version),
                in: tables)
            furthest = max(furthest, stop)
            guard stop == .none else { continue }
            if let index = index(of: consent.record, in: set) {
                covered |= 1 << UInt64(index)
                use(.consent, consent.record.id.identifier, consent)
                isAllByAge = false
            } else if isAllByAge {
                isAllByAge = isNoGiverByAge(consent.record.givenBy, file, set)
            }
        }
        if isComplete(set, covered) { return true }
        noteMissing(set, covered, ask)
        guard furthest == .none else {
            denyNothingLeft(furthest, ask, file)
            return false
        }
        deny(isAllByAge ? .denyCapacityAge : .denyConsentIncomplete, .basisConsent)
        for (index, giver) in set.required.enumerated() where covered & (1 << UInt64(index)) == 0 {
            let stop = furthestStop(of: giver, ask, file)
            deny(stop.reason, stop.rule)
        }
        return false
    }

    /// The place in the set of the giver whose own consent this is, in the capacity that makes them a giver.
    private func index(of consent: Consent, in set: GiverSet) -> Int? {
        set.required.firstIndex { $0.party == consent.givenBy && $0.capacity == consent.capacity }
    }

    private func isComplete(_ set: GiverSet, _ covered: UInt64) -> Bool {
        guard !set.required.isEmpty else { return false }
        var parents = 0
        var parentsCovered = 0
        for (index, giver) in set.required.enumerated() {
            let isCovered = covered & (1 << UInt64(index)) != 0
            if giver.capacity == .`self` || !set.anyParent {
                if !isCovered { return false }
            } else {
                parents += 1
                parentsCovered += isCovered ? 1 : 0
            }
        }
        return parents == 0 || parentsCovered > 0
    }

    /// How far a giver's own consents came.
    func furthestStop(of giver: Giver, _ ask: ConsentAsk, _ file: PersonFile) -> ConsentStop {
        var furthest = ConsentStop.given
        for consent in file.consents
        where consent.record.givenBy == giver.party && consent.record.capacity == giver.capacity {
            furthest = max(furthest, filter(consent, ask))
        }
        return furthest
    }

    private func denyNothingLeft(_ furthest: ConsentStop, _ ask: ConsentAsk, _ file: PersonFile) {
        if furthest == .service, namesClosedUnit(ask, file) { return refer(.referConfig, .filterService) }
        deny(furthest.reason, furthest.rule)
    }

    /// A unit of the same service is named that is known to be closed, and nobody recorded what replaced it.
    private func namesClosedUnit(_ ask: ConsentAsk, _ file: PersonFile) -> Bool {
        for consent in file.consents where isGiven(consent, ask.caseID) {
            for id in consent.record.units {
                guard let unit = state.units[id]?.unit.record, unit.service == ask.service,
                    let closed = unit.closedAt
                else { continue }
                depends(on: closed)
                if closed <= at { return true }
            }
        }
        return false
    }

    /// Somebody who is no giver only because of the subject's age: too young, or the youth has taken over.
    func isNoGiverByAge(_ party: Party, _ file: PersonFile, _ set: GiverSet) -> Bool {
        if party == .person(file.person.record.id) { return set.givers == .parents }
        guard set.givers == .`self` else { return false }
        let end = birthday(tables.ages.adult, of: file.person.record)
        return file.authorities.contains { authority in
            guard authority.record.holder == party, authority.record.status == .known,
                endsAtAdult(authority.record.kind)
            else {
                return false
            }
            // Who held it to the eighteenth birthday stays one of them, also when it was registered to end then.
            return authority.record.validity.contains(at)
                || (end.map { at >= $0 && holds(authority.record, until: $0) } ?? false)
        }
    }

    private func holds(_ authority: Authority, until end: Instant) -> Bool {
        authority.validity.contains(end.advanced(byMilliseconds: -1))
    }

    func birthday(_ age: Int, of person: Person) -> Instant? {
        person.born.flatMap { OsloTime.birthday(age, born: $0) }.map { OsloTime.startOfDay($0) }
    }

    private func noteMissing(_ set: GiverSet, _ covered: UInt64, _ ask: ConsentAsk) {
        for (index, giver) in set.required.enumerated() where covered & (1 << UInt64(index)) == 0 {
            let piece = Missing.consent(
                from: giver.party, purpose: ask.purpose, service: ask.isOwn ? ask.service : nil,
                unit: ask.isOwn && ask.service != nil ? nil : ask.unit?.unit.record.id)
            if !missing.contains(piece) { missing.append(piece) }
        }
    }

    // MARK: Exclusions

    /// A giver keeps a person out by name, until a later consent of theirs leaves it out; that outlives the consent's
    /// own end and withdrawal, or taking it back would open what it closed (L55).
    func excludes(_ person: PersonID, by giver: Party, _ file: PersonFile) -> Bool {
        var excluding: Instant?
        var admitting: Instant?
        for consent in file.consents
        where consent.record.givenBy == giver && isGiven(consent, caseFile?.caseRecord.record.id) {
            let from = consent.record.validity.from
            guard from <= at else { continue }
            if consent.record.personsExcluded.contains(person) {
                excluding = max(excluding ?? from, from)
            } else {
                admitting = max(admitting ?? from, from)
            }
        }
        guard let excluding else { return false }
        return admitting.map { $0 <= excluding } ?? true
    }

    // MARK: Persons let in

    /// A grant to a person, given by whoever is a giver, is that person's consent (rules section 4): each required
    /// giver must have given one.
    func isLetIn(_ person: PersonID, _ set: GiverSet, to document: GrantDocument?) -> Bool {
        if let problem = set.problem {
            refer(problem, .giversUnknown)
            return false
        }
        let grants = caseFile?.grants ?? []
        var given = 0
        for giver in set.required {
            let found = grants.first { grant in
                grant.record.to == .person(person) && (document == nil || grant.record.document == document)
                    && isGranted(grant, by: giver.party) && isValid(grant)
            }
            guard let found else { continue }
            given += 1
            use(.grant, found.record.id.identifier, found)
        }
        let parents = set.required.count { $0.capacity != .`self` }
        let needed = set.anyParent ? set.required.count - max(0, parents - 1) : set.required.count
        if given >= needed, !set.required.isEmpty {
            pass(.basisPersonGrant)
            return true
        }
        deny(given == 0 ? .denyNoConsent : .denyConsentIncomplete, .basisPersonGrant)
        return false
    }

    private func isGranted(_ grant: Filed<Grant>, by giver: Party) -> Bool {
        if grant.record.grantedBy == giver { return true }
        // For a unit with omsorg somebody who works there signs.
        guard case .unit(let unit) = giver, case .employment(let id)? = grant.record.grantedBy else { return false }
        return state.employments[id]?.record.unit == unit
    }
}
