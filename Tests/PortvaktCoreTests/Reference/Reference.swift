import PortvaktCore

/// One question against a world, answered by walking the steps of the rule book in their order.
struct Reference {
    let world: World
    let profile: ReferenceProfile
    let question: Question
    let system: AskingSystem
    let at: Instant
    /// For ``isMember(_:of:_:)``.
    var ignoresUnknown = false
    /// What the set would be if nobody lacked competence.
    var ignoresCompetence = false

    // What the question is about, as far as it is known.
    let caseRecord: Case?
    let meeting: Meeting?
    let subject: PersonID?
    let controller: ControllerID?
    let isUnknown: Bool

    // Who asks.
    let employment: Employment?
    let proxy: Grant?
    /// The acting human, also behind an employment; for a proxy the fullmektig.
    let human: PersonID?

    init(_ world: World, _ profile: ReferenceProfile, _ question: Question, by system: AskingSystem, at: Instant) {
        self.world = world
        self.profile = profile
        self.question = question
        self.system = system
        self.at = at
        var found: (caseRecord: Case?, meeting: Meeting?, person: PersonID?, controller: ControllerID?)
        switch question.object {
        case .caseID(let id): found.caseRecord = world.cases.first { $0.id == id }
        case .meeting(let id):
            found.meeting = world.meetings.first { $0.id == id }
            found.caseRecord = found.meeting?.caseID.flatMap { id in world.cases.first { $0.id == id } }
        case .person(let id): found.person = world.person(id)?.id
        case .controller(let id): found.controller = world.controllers.first { $0.id == id }?.id
        }
        caseRecord = found.caseRecord
        meeting = found.meeting
        subject = found.caseRecord?.subject ?? found.person
        isUnknown = found.caseRecord == nil && found.meeting == nil && found.person == nil && found.controller == nil
        var actor: (employment: Employment?, proxy: Grant?, human: PersonID?)
        switch question.actor {
        case .employment(let id):
            actor.employment = world.employment(id)
            actor.human = actor.employment?.person
        case .person(let id): actor.human = world.person(id)?.id
        case .proxy(let id):
            actor.proxy = world.grants.first { $0.id == id }
            if case .person(let person)? = actor.proxy?.to { actor.human = person }
        }
        employment = actor.employment
        proxy = actor.proxy
        human = actor.human
        let own = actor.employment.flatMap { $0.forController ?? world.unit($0.unit)?.controller }
        let convener = found.meeting.flatMap { world.employment($0.convenedBy) }.flatMap {
            world.unit($0.unit)?.controller
        }
        controller = found.caseRecord?.controller ?? found.controller ?? convener ?? own
    }

    /// The primary reason of the answer.
    func answer() -> Reason {
        if let reason = systemStep() ?? actorStep() { return reason }
        if isUnknown { return .denyNotFound }
        if let reason = lockStep() ?? stateStep() ?? ruleStep() { return reason }
        let basis = basis()
        guard basis.effect == .allow else { return basis }
        return entryStep(basis) ?? basis
    }

    // MARK: Step 1 and 2

    func systemStep() -> Reason? {
        guard system.isRegistered else { return .denyAuth }
        if let actions = system.actions, !actions.contains(question.action) { return .denyAuth }
        guard let controllers = system.controllers else { return nil }
        if let controller { return controllers.contains(controller) ? nil : .denyAuth }
        // A person asks about a person: the matter is that of the latter's cases.
        let cases = world.cases.filter { $0.subject == subject }
        return cases.isEmpty || cases.contains { controllers.contains($0.controller) } ? nil : .denyAuth
    }

    func actorStep() -> Reason? {
        guard let human, proxy.map({ $0.role == .fullmektig }) ?? true else { return .denyAuth }
        // Known and active: nobody acts after their death.
        if world.isDead(human, at: at) { return .denyAuth }
        // In the order of model.md section 5: role, role expired, assurance.
        if !hasRole { return .denyRole }
        if let employment {
            if at < employment.validity.from { return .denyRole }
            if at >= employment.validity.until { return .denyRoleExpired }
        }
        return question.assurance < requiredAssurance ? .denyAuth : nil
    }

    var requiredAssurance: Assurance {
        guard employment == nil, let human else { return .high }
        let opensContent: [Action] = [.logRead, .logWrite, .planRead, .planWrite, .accessLogRead]
        guard opensContent.contains(question.action) else { return .substantial }
        let isPlan = [.planRead, .planWrite].contains(question.action)
        return isPlan && subject == human && world.age(human, at: at) < 15 ? .substantial : .high
    }

