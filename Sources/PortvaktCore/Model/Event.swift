/// What a registration states: one of the model's records.
public enum Record: Equatable, Sendable {
    case controller(Controller)
    case unit(Unit)
    case person(Person)
    case relation(Relation)
    case authority(Authority)
    case capacity(Capacity)
    case employment(Employment)
    case caseRecord(Case)
    case handover(Handover)
    case grant(Grant)
    case consent(Consent)
    case meeting(Meeting)
    case objection(Objection)
    case restriction(Restriction)
    case discussion(Discussion)
    case system(System)
    case anonymousDiscussion(AnonymousDiscussion)

    public var kind: RecordKind {
        switch self {
        case .controller: .controller
        case .unit: .unit
        case .person: .person
        case .relation: .relation
        case .authority: .authority
        case .capacity: .capacity
        case .employment: .employment
        case .caseRecord: .caseRecord
        case .handover: .handover
        case .grant: .grant
        case .consent: .consent
        case .meeting: .meeting
        case .objection: .objection
        case .restriction: .restriction
        case .discussion: .discussion
        case .system: .system
        case .anonymousDiscussion: .anonymousDiscussion
        }
    }

    /// The record's id, whatever its kind.
    public var identifier: Identifier {
        switch self {
        case .controller(let record): record.id.identifier
        case .unit(let record): record.id.identifier
        case .person(let record): record.id.identifier
        case .relation(let record): record.id.identifier
        case .authority(let record): record.id.identifier
        case .capacity(let record): record.id.identifier
        case .employment(let record): record.id.identifier
        case .caseRecord(let record): record.id.identifier
        case .handover(let record): record.id.identifier
        case .grant(let record): record.id.identifier
        case .consent(let record): record.id.identifier
        case .meeting(let record): record.id.identifier
        case .objection(let record): record.id.identifier
        case .restriction(let record): record.id.identifier
        case .discussion(let record): record.id.identifier
        case .system(let record): record.id.identifier
        case .anonymousDiscussion(let record): record.id.identifier
        }
    }
}

/// The kinds of record.
public enum RecordKind: UInt8, Vocabulary {
    case controller = 1, unit, person, relation, authority, capacity, employment, caseRecord, handover, grant, consent
    case meeting, objection, restriction, discussion, system
    case anonymousDiscussion

    public var word: String {
        switch self {
        case .caseRecord: "case"
        case .anonymousDiscussion: "anonymous_discussion"
        default: "\(self)"
        }
    }
}

/// A change: what happened. State is a fold over these.
public enum Event: Equatable, Sendable {
    /// A record was registered, or a later version of the record with the same id.
    case registered(Record)
    /// The giver took a consent back, from this instant.
    case consentWithdrawn(ConsentID, at: Instant)
    /// An authority ended a consent, from this instant.
    case consentRevoked(ConsentID, at: Instant)
    /// A consent turned out never to have been valid.
    case consentInvalidated(ConsentID)
    /// A one-time consent was used.
    case consentSpent(ConsentID, at: Instant)
    /// A grant ends at this instant.
    case grantRevoked(GrantID, at: Instant)
    /// A system may no longer ask.
    case systemDisabled(SystemID)
    /// A policy profile takes effect, for a stated reason. The hash is SHA-256 over the file, 32 bytes.
    case profileActivated(name: Identifier, hash: [UInt8], from: Instant, reason: String? = nil)
}

/// An event with who registered it, through which system, for which controller, and when.
public struct Change: Equatable, Sendable {
    public var event: Event
    /// When it was registered.
    public var registeredAt: Instant
    /// The calling system.
    public var system: SystemID
    /// The acting person's employment or own id, as the system states it.
    public var actor: Actor?
    /// The controller on whose behalf it was registered.
    public var controller: ControllerID
    /// The caller's own id of the request: a retry with the same one changes nothing.
    public var requestID: Identifier?

    public init(
        event: Event, registeredAt: Instant, system: SystemID, actor: Actor? = nil, controller: ControllerID,
        requestID: Identifier? = nil
    ) {
        self.event = event
        self.registeredAt = registeredAt
        self.system = system
        self.actor = actor
        self.controller = controller
        self.requestID = requestID
    }
}

/// How many changes have been folded into a state: the state's version.
public struct Revision: Hashable, Sendable, Comparable {
    public var number: UInt64

    public init(_ number: UInt64) { self.number = number }

    /// The empty state.
    public static let zero = Revision(0)

    public static func < (lhs: Revision, rhs: Revision) -> Bool { lhs.number < rhs.number }
}
