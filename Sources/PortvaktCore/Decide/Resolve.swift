internal import HashTreeCollections

// Everything that a decision reads is looked up once, before the first step.

extension Evaluation {
    func resolve() {
        resolveActor()
        resolveObject()
        resolveLinks()
    }

    private func resolveActor() {
        switch question.actor {
        case .employment(let id):
            guard let found = state.employments[id] else { return }
            employment = found
            human = found.record.person
            humanFile = state.persons[found.record.person]
            unit = state.units[found.record.unit]
            actorController = found.record.forController ?? unit?.unit.record.controller
        case .person(let id):
            guard let file = state.persons[id] else { return }
            human = id
            humanFile = file
            viewer = id
        case .proxy(let id):
            guard let grant = state.grant(id), grant.record.role == .fullmektig,
                case .person(let proxy) = grant.record.to,
                case .person(let principal)? = grant.record.grantedBy, let file = state.persons[proxy]
            else { return }
            human = proxy
            humanFile = file
            viewer = principal
            proxyGrant = grant
        }
    }

    private func resolveObject() {
        switch question.object {
        case .caseID(let id): caseFile = state.cases[id]
        case .meeting(let id):
            meeting = state.meetings[id]
            objectFound = meeting != nil
            if let caseID = meeting?.record.caseID { caseFile = state.cases[caseID] }
        case .person(let id):
            subject = state.persons[id]
            objectFound = subject != nil
            if actsOnCase { caseFile = subject.flatMap { soleCase(of: $0) } }
        case .controller(let id): objectFound = state.controllers[id] != nil
        }
        guard let caseFile else { return }
        objectFound = true
        subject = state.persons[caseFile.caseRecord.record.subject]
    }

    /// The action is one on a case: asked about a person, that person's case is meant.
    var actsOnCase: Bool {
        switch question.action {
        case .logOpen, .logRead, .logWrite, .logClose, .logReopen, .logReassign, .logArchive, .batonAccept,
            .participantAdd,
            .planCreate, .planRead, .planWrite:
            true
        default: false
        }
    }

    /// The person's case: the first of the actor's controller, or the first of all.
    private func soleCase(of file: PersonFile) -> CaseFile? {
        let own = file.cases.first { state.cases[$0]?.caseRecord.record.controller == actorController }
        return (own ?? file.cases.first).flatMap { state.cases[$0] }
    }

    private func resolveLinks() {
        if let meeting, isInvited(to: meeting.record) { links.insert(.invited) }
        if let caseFile { resolveCaseLinks(caseFile) }
        if let subject { resolveSubjectLinks(subject) }
        if employment != nil, question.action == .logRead, question.emergency != nil { links.insert(.claim) }
        if employment != nil, question.entry?.sameTreatment == true { links.insert(.claim) }
    }

    private func resolveCaseLinks(_ file: CaseFile) {
        if let employment, file.caseRecord.record.holder == employment.record.id { links.insert(.holder) }
        for index in file.grants.indices where isForActor(file.grants[index]) {
            guard isValid(file.grants[index]) else { continue }
            if file.grants[index].record.role == .koordinator {
                guard isGivenByForvaltning(file.grants[index]) else {
                    links.insert(.planGrant)
                    hasUngivenCoordinator = true
                    continue
                }
                coordinatorGrant = index
            }
            switch file.grants[index].record.document {
            case .log:
                links.insert(.logGrant)
                logGrant = index
            case .plan:
                links.insert(.planGrant)
                planGrant = better(planGrant, index, file)
            }
        }
        guard question.action == .batonAccept, let employment else { return }
        let proposed = file.handovers.contains {
            $0.record.to == employment.record.id && $0.record.state == .proposed
        }
        if proposed { links.insert(.handover) }
    }

    /// Of two grants for the plan the one that opens the area asked about.
    private func better(_ old: Int, _ new: Int, _ file: CaseFile) -> Int {
        guard old >= 0, let area = question.area, let areas = file.grants[old].record.areas else { return new }
        return areas.contains(area) ? old : new
    }

    private func resolveSubjectLinks(_ file: PersonFile) {
        if let viewer {
            guard proxyGrant == nil || isProxyForThis else { return }
            if viewer == file.person.record.id { links.insert(.subject) }
            let isAdult = isAdult(file)
            for authority in file.authorities where authority.record.holder == .person(viewer) {
                depends(on: authority.record.validity)
                guard authority.record.validity.contains(at), !(isAdult && endsAtAdult(authority.record.kind)) else {
                    continue
                }
                links.insert(authority.record.status == .known ? .authority : .unknownAuthority)
            }
        }
        guard let employment, countsForUnit, !isAdult(file) else { return }
        for authority in file.authorities where authority.record.holder == .unit(employment.record.unit) {
            guard authority.record.validity.contains(at) else { continue }
            links.insert(isEstablished(authority.record) ? .omsorg : .unknownAuthority)
        }
    }

