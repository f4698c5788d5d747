/// A record as it stands in the state, with the revision and the instant at which this version was registered.
public final class Filed<Record: Sendable>: Sendable {
    public let record: Record
    /// The revision that registered this version.
    public let version: Revision
    /// When this version was registered.
    public let registeredAt: Instant
    // Written once, by the initializer that compiles, before anybody else sees the object.
    nonisolated(unsafe) private var compiled: FactBlock?

    public init(_ record: Record, version: Revision, registeredAt: Instant) {
        self.record = record
        self.version = version
        self.registeredAt = registeredAt
    }

    deinit { compiled?.free() }
}

extension Filed: FactHolder where Record: FactRecord {
    /// Files a record that decisions read.
    convenience init(_ record: Record, version: Revision, registeredAt: Instant, in state: inout StateTables) {
        self.init(record, version: version, registeredAt: registeredAt)
        compiled = record.compile(in: &state, FiledReference(self))
    }

    /// The same record, its facts laid anew.
    convenience init(settling old: Filed, in state: inout StateTables) {
        self.init(old.record, version: old.version, registeredAt: old.registeredAt, in: &state)
    }

    var id: ID<Record.Kind> { record.id }

    var facts: Ref<Record.Facts> {
        guard let compiled else { preconditionFailure("a record that decisions read was filed without its facts") }
        return compiled.facts(as: Record.Facts.self)
    }
}

/// A filed record as its own facts name it: read in place, and kept alive by whoever keeps the facts.
struct FiledReference<Record: Sendable>: BitwiseCopyable, @unchecked Sendable {
    // Sendable: as the object that it names.
    let address: UnsafeRawPointer

    init(_ filed: Filed<Record>) { address = UnsafeRawPointer(Unmanaged.passUnretained(filed).toOpaque()) }

    /// Reads the record; only what the closure takes out of it is retained.
    @inline(__always)
    func read<Value>(_ body: (Record) -> Value) -> Value {
        Unmanaged<Filed<Record>>.fromOpaque(address)._withUnsafeGuaranteedRef { body($0.record) }
    }

    /// The object itself, retained.
    var filed: Filed<Record> { Unmanaged<Filed<Record>>.fromOpaque(address).takeUnretainedValue() }
}

extension Filed: Equatable where Record: Equatable {
    public static func == (lhs: Filed, rhs: Filed) -> Bool {
        lhs === rhs || (lhs.version == rhs.version && lhs.registeredAt == rhs.registeredAt && lhs.record == rhs.record)
    }
}

/// All that is known about one person: what a decision about them reads, in one place.
///
/// A file never changes: a change makes a new one, and whoever decides goes on reading the old.
public final class PersonFile: FactHolder, Equatable {
    struct Parts: Sendable, Equatable {
        var person: Filed<Person>
        var authorities: [Filed<Authority>] = []
        var capacities: [Filed<Capacity>] = []
        var restrictions: [Filed<Restriction>] = []
        var consents: [Filed<Consent>] = []
        var relations: [Filed<Relation>] = []
        var discussions: [Filed<Discussion>] = []
        var cases: [CaseID] = []
        /// The same cases.
        var caseHandles: [Handle<Case>] = []
        var holdsOver: [PersonID] = []
        var employments: [EmploymentID] = []
    }

    let parts: Parts
    private let block: FactBlock

    /// - Parameter shelf: where its facts are laid; without one they stand alone.
    init(_ parts: Parts, on shelf: FactShelf? = nil) {
        self.parts = parts
        block = Self.facts(of: parts, on: shelf)
    }

    deinit { block.free() }

    var id: ID<Person> { parts.person.record.id }
    var facts: Ref<PersonFacts> { block.facts(as: PersonFacts.self) }

    public var person: Filed<Person> { parts.person }
    /// Who decides for this person.
    public var authorities: [Filed<Authority>] { parts.authorities }
    public var capacities: [Filed<Capacity>] { parts.capacities }
    public var restrictions: [Filed<Restriction>] { parts.restrictions }
    /// Consents about this person, in the order of registration.
    public var consents: [Filed<Consent>] { parts.consents }
    public var relations: [Filed<Relation>] { parts.relations }
    public var discussions: [Filed<Discussion>] { parts.discussions }
    /// This person's cases, in the order of registration.
    public var cases: [CaseID] { parts.cases }
    /// Over whom this person holds, or held, an authority.
    public var holdsOver: [PersonID] { parts.holdsOver }
    /// This person's employments.
    public var employments: [EmploymentID] { parts.employments }

