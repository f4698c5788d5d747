internal import HashTreeCollections

/// What would change: proposed changes, or the passing of time, folded into a copy.
public enum Simulation {
    /// The accesses that appear and disappear.
    public struct Difference: Equatable, Sendable {
        public var appeared: [Access]
        public var disappeared: [Access]
    }

    /// What the proposed changes would do to who has access to the cases.
    /// - Parameters:
    ///   - cases: the cases to look at; `nil` means those that the changes touch.
    ///   - then: the instant to look at afterwards, when time passes too (a child turns 16).
    /// - Throws: ``ChangeRefusal`` when a proposed change would be refused.
    public static func difference(
        after changes: [Change], in state: Snapshot, under profile: PolicyProfile, at now: Instant,
        then: Instant? = nil,
        cases: [CaseID]? = nil
    ) throws(ChangeRefusal) -> Difference {
        var next = state
        var touched: Set<CaseID> = []
        for change in changes {
            next = try next.applying(change)
            touched.formUnion(Self.cases(touchedBy: change.event, in: next))
        }
        var difference = Difference(appeared: [], disappeared: [])
        for caseID in (cases ?? touched.ordered()) {
            let one = Self.difference(
                from: state, at: now, to: next, at: then ?? now, of: caseID, under: profile)
            difference.disappeared += one.disappeared
            difference.appeared += one.appeared
        }
        return difference
    }

    /// What is different in one case between two states, each at an instant.
    /// - Parameter later: the profile that is in force at the second; the same when not given.
    public static func difference(
        from state: Snapshot, at now: Instant, to next: Snapshot, at then: Instant, of caseID: CaseID,
        under profile: PolicyProfile, then later: PolicyProfile? = nil
    ) -> Difference {
        let before = AccessReview.linkedAccesses(of: caseID, in: state, under: profile, at: now)
        let after = AccessReview.linkedAccesses(of: caseID, in: next, under: later ?? profile, at: then)
        let kept = Set(before.map(\.essence)).intersection(after.map(\.essence))
        return Difference(
            appeared: after.filter { !kept.contains($0.essence) },
            disappeared: before.filter { !kept.contains($0.essence) })
    }

    /// The cases whose accesses an event can change; none for a unit or an employment, which can change those of any.
    public static func cases(touchedBy event: Event, in state: Snapshot) -> [CaseID] {
        switch event {
        case .consentWithdrawn(let id, _), .consentRevoked(let id, _), .consentSpent(let id, _):
            cases(of: id, in: state)
        case .consentInvalidated(let id): cases(of: id, in: state)
        case .grantRevoked(let id, _): state.tables.caseOfGrant[id].map { [$0] } ?? []
        case .registered(let record): cases(touchedBy: record, in: state)
        case .systemDisabled, .profileActivated: []
        }
    }

    private static func cases(of id: ConsentID, in state: Snapshot) -> [CaseID] {
        guard let consent = state.consent(id)?.record else { return [] }
        if case .caseID(let caseID) = consent.scope { return [caseID] }
        return state.tables.personOfConsent[id].flatMap { state.tables.persons[$0]?.cases } ?? []
    }

    private static func cases(touchedBy record: Record, in state: Snapshot) -> [CaseID] {
        func cases(of person: PersonID) -> [CaseID] { state.tables.persons[person]?.cases ?? [] }
        switch record {
        case .person(let record):
            return cases(of: record.id) + (state.tables.persons[record.id]?.holdsOver ?? []).flatMap(cases)
        case .relation(let record):
            let ends = [record.a, record.b]
            return ends.flatMap { cases(of: $0) + (state.tables.persons[$0]?.holdsOver ?? []).flatMap(cases) }
        case .authority(let record): return cases(of: record.over)
        case .capacity(let record): return cases(of: record.person)
        case .caseRecord(let record): return [record.id]
        case .handover(let record): return [record.caseID]
        case .grant(let record): return [record.caseID]
        case .consent(let record): return Self.cases(of: record.id, in: state)
        case .meeting(let record): return record.caseID.map { [$0] } ?? []
        case .objection(let record): return [record.caseID]
        case .restriction(let record): return cases(of: record.subject)
        case .controller, .unit, .employment, .discussion, .system, .anonymousDiscussion: return []
        }
    }
}

extension Access {
    /// Actor, action and object.
    fileprivate var essence: Question { Question(actor: actor, action: action, object: object, purpose: purpose) }
}
