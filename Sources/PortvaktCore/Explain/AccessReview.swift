internal import HashTreeCollections

/// One access that somebody has.
public struct Access: Equatable, Sendable {
    public var actor: Actor
    public var action: Action
    public var object: Object
    /// For which purpose.
    public var purpose: Purpose
    /// On what basis.
    public var basis: Reason
    /// The first instant at which a fact that it rests on ends or changes; `nil` when none is known.
    public var until: Instant?

    public init(
        actor: Actor, action: Action, object: Object, purpose: Purpose = .samordning, basis: Reason, until: Instant?
    ) {
        self.actor = actor
        self.action = action
        self.object = object
        self.purpose = purpose
        self.basis = basis
        self.until = until
    }
}

/// Who has access to a case, and to what an actor has access: the decision function, asked for everyone with a link.
public enum AccessReview {
    /// The actions that are looked at on a case. On its meetings it is `meeting.attend`.
    public static let caseActions: [Action] = [
        .logRead, .logWrite, .logClose, .logArchive, .planRead, .planWrite, .accessLogRead,
    ]
    /// Every action that is looked at: what lets somebody read, write, close or attend. The others tell, add or change,
    /// and are not listed; nor is what anybody may claim in an emergency.
    public static let actions = caseActions + [.meetingAttend]
    /// Roles that open something without a link to the case.
    static let unlinkedRoles: Set<EmploymentRole> = [.leder, .arkivar, .personvernombud, .administrator]

    /// The purposes for which a log is read under a profile, `samordning` first.
    public static func readingPurposes(under profile: PolicyProfile, at instant: Instant) -> [Purpose] {
        guard let (tables, _) = profile.tables(at: instant) else { return [] }
        return Purpose.allCases.filter {
            $0 == .samordning || (tables.rule(for: $0).reads && tables.rule(for: $0).carried)
        }
    }