    /// The role that the action names, and what only an employment does.
    var hasRole: Bool {
        let byEmployment: [Action] = [
            .logOpen, .logReopen, .logReassign, .logArchive, .planCreate, .discussInternal, .discussAnonymous,
            .disclose,
            .statisticsRead,
        ]
        guard let employment else { return !byEmployment.contains(question.action) }
        switch question.action {
        case .logReassign:
            guard employment.role == .leder else { return false }
            let holder = caseRecord?.holder.flatMap { world.employment($0) }
            return isUnknown || holder?.unit == employment.unit
        case .logArchive: return employment.role == .arkivar && (isUnknown || ownController == controller)
        case .statisticsRead: return [.leder, .administrator, .personvernombud].contains(employment.role)
        case .accessLogRead:
            if let human, subject == human, caseRecord == nil { return true }
            return employment.role == .leder
                || (employment.role == .personvernombud && (isUnknown || ownController == controller))
        case .planCreate: return isCoordinator
        case .planWrite, .planRead: return !hasBadCoordinatorGrant
        default: return true
        }
    }

    var ownController: ControllerID? {
        employment.flatMap { $0.forController ?? world.unit($0.unit)?.controller }
    }

    // MARK: Step 3

    /// Whoever the object, or the entry, is about.
    var concerned: [PersonID] {
        var persons = subject.map { [$0] } ?? []
        for person in question.entry?.about ?? [] where !persons.contains(person) { persons.append(person) }
        return persons
    }

    func lockStep() -> Reason? {
        if question.action == .accessLogRead, let human, employment != nil, caseRecord == nil, subject == human {
            return nil
        }
        let isDuty = question.action == .disclose && [.bekymringsmelding, .avverging].contains(question.ground)
        var found: [Reason?] = []
        if !isDuty { found.append(locks(of: human, employment: employment)) }
        // What the principal may not see, the fullmektig may not.
        if let principal { found.append(locks(of: principal, employment: nil)) }
        found.append(question.action == .disclose ? recipientLocks(isDuty: isDuty) : otherLocks())
        // Whomever it stops: what protects, habilitet, the other restrictions, and a deny before a refer.
        let order: [Reason] = [.denyHabilitet, .denyWithheld, .referConflict]
        return found.compactMap(\.self).min { (order.firstIndex(of: $0) ?? -1) < (order.firstIndex(of: $1) ?? -1) }
    }

    /// Whom the question lets in besides the actor.
    var other: Party? {
        let other: Party? =
            switch question.action {
            case .meetingAttend, .participantAdd: question.participant
            case .logReassign: question.successor.map(Party.employment)
            default: nil
            }
        return other == employment.map { Party.employment($0.id) } ? nil : other
    }

    /// As if they asked themselves.
    func otherLocks() -> Reason? {
        guard let subject, let about = world.person(subject), let other else { return nil }
        switch other {
        case .unit(let unit):
            let isInside = about.circle.contains { id in
                world.employment(id).map { $0.unit == unit && $0.validity.contains(at) } ?? false
            }
            return about.protection == .strengt_fortrolig && !isInside ? .denyProtected : nil
        case .person(let person): return otherLocks(of: person, nil, about)
        case .employment(let id):
            let found = world.employment(id)
            if found == nil { return about.protection == .strengt_fortrolig ? .denyProtected : nil }
            return otherLocks(of: found?.person, found, about)
        }
    }

    private func otherLocks(of person: PersonID?, _ employment: Employment?, _ about: Person) -> Reason? {
        guard let person else { return nil }
        if about.hiddenFrom.contains(person) || isOutsideCircle(of: about, person, employment) { return .denyProtected }
        let restrictions = world.restrictions.filter {
            $0.subject == subject && $0.against == person && ($0.until.map { at < $0 } ?? true)
        }
        if restrictions.contains(where: { $0.kind == .fare }) { return .denyProtected }
        let kinship = employment == nil ? nil : kinship(of: person, to: about.id)
        if kinship == .known { return .denyHabilitet }
        if !restrictions.isEmpty { return .denyWithheld }
        return kinship == .possible ? .referConflict : nil
    }

    /// Who is let in works now, and for the case's controller or for a unit that is named itself.
    func otherState() -> Reason? {
        guard case .employment(let id)? = other, let found = world.employment(id) else { return nil }
        if at < found.validity.from { return .denyRole }
        if found.validity.until <= at { return .denyRoleExpired }
        guard let caseRecord, let unit = world.unit(found.unit) else { return nil }
        let own = found.forController ?? unit.controller
        if own == caseRecord.controller { return nil }
        let isOwnUnit =
            unit.controller == caseRecord.controller
            || isServed(unit.id, caseRecord.controller)
        return own != unit.controller || isOwnUnit ? .denyOrgBoundary : nil
    }

