internal import PortvaktCore
internal import PortvaktWire

/// What a change touches, whoever may be told of it.
enum Touch: Sendable {
    /// Too much hangs on it to say.
    case everything
    /// These cases with their controllers, and these persons with the controllers that know them.
    case these(cases: [CaseID: ControllerID], persons: [PersonID: Set<ControllerID>])

    /// - Returns: `nil` for what no answer rests on.
    init?(_ change: Change, in state: Snapshot) {
        var gathered = Gathered(state: state)
        switch change.event {
        case .registered(let record):
            guard !gathered.take(record) else {
                self = .everything
                return
            }
        case .consentWithdrawn(let id, _), .consentRevoked(let id, _), .consentInvalidated(let id),
            .consentSpent(let id, _):
            if let consent = state.consent(id)?.record { gathered.take(consent) }
        case .grantRevoked(let id, _):
            if let grant = state.grant(id)?.record ?? state.grantRequest(id)?.record { gathered.add(grant.caseID) }
        case .systemDisabled, .profileActivated:
            self = .everything
            return
        }
        guard !gathered.isEmpty else { return nil }
        self = gathered.touch
    }

    /// What a caller of these controllers may be told of it; `nil`: nothing. `allowed` nil: every controller.
    func seen(by allowed: Set<ControllerID>?) -> Touched? {
        switch self {
        case .everything: return .everything
        case .these(let cases, let persons):
            let seenCases = cases.filter { allowed?.contains($0.value) ?? true }.keys.ordered()
            // A person whom nobody knows yet is anybody's, as in ``RecordScope``.
            let seenPersons = persons.filter { person in
                allowed.map { person.value.isEmpty || !person.value.isDisjoint(with: $0) } ?? true
            }.keys.ordered()
            guard seenCases.count <= Self.maximumNamed, seenPersons.count <= Self.maximumNamed else {
                return .everything
            }
            guard !seenCases.isEmpty || !seenPersons.isEmpty else { return nil }
            return .these(cases: seenCases, persons: seenPersons)
        }
    }

    /// Ids of one kind that are named; more are `everything`.
    static let maximumNamed = 256
}

/// The cases and persons that a change touches, while they are gathered.
private struct Gathered {
    let state: Snapshot
    var cases: [CaseID: ControllerID] = [:]
    var persons: [PersonID: Set<ControllerID>] = [:]
    /// Persons who were added with all their cases.
    private var whole: Set<PersonID> = []

    init(state: Snapshot) { self.state = state }

    var isEmpty: Bool { cases.isEmpty && persons.isEmpty }
    var touch: Touch { .these(cases: cases, persons: persons) }

    /// - Returns: whether everything may have changed.
    mutating func take(_ record: Record) -> Bool {
        switch record {
        case .controller, .unit, .person, .relation, .employment, .system: return true
        case .authority(let record): add(record.over)
        case .capacity(let record): addWithChildren(record.person)
        case .caseRecord(let record):
            add(record.id)
            add(record.subject)
        case .handover(let record): add(record.caseID)
        case .grant(let record): add(record.caseID)
        case .objection(let record): add(record.caseID)
        case .restriction(let record): add(record.subject)
        case .discussion(let record): add(record.person)
        case .consent(let record): take(record)
        case .meeting(let record):
            guard let caseID = record.caseID else { return true }
            add(caseID)
        // It is in no relation to anything, not even in time.
        case .anonymousDiscussion: break
        }
        return false
    }

    mutating func take(_ consent: Consent) {
        if let person = state.subject(of: consent) { addWithChildren(person) }
        if case .caseID(let id) = consent.scope { add(id) }
    }

    /// A case, and its subject to those who know of the case: an answer about a person may rest on the person's case.
    mutating func add(_ id: CaseID) {
        guard cases[id] == nil, let record = state.caseFile(id)?.caseRecord.record else { return }
        cases[id] = record.controller
        persons[record.subject, default: []].insert(record.controller)
    }

    /// A person with the person's own cases.
    mutating func add(_ id: PersonID) {
        guard let file = state.person(id), whole.insert(id).inserted else { return }
        persons[id, default: []].formUnion(RecordScope(state: state).controllers(of: .person, id.identifier) ?? [])
        for caseID in file.cases { add(caseID) }
    }

    /// A person, and those for whom the person decides.
    mutating func addWithChildren(_ id: PersonID) {
        add(id)
        for child in state.person(id)?.holdsOver ?? [] { add(child) }
    }
}