    /// A fullmektig's grant counts for its time, and for its meeting when it is bound to one (L76).
    private var isProxyForThis: Bool {
        get {
            guard let grant = proxyGrant, grant.record.caseID == caseFile?.caseRecord.record.id, isValid(grant)
            else { return false }
            return grant.record.meeting == nil || grant.record.meeting == meeting?.record.id
        }
    }

    private func isAdult(_ file: PersonFile) -> Bool {
        age(of: file.person.record).map { $0 >= tables.ages.adult } ?? false
    }

    func endsAtAdult(_ kind: AuthorityKind) -> Bool {
        kind == .foreldreansvar || kind == .representant || kind == .omsorg
    }

    /// Known, and for a care order with its document (L46, L48).
    func isEstablished(_ authority: Authority) -> Bool {
        authority.status == .known && (authority.kind != .omsorg || authority.document != nil)
    }
}

// MARK: - Grants and invitations

extension Evaluation {
    /// What is granted to a unit counts for those who do its work, not for those who only run it (W64).
    var countsForUnit: Bool {
        switch employment?.record.role {
        case .medarbeider: true
        case .leder: !action.content || tables.switches.leaderReads
        default: false
        }
    }

    private func isForActor(_ grant: Filed<Grant>) -> Bool {
        switch grant.record.to {
        case .employment(let id): employment?.record.id == id
        case .unit(let id): countsForUnit && employment?.record.unit == id
        case .person(let id): proxyGrant == nil && viewer == id && isForThisMeeting(grant)
        }
    }

    private func isForThisMeeting(_ grant: Filed<Grant>) -> Bool {
        grant.record.role != .fullmektig || grant.record.meeting == nil || grant.record.meeting == meeting?.record.id
    }

    /// Valid now: begun, not ended, not revoked, and its meeting not over unless a measure was given.
    func isValid(_ grant: Filed<Grant>) -> Bool {
        depends(on: grant.record.validity)
        if let revoked = grant.record.revokedAt {
            depends(on: revoked)
            if revoked <= at { return false }
        }
        guard grant.record.validity.contains(at) else { return false }
        guard let id = grant.record.meeting, !grant.record.measure else { return true }
        guard let ended = state.meetings[id]?.record.endedAt else { return true }
        depends(on: ended)
        return at < ended
    }

    func isGivenByForvaltning(_ grant: Filed<Grant>) -> Bool {
        let unit: UnitID? =
            switch grant.record.grantedBy {
            case .unit(let id)?: id
            case .employment(let id)?: state.employments[id]?.record.unit
            default: nil
            }
        guard let unit, let service = state.units[unit]?.unit.record.service else { return false }
        return tables.lists.planAccessGrantedBy.contains(service)
    }

    /// Invited to this meeting: by name, or as one who works in an invited unit. Who convenes a meeting without a case
    /// takes part in it.
    private func isInvited(to meeting: Meeting) -> Bool {
        if let ended = meeting.endedAt { depends(on: ended) }
        if let ended = meeting.endedAt, ended <= at { return false }
        if let viewer, meeting.invited.contains(.person(viewer)) { return true }
        guard let employment else { return false }
        let record = employment.record
        if meeting.invited.contains(.employment(record.id)) { return true }
        if countsForUnit, meeting.invited.contains(.unit(record.unit)) { return true }
        return meeting.caseID == nil && meeting.convenedBy == record.id
    }
}

// MARK: - Age and life

extension Evaluation {
    /// Whole years on the local date of the decision; `nil` when the birth date is unknown.
    func age(of person: Person) -> Int? { ageBorn(person.born) }

    private func ageBorn(_ born: CivilDate?) -> Int? {
        guard let born else { return nil }
        let birth = born.components
        let hadBirthday = (today.month, today.day) >= (birth.month, birth.day)
        let age = today.year - birth.year - (hadBirthday ? 0 : 1)
        if midnight < holdsUntil, let next = OsloTime.birthday(age + 1, born: born) {
            depends(on: OsloTime.startOfDay(next))
        }
        return age
    }

    func isDead(_ person: Filed<Person>) -> Bool {
        guard let deceased = person.record.deceased else { return false }
        depends(on: deceased)
        return deceased <= at
    }
}
