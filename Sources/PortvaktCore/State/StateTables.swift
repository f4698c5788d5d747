internal import HashTreeCollections

/// What is known at a revision, in persistent tables: what a ``Snapshot`` holds.
struct StateTables: Sendable {
    /// How many changes have been folded in.
    var revision = Revision.zero

    var controllers = Table<Controller, Filed<Controller>>()
    var units = Table<Unit, UnitFile>()
    var persons = Table<Person, PersonFile>()
    var employments = Table<Employment, Filed<Employment>>()
    var cases = Table<Case, CaseFile>()
    var meetings = Table<Meeting, Filed<Meeting>>()
    /// Every service that a record names.
    var services = HandleTree<ServiceKind>()
    /// Systems are few and seldom change: a plain dictionary.
    var systems: [SystemID: Filed<System>] = [:]
    var systemsByIdentity: [System.Identity: SystemID] = [:]
    var anonymousDiscussions = TreeDictionary<AnonymousDiscussionID, Filed<AnonymousDiscussion>>()
    /// Where a record stands that has no table of its own.
    var caseOfGrant = HomeIndex<Grant, Case>()
    /// Grants that wait for somebody's decision.
    var pendingGrants = HomeIndex<Grant, Case>()
    var caseOfHandover = HomeIndex<Handover, Case>()
    var caseOfObjection = HomeIndex<Objection, Case>()
    var personOfConsent = HomeIndex<Consent, Person>()
    var personOfAuthority = HomeIndex<Authority, Person>()
    var personOfCapacity = HomeIndex<Capacity, Person>()
    var personOfRestriction = HomeIndex<Restriction, Person>()
    var personOfDiscussion = HomeIndex<Discussion, Person>()
    /// The first of a relation's two persons.
    var personOfRelation = HomeIndex<Relation, Person>()
    /// Every activation of a policy profile, in the order of registration.
    var profileActivations: [ProfileActivation] = []

    /// Where facts are laid while a state is settled; `nil` otherwise.
    var shelf: FactShelf?

    /// Folds a validated change in.
    mutating func foldNext(_ change: Change) {
        revision = Revision(revision.number + 1)
        fold(change)
    }
}

// MARK: - Handles

extension StateTables {
    /// The handle of a service; it is given one when it has none.
    mutating func named(_ service: Service) -> Handle<ServiceKind> {
        if let handle = services[service.identifier] { return handle }
        let handle = Handle<ServiceKind>(Int32(clamping: services.count))
        services[service.identifier] = handle
        return handle
    }

    mutating func named(_ party: Party) -> PartyHandle {
        switch party {
        case .person(let id): .person(persons.named(id))
        case .unit(let id): .unit(units.named(id))
        case .employment(let id): .employment(employments.named(id))
        }
    }

    /// The handle of whoever a question names; ``Handle/unknown`` when no record names them.
    func handle(of person: PersonID) -> Handle<Person> { persons.handle(of: person) ?? .unknown }
    func handle(of unit: UnitID) -> Handle<Unit> { units.handle(of: unit) ?? .unknown }
    func handle(of service: Service) -> Handle<ServiceKind> { services[service.identifier] ?? .unknown }

    func handle(of party: Party) -> PartyHandle {
        switch party {
        case .person(let id): .person(handle(of: id))
        case .unit(let id): .unit(handle(of: id))
        case .employment(let id): .employment(employments.handle(of: id) ?? .unknown)
        }
    }
}

// MARK: - Look-ups

extension StateTables {
    func controller(_ id: ControllerID) -> Filed<Controller>? { controllers[id] }
    func unit(_ id: UnitID) -> UnitFile? { units[id] }
    /// Everything about a person.
    func person(_ id: PersonID) -> PersonFile? { persons[id] }
    func employment(_ id: EmploymentID) -> Filed<Employment>? { employments[id] }
    /// Everything of a case.
    func caseFile(_ id: CaseID) -> CaseFile? { cases[id] }
    func meeting(_ id: MeetingID) -> Filed<Meeting>? { meetings[id] }
    func system(_ id: SystemID) -> Filed<System>? { systems[id] }
    func anonymousDiscussion(_ id: AnonymousDiscussionID) -> Filed<AnonymousDiscussion>? {
        anonymousDiscussions[id]
    }

    func grant(_ id: GrantID) -> Filed<Grant>? {
        guard let caseID = caseOfGrant[id] else { return nil }
        return cases[caseID]?.grants.first { $0.record.id == id }
    }

    /// A grant that was asked for and has not been given.
    func grantRequest(_ id: GrantID) -> Filed<Grant>? {
        guard let caseID = caseOfGrant[id] else { return nil }
        return cases[caseID]?.grantRequests.first { $0.record.id == id }
    }

