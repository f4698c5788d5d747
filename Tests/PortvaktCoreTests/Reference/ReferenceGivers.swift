import PortvaktCore

/// Whoever must consent, and as what.
struct RefGiver: Equatable {
    var party: Party
    var capacity: ConsentCapacity
}

/// The required set (3.1): everyone in it, or for ANY(FA) one of it.
struct RefSet {
    var givers: [RefGiver]
    var oneIsEnough = false
    var hasSelf: Bool { givers.contains { $0.capacity == .`self` } }
    var hasParents: Bool { givers.contains { $0.capacity != .`self` } }
}

/// The rows of the matrix (3.2).
enum RefRow {
    case education, health, barnevern, nav, fagmote, planHol, planBarnevern
    case daily(Category?)
}

extension Reference {
    /// Points 3 to 5 of 3.1. A reason when the set cannot be computed.
    func requiredSet(_ row: RefRow, of subject: PersonID) -> (set: RefSet?, unknown: Reason?) {
        let age = world.age(subject, at: at)
        var needsSelf: Bool
        var needsParents: Bool
        var oneIsEnough = false
        var residentOnly = false
        switch (age, row) {
        case (18..., _): (needsSelf, needsParents) = (true, false)
        case (_, .daily(let category)) where age < 15:
            (needsSelf, needsParents) = (false, true)
            oneIsEnough = category == .health
            residentOnly = category != .health && profile.dailyIsResident
        case (_, .daily(let category)): return requiredSet(Self.row(of: category), of: subject)
        case (_, .education):
            needsSelf = age >= profile.coordinationJoins
            needsParents = age < profile.coordinationAlone
        case (_, .health), (_, .fagmote), (_, .planHol):
            needsSelf = age >= 16
            needsParents = age < 16
        case (_, .barnevern), (_, .nav), (_, .planBarnevern):
            needsSelf = age >= 15
            needsParents = true
        }
        if needsSelf, !ignoresCompetence, world.lacksCompetence(subject, at: at) {
            needsSelf = false
            if age >= 18 {
                let verger = world.authorities(over: subject, at: at).filter {
                    $0.kind == .verge && $0.status == .known && $0.mandate.contains(.personlige_forhold)
                }
                guard !verger.isEmpty else { return (nil, .referFactMissing) }
                return checkHidden(RefSet(givers: verger.map { RefGiver(party: $0.holder, capacity: .verge) }), subject)
            }
            needsParents = true
        }
        var set = RefSet(givers: needsSelf ? [RefGiver(party: .person(subject), capacity: .`self`)] : [])
        if needsParents {
            let found = parents(of: subject, residentOnly: residentOnly)
            if found == nil, !ignoresUnknown { return (nil, .referFactMissing) }
            set.givers += found ?? []
        }
        set.oneIsEnough = oneIsEnough
        return checkHidden(set, subject)
    }

    static func row(of category: Category?) -> RefRow {
        switch category {
        case .health?: .health
        case .barnevern?: .barnevern
        case .nav?: .nav
        default: .education
        }
    }

    /// Whether somebody is in the set, whatever is unknown about the others (for consent.give and log.close).
    func isMember(_ giver: RefGiver, of row: RefRow, _ subject: PersonID) -> Bool {
        var certain = self
        certain.ignoresUnknown = true
        return certain.requiredSet(row, of: subject).set?.givers.contains(giver) ?? false
    }

    /// SELF is in none of these rows at this age, whatever the competence.
    func isTooYoung(_ subject: PersonID, for rows: [RefRow]) -> Bool {
        var certain = self
        certain.ignoresUnknown = true
        certain.ignoresCompetence = true
        return !rows.contains { certain.requiredSet($0, of: subject).set?.hasSelf ?? false }
    }

    private func checkHidden(_ set: RefSet, _ subject: PersonID) -> (set: RefSet?, unknown: Reason?) {
        let hidden = world.person(subject)?.hiddenFrom ?? []
        let reachable = set.givers.filter { giver in
            if case .person(let person) = giver.party { return !hidden.contains(person) }
            return true
        }
        if ignoresUnknown || reachable.count == set.givers.count { return (set, nil) }
        // Where one is enough, one who can be asked is enough.
        guard set.oneIsEnough, !reachable.isEmpty else { return (nil, .referConflict) }
        return (RefSet(givers: reachable, oneIsEnough: true), nil)
    }

