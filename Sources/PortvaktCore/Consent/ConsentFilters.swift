// Which consents carry a question, and why the others do not (rules 3.3): the filters stand in their order.

/// What a question asks of a consent.
struct ConsentAsk {
    var purpose: Purpose
    /// A consent that names another case carries nothing here.
    var caseID: Handle<Case>?
    /// Who receives: a unit, or a service as a whole.
    var unit: Ref<UnitFacts>?
    var service: Handle<ServiceKind>?
    /// The recipient is one of the case's own controller's.
    var isOwn = true
    /// The human who receives, when it is one: a consent can exclude them.
    var excluded: Handle<Person>?
    var category: Category?
    /// The topics of the question's entry count.
    var hasTopics = false
    var needsWriting = false
    var meeting: Handle<Meeting>?
    /// It is a log that is read, or a matter told: only some purposes do that.
    var isReading = false
    /// Only consents that became known after this instant.
    var registeredAfter: Instant?

    init(purpose: Purpose, caseID: Handle<Case>?) {
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
    /// The first filter that stops a consent.facts.
    @inline(__always)
    mutating func filter(_ consent: Ref<ConsentFacts>, _ ask: ConsentAsk) -> ConsentStop {
        depends(on: consent.facts.registeredAt)
        guard isGiven(consent, ask.caseID) else { return .given }
        if let after = ask.registeredAfter, firstKnown(consent.facts) <= after { return .given }
        guard covers(consent, ask) else { return .service }
        if let human = ask.excluded, consent.facts.personsExcluded.contains(human) { return .person }
        guard isFor(consent, ask) else { return .purpose }
        guard hasGoodForm(consent, ask) else { return .form }
        guard consent.facts.informed else { return .informed }
        return timeFilter(consent)
    }

    /// When it was registered; where that is not told, from when it is valid.
    private func firstKnown(_ consent: ConsentFacts) -> Instant {
        consent.registeredAt == .distantPast ? consent.validity.from : consent.registeredAt
    }

    /// Given (perhaps ended since), known by now, about the right case.
    @inline(__always)
    mutating func isGiven(_ consent: Ref<ConsentFacts>, _ caseID: Handle<Case>?) -> Bool {
        switch consent.facts.state {
        case .requested, .refused, .invalidated: return false
        case .given, .withdrawn, .revoked, .superseded: break
        }
        guard consent.facts.registeredAt <= at else { return false }
        switch consent.facts.scope {
        case .caseID(let named): return named == caseID
        case .subject(let person):
            return person == consent.facts.about || consent.facts.about == nil || person == subject?.facts.handle
        }
    }

    /// A service means the case's own controller's units; another controller's unit is named itself (W13).
    @inline(__always)
    private mutating func covers(_ consent: Ref<ConsentFacts>, _ ask: ConsentAsk) -> Bool {
        if ask.isOwn, let service = ask.service, consent.facts.services.contains(service) { return true }
        guard let unit = ask.unit, !consent.facts.units.isEmpty else { return false }
        return names(consent.facts.units, unit)
    }

    /// Names the unit, or an older one that it replaced.
    mutating func names(_ units: FactList<Handle<Unit>>, _ unit: Ref<UnitFacts>) -> Bool {
        if units.contains(unit.facts.handle) { return true }
        var older = unit.facts.namedIn
        while let handle = older {
            if units.contains(handle) { return true }
            older = state.units.facts(handle)?.facts.namedIn
        }
        return false
    }

    @inline(__always)
    private mutating func isFor(_ consent: Ref<ConsentFacts>, _ ask: ConsentAsk) -> Bool {
        let rule = tables.rule(for: ask.purpose)
        guard rule.carried, rule.opens, rule.reads || !ask.isReading, consent.facts.purposes.contains(ask.purpose)
        else {
            return false
        }
        if let meeting = consent.facts.meeting, meeting != ask.meeting { return false }
        if let category = ask.category, let named = consent.facts.categories, !named.contains(category) {
            return false
        }
        guard ask.hasTopics, consent.facts.excludesTopics, let topics = question.entry?.topics else { return true }
        return consent.facts.filed.read { record in !topics.contains { record.topicsExcluded.contains($0) } }
    }

    @inline(__always)
    private mutating func hasGoodForm(_ consent: Ref<ConsentFacts>, _ ask: ConsentAsk) -> Bool {
        guard consent.facts.evidence else { return false }
        switch consent.facts.form {
        case .skriftlig, .elektronisk: return true
        case .muntlig_dokumentert:
            return !ask.needsWriting && mayBeOral(ask.purpose, isOwn: ask.isOwn, to: recipientService(of: ask))
        }
    }

    /// Oral is for some purposes, and never towards barnevern or another controller's unit (rules 3.2).
    mutating func mayBeOral(_ purpose: Purpose, isOwn: Bool, to service: Service?) -> Bool {
        guard tables.rule(for: purpose).oral else { return false }
        if let service, tables.lists.oralNeverTo.contains(service) { return false }
        return isOwn || tables.switches.oralToOtherControllers
    }

    /// The service that receives: the unit's, or the one that the question names as recipient.
    mutating func recipientService(of ask: ConsentAsk) -> Service? {
        if let unit = ask.unit { return unit.facts.filed.read(\.service) }
        guard ask.service != nil, case .service(let service)? = question.recipient else { return nil }
        return service
    }

    /// Neither taken back nor ended; one that has not begun stands.
    mutating func stands(_ consent: Ref<ConsentFacts>) -> Bool {
        let end = end(of: consent)
        depends(on: end)
        guard at < end, consent.facts.state != .superseded else { return false }
        if let spent = consent.facts.spentAt, consent.facts.once {
            depends(on: spent)
            if spent <= at { return false }
        }
        return withdrawal(consent) == .none
    }

    @inline(__always)
    private mutating func timeFilter(_ consent: Ref<ConsentFacts>) -> ConsentStop {
        let end = end(of: consent)
        depends(on: consent.facts.validity.from)
        depends(on: end)
        guard consent.facts.validity.from <= at, at < end, consent.facts.state != .superseded else { return .time }
        if let spent = consent.facts.spentAt {
            depends(on: spent)
            if consent.facts.once, spent <= at { return .time }
        }
        return withdrawal(consent)
    }

    @inline(__always)
    private mutating func withdrawal(_ consent: Ref<ConsentFacts>) -> ConsentStop {
        if let withdrawn = consent.facts.withdrawnAt {
            depends(on: withdrawn)
            return withdrawn <= at ? .withdrawn : .none
        }
        return consent.facts.state == .withdrawn || consent.facts.state == .revoked ? .withdrawn : .none
    }

    /// A consent lasts at most so many months from when it was given (W1).
    @inline(__always)
    private mutating func end(of consent: Ref<ConsentFacts>) -> Instant {
        let (from, until) = (consent.facts.validity.from, consent.facts.validity.until)
        guard from > .distantPast, from <= at else { return until }
        let months = tables.limits.consentMaxDurationMonths
        // No month is shorter than 28 days: what ends long after the answer does is not computed.
        let shortest = from.advanced(byMilliseconds: Int64(months) * 28 * Self.millisecondsPerDay)
        if holdsUntil < shortest.advanced(byMilliseconds: -Self.millisecondsPerDay) { return until }
        return min(until, OsloTime.adding(months: months, to: from))
    }

    private static var millisecondsPerDay: Int64 { 86_400_000 }

    // MARK: The recipient

    /// The actor's own unit receives.
    mutating func setActorAsRecipient(_ ask: inout ConsentAsk) {
        guard let unit = unit else { return }
        ask.unit = unit
        ask.service = unit.facts.service
        ask.isOwn = actorController == matterController
        ask.excluded = human?.facts.handle
    }

    /// A unit receives, nobody in particular.
    mutating func setRecipient(_ ask: inout ConsentAsk, _ unit: Ref<UnitFacts>) {
        ask.unit = unit
        ask.service = unit.facts.service
        ask.isOwn = isOwn(unit, of: matterController)
        if let own = self.unit, own.facts.handle == unit.facts.handle {
            ask.isOwn = actorController == matterController
        }
    }
}
