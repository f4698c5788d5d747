internal import PortvaktCore

// Records about organisations and people. Each reads every key that it knows before it gives up, so that one reading
// reports all that is wrong.

extension RecordReader {
    func controller(_ mapping: MappingReader) -> Controller? {
        let id: ControllerID? = mapping.required("id")?.id()
        let kind: ControllerKind = mapping.optional("kind")?.word() ?? .kommune
        return id.map { Controller(id: $0, kind: kind) }
    }

    func unit(_ mapping: MappingReader) -> Unit? {
        let id: UnitID? = mapping.required("id")?.id()
        let service: Service? = mapping.required("service")?.code()
        let controller = references.controller(mapping.required("controller"))
        // An organ is a name that units share; a unit of that name is not needed.
        let organ: UnitID? = mapping.optional("organ")?.id()
        let namedIn = references.unit(mapping.optional("named_in"))
        let closedAt = mapping.optional("closed_at")?.instant()
        guard let id, let service, let controller else { return nil }
        return Unit(
            id: id, service: service, controller: controller, organ: organ, namedIn: namedIn, closedAt: closedAt)
    }

    func person(_ mapping: MappingReader) -> Person? {
        let id: PersonID? = mapping.required("id")?.id()
        let born = mapping.optional("born")?.date()
        let protection: Protection = mapping.optional("protection")?.word() ?? .none
        let hiddenFrom = list(mapping.optional("hidden_from")) { references.person($0) }
        let deceased = mapping.optional("deceased")?.instant()
        let circle = list(mapping.optional("circle")) { references.employment($0) }
        return id.map {
            Person(
                id: $0, born: born, protection: protection, hiddenFrom: hiddenFrom, deceased: deceased, circle: circle)
        }
    }

    func relation(_ mapping: MappingReader) -> Relation? {
        let id: RelationID? = id(mapping, or: "relation")
        let a = references.person(mapping.required("a"))
        let b = references.person(mapping.required("b"))
        let kind: RelationKind? = mapping.required("kind")?.word()
        let declared: Declared = mapping.optional("declared")?.word() ?? .known
        guard let id, let a, let b, let kind else { return nil }
        return Relation(id: id, a: a, b: b, kind: kind, declared: declared)
    }

    func authority(_ mapping: MappingReader) -> Authority? {
        let id: AuthorityID? = mapping.required("id")?.id()
        let holder = references.party(mapping.required("holder"), among: [.person, .unit])
        let over = references.person(mapping.required("over"))
        let kind: AuthorityKind = mapping.optional("kind")?.word() ?? .foreldreansvar
        let mandate: [Mandate] = list(mapping.optional("mandate")) { $0.word() }
        let status: AuthorityStatus = mapping.optional("status")?.word() ?? .known
        let resident = mapping.bool("resident")
        let sole = mapping.bool("sole")
        let validity = validity(mapping)
        let document = mapping.optional("document")?.identifier()
        guard let id, let holder, let over else { return nil }
        return Authority(
            id: id, holder: holder, over: over, kind: kind, mandate: mandate, status: status, resident: resident,
            sole: sole, validity: validity, document: document)
    }

    func capacity(_ mapping: MappingReader) -> Capacity? {
        let id: CapacityID? = id(mapping, or: "capacity")
        let person = references.person(mapping.required("person"))
        let fact: CapacityFact? = mapping.required("fact")?.word()
        let by = references.employment(mapping.optional("by"))
        let document = mapping.optional("document")?.identifier()
        let validity = validity(mapping)
        guard let id, let person, let fact else { return nil }
        return Capacity(id: id, person: person, fact: fact, by: by, document: document, validity: validity)
    }

    func employment(_ mapping: MappingReader) -> Employment? {
        let id: EmploymentID? = mapping.required("id")?.id()
        let stated = mapping.optional("person")
        let person = stated == nil ? id.map { PersonID($0.identifier) } : references.person(stated)
        let unit = references.unit(mapping.required("unit"))
        let role: EmploymentRole = mapping.optional("role")?.word() ?? .medarbeider
        let forController = references.controller(mapping.optional("for_controller"))
        let validity = validity(mapping)
        guard let id, let person, let unit else { return nil }
        return Employment(
            id: id, person: person, unit: unit, role: role, forController: forController, validity: validity)
    }

    func restriction(_ mapping: MappingReader) -> Restriction? {
        let id: RestrictionID? = id(mapping, or: "restriction")
        let subject = references.person(mapping.required("subject"))
        let against = references.person(mapping.required("against"))
        let kind: RestrictionKind? = mapping.required("kind")?.word()
        let until = mapping.optional("until")?.instant()
        guard let id, let subject, let against, let kind else { return nil }
        return Restriction(id: id, subject: subject, against: against, kind: kind, until: until)
    }

    func discussion(_ mapping: MappingReader) -> Discussion? {
        let id: DiscussionID? = mapping.required("id")?.id()
        let person = references.person(mapping.required("person"))
        let unit = references.unit(mapping.required("unit"))
        let started = mapping.required("started")?.instant()
        guard let id, let person, let unit, let started else { return nil }
        return Discussion(id: id, person: person, unit: unit, started: started)
    }

    func system(_ mapping: MappingReader) -> System? {
        let id: SystemID? = mapping.required("id")?.id()
        let identity = mapping.required("identity").flatMap { value -> System.Identity? in
            guard let text = value.text() else { return nil }
            if let identity = System.Identity(text) { return identity }
            value.fail("expected NTRNO- and nine digits, or a spiffe:// URI")
            return nil
        }
        let controllers = list(mapping.optional("controllers")) { references.controller($0) }
        let permissions: [Permission] = list(mapping.optional("permissions")) { $0.word() }
        let actions: [Action]? = mapping.optional("actions")?.list { $0.word() }
        let active = mapping.bool("active", default: true)
        guard let id, let identity else { return nil }
        return System(
            id: id, identity: identity, controllers: controllers, permissions: permissions, actions: actions,
            active: active)
    }
}
