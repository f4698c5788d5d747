internal import HashTreeCollections

/// One access that somebody has.
public struct Access: Hashable, Sendable {
    public var actor: Actor
    public var action: Action
    public var object: Object
    /// On what basis.
    public var basis: Reason
    /// The first instant at which a fact that it rests on ends or changes; `nil` when none is known.
    public var until: Instant?

    public init(actor: Actor, action: Action, object: Object, basis: Reason, until: Instant?) {
        self.actor = actor
        self.action = action
        self.object = object
        self.basis = basis
        self.until = until
    }
}

/// Who has access to a case, and to what an actor has access: the decision function, asked for everyone with a link.
public enum AccessReview {
    /// The actions that are looked at on a case.
    static let caseActions: [Action] = [.logRead, .logWrite, .logClose, .planRead, .planWrite, .accessLogRead]

    /// Everyone who may read, write, close or attend now: complete but for emergencies, which anybody may claim, and
    /// for what an employment's role gives without a link.
    public static func who(
        of caseID: CaseID, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> [Access] {
        guard let file = state.tables.cases[caseID] else { return [] }
        return candidates(file, state).flatMap { accesses(of: $0, to: file, state, profile, instant) }
    }

    /// The cases after `cursor` to which an actor has access, at most `limit` cases with one.
    public static func what(
        for actor: Actor, in state: Snapshot, under profile: PolicyProfile, at instant: Instant,
        after cursor: CaseID? = nil,
        limit: Int
    ) -> Page<Access> {
        var found: [Access] = []
        var cases = 0
        for caseID in state.tables.cases.keys.filter({ id in cursor.map { id > $0 } ?? true }).sorted() {
            guard let file = state.tables.cases[caseID], candidates(file, state).contains(actor) else { continue }
            let accesses = accesses(of: actor, to: file, state, profile, instant)
            guard !accesses.isEmpty else { continue }
            if cases == limit { return Page(items: found, isComplete: false) }
            cases += 1
            found += accesses
        }
        return Page(items: found, isComplete: true)
    }

    /// What one actor has access to in one case: nothing without a link that stands in the records.
    public static func accesses(
        of actor: Actor, to caseID: CaseID, in state: Snapshot, under profile: PolicyProfile, at instant: Instant
    ) -> [Access] {
        guard let file = state.caseFile(caseID), candidates(file, state).contains(actor) else { return [] }
        return accesses(of: actor, to: file, state, profile, instant)
    }

    private static func accesses(
        of actor: Actor, to file: CaseFile, _ state: Snapshot, _ profile: PolicyProfile, _ instant: Instant
    ) -> [Access] {
        let caseID = file.caseRecord.record.id
        var questions = caseActions.map { Question(actor: actor, action: $0, object: .caseID(caseID)) }
        questions += file.meetings.map { Question(actor: actor, action: .meetingAttend, object: .meeting($0)) }
        return questions.compactMap { question in
            let decision = Engine.foresee(question, in: state, under: profile, at: instant)
            guard decision.effect == .allow else { return nil }
            let until = decision.holdsUntil == .distantFuture ? nil : decision.holdsUntil
            return Access(
                actor: actor, action: question.action, object: question.object, basis: decision.primary, until: until)
        }
    }

    /// Everyone with a link that stands in the records.
    private static func candidates(_ file: CaseFile, _ state: Snapshot) -> [Actor] {
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
        return actors.sorted { $0.order < $1.order }
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
