public import PortvaktCore

/// A record with where it stands, and what happened to it afterwards.
public struct LocatedRecord: Equatable, Sendable {
    public var record: Record
    public var place: SourcePlace
    /// When it was registered, where the file tells; before everything else otherwise.
    public var registeredAt: Instant
    /// Withdrawn, revoked, spent: in the order of their instants.
    public var followUps: [FollowUp]

    /// An event that changes a record after its registration.
    public struct FollowUp: Equatable, Sendable {
        public var event: Event
        public var at: Instant
    }

    init(_ record: Record, at place: SourcePlace, registeredAt: Instant = .distantPast, followUps: [FollowUp] = []) {
        self.record = record
        self.place = place
        self.registeredAt = registeredAt
        self.followUps = followUps.sorted { $0.at < $1.at }
    }
}

/// The records of a document, in an order in which they can be registered.
public struct RecordSet: Sendable {
    public var records: [LocatedRecord]

    public init(_ records: [LocatedRecord] = []) { self.records = records }

    /// What was registered, and when: every registration and every later event, in the order of time. What has no time
    /// stated comes first, in the order of the lists.
    /// - Parameters:
    ///   - system: through which system it is said to have been registered.
    ///   - controller: on whose behalf a record is registered that belongs to no controller by itself (a person).
    public func changes(system: SystemID, controller: ControllerID) -> [TimedChange] {
        var owners = Owners(fallback: controller)
        var timed: [TimedChange] = []
        for located in records {
            let owner = owners.owner(of: located.record)
            func add(_ event: Event, at instant: Instant) {
                let change = Change(event: event, registeredAt: instant, system: system, controller: owner)
                timed.append(TimedChange(change: change, at: instant, place: located.place))
            }
            add(.registered(located.record), at: located.registeredAt)
            for followUp in located.followUps { add(followUp.event, at: max(followUp.at, located.registeredAt)) }
        }
        // A stable sort: of two things at one instant the one that was listed first happened first.
        return timed.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
}

/// A change with the instant at which it became known.
public struct TimedChange: Sendable {
    public var change: Change
    public var at: Instant
    /// Where the record stands that it comes from.
    public var place: SourcePlace
}

/// Which controller a record is registered for.
private struct Owners {
    let fallback: ControllerID
    private var units: [UnitID: ControllerID] = [:]
    private var cases: [CaseID: ControllerID] = [:]

    init(fallback: ControllerID) { self.fallback = fallback }

    mutating func owner(of record: Record) -> ControllerID {
        switch record {
        case .controller(let record): return record.id
        case .unit(let record):
            units[record.id] = record.controller
            return record.controller
        case .employment(let record): return units[record.unit] ?? fallback
        case .caseRecord(let record):
            cases[record.id] = record.controller
            return record.controller
        case .handover(let record): return cases[record.caseID] ?? fallback
        case .grant(let record): return cases[record.caseID] ?? fallback
        case .meeting(let record): return record.caseID.flatMap { cases[$0] } ?? fallback
        case .objection(let record): return cases[record.caseID] ?? fallback
        case .discussion(let record): return units[record.unit] ?? fallback
        case .consent(let record):
            guard case .caseID(let id) = record.scope else { return fallback }
            return cases[id] ?? fallback
        default: return fallback
        }
    }
}
