public import PortvaktCore

/// What was registered after a decision, but was true when it was made: what the decision would have been with it.
///
/// Facts with dates of their own (authorities, employments, grants, consents, capacities, restrictions, relations, birth
/// and death) are taken as they are known now; what has no date (a case, a meeting, a handover, a protection) stays as
/// it was known then, because nothing says since when it is so.
public struct LaterKnowledge {
    /// Facts that are tried one by one, at most: each is a decision.
    public static let maximumTried = 2_000

    private let record: DecisionRecord
    private let before: Snapshot
    private var now: Snapshot
    private var taken: [(change: RecordedChange, event: Event)] = []
    /// The revision up to which it has been told.
    public private(set) var revision: Revision

    /// - Parameter state: as it was at the record's revision.
    public init(after record: DecisionRecord, in state: Snapshot) {
        self.record = record
        before = state
        now = state
        revision = state.revision
    }

    /// Takes a later change, in the order of revisions.
    public mutating func take(_ recorded: RecordedChange) {
        guard recorded.revision > before.revision else { return }
        revision = recorded.revision
        guard let change = recorded.change, let event = event(of: change.event), apply(event, change, to: &now) else {
            return
        }
        taken.append((recorded, event))
    }

    /// The decision with all that is known now, and the facts that by themselves change it: all of them when none does.
    public func decide(under profile: PolicyProfile) -> (decision: Decision, later: [RecordedChange]) {
        let known = decision(in: now, profile)
        guard !Self.isSame(known, record.decision) else { return (known, []) }
        let decisive = taken.prefix(Self.maximumTried).filter { later in
            guard let change = later.change.change else { return false }
            var state = before
            guard apply(later.event, change, to: &state) else { return false }
            return !Self.isSame(decision(in: state, profile), record.decision)
        }
        return (known, (decisive.isEmpty ? Array(taken.prefix(Self.maximumTried)) : decisive).map(\.change))
    }

    /// The same answer: its evidence's versions may be newer, and the time it holds another.
    public static func isSame(_ one: Decision, _ other: Decision) -> Bool {
        one.effect == other.effect && one.reasons == other.reasons
            && Set(one.obligations) == Set(other.obligations)
    }

    private func decision(in state: Snapshot, _ profile: PolicyProfile) -> Decision {
        // The system is trusted for what it was trusted for then.
        let asking = DecisionReplay.asking(record.system, in: before)
        return Engine.decide(record.question, asked: asking, in: state, under: profile, at: record.at)
    }

    private func apply(_ event: Event, _ change: Change, to state: inout Snapshot) -> Bool {
        var taken = change
        taken.event = event
        do {
            try state.apply(taken)
            return true
        } catch {
            // It builds on something that was not true then.
            return false
        }
    }

    /// The event as far as it tells what was true then; `nil` when it tells nothing.
    private func event(of event: Event) -> Event? {
        switch event {
        case .registered(let registered): self.record(registered).map(Event.registered)
        case .consentWithdrawn(_, let at), .consentRevoked(_, let at), .grantRevoked(_, let at):
            at <= record.at ? event : nil
        case .consentInvalidated: event
        case .consentSpent, .systemDisabled, .profileActivated: nil
        }
    }

    private func record(_ registered: Record) -> Record? {
        switch registered {
        case .authority, .employment, .grant, .capacity, .restriction, .relation: return registered
        case .consent(var consent):
            // Given then, and registered late.
            if consent.validity.from > .distantPast {
                consent.registeredAt = min(consent.registeredAt, consent.validity.from)
            }
            return .consent(consent)
        case .person(var person):
            guard let known = before.person(person.id)?.person.record else { return registered }
            (person.protection, person.hiddenFrom, person.circle) = (known.protection, known.hiddenFrom, known.circle)
            return person == known ? nil : .person(person)
        case .controller(let new): return before.controller(new.id) == nil ? registered : nil
        case .unit(let new): return before.unit(new.id) == nil ? registered : nil
        case .caseRecord(let new): return before.caseFile(new.id) == nil ? registered : nil
        case .meeting, .handover, .objection, .discussion, .system, .anonymousDiscussion: return nil
        }
    }
}
