// Is the set of givers complete, and if not, why (rules 3.1 point 7 and 3.3)?

extension Evaluation {
    /// Whether everyone who must has consented. When not, the reasons are noted, and what is missing.
    mutating func isConsented(_ set: GiverSet, _ ask: ConsentAsk, about file: Ref<PersonFacts>) -> Bool {
        trace?.note(data: "purposes.\(ask.purpose.word)")
        if let problem = set.problem {
            refer(problem, .giversUnknown)
            return false
        }
        var furthest = ConsentStop.given
        var covered: UInt64 = 0
        var isAllByAge = true
        let consents = file.facts.consents
        for place in consents.indices {
            let consent = consents[place]
            if passesOver(consent, ask) { continue }
            let stop = filter(consent, ask)
            trace?.note(
                stop.rule, stop == .none ? .holds : .fails, reason: stop == .none ? nil : stop.reason,
                evidence: Evidence(.consent, consent.facts.filed))
            furthest = max(furthest, stop)
            guard stop == .none else { continue }
            if let index = index(of: consent, in: set) {
                covered |= 1 << UInt64(index)
                use(.consent, consent.facts.filed)
                isAllByAge = false
            } else if isAllByAge {
                isAllByAge = isNoGiverByAge(consent.facts.givenBy, file, set)
            }
        }
        if isComplete(set, covered) { return true }
        furthest = max(furthest, furthestPassedOver(consents, ask))
        noteMissing(set, covered, ask)
        guard furthest == .none else {
            denyNothingLeft(furthest, ask, file)
            return false
        }
        deny(isAllByAge ? .denyCapacityAge : .denyConsentIncomplete, .basisConsent)
        for index in set.required.indices where covered & (1 << UInt64(index)) == 0 {
            let stop = furthestStop(of: set.required[index], ask, file)
            deny(stop.reason, stop.rule)
        }
        return false
    }

    /// A consent for other purposes completes no set. How far it came tells why one is incomplete, and only then, or
    /// when somebody watches, is it looked at.
    @inline(__always)
    private mutating func passesOver(_ consent: Ref<ConsentFacts>, _ ask: ConsentAsk) -> Bool {
        guard trace == nil, !consent.facts.purposes.contains(ask.purpose) else { return false }
        depends(on: consent.facts.registeredAt)
        return true
    }

    private mutating func furthestPassedOver(_ consents: FactRefs<ConsentFacts>, _ ask: ConsentAsk) -> ConsentStop {
        var furthest = ConsentStop.given
        for consent in consents where passesOver(consent, ask) { furthest = max(furthest, filter(consent, ask)) }
        return furthest
    }

    /// The place in the set of the giver whose own consent this is, in the capacity that makes them a giver.
    private mutating func index(of consent: Ref<ConsentFacts>, in set: GiverSet) -> Int? {
        set.required.firstIndex { $0.party == consent.facts.givenBy && $0.capacity == consent.facts.capacity }
    }

