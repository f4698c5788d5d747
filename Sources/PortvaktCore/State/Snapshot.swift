/// The state at a revision: a fold over the changes. Immutable and persistent: a copy costs nothing, and a change copies
/// only what it touches.
public struct Snapshot: Sendable {
    private var box: Boxed<StateTables>

    /// The state before the first change.
    public static let empty = Snapshot()

    init() { box = Boxed(StateTables()) }

    /// A state that holds these tables.
    init(_ tables: StateTables) { box = Boxed(tables) }

    /// Where the tables lie while this snapshot is kept.
    var address: UnsafePointer<StateTables> { box.address }

    /// What keeps the tables, not retained.
    var unretained: Boxed<StateTables>.Unretained { box.unretained }

    var tables: StateTables {
        @inline(__always) unsafeAddress { box.address }
    }

    /// How many changes have been folded in.
    public var revision: Revision { tables.revision }
    /// Every activation of a policy profile, in the order of registration.
    public var profileActivations: [ProfileActivation] { tables.profileActivations }

    /// The state after one more change.
    /// - Throws: ``ChangeRefusal`` when the change contradicts what is known or names what is not; nothing is changed then.
    public func applying(_ change: Change) throws(ChangeRefusal) -> Snapshot {
        var next = self
        try next.apply(change)
        return next
    }

    /// Folds one more change into this state, in place: for start-up, when nobody else holds the state.
    /// - Throws: ``ChangeRefusal``; the state is as it was then.
    public mutating func apply(_ change: Change) throws(ChangeRefusal) {
        try tables.validate(change)
        box.value.foldNext(change)
    }

    /// Lays what decisions read together, each case with its persons: after a start, when nobody else holds the state.
    /// It says the same as before.
    public mutating func settle() { box.value.settle() }
}

// MARK: - Look-ups

extension Snapshot {
    public func controller(_ id: ControllerID) -> Filed<Controller>? { tables.controller(id) }
    public func unit(_ id: UnitID) -> UnitFile? { tables.unit(id) }
    /// Everything about a person.
    public func person(_ id: PersonID) -> PersonFile? { tables.person(id) }
    public func employment(_ id: EmploymentID) -> Filed<Employment>? { tables.employment(id) }
    /// Everything of a case.
    public func caseFile(_ id: CaseID) -> CaseFile? { tables.caseFile(id) }
    public func meeting(_ id: MeetingID) -> Filed<Meeting>? { tables.meeting(id) }
    public func system(_ id: SystemID) -> Filed<System>? { tables.system(id) }
    public func anonymousDiscussion(_ id: AnonymousDiscussionID) -> Filed<AnonymousDiscussion>? {
        tables.anonymousDiscussion(id)
    }
    public func grant(_ id: GrantID) -> Filed<Grant>? { tables.grant(id) }
    /// A grant that was asked for and has not been given.
    public func grantRequest(_ id: GrantID) -> Filed<Grant>? { tables.grantRequest(id) }

    /// Every grant that waits for somebody's decision, by id.
    public func allPendingGrants() -> [Filed<Grant>] { tables.allPendingGrants() }

    public func consent(_ id: ConsentID) -> Filed<Consent>? { tables.consent(id) }
    public func authority(_ id: AuthorityID) -> Filed<Authority>? { tables.authority(id) }
    public func handover(_ id: HandoverID) -> Filed<Handover>? { tables.handover(id) }
    public func objection(_ id: ObjectionID) -> Filed<Objection>? { tables.objection(id) }
    public func capacity(_ id: CapacityID) -> Filed<Capacity>? { tables.capacity(id) }
    public func restriction(_ id: RestrictionID) -> Filed<Restriction>? { tables.restriction(id) }
    public func relation(_ id: RelationID) -> Filed<Relation>? { tables.relation(id) }
    public func discussion(_ id: DiscussionID) -> Filed<Discussion>? { tables.discussion(id) }

    /// A record as it stands, with the version that registered it.
    public func filedRecord(_ kind: RecordKind, _ id: Identifier) -> Filed<Record>? { tables.filedRecord(kind, id) }

    /// The registered system that a certificate's identity maps to, active or not.
    public func system(identifiedBy identity: System.Identity) -> Filed<System>? {
        tables.system(identifiedBy: identity)
    }

    /// Whose information a consent is about, when its scope is known.
    public func subject(of consent: Consent) -> PersonID? { tables.subject(of: consent) }

    /// The policy profile in force at an instant, or `nil` before the first activation.
    public func profileActivation(at instant: Instant) -> ProfileActivation? { tables.profileActivation(at: instant) }
}

// MARK: - Lists

/// One page of a list, in the order of ids.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    /// Nothing comes after this page.
    public var isComplete: Bool
}

extension Snapshot {
    /// Every controller, by id.
    public func allControllers() -> [Filed<Controller>] { tables.allControllers() }
    /// Every unit, by id.
    public func allUnits() -> [UnitFile] { tables.allUnits() }
    /// Every system, by id.
    public func allSystems() -> [Filed<System>] { tables.allSystems() }

    public var personCount: Int { tables.persons.count }
    public var caseCount: Int { tables.cases.count }

    /// Cases whose id comes after `cursor`, at most `limit` of them.
    public func casePage(after cursor: CaseID? = nil, limit: Int) -> Page<CaseFile> {
        tables.casePage(after: cursor, limit: limit)
    }

    /// Persons whose id comes after `cursor`, at most `limit` of them.
    public func personPage(after cursor: PersonID? = nil, limit: Int) -> Page<PersonFile> {
        tables.personPage(after: cursor, limit: limit)
    }

    /// Employments whose id comes after `cursor`, at most `limit` of them.
    public func employmentPage(after cursor: EmploymentID? = nil, limit: Int) -> Page<Filed<Employment>> {
        tables.employmentPage(after: cursor, limit: limit)
    }

    /// Consents about a person, by id, after `cursor`; with `caseID` only those that name that case.
    public func consentPage(
        about person: PersonID, naming caseID: CaseID? = nil, after cursor: ConsentID? = nil, limit: Int
    ) -> Page<Filed<Consent>> {
        tables.consentPage(about: person, naming: caseID, after: cursor, limit: limit)
    }

    /// Grants on a case, by id, after `cursor`.
    public func grantPage(of caseID: CaseID, after cursor: GrantID? = nil, limit: Int) -> Page<Filed<Grant>> {
        tables.grantPage(of: caseID, after: cursor, limit: limit)
    }

    /// Ids of one kind that come after `cursor` and that `isWanted` takes, the smallest first, at most `limit`.
    public func recordIDs(
        _ kind: RecordKind, after cursor: Identifier?, limit: Int, where isWanted: (Identifier) -> Bool
    ) -> Page<Identifier> {
        tables.recordIDs(kind, after: cursor, limit: limit, where: isWanted)
    }
}