    func with(_ change: (inout Parts) -> Void) -> PersonFile {
        var parts = parts
        change(&parts)
        return PersonFile(parts)
    }

    public static func == (lhs: PersonFile, rhs: PersonFile) -> Bool { lhs === rhs || lhs.parts == rhs.parts }
}

/// All that belongs to one case, but for what belongs to its subject.
public final class CaseFile: FactHolder, Equatable {
    struct Parts: Sendable, Equatable {
        var caseRecord: Filed<Case>
        var grants: [Filed<Grant>] = []
        var grantRequests: [Filed<Grant>] = []
        var handovers: [Filed<Handover>] = []
        var objections: [Filed<Objection>] = []
        var meetings: [MeetingID] = []
        var consentedAbout: [PersonID] = []
    }

    let parts: Parts
    private let block: FactBlock

    /// - Parameter shelf: where its facts are laid; without one they stand alone.
    init(_ parts: Parts, on shelf: FactShelf? = nil) {
        self.parts = parts
        block = Self.facts(of: parts, on: shelf)
    }

    deinit { block.free() }

    var id: ID<Case> { parts.caseRecord.record.id }
    var facts: Ref<CaseFacts> { block.facts(as: CaseFacts.self) }

    public var caseRecord: Filed<Case> { parts.caseRecord }
    public var grants: [Filed<Grant>] { parts.grants }
    /// Grants that were asked for and not given, refused ones too: no decision looks at them.
    public var grantRequests: [Filed<Grant>] { parts.grantRequests }
    public var handovers: [Filed<Handover>] { parts.handovers }
    public var objections: [Filed<Objection>] { parts.objections }
    /// The case's meetings, in the order of registration.
    public var meetings: [MeetingID] { parts.meetings }
    /// Persons besides the subject about whom there are consents that name the case: parents, siblings.
    public var consentedAbout: [PersonID] { parts.consentedAbout }

    func with(_ change: (inout Parts) -> Void) -> CaseFile {
        var parts = parts
        change(&parts)
        return CaseFile(parts)
    }

    public static func == (lhs: CaseFile, rhs: CaseFile) -> Bool { lhs === rhs || lhs.parts == rhs.parts }
}

/// A unit, with the controllers on whose behalf somebody works there besides its own.
public final class UnitFile: FactHolder, Equatable {
    struct Parts: Sendable, Equatable {
        var unit: Filed<Unit>
        var controllerKind: ControllerKind
        var serves: [ControllerID] = []
        /// Which employments work for them, and when.
        var served: [ServedFacts] = []
        var employments: [EmploymentID] = []
    }

    let parts: Parts
    private let block: FactBlock

    /// - Parameter shelf: where its facts are laid; without one they stand alone.
    init(_ parts: Parts, on shelf: FactShelf? = nil) {
        self.parts = parts
        block = Self.facts(of: parts, on: shelf)
    }

    deinit { block.free() }

    var id: ID<Unit> { parts.unit.record.id }
    var facts: Ref<UnitFacts> { block.facts(as: UnitFacts.self) }

    public var unit: Filed<Unit> { parts.unit }
    /// What kind of body its controller is.
    public var controllerKind: ControllerKind { parts.controllerKind }
    /// Controllers other than its own for which an employment of it works: an inter-municipal unit.
    public var serves: [ControllerID] { parts.serves }
    /// The unit's employments, in the order of registration.
    public var employments: [EmploymentID] { parts.employments }

    func with(_ change: (inout Parts) -> Void) -> UnitFile {
        var parts = parts
        change(&parts)
        return UnitFile(parts)
    }

    public static func == (lhs: UnitFile, rhs: UnitFile) -> Bool { lhs === rhs || lhs.parts == rhs.parts }
}

/// A policy profile that was activated.
public struct ProfileActivation: Equatable, Sendable {
    public var name: Identifier
    /// SHA-256 over the profile, 32 bytes.
    public var hash: [UInt8]
    public var from: Instant
    public var version: Revision
}
