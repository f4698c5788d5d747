internal import HashTreeCollections

// Which consents carry a question, and why the others do not (rules 3.3): the filters stand in their order.

/// What a question asks of a consent.
struct ConsentAsk {
    var purpose: Purpose
    /// A consent that names another case carries nothing here.
    var caseID: CaseID?
    /// Who receives: a unit, or a service as a whole.
    var unit: UnitFile?
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
    /// The first filter that stops a consent.record.
    func filter(_ consent: Filed<Consent>, _ ask: ConsentAsk) -> ConsentStop {
        depends(on: consent.record.registeredAt)
        guard isGiven(consent, ask.caseID) else { return .given }
        if let after = ask.registeredAfter, consent.record.registeredAt <= after { return .given }
        guard covers(consent, ask) else { return .service }
        if let human = ask.excluded, consent.record.personsExcluded.contains(human) { return .person }
        guard isFor(consent, ask) else { return .purpose }
        guard hasGoodForm(consent, ask) else { return .form }
        guard consent.record.informed else { return .informed }
        return timeFilter(consent)
    }

    /// Given (perhaps ended since), known by now, about the right case.
    func isGiven(_ consent: Filed<Consent>, _ caseID: CaseID?) -> Bool {
        switch consent.record.state {
        case .requested, .refused, .invalidated: return false
        case .given, .withdrawn, .revoked, .superseded: break
        }
        guard consent.record.registeredAt <= at else { return false }
        switch consent.record.scope {
        case .caseID(let named): return named == caseID
        case .subject(let person):
            return person == consent.record.about || consent.record.about == nil || person == subject?.person.record.id
        }
    }

    /// A service means the case's own controller's units; another controller's unit is named itself (W13).
    private func covers(_ consent: Filed<Consent>, _ ask: ConsentAsk) -> Bool {
        if ask.isOwn, let service = ask.service, consent.record.services.contains(service) { return true }
        guard let unit = ask.unit, !consent.record.units.isEmpty else { return false }
        return names(consent.record.units, unit.unit)
    }

    /// Names the unit, or an older one that it replaced.
    func names(_ units: [UnitID], _ unit: Filed<Unit>) -> Bool {
        if units.contains(unit.record.id) { return true }
        var older = unit.record.namedIn
        while let id = older {
            if units.contains(id) { return true }
            older = state.units[id]?.unit.record.namedIn
        }
        return false
    }

    private func isFor(_ consent: Filed<Consent>, _ ask: ConsentAsk) -> Bool {
        let rule = tables.rule(for: ask.purpose)
        guard rule.carried, rule.opens, rule.reads || !ask.isReading, consent.record.purposes.contains(ask.purpose)
        else {
            return false
        }
        if let meeting = consent.record.meeting, meeting != ask.meeting { return false }
        if let category = ask.category, let named = consent.record.categories, !named.contains(category) {
            return false
        }
        return ask.topics.isEmpty || consent.record.topicsExcluded.isEmpty
            || !ask.topics.contains { consent.record.topicsExcluded.contains($0) }
    }

    private func hasGoodForm(_ consent: Filed<Consent>, _ ask: ConsentAsk) -> Bool {
        guard consent.record.evidence else { return false }
        switch consent.record.form {
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

    private func timeFilter(_ consent: Filed<Consent>) -> ConsentStop {
        let end = end(of: consent)
        depends(on: consent.record.validity.from)
        depends(on: end)
        guard consent.record.validity.from <= at, at < end, consent.record.state != .superseded else { return .time }
        if let spent = consent.record.spentAt {
            depends(on: spent)
            if consent.record.once, spent <= at { return .time }
        }
        return withdrawal(consent)
    }

    private func withdrawal(_ consent: Filed<Consent>) -> ConsentStop {
        if let withdrawn = consent.record.withdrawnAt {
            depends(on: withdrawn)
            return withdrawn <= at ? .withdrawn : .none
        }
        return consent.record.state == .withdrawn || consent.record.state == .revoked ? .withdrawn : .none
    }

    /// A consent lasts at most so many months from when it was given (W1).
    private func end(of consent: Filed<Consent>) -> Instant {
        let (from, until) = (consent.record.validity.from, consent.record.validity.until)
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
    func setActorAsRecipient(_ ask: inout ConsentAsk) {
        guard let unit = unit else { return }
        ask.unit = unit
        ask.service = unit.unit.record.service
        ask.isOwn = actorController == matterController
        ask.excluded = human
    }

    /// A unit receives, nobody in particular.
    func setRecipient(_ ask: inout ConsentAsk, _ unit: UnitFile) {
        ask.unit = unit
        ask.service = unit.unit.record.service
        ask.isOwn = matterController.map { unit.isOwn(of: $0) } ?? false
        if let own = self.unit, own.unit.record.id == unit.unit.record.id {
            ask.isOwn = actorController == matterController
        }
    }
}
