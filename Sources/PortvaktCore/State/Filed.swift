/// A record as it stands in the state, with the revision and the instant at which this version was registered.
public struct Filed<Record: Sendable>: Sendable {
    public var record: Record
    /// The revision that registered this version.
    public var version: Revision
    /// When this version was registered.
    public var registeredAt: Instant

    public init(_ record: Record, version: Revision, registeredAt: Instant) {
        self.record = record
        self.version = version
        self.registeredAt = registeredAt
    }
}

extension Filed: Equatable where Record: Equatable {}

/// An immutable value behind one reference: persistent maps copy a pointer instead of a large struct.
final class Box<Value: Sendable>: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    /// A box with the value changed; this one stays as it is.
    func with(_ change: (inout Value) -> Void) -> Box {
        var copy = value
        change(&copy)
        return Box(copy)
    }
}

/// All that is known about one person: what a decision about them reads, in one place.
public struct PersonFile: Sendable, Equatable {
    public var person: Filed<Person>
    /// Who decides for this person.
    public var authorities: [Filed<Authority>] = []
    public var capacities: [Filed<Capacity>] = []
    public var restrictions: [Filed<Restriction>] = []
    /// Consents about this person, in the order of registration.
    public var consents: [Filed<Consent>] = []
    public var relations: [Filed<Relation>] = []
    public var discussions: [Filed<Discussion>] = []
    /// This person's cases, in the order of registration.
    public var cases: [CaseID] = []
    /// Over whom this person holds, or held, an authority.
    public var holdsOver: [PersonID] = []
    /// This person's employments.
    public var employments: [EmploymentID] = []

    init(_ person: Filed<Person>) { self.person = person }
}

/// All that belongs to one case, but for what belongs to its subject.
public struct CaseFile: Sendable, Equatable {
    public var caseRecord: Filed<Case>
    public var grants: [Filed<Grant>] = []
    public var handovers: [Filed<Handover>] = []
    public var objections: [Filed<Objection>] = []
    /// The case's meetings, in the order of registration.
    public var meetings: [MeetingID] = []

    init(_ caseRecord: Filed<Case>) { self.caseRecord = caseRecord }
}

/// A unit, with the controllers on whose behalf somebody works there besides its own.
public struct UnitFile: Sendable, Equatable {
    public var unit: Filed<Unit>
    /// What kind of body its controller is.
    public var controllerKind: ControllerKind
    /// Controllers other than its own for which an employment of it works: an inter-municipal unit.
    public var serves: [ControllerID] = []
    /// The unit's employments, in the order of registration.
    public var employments: [EmploymentID] = []

    init(_ unit: Filed<Unit>, controllerKind: ControllerKind) {
        self.unit = unit
        self.controllerKind = controllerKind
    }

    /// Whether it is a unit of this controller: its own, or one that it serves.
    func isOwn(of controller: ControllerID) -> Bool {
        unit.record.controller == controller || serves.contains(controller)
    }
}

/// A policy profile that was activated.
public struct ProfileActivation: Hashable, Sendable {
    public var name: Identifier
    /// SHA-256 over the profile, 32 bytes.
    public var hash: [UInt8]
    public var from: Instant
    public var version: Revision
}
