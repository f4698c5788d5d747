internal import HashTreeCollections

// Everything that a decision reads is looked up once, before the first step: what the question names by its id, and
// from there by handles.

extension Evaluation {
    mutating func resolve() {
        resolveActor()
        resolveObject()
        resolveMatter()
        resolveEntry()
        resolveLinks()
    }

    private mutating func resolveActor() {
        switch question.actor {
        case .employment(let id):
            guard let found = state.employments.view.nearFacts(id) ?? state.employments.facts(id) else { return }
            employment = found
            human = state.persons.view.facts(found.facts.person)
            unit = state.units.view.facts(found.facts.unit)
            actorController = controller(of: found)
        case .person(let id):
            guard let file = state.persons.view.nearFacts(id) ?? state.persons.facts(id) else { return }
            human = file
            viewer = file.facts.handle
        case .proxy(let id):
            guard let grant = state.grant(id)?.facts, grant.facts.role == .fullmektig,
                case .person(let proxy) = grant.facts.to,
                case .person(let principal)? = grant.facts.grantedBy, let file = state.persons.facts(proxy)
            else { return }
            human = file
            viewer = principal
            proxyGrant = grant
        }
    }

    private mutating func resolveObject() {
        switch question.object {
        case .caseID(let id): caseFile = state.cases.view.nearFacts(id) ?? state.cases.facts(id)
        case .meeting(let id):
            meeting = state.meetings.view.nearFacts(id) ?? state.meetings.facts(id)
            objectFound = meeting != nil
            if let handle = meeting?.facts.caseID { caseFile = state.cases.view.facts(handle) }
        case .person(let id):
            subject = state.persons.view.nearFacts(id) ?? state.persons.facts(id)
            objectFound = subject != nil
            if actsOnCase { caseFile = subject.flatMap { soleCase(of: $0) } }
        case .controller(let id): objectFound = state.controllers.facts(id) != nil
        }
        guard let caseFile else { return }
        objectFound = true
        subject = state.persons.view.facts(caseFile.facts.subject)
    }

    /// Field by field: to take the labels as a whole would retain their lists.
    private mutating func resolveEntry() {
        guard let category = question.entry?.category, let author = question.entry?.author else { return }
        entry = EntryFacts(
            category: category,
            author: state.units.view.nearHandle(of: author) ?? state.units.handle(of: author) ?? .unknown,
            withheld: question.entry?.withheld, withheldUntil: question.entry?.withheldUntil,
            neededForFa: question.entry?.neededForFa ?? false, sameTreatment: question.entry?.sameTreatment ?? false)
    }

    /// The action is one on a case: asked about a person, that person's case is meant.
    var actsOnCase: Bool {
        mutating get {
            switch question.action {
            case .logOpen, .logRead, .logWrite, .logClose, .logReopen, .logReassign, .logArchive, .batonAccept,
                .participantAdd,
                .planCreate, .planRead, .planWrite:
                true
            default: false
            }
        }
    }

    /// The person's case: the first of the actor's controller, or the first of all.
    private mutating func soleCase(of file: Ref<PersonFacts>) -> Ref<CaseFacts>? {
        for handle in file.facts.cases {
            guard let found = state.cases.facts(handle), found.facts.controller == actorController else { continue }
            return found
        }
        return file.facts.cases.first.flatMap { state.cases.facts($0) }
    }

    /// The controller whose matter it is.
    private mutating func resolveMatter() {
        if let caseFile {
            matterController = caseFile.facts.controller
        } else if case .controller(let id) = question.object {
            matterController = state.controllers.handle(of: id)
        } else if let convener = meeting.flatMap({ state.employments.facts($0.facts.convenedBy) }) {
            matterController = controller(of: convener)
        } else {
            matterController = actorController
        }
    }

    mutating func controller(of employment: Ref<EmploymentFacts>) -> Handle<Controller>? {
        employment.facts.forController ?? state.units.view.facts(employment.facts.unit)?.facts.controller
    }