    private mutating func isComplete(_ set: GiverSet, _ covered: UInt64) -> Bool {
        guard !set.required.isEmpty else { return false }
        var parents = 0
        var parentsCovered = 0
        for index in set.required.indices {
            let giver = set.required[index]
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
    mutating func furthestStop(of giver: Giver, _ ask: ConsentAsk, _ file: Ref<PersonFacts>) -> ConsentStop {
        var furthest = ConsentStop.given
        for consent in file.facts.consents
        where consent.facts.givenBy == giver.party && consent.facts.capacity == giver.capacity {
            furthest = max(furthest, filter(consent, ask))
        }
        return furthest
    }

    /// Whether a consent of a giver's has begun and come to its end.
    mutating func hasEnded(_ giver: Giver, _ ask: ConsentAsk, _ file: Ref<PersonFacts>) -> Bool {
        for consent in file.facts.consents
        where consent.facts.givenBy == giver.party && consent.facts.capacity == giver.capacity {
            if consent.facts.validity.from <= at, filter(consent, ask) == .time { return true }
        }
        return false
    }

    private mutating func denyNothingLeft(_ furthest: ConsentStop, _ ask: ConsentAsk, _ file: Ref<PersonFacts>) {
        if furthest == .service, namesClosedUnit(ask, file) { return refer(.referConfig, .filterService) }
        deny(furthest.reason, furthest.rule)
    }

    /// A unit of the same service is named that is known to be closed, and nobody recorded what replaced it.
    private mutating func namesClosedUnit(_ ask: ConsentAsk, _ file: Ref<PersonFacts>) -> Bool {
        for consent in file.facts.consents where isGiven(consent, ask.caseID) {
            for handle in consent.facts.units {
                guard let unit = state.units.facts(handle), unit.facts.service == ask.service,
                    let closed = unit.facts.closedAt
                else { continue }
                depends(on: closed)
                if closed <= at { return true }
            }
        }
        return false
    }

    /// Somebody who is no giver only because of the subject's age: too young, or the youth has taken over.
    mutating func isNoGiverByAge(_ party: PartyHandle, _ file: Ref<PersonFacts>, _ set: GiverSet) -> Bool {
        if party == .person(file.facts.handle) { return set.givers == .parents }
        // Who died, or whom barnevern replaced, is no giver whatever the age.
        let isReplaced = set.required.contains { endsAtAdult($0.capacity) }
        guard set.givers == .`self`, !isReplaced, isAlive(party) else { return false }
        let end = birthday(tables.ages.adult, of: file)
        return file.facts.authorities.contains { authority in
            guard authority.facts.holder == party, authority.facts.status == .known,
                endsAtAdult(authority.facts.kind)
            else {
                return false
            }
            depends(on: authority.facts.validity)
            // Who held it to the eighteenth birthday stays one of them, also when it was registered to end then.
            return authority.facts.validity.contains(at)
                || (end.map { at >= $0 && holds(authority.facts.validity, until: $0) } ?? false)
        }
    }

    private mutating func holds(_ validity: Validity, until end: Instant) -> Bool {
        validity.contains(end.advanced(byMilliseconds: -1))
    }

    mutating func birthday(_ age: Int, of person: Ref<PersonFacts>) -> Instant? {
        person.facts.born.flatMap { OsloTime.birthday(age, born: $0.date) }.map { OsloTime.startOfDay($0) }
    }

    private mutating func noteMissing(_ set: GiverSet, _ covered: UInt64, _ ask: ConsentAsk) {
        let service = recipientService(of: ask)
        for index in set.required.indices where covered & (1 << UInt64(index)) == 0 {
            guard let party = party(set.required[index].party) else { continue }
            let piece = Missing.consent(
                from: party, purpose: ask.purpose, service: ask.isOwn ? service : nil,
                unit: ask.isOwn && service != nil ? nil : ask.unit?.facts.filed.read(\.id))
            if !missing.contains(piece) { missing.append(piece) }
        }
    }

    /// The party by its id; givers are always registered.
    private mutating func party(_ handle: PartyHandle) -> Party? {
        switch handle {
        case .person(let handle): state.persons.facts(handle).map { .person($0.facts.filed.read(\.id)) }
        case .unit(let handle): state.units.facts(handle).map { .unit($0.facts.filed.read(\.id)) }
        case .employment(let handle): state.employments.facts(handle).map { .employment($0.facts.filed.read(\.id)) }
        }
    }

    // MARK: Exclusions

    /// A giver keeps a person out by name, until a later consent of theirs leaves it out; that outlives the consent's
    /// own end and withdrawal, or taking it back would open what it closed (L55).
    mutating func excludes(_ person: Handle<Person>, by giver: PartyHandle, _ file: Ref<PersonFacts>) -> Bool {
        var isExcluded = false
        var (excluding, admitting) = (Instant.distantPast, Instant.distantPast)
        let (named, now) = (caseFile?.facts.handle, at)
        for consent in file.facts.consents where consent.facts.givenBy == giver {
            depends(on: consent.facts.registeredAt)
            guard isGiven(consent, named) else { continue }
            let from = consent.facts.validity.from
            depends(on: from)
            guard from <= now else { continue }
            if consent.facts.personsExcluded.contains(person) {
                isExcluded = true
                excluding = max(excluding, from)
            } else if consent.facts.informed {
                // One that the giver did not understand carries nothing, and lets nobody in again.
                admitting = max(admitting, from)
            }
        }
        return isExcluded && admitting <= excluding
    }

    // MARK: Persons let in

    /// A grant to a person, given by whoever is a giver, is that person's consent (rules section 4): each required
    /// giver must have given one.
    mutating func isLetIn(_ person: Handle<Person>, _ set: GiverSet, to document: GrantDocument?) -> Bool {
        if let problem = set.problem {
            refer(problem, .giversUnknown)
            return false
        }
        var covered: UInt64 = 0
        var isForOtherArea = false
        for index in set.required.indices {
            let found = grants(to: person, by: set.required[index].party, document)
            if let grant = found.first(where: { opensArea($0, of: document) }) {
                covered |= 1 << UInt64(index)
                use(.grant, grant.facts.filed)
            } else if !found.isEmpty {
                isForOtherArea = true
            }
        }
        if isComplete(set, covered) {
            pass(.basisPersonGrant)
            return true
        }
        if covered != 0 { deny(.denyConsentIncomplete, .basisPersonGrant) }
        if isForOtherArea {
            deny(.denyConsentScopePurpose, .basisPersonGrant)
        } else if covered == 0 {
            deny(.denyNoConsent, .basisPersonGrant)
        }
        return false
    }

    /// What a giver has granted to a person, and what counts now.
    private mutating func grants(to person: Handle<Person>, by giver: PartyHandle, _ document: GrantDocument?)
        -> [Ref<GrantFacts>]
    {
        var found: [Ref<GrantFacts>] = []
        for grant in caseFile?.facts.grants ?? .empty where grant.facts.to == .person(person) {
            let isMeant = document == nil || grant.facts.document == document
            if isMeant, isGranted(grant, by: giver), isForThisMeeting(grant), isValid(grant) { found.append(grant) }
        }
        return found
    }

    /// Of a plan a grant opens the areas that it names.
    private mutating func opensArea(_ grant: Ref<GrantFacts>, of document: GrantDocument?) -> Bool {
        guard document == .plan, let area = question.area else { return true }
        return grant.facts.opens(area)
    }

    private mutating func isGranted(_ grant: Ref<GrantFacts>, by giver: PartyHandle) -> Bool {
        if grant.facts.grantedBy == giver { return true }
        // For a unit with omsorg somebody who works there signs.
        guard case .unit(let unit) = giver, case .employment(let handle)? = grant.facts.grantedBy else { return false }
        return state.employments.facts(handle)?.facts.unit == unit
    }
}