    /// Everyone who may read, write, close or attend now, for any purpose: complete but for emergencies.
    ///
    /// An access for another purpose than `samordning` is listed where there is none for that.
    public static func who(
        of caseID: CaseID, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> [Access] {
        guard let file = state.tables.cases[caseID] else { return [] }
        let actors = linked(file, state).union(unlinked(file, state)).ordered { $0.order < $1.order }
        return actors.flatMap { accesses(of: $0, to: file, state, profile, instant) }
    }

    /// The same for those with a link that stands in the records: what changes when records of the case do.
    static func linkedAccesses(
        of caseID: CaseID, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> [Access] {
        guard let file = state.tables.cases[caseID] else { return [] }
        return linked(file, state).ordered { $0.order < $1.order }.flatMap {
            accesses(of: $0, to: file, state, profile, instant)
        }
    }

    /// The cases after `cursor` to which an actor has access, at most `limit` cases with one.
    public static func what(
        for actor: Actor, in state: Snapshot, under profile: PolicyProfile, at instant: Instant,
        after cursor: CaseID? = nil,
        limit: Int
    ) -> Page<Access> {
        var found: [Access] = []
        var cases = 0
        for caseID in state.tables.cases.keys.filter({ id in cursor.map { id > $0 } ?? true }).ordered() {
            let accesses = accesses(of: actor, to: caseID, in: state, under: profile, at: instant)
            guard !accesses.isEmpty else { continue }
            if cases == limit { return Page(items: found, isComplete: false) }
            cases += 1
            found += accesses
        }
        return Page(items: found, isComplete: true)
    }

    /// What one actor has access to in one case: nothing without a link that stands in the records, or a role.
    public static func accesses(
        of actor: Actor, to caseID: CaseID, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> [Access] {
        guard let file = state.tables.cases[caseID] else { return [] }
        guard isUnlinked(actor, file, state) || linked(file, state).contains(actor) else { return [] }
        return accesses(of: actor, to: file, state, profile, instant)
    }

    private static func accesses(
        of actor: Actor, to file: CaseFile, _ state: Snapshot, _ profile: PolicyProfile, _ instant: Instant
    ) -> [Access] {
        let caseID = file.caseRecord.record.id
        let purposes = readingPurposes(under: profile, at: instant)
        var found: [Access] = []
        for action in caseActions {
            let question = Question(actor: actor, action: action, object: .caseID(caseID))
            found += access(question, for: action == .logRead ? purposes : [.samordning], state, profile, instant)
        }
        for meeting in file.meetings {
            let question = Question(actor: actor, action: .meetingAttend, object: .meeting(meeting))
            found += access(question, for: [.samordning], state, profile, instant)
        }
        return found
    }

    /// The access of the same actor to the same at another instant, on whatever basis and for whatever purpose; `nil` when there is none.
    static func same(
        as access: Access, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> Access? {
        let question = Question(actor: access.actor, action: access.action, object: access.object)
        let purposes = access.action == .logRead ? readingPurposes(under: profile, at: instant) : [.samordning]
        return Self.access(question, for: purposes, state, profile, instant).first
    }

    /// The access for the first of the purposes for which there is one.
    private static func access(
        _ question: Question, for purposes: [Purpose], _ state: Snapshot, _ profile: PolicyProfile, _ instant: Instant
    ) -> [Access] {
        var question = question
        for purpose in purposes {
            question.purpose = purpose
            let decision = Engine.foresee(question, in: state, under: profile, at: instant)
            guard decision.effect == .allow else { continue }
            let until = decision.holdsUntil == .distantFuture ? nil : decision.holdsUntil
            return [
                Access(
                    actor: question.actor, action: question.action, object: question.object, purpose: purpose,
                    basis: decision.primary, until: until)
            ]
        }
        return []
    }

    /// Every employment of the case's controller whose role opens something by itself.
    private static func unlinked(_ file: CaseFile, _ state: Snapshot) -> Set<Actor> {
        var actors: Set<Actor> = []
        state.tables.employments.forEach { _, employment in
            let actor = Actor.employment(employment.record.id)
            if isUnlinked(actor, file, state) { actors.insert(actor) }
        }
        return actors
    }

    private static func isUnlinked(_ actor: Actor, _ file: CaseFile, _ state: Snapshot) -> Bool {
        guard case .employment(let id) = actor, let employment = state.tables.employments[id]?.record,
            unlinkedRoles.contains(employment.role)
        else { return false }
        let own = employment.forController ?? state.tables.units[employment.unit]?.unit.record.controller
        return own == file.caseRecord.record.controller
    }

    /// Everyone with a link that stands in the records.
    private static func linked(_ file: CaseFile, _ state: Snapshot) -> Set<Actor> {
        var parties: [Party] = []
        if let holder = file.caseRecord.record.holder { parties.append(.employment(holder)) }
        parties += file.grants.map(\.record.to)
        parties += file.handovers.map { .employment($0.record.to) }
        parties.append(.person(file.caseRecord.record.subject))
        parties += (state.tables.persons[file.caseRecord.record.subject]?.authorities ?? []).map(\.record.holder)
        for id in file.meetings { parties += state.tables.meetings[id]?.record.invited ?? [] }
        var actors: Set<Actor> = Set(file.grants.filter { $0.record.role == .fullmektig }.map { .proxy($0.record.id) })
        for party in parties {
            switch party {
            case .person(let id): actors.insert(.person(id))
            case .employment(let id): actors.insert(.employment(id))
            case .unit(let id): actors.formUnion((state.tables.units[id]?.employments ?? []).map { .employment($0) })
            }
        }
        return actors
    }
}

extension Actor {
    /// Employments, then persons, then proxies, each by id.
    fileprivate var order: String {
        switch self {
        case .employment(let id): "1\(id.text)"
        case .person(let id): "2\(id.text)"
        case .proxy(let id): "3\(id.text)"
        }
    }
}