    private mutating func resolveLinks() {
        if let meeting, isInvited(to: meeting) { links.insert(.invited) }
        if let caseFile { resolveCaseLinks(caseFile) }
        if let subject { resolveSubjectLinks(subject) }
        if employment != nil, question.action == .logRead, question.emergency != nil { links.insert(.claim) }
        if employment != nil, entry?.sameTreatment == true { links.insert(.claim) }
    }

    private mutating func resolveCaseLinks(_ file: Ref<CaseFacts>) {
        if let employment, file.facts.holder == employment.facts.handle { links.insert(.holder) }
        for grant in file.facts.grants where isForActor(grant) {
            guard isValid(grant) else { continue }
            if grant.facts.role == .koordinator {
                guard isGivenByForvaltning(grant) else {
                    links.insert(.planGrant)
                    hasUngivenCoordinator = true
                    continue
                }
                // One for the log opens no plan.
                if grant.facts.document == .plan { coordinatorGrant = better(coordinatorGrant, grant) }
            }
            switch grant.facts.document {
            case .log:
                links.insert(.logGrant)
                logGrant = grant
            case .plan:
                links.insert(.planGrant)
                planGrant = better(planGrant, grant)
            }
        }
        guard question.action == .batonAccept, let employment else { return }
        let proposed = file.facts.handovers.contains {
            $0.facts.to == employment.facts.handle && $0.facts.state == .proposed
        }
        if proposed { links.insert(.handover) }
    }

    /// Of two grants for the plan the one that opens the area asked about.
    private mutating func better(_ old: Ref<GrantFacts>?, _ new: Ref<GrantFacts>) -> Ref<GrantFacts> {
        guard let old, let area = question.area, old.facts.namesAreas else { return new }
        return old.facts.opens(area) ? old : new
    }

    private mutating func resolveSubjectLinks(_ file: Ref<PersonFacts>) {
        if let viewer {
            guard actsForViewer() else { return }
            if viewer == file.facts.handle { links.insert(.subject) }
            let isAdult = isAdult(file)
            for authority in file.facts.authorities where authority.facts.holder == .person(viewer) {
                depends(on: authority.facts.validity)
                guard authority.facts.validity.contains(at), !(isAdult && endsAtAdult(authority.facts.kind)) else {
                    continue
                }
                links.insert(authority.facts.status == .known ? .authority : .unknownAuthority)
            }
        }
        guard let employment, countsForUnit, !isAdult(file) else { return }
        for authority in file.facts.authorities where authority.facts.holder == .unit(employment.facts.unit) {
            depends(on: authority.facts.validity)
            guard authority.facts.validity.contains(at) else { continue }
            links.insert(isEstablished(authority) ? .omsorg : .unknownAuthority)
        }
    }

    /// A person acts by their own rights; a fullmektig by the principal's, while the grant counts and the principal lives.
    private mutating func actsForViewer() -> Bool {
        guard proxyGrant != nil, let viewer else { return true }
        return isProxyForThis() && isAlive(.person(viewer))
    }

    /// A fullmektig's grant counts for its time, and for its meeting when it is bound to one (L76).
    private mutating func isProxyForThis() -> Bool {
        guard let grant = proxyGrant, grant.facts.caseID == caseFile?.facts.handle, isValid(grant) else { return false }
        return grant.facts.meeting == nil || grant.facts.meeting == meeting?.facts.handle
    }

    mutating func isAdult(_ file: Ref<PersonFacts>) -> Bool {
        age(of: file).map { $0 >= tables.ages.adult } ?? false
    }

    mutating func endsAtAdult(_ kind: AuthorityKind) -> Bool {
        kind == .foreldreansvar || kind == .representant || kind == .omsorg
    }

    mutating func endsAtAdult(_ capacity: ConsentCapacity) -> Bool {
        capacity == .foreldreansvar || capacity == .representant || capacity == .omsorg
    }

    /// Known, and for a care order with its document (L46, L48).
    @inline(__always)
    mutating func isEstablished(_ authority: Ref<AuthorityFacts>) -> Bool {
        authority.facts.status == .known && (authority.facts.kind != .omsorg || authority.facts.hasDocument)
    }
}

