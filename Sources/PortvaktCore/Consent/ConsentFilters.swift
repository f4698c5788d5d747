internal import HashTreeCollections

// Which consents carry a question, and why the others do not (rules 3.3): the filters stand in their order.

/// What a question asks of a consent.
struct ConsentAsk {
    var purpose: Purpose
    /// A consent that names another case carries nothing here.
    var caseID: CaseID?
    /// Who receives: a unit, or a service as a whole.
    var unit: Unit?
    var service: Service?
    /// The recipient is one of the case's own controller's.
    var isOwn = true
    /// The human who receives, when it is one: a consent can exclude them.
    var excluded: PersonID?
    var category: Category?
    var topics: [Topic] = []
    var needsWriting = false
    var meeting: MeetingID?
    /// It is a log that is read, or a matter told: only some purposes do that.
    var isReading = false
    /// Only consents that became known after this instant.
    var registeredAfter: Instant?

    init(purpose: Purpose, caseID: CaseID?) {
        self.purpose = purpose
        self.caseID = caseID
    }
}

/// The filter that stops a consent, in their order; `none` lets it through.
enum ConsentStop: UInt8, Comparable {
    case given = 0, service, person, purpose, form, informed, time, withdrawn, none

    static func < (lhs: ConsentStop, rhs: ConsentStop) -> Bool { lhs.rawValue < rhs.rawValue }

    var reason: Reason {
        switch self {
        case .given, .none: .denyNoConsent
        case .service: .denyConsentScopeService
        case .person: .denyExcludedPerson
        case .purpose: .denyConsentScopePurpose
        case .form: .denyConsentForm
        case .informed: .denyConsentNotInformed
        case .time: .denyConsentExpired
        case .withdrawn: .denyConsentWithdrawn
        }
    }

    var rule: Rule {
        switch self {
        case .given, .none: .filterGiven
        case .service: .filterService
        case .person: .filterPerson
        case .purpose: .filterPurpose
        case .form: .filterForm
        case .informed: .filterInformed
        case .time: .filterTime
        case .withdrawn: .filterWithdrawn
        }
    }
}

extension Evaluation {
    /// The first filter that stops a consent.
    mutating func filter(_ consent: Consent, _ ask: ConsentAsk) -> ConsentStop {
        depends(on: consent.registeredAt)
        guard isGiven(consent, ask.caseID) else { return .given }
        if let after = ask.registeredAfter, consent.registeredAt <= after { return .given }
        guard covers(consent, ask) else { return .service }
        if let human = ask.excluded, consent.personsExcluded.contains(human) { return .person }
        guard isFor(consent, ask) else { return .purpose }
        guard hasGoodForm(consent, ask) else { return .form }
        guard consent.informed else { return .informed }
        return timeFilter(consent)
    }

    /// Given (perhaps ended since), known by now, about the right case.
    func isGiven(_ consent: Consent, _ caseID: CaseID?) -> Bool {
        switch consent.state {
        case .requested, .refused, .invalidated: return false
        case .given, .withdrawn, .revoked, .superseded: break
        }
        guard consent.registeredAt <= at else { return false }
        switch consent.scope {
        case .caseID(let named): return named == caseID
        case .subject(let person):
            return person == consent.about || consent.about == nil || person == subject?.person.record.id
        }
    }

    /// A service means the case's own controller's units; another controller's unit is named itself (W13).
    private func covers(_ consent: Consent, _ ask: ConsentAsk) -> Bool {
        if ask.isOwn, let service = ask.service, consent.services.contains(service) { return true }
        guard let unit = ask.unit, !consent.units.isEmpty else { return false }
        return names(consent.units, unit)
    }

    /// Names the unit, or an older one that it replaced.
    func names(_ units: [UnitID], _ unit: Unit) -> Bool {
        if units.contains(unit.id) { return true }
        var older = unit.namedIn
        while let id = older {
            if units.contains(id) { return true }
            older = state.units[id]?.unit.record.namedIn
        }
        return false
    }

    private func isFor(_ consent: Consent, _ ask: ConsentAsk) -> Bool {
        let rule = tables.rule(for: ask.purpose)
        guard rule.carried, rule.opens, rule.reads || !ask.isReading, consent.purposes.contains(ask.purpose) else {
            return false
        }
        if let meeting = consent.meeting, meeting != ask.meeting { return false }
        if let category = ask.category, let named = consent.categories, !named.contains(category) { return false }
        return ask.topics.isEmpty || consent.topicsExcluded.isEmpty
            || !ask.topics.contains { consent.topicsExcluded.contains($0) }
    }

    private func hasGoodForm(_ consent: Consent, _ ask: ConsentAsk) -> Bool {
        guard consent.evidence else { return false }
        switch consent.form {
        case .skriftlig, .elektronisk: return true
        case .muntlig_dokumentert: return !ask.needsWriting && mayBeOral(ask)
        }
    }

    /// Oral is for some purposes, and never towards barnevern or another controller's unit (rules 3.2).
    func mayBeOral(_ ask: ConsentAsk) -> Bool {
        guard tables.rule(for: ask.purpose).oral else { return false }
        if let service = ask.service, tables.lists.oralNeverTo.contains(service) { return false }
        return ask.isOwn || tables.switches.oralToOtherControllers
    }

    private mutating func timeFilter(_ consent: Consent) -> ConsentStop {
        let end = end(of: consent)
        depends(on: consent.validity.from)
        depends(on: end)
        guard consent.validity.from <= at, at < end, consent.state != .superseded else { return .time }
        if let spent = consent.spentAt {
            depends(on: spent)
            if consent.once, spent <= at { return .time }
        }
        return withdrawal(consent)
    }

    private mutating func withdrawal(_ consent: Consent) -> ConsentStop {
        if let withdrawn = consent.withdrawnAt {
            depends(on: withdrawn)
            return withdrawn <= at ? .withdrawn : .none
        }
        return consent.state == .withdrawn || consent.state == .revoked ? .withdrawn : .none
    }

    /// A consent lasts at most so many months from when it was given (W1).
    private func end(of consent: Consent) -> Instant {
        let (from, until) = (consent.validity.from, consent.validity.until)
        guard from > .distantPast, from <= at else { return until }
        let months = tables.limits.consentMaxDurationMonths
        // No month is shorter than 28 days: long before the longest duration there is nothing to compute.
        let shortest = from.advanced(byMilliseconds: Int64(months) * 28 * Self.millisecondsPerDay)
        if at < shortest.advanced(byMilliseconds: -Self.millisecondsPerDay) { return until }
        return min(until, OsloTime.adding(months: months, to: from))
    }

    private static var millisecondsPerDay: Int64 { 86_400_000 }

    // MARK: The recipient

    /// The actor's own unit receives.
    mutating func setActorAsRecipient(_ ask: inout ConsentAsk) {
        guard let unit = unit else { return }
        ask.unit = unit.unit.record
        ask.service = unit.unit.record.service
        ask.isOwn = actorController == matterController
        ask.excluded = human
    }

    /// A unit receives, nobody in particular.
    func setRecipient(_ ask: inout ConsentAsk, _ unit: UnitFile) {
        ask.unit = unit.unit.record
        ask.service = unit.unit.record.service
        ask.isOwn = matterController.map { unit.isOwn(of: $0) } ?? false
        if let own = self.unit, own.unit.record.id == unit.unit.record.id {
            ask.isOwn = actorController == matterController
        }
    }
}