    /// ALL(FA), or who stands in their place; `nil` when it is not known.
    private func parents(of subject: PersonID, residentOnly: Bool) -> [RefGiver]? {
        var all = world.authorities(over: subject, at: at)
        if ignoresUnknown { all.removeAll { $0.status != .known } }
        if all.contains(where: { $0.status != .known }) { return nil }
        let holders = all.filter { $0.kind == .foreldreansvar }
        if let omsorg = all.first(where: { $0.kind == .omsorg && $0.document != nil }) {
            return [RefGiver(party: omsorg.holder, capacity: .omsorg)]
        }
        if let representant = all.first(where: { $0.kind == .representant }) {
            return [RefGiver(party: representant.holder, capacity: .representant)]
        }
        if holders.isEmpty {
            // One for money alone decides nothing here.
            let verger = all.filter {
                $0.kind == .verge && ($0.mandate.isEmpty || $0.mandate.contains(.personlige_forhold))
            }
            return verger.isEmpty ? nil : verger.map { RefGiver(party: $0.holder, capacity: .verge) }
        }
        let resident = holders.filter(\.resident)
        if residentOnly, resident.isEmpty { return nil }
        let chosen = residentOnly ? resident : holders
        return chosen.map { RefGiver(party: $0.holder, capacity: .foreldreansvar) }
    }

    // MARK: The filters (3.3)

    /// What a consent is asked to carry.
    struct Ask {
        var subject: PersonID
        var caseID: CaseID?
        var unit: UnitID
        /// The acting person, whom a giver may have kept out.
        var person: PersonID?
        var purpose: Purpose
        var row: RefRow
        var category: Category?
        var topics: [Topic] = []
        var meeting: MeetingID?
        var mustBeWritten = false
        /// For log.reopen.
        var registeredAfter: Instant?
    }

    /// `nil` when the set is complete; otherwise the primary reason.
    func consentFailure(_ ask: Ask) -> Reason? {
        let (set, unknown) = requiredSet(ask.row, of: ask.subject)
        guard let set else { return unknown }
        var left = consents(about: ask.subject, caseID: ask.caseID)
        if let after = ask.registeredAfter {
            left = left.filter { ($0.registeredAt == .distantPast ? $0.validity.from : $0.registeredAt) > after }
        }
        if left.isEmpty { return .denyNoConsent }
        left = left.filter { covers($0, unit: ask.unit) }
        if left.isEmpty { return .denyConsentScopeService }
        left = left.filter { consent in ask.person.map { !consent.personsExcluded.contains($0) } ?? true }
        if left.isEmpty { return .denyExcludedPerson }
        left = left.filter { scopeFits($0, ask) }
        if left.isEmpty { return .denyConsentScopePurpose }
        left = left.filter { $0.evidence && formFits($0, ask) }
        if left.isEmpty { return .denyConsentForm }
        left = left.filter(\.informed)
        if left.isEmpty { return .denyConsentNotInformed }
        left = left.filter(isInTime)
        if left.isEmpty { return .denyConsentExpired }
        left = left.filter { $0.withdrawnAt.map { $0 > at } ?? true }
        if left.isEmpty { return .denyConsentWithdrawn }
        let present = set.givers.filter { giver in
            left.contains { $0.givenBy == giver.party && $0.capacity == giver.capacity }
        }
        if set.oneIsEnough ? !present.isEmpty : present.count == set.givers.count { return nil }
        return left.allSatisfy { isOutsideBecauseOfAge($0, set, ask.row, ask.subject) }
            ? .denyCapacityAge : .denyConsentIncomplete
    }

    /// Given for this subject, registered by now, naming no other case.
    func consents(about subject: PersonID, caseID: CaseID?) -> [Consent] {
        world.consents.filter { consent in
            guard [.given, .withdrawn, .revoked].contains(consent.state), consent.registeredAt <= at else {
                return false
            }
            switch consent.scope {
            case .subject(let person): return (consent.about ?? person) == subject
            case .caseID(let id):
                guard id == caseID, let named = world.cases.first(where: { $0.id == id }) else { return false }
                return (consent.about ?? named.subject) == subject
            }
        }
    }