/// The labels of the entry that a question is about, by handles.
struct EntryFacts: BitwiseCopyable {
    var category: Category
    var author: Handle<Unit>
    var withheld: Withheld?
    var withheldUntil: Instant?
    var neededForFa: Bool
    var sameTreatment: Bool
}

// MARK: - Grants and invitations

extension Evaluation {
    /// What is granted to a unit counts for those who do its work, not for those who only run it (W64).
    var countsForUnit: Bool {
        mutating get {
            switch employment?.facts.role {
            case .medarbeider: true
            case .leder: !action.content || tables.switches.leaderReads
            default: false
            }
        }
    }

    @inline(__always)
    private mutating func isForActor(_ grant: Ref<GrantFacts>) -> Bool {
        switch grant.facts.to {
        case .employment(let handle): employment?.facts.handle == handle
        case .unit(let handle): countsForUnit && employment?.facts.unit == handle
        case .person(let handle): viewer == handle && isForThisMeeting(grant) && actsForViewer()
        }
    }

    mutating func isForThisMeeting(_ grant: Ref<GrantFacts>) -> Bool {
        grant.facts.role != .fullmektig || grant.facts.meeting == nil || grant.facts.meeting == meeting?.facts.handle
    }

    /// Valid now: begun, not ended, not revoked, and its meeting not over unless a measure was given.
    mutating func isValid(_ grant: Ref<GrantFacts>) -> Bool {
        depends(on: grant.facts.validity)
        if let revoked = grant.facts.revokedAt {
            depends(on: revoked)
            if revoked <= at { return false }
        }
        guard grant.facts.validity.contains(at) else { return false }
        guard let handle = grant.facts.meeting, !grant.facts.measure else { return true }
        guard let ended = state.meetings.facts(handle)?.facts.endedAt else { return true }
        depends(on: ended)
        return at < ended
    }

    mutating func isGivenByForvaltning(_ grant: Ref<GrantFacts>) -> Bool {
        let unit: Handle<Unit>? =
            switch grant.facts.grantedBy {
            case .unit(let handle)?: handle
            case .employment(let handle)?: state.employments.facts(handle)?.facts.unit
            default: nil
            }
        guard let unit = unit.flatMap({ state.units.facts($0) }) else { return false }
        return unit.facts.filed.read { tables.lists.planAccessGrantedBy.contains($0.service) }
    }

    /// Invited to this meeting: by name, or as one who works in an invited unit. Who convenes a meeting without a case
    /// takes part in it.
    private mutating func isInvited(to meeting: Ref<MeetingFacts>) -> Bool {
        if let ended = meeting.facts.endedAt {
            depends(on: ended)
            if ended <= at { return false }
        }
        if let viewer, meeting.facts.invited.contains(.person(viewer)) { return actsForViewer() }
        guard let employment else { return false }
        if meeting.facts.invited.contains(.employment(employment.facts.handle)) { return true }
        if countsForUnit, meeting.facts.invited.contains(.unit(employment.facts.unit)) { return true }
        return meeting.facts.caseID == nil && meeting.facts.convenedBy == employment.facts.handle
    }
}

// MARK: - Age and life

extension Evaluation {
    /// Whole years on the local date of the decision; `nil` when the birth date is unknown.
    mutating func age(of person: Ref<PersonFacts>) -> Int? {
        guard let born = person.facts.born else { return nil }
        let hadBirthday = (today.month, today.day) >= (Int(born.month), Int(born.day))
        let age = today.year - Int(born.year) - (hadBirthday ? 0 : 1)
        if today.earliestEnd < holdsUntil, let next = OsloTime.birthday(age + 1, born: born.date) {
            depends(on: OsloTime.startOfDay(next))
        }
        return age
    }

    mutating func isDead(_ person: Ref<PersonFacts>) -> Bool {
        guard let deceased = person.facts.deceased else { return false }
        depends(on: deceased)
        return deceased <= at
    }
}