    func locks(of person: PersonID?, employment: Employment?, isDuty: Bool = false) -> Reason? {
        guard let person else { return nil }
        let about = concerned.compactMap { world.person($0) }
        if about.contains(where: { $0.hiddenFrom.contains(person) }) { return .denyProtected }
        if !isDuty, about.contains(where: { isOutsideCircle(of: $0, person, employment) }) { return .denyProtected }
        if let employment, hidesAddress(from: employment.unit, about) { return .denyProtected }
        let restrictions = world.restrictions.filter {
            $0.subject == subject && $0.against == person && ($0.until.map { at < $0 } ?? true)
        }
        if restrictions.contains(where: { $0.kind == .fare }) {
            return question.action == .disclose && question.ground == .innsyn_47 && employment == nil
                ? .denyHarmToChild : .denyProtected
        }
        if employment != nil, let subject {
            let kinship = kinship(of: person, to: subject)
            if kinship == .known { return .denyHabilitet }
            if !restrictions.isEmpty { return .denyWithheld }
            if kinship == .possible { return .referConflict }
        }
        return restrictions.isEmpty ? nil : .denyWithheld
    }

    /// Strengt fortrolig: employments in the circle; the person, and known holders of authority, read on.
    func isOutsideCircle(of protected: Person, _ person: PersonID, _ employment: Employment?) -> Bool {
        guard protected.protection == .strengt_fortrolig else { return false }
        if let employment { return !protected.circle.contains(employment.id) }
        if person == protected.id { return false }
        // At 18 all but a verge's has ended.
        let isAdult = protected.born != nil && world.age(protected.id, at: at) >= 18
        return !world.authorities(over: protected.id, at: at).contains {
            $0.holder == .person(person) && $0.status == .known && ($0.kind == .verge || !isAdult)
        }
    }

    func hidesAddress(from unit: UnitID, _ about: [Person]) -> Bool {
        guard question.entry?.topics.contains(where: { $0.text == "adresse" }) ?? false,
            about.contains(where: { $0.protection != .none }), let unit = world.unit(unit)
        else { return false }
        return world.controllerKind(unit.controller) == .privat
    }

    /// Own case, or kin of the subject or of a holder of foreldreansvar (L75).
    func kinship(of person: PersonID, to subject: PersonID) -> Declared? {
        if person == subject { return .known }
        var towards = [subject]
        // At 18 it has ended, whatever was registered.
        let isAdult = world.person(subject)?.born != nil && world.age(subject, at: at) >= 18
        for authority in world.authorities(over: subject, at: at) where authority.kind == .foreldreansvar && !isAdult {
            guard case .person(let holder) = authority.holder else { continue }
            if holder == person { return .known }
            towards.append(holder)
        }
        let relations = world.relations.filter { relation in
            towards.contains {
                (relation.a == person && relation.b == $0) || (relation.b == person && relation.a == $0)
            }
        }
        if relations.contains(where: { $0.declared == .known }) { return .known }
        return relations.isEmpty ? nil : .possible
    }

    /// A person as if that person asked; a unit is inside the circle when an employment of it is.
    func recipientLocks(isDuty: Bool) -> Reason? {
        switch question.recipient {
        case .person(let person)?: return locks(of: person, employment: nil, isDuty: isDuty)
        case .service?:
            // Whoever works there, not only those of the circle.
            let isProtected = concerned.compactMap { world.person($0) }.contains { $0.protection == .strengt_fortrolig }
            return isProtected && !isDuty ? .denyProtected : nil
        case .unit(let unit)?:
            let about = concerned.compactMap { world.person($0) }
            let isOutside = about.contains { person in
                person.protection == .strengt_fortrolig
                    && !person.circle.contains { id in
                        world.employment(id).map { $0.unit == unit && $0.validity.contains(at) } ?? false
                    }
            }
            if isOutside, !isDuty { return .denyProtected }
            return hidesAddress(from: unit, about) ? .denyProtected : nil
        default: return nil
        }
    }

    /// Whom a fullmektig acts for.
    var principal: PersonID? {
        guard case .person(let person)? = proxy?.grantedBy else { return nil }
        return person
    }

    // MARK: Step 4

    static let needsNoLink: [Action] = [
        .logOpen, .logReopen, .logReassign, .logArchive, .consentGive, .disclose, .discussInternal, .discussAnonymous,
        .meetingAttachIdentity, .statisticsRead,
    ]

    func stateStep() -> Reason? {
        if mustNotBeKnown { return .denyNotFound }
        if let subject, world.isDead(subject, at: at), question.action != .logArchive { return .denyState }
        if question.action == .logRead, caseRecord == nil { return .denyNotFound }
        if let reason = closedOrMissing() { return reason }
        if isBeyondBoundary { return .denyOrgBoundary }
        if let reason = otherState() { return reason }
        if isLinked { return nil }
        if Self.needsNoLink.contains(question.action) { return nil }
        if question.action == .accessLogRead, employment != nil { return nil }
        if proxy != nil { return principalReference?.unlinkedPerson ?? .denyNotParticipant }
        return employment == nil ? unlinkedPerson : .denyNotParticipant
    }