    /// `to` covers the unit: named itself or by its older name, or by its service when it is the case's controller's.
    func covers(_ consent: Consent, unit id: UnitID) -> Bool {
        guard let unit = world.unit(id) else { return false }
        return names(consent, unit: id) || (consent.services.contains(unit.service) && isOwn(unit))
    }

    /// Names the unit itself, or an older one that it replaced.
    func names(_ consent: Consent, unit id: UnitID) -> Bool {
        var named: UnitID? = id
        while let next = named {
            if consent.units.contains(next) { return true }
            named = world.unit(next)?.namedIn
        }
        return false
    }

    /// A unit of the matter's controller, its own or one where the acting employment works for it.
    func isOwn(_ unit: Unit) -> Bool {
        guard let controller else { return true }
        return unit.controller == controller || isServed(unit.id, controller)
    }

    /// An inter-municipal unit: somebody works there for this controller now.
    func isServed(_ unit: UnitID, _ controller: ControllerID) -> Bool {
        world.employments.contains {
            $0.unit == unit && $0.forController == controller && $0.validity.contains(at)
        }
    }

    private func scopeFits(_ consent: Consent, _ ask: Ask) -> Bool {
        guard consent.purposes.contains(ask.purpose) else { return false }
        if let category = ask.category, let categories = consent.categories, !categories.contains(category) {
            return false
        }
        if let meeting = consent.meeting, meeting != ask.meeting { return false }
        return !consent.topicsExcluded.contains { ask.topics.contains($0) }
    }

    func formFits(_ consent: Consent, _ ask: Ask) -> Bool {
        if consent.form != .muntlig_dokumentert { return true }
        let oral: [Purpose] = [.samordning, .ressursteam, .veiledning, .daglig_omsorg]
        guard !ask.mustBeWritten, oral.contains(ask.purpose), let unit = world.unit(ask.unit) else { return false }
        return unit.service.text != "barnevern" && isOwn(unit)
    }

    func isInTime(_ consent: Consent) -> Bool {
        if let spent = consent.spentAt, spent <= at { return false }
        guard consent.validity.contains(at) else { return false }
        return consent.validity.from == .distantPast || at < twelveMonths(after: consent.validity.from)
    }

    /// Neither taken back nor ended; it need not have begun.
    func stands(_ consent: Consent) -> Bool {
        guard consent.state == .given, consent.withdrawnAt.map({ at < $0 }) ?? true else { return false }
        if let spent = consent.spentAt, spent <= at { return false }
        let from = consent.validity.from
        return at < consent.validity.until && (from == .distantPast || at < twelveMonths(after: from))
    }

    /// The longest a consent lasts (`consent.max_duration`).
    func twelveMonths(after instant: Instant) -> Instant {
        let start = OsloTime.date(at: instant)
        let (year, month, day) = start.components
        let end =
            CivilDate(year: year + 1, month: month, day: day) ?? CivilDate(year: year + 1, month: 3, day: 1) ?? start
        let timeOfDay = instant.milliseconds - OsloTime.startOfDay(start).milliseconds
        return OsloTime.startOfDay(end).advanced(byMilliseconds: timeOfDay)
    }

    /// Somebody who would be a giver at another age of the subject.
    private func isOutsideBecauseOfAge(_ consent: Consent, _ set: RefSet, _ row: RefRow, _ subject: PersonID) -> Bool {
        if consent.givenBy == .person(subject) {
            return consent.capacity == .`self` && isTooYoung(subject, for: [row])
        }
        // Who died, or whom barnevern replaced, is no giver whatever the age; a verge by competence alone.
        guard world.age(subject, at: at) >= 18 || !set.hasParents else { return false }
        if case .person(let giver) = consent.givenBy, world.isDead(giver, at: at) { return false }
        return world.authorities.contains { authority in
            guard authority.over == subject, authority.holder == consent.givenBy, authority.status == .known,
                authority.kind != .verge
            else { return false }
            return authority.validity.contains(at) || isHeldToAdulthood(authority, subject)
        }
    }

    /// Held to the eighteenth birthday, and ended since.
    func isHeldToAdulthood(_ authority: Authority, _ subject: PersonID) -> Bool {
        guard authority.validity.until <= at, world.age(subject, at: at) >= 18 else { return false }
        let isFromChildhood =
            authority.validity.from == .distantPast || world.age(subject, at: authority.validity.from) < 18
        return isFromChildhood && world.age(subject, at: authority.validity.until) >= 18
    }
}
