// What a decision reads of each record: see FactMemory.swift. A field is called as the record's is.

/// A record that decisions read: it is compiled into facts when it is filed.
protocol FactRecord: Sendable {
    associatedtype Kind = Self
    associatedtype Facts: BitwiseCopyable & Sendable
    var id: ID<Kind> { get }
    /// Writes the record's facts; what it names is given handles.
    func compile(in state: inout StateTables, _ filed: FiledReference<Self>) -> FactBlock
}

// MARK: - Who is there

struct ControllerFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Controller>
    var handle: Handle<Controller>
    var kind: ControllerKind
}

struct UnitFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Unit>
    var handle: Handle<Unit>
    var service: Handle<ServiceKind>
    var controller: Handle<Controller>
    var organ: Handle<Unit>
    var namedIn: Handle<Unit>?
    var closedAt: Instant?
    /// What its file adds.
    var controllerKind = ControllerKind.privat
    var serves = FactList<ServedFacts>.empty
}

/// For whom else than the unit's own controller an employment of the unit works, and when.
struct ServedFacts: BitwiseCopyable, Sendable, Equatable {
    var employment: Handle<Employment>
    var controller: Handle<Controller>
    var validity: Validity
}

struct EmploymentFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Employment>
    var handle: Handle<Employment>
    var person: Handle<Person>
    var unit: Handle<Unit>
    var forController: Handle<Controller>?
    var role: EmploymentRole
    var validity: Validity
}

// MARK: - A person

struct PersonFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Person>
    var handle: Handle<Person>
    var born: BirthDate?
    var protection: Protection
    var deceased: Instant?
    var hiddenFrom: FactList<Handle<Person>>
    var circle: FactList<Handle<Employment>>
    // What their file adds.
    var authorities = FactRefs<AuthorityFacts>.empty
    var capacities = FactRefs<CapacityFacts>.empty
    var restrictions = FactRefs<RestrictionFacts>.empty
    var consents = FactRefs<ConsentFacts>.empty
    var relations = FactRefs<RelationFacts>.empty
    var discussions = FactRefs<DiscussionFacts>.empty
    var cases = FactList<Handle<Case>>.empty

    /// A birth date with its parts at hand: an age is asked for several times in a decision.
    struct BirthDate: BitwiseCopyable, Sendable {
        var date: CivilDate
        var year: Int16
        var month: Int8
        var day: Int8

        init(_ date: CivilDate) {
            let (year, month, day) = date.components
            self.date = date
            self.year = Int16(clamping: year)
            self.month = Int8(clamping: month)
            self.day = Int8(clamping: day)
        }
    }
}

struct AuthorityFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Authority>
    var holder: PartyHandle
    var kind: AuthorityKind
    var mandate: WordSet<Mandate>
    var status: AuthorityStatus
    var resident: Bool
    var sole: Bool
    var hasDocument: Bool
    var validity: Validity
}

struct CapacityFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Capacity>
    var fact: CapacityFact
    var validity: Validity
}

struct RestrictionFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Restriction>
    var against: Handle<Person>
    var kind: RestrictionKind
    var until: Instant?
}

struct RelationFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Relation>
    var a: Handle<Person>
    var b: Handle<Person>
    var kind: RelationKind
    var declared: Declared
}

struct DiscussionFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Discussion>
    var unit: Handle<Unit>
    var started: Instant
}

struct ConsentFacts: BitwiseCopyable, Sendable {
    /// Who it is about and which case it names.
    enum Scope: BitwiseCopyable, Sendable {
        case caseID(Handle<Case>)
        case subject(Handle<Person>)
    }

    var filed: FiledReference<Consent>
    var scope: Scope
    var givenBy: PartyHandle
    var capacity: ConsentCapacity
    var about: Handle<Person>?
    var services: ServiceSet
    var units: FactList<Handle<Unit>>
    var purposes: WordSet<Purpose>
    var categories: WordSet<Category>?
    /// Topics are words of the municipality's own list: they are compared as texts, where a consent excludes any.
    var excludesTopics: Bool
    var personsExcluded: FactList<Handle<Person>>
    var form: ConsentForm
    var evidence: Bool
    var informed: Bool
    var once: Bool
    var state: ConsentState
    var validity: Validity
    var registeredAt: Instant
    var withdrawnAt: Instant?
    var spentAt: Instant?
    var meeting: Handle<Meeting>?
}

// MARK: - A case

struct CaseFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Case>
    var handle: Handle<Case>
    var subject: Handle<Person>
    var controller: Handle<Controller>
    var holder: Handle<Employment>?
    var level: UInt8
    var log: LogState
    var closedAt: Instant?
    var plan: PlanState
    var planKind: PlanKind?
    var seMegSteps: WordSet<SeMegStep>
    var kind: CaseKind
    var partyByNemnd: Bool
    /// Some service's participation is itself secret.
    var isSensitive: Bool
    // What its file adds.
    var grants = FactRefs<GrantFacts>.empty
    var handovers = FactRefs<HandoverFacts>.empty
    var objections = FactRefs<ObjectionFacts>.empty
}

struct GrantFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Grant>
    var caseID: Handle<Case>
    var to: PartyHandle
    var role: GrantRole
    var document: GrantDocument
    /// Areas are words of a plan: compared as texts, where a grant names any.
    var namesAreas: Bool
    var validity: Validity
    var grantedBy: PartyHandle?
    var meeting: Handle<Meeting>?
    var measure: Bool
    var revokedAt: Instant?

    /// Whether it opens an area of the plan.
    func opens(_ area: Area) -> Bool { !namesAreas || filed.read { $0.areas?.contains(area) ?? true } }
}

struct HandoverFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Handover>
    var from: Handle<Employment>
    var to: Handle<Employment>
    var state: HandoverState
}

struct ObjectionFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Objection>
    var by: Handle<Person>
    var service: Handle<ServiceKind>
}

struct MeetingFacts: BitwiseCopyable, Sendable {
    var filed: FiledReference<Meeting>
    var handle: Handle<Meeting>
    var type: MeetingType
    var caseID: Handle<Case>?
    var convenedBy: Handle<Employment>
    var invited: FactList<PartyHandle>
    var present: FactList<Handle<Employment>>
    var familyPresent: Bool
    var anonymous: Bool
    var level: MeetingLevel
    var endedAt: Instant?
}