    /// A person without a link.
    var unlinkedPerson: Reason {
        guard let caseRecord else { return .denyNotParticipant }
        let held = world.authorities.contains {
            $0.over == caseRecord.subject && $0.kind == .foreldreansvar && $0.holder == human.map(Party.person)
        }
        return world.age(caseRecord.subject, at: at) < 18 || held ? .denyNoFa : .denyNotParticipant
    }

    /// That the case exists is itself secret, and the actor has no link (section 6, existence).
    var mustNotBeKnown: Bool {
        guard let caseRecord, !isLinked else { return false }
        guard !caseRecord.sensitive.isEmpty || caseRecord.kind != .bti else { return false }
        if [.logReassign, .logArchive].contains(question.action) { return false }
        if question.action == .accessLogRead, employment?.role == .personvernombud { return false }
        let duties: [Ground?] = [.bekymringsmelding, .avverging, .palegg]
        return !(question.action == .disclose && duties.contains(question.ground))
    }

    func closedOrMissing() -> Reason? {
        if [.meetingHold, .meetingAttend].contains(question.action), let ended = meeting?.endedAt, ended <= at {
            return .denyState
        }
        guard let caseRecord else { return nil }
        let needsLog: [Action] = [.logRead, .logWrite, .logClose, .logReassign, .meetingRecordInLog]
        if needsLog.contains(question.action), caseRecord.log == .none { return .denyState }
        if [.logArchive, .logReopen].contains(question.action), caseRecord.log != .closed { return .denyState }
        if [.planRead, .planWrite].contains(question.action), caseRecord.plan != .active { return .denyState }
        if question.action == .planCreate, caseRecord.plan == .active { return .denyState }
        if question.action == .logOpen {
            if [.open, .closing].contains(caseRecord.log) { return .denyState }
            let isByHelsestasjon = employment.flatMap { world.unit($0.unit) }?.service.text == "helsestasjon"
            if world.age(caseRecord.subject, at: at) > 23, !isByHelsestasjon { return .denyState }
        }
        return caseRecord.log == .closed && isShutByClosing(caseRecord) ? .denyLogClosed : nil
    }

    func isShutByClosing(_ caseRecord: Case) -> Bool {
        if employment != nil {
            let always: [Action] = [
                .logOpen, .logRead, .logWrite, .logClose, .logReassign, .batonAccept, .meetingRecordInLog,
            ]
            let withoutPlan: [Action] = [.participantAdd, .meetingHold, .meetingAttend, .meetingRecordDecision]
            return always.contains(question.action)
                || (withoutPlan.contains(question.action) && caseRecord.plan != .active)
        }
        if [.logWrite, .logClose].contains(question.action) { return true }
        guard question.action == .logRead else { return false }
        if let proxy, !isInForceProxy(proxy) { return true }
        if at >= twelveMonths(after: caseRecord.closedAt ?? .distantPast) { return true }
        let acting = proxy == nil ? human : principal
        return acting != caseRecord.subject && !ownAuthorities.contains { $0.kind == .foreldreansvar }
    }

    /// The employment works for another controller than the case's, and its unit is neither invited, granted nor named.
    var isBeyondBoundary: Bool {
        guard let employment, let caseRecord, ownController != caseRecord.controller else { return false }
        let duties: [Ground?] = [.bekymringsmelding, .avverging, .palegg]
        if (question.action == .disclose && duties.contains(question.ground)) || question.action == .statisticsRead {
            return false
        }
        // An inter-municipal unit: only who works there for the case's controller counts.
        if isServed(employment.unit, caseRecord.controller)
            || world.unit(employment.unit)?.controller == caseRecord.controller
        {
            return true
        }
        if question.entry?.sameTreatment == true, isHealth(employment.unit) { return false }
        // Who works there for a third controller is one of the others, whatever was granted.
        if let own = employment.forController, own != world.unit(employment.unit)?.controller { return true }
        if isInvited || !grants.isEmpty || isHolder { return false }
        let isNamed = world.consents.contains { consent in
            let isAbout: Bool =
                switch consent.scope {
                case .caseID(let id): id == caseRecord.id
                case .subject(let person): person == caseRecord.subject
                }
            return isAbout && (consent.about ?? caseRecord.subject) == caseRecord.subject
                && [.given, .withdrawn, .revoked].contains(consent.state) && consent.registeredAt <= at
                && consent.units.contains(employment.unit) && (question.emergency == nil || stands(consent))
        }
        return !isNamed
    }

    func isHealth(_ unit: UnitID) -> Bool {
        world.unit(unit).map { ReferenceProfile.regime($0.service) } == "health"
    }
}