    /// Every grant that waits for somebody's decision, by id.
    func allPendingGrants() -> [Filed<Grant>] { pendingGrants.keys.ordered().compactMap { grantRequest(ID($0)) } }

    func consent(_ id: ConsentID) -> Filed<Consent>? {
        guard let person = personOfConsent[id] else { return nil }
        return persons[person]?.consents.first { $0.record.id == id }
    }

    func authority(_ id: AuthorityID) -> Filed<Authority>? {
        guard let person = personOfAuthority[id] else { return nil }
        return persons[person]?.authorities.first { $0.record.id == id }
    }

    /// The registered system that a certificate's identity maps to, active or not.
    func system(identifiedBy identity: System.Identity) -> Filed<System>? {
        systemsByIdentity[identity].flatMap { systems[$0] }
    }

    /// Whose information a consent is about, when its scope is known.
    func subject(of consent: Consent) -> PersonID? {
        if let about = consent.about { return about }
        switch consent.scope {
        case .subject(let person): return person
        case .caseID(let id): return cases[id]?.caseRecord.record.subject
        }
    }

    /// The policy profile in force at an instant, or `nil` before the first activation.
    func profileActivation(at instant: Instant) -> ProfileActivation? {
        profileActivations.filter { $0.from <= instant }.max {
            $0.from < $1.from || ($0.from == $1.from && $0.version < $1.version)
        }
    }

    /// The first instant after another at which a profile with another hash is in force, if nothing is registered.
    func nextProfile(than hash: [UInt8], after instant: Instant) -> Instant {
        var next = Instant.distantFuture
        for activation in profileActivations
        where activation.from > instant && activation.from < next
            && profileActivation(at: activation.from)?.hash != hash
        {
            next = activation.from
        }
        return next
    }
}

// MARK: - Lists

extension StateTables {
    /// Every controller, by id.
    func allControllers() -> [Filed<Controller>] { controllers.values.ordered { $0.record.id < $1.record.id } }
    /// Every unit, by id.
    func allUnits() -> [UnitFile] { units.values.ordered { $0.unit.record.id < $1.unit.record.id } }
    /// Every system, by id.
    func allSystems() -> [Filed<System>] { systems.values.ordered { $0.record.id < $1.record.id } }

    var personCount: Int { persons.count }
    var caseCount: Int { cases.count }

    /// Cases whose id comes after `cursor`, at most `limit` of them.
    func casePage(after cursor: CaseID? = nil, limit: Int) -> Page<CaseFile> {
        let (ids, complete) = Self.page(cases.keys, after: cursor, limit: limit)
        return Page(items: ids.compactMap { cases[$0] }, isComplete: complete)
    }

    /// Persons whose id comes after `cursor`, at most `limit` of them.
    func personPage(after cursor: PersonID? = nil, limit: Int) -> Page<PersonFile> {
        let (ids, complete) = Self.page(persons.keys, after: cursor, limit: limit)
        return Page(items: ids.compactMap { persons[$0] }, isComplete: complete)
    }

    /// Employments whose id comes after `cursor`, at most `limit` of them.
    func employmentPage(after cursor: EmploymentID? = nil, limit: Int) -> Page<Filed<Employment>> {
        let (ids, complete) = Self.page(employments.keys, after: cursor, limit: limit)
        return Page(items: ids.compactMap { employments[$0] }, isComplete: complete)
    }

    /// Consents about a person, by id, after `cursor`; with `caseID` only those that name that case.
    func consentPage(
        about person: PersonID, naming caseID: CaseID? = nil, after cursor: ConsentID? = nil, limit: Int
    ) -> Page<Filed<Consent>> {
        var found = (persons[person]?.consents ?? []).filter { consent in
            cursor.map { consent.record.id > $0 } ?? true
        }
        if let caseID { found = found.filter { $0.record.scope == .caseID(caseID) } }
        found = found.ordered { $0.record.id < $1.record.id }
        return Page(items: Array(found.prefix(limit)), isComplete: found.count <= limit)
    }

    /// Grants on a case, by id, after `cursor`.
    func grantPage(of caseID: CaseID, after cursor: GrantID? = nil, limit: Int) -> Page<Filed<Grant>> {
        var found = (cases[caseID]?.grants ?? []).filter { grant in
            cursor.map { grant.record.id > $0 } ?? true
        }
        found = found.ordered { $0.record.id < $1.record.id }
        return Page(items: Array(found.prefix(limit)), isComplete: found.count <= limit)
    }

    private static func page<Key: Comparable>(
        _ keys: some Sequence<Key>, after cursor: Key?, limit: Int
    ) -> (keys: [Key], complete: Bool) {
        let later = keys.filter { key in cursor.map { key > $0 } ?? true }.ordered()
        return (Array(later.prefix(limit)), later.count <= limit)
    }
}
