// Compiling records into facts, one function for each kind.

extension Controller: FactRecord {
    typealias Facts = ControllerFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Controller>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(filed: filed, handle: state.controllers.named(id), kind: kind))
    }
}

extension Unit: FactRecord {
    typealias Facts = UnitFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Unit>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, handle: state.units.named(id), service: state.named(service),
                controller: state.controllers.named(controller), organ: state.units.named(organ),
                namedIn: namedIn.map { state.units.named($0) }, closedAt: closedAt))
    }
}

extension Employment: FactRecord {
    typealias Facts = EmploymentFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Employment>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, handle: state.employments.named(id), person: state.persons.named(person),
                unit: state.units.named(unit), forController: forController.map { state.controllers.named($0) },
                role: role, validity: validity))
    }
}

extension Person: FactRecord {
    typealias Facts = PersonFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Person>) -> FactBlock {
        var writer = FactWriter(
            Facts.self,
            lists: FactWriter.bytes(of: hiddenFrom.count, Handle<Person>.self)
                + FactWriter.bytes(of: circle.count, Handle<Employment>.self),
            on: state.shelf)
        let facts = Facts(
            filed: filed, handle: state.persons.named(id), born: born.map { Facts.BirthDate($0) },
            protection: protection, deceased: deceased,
            hiddenFrom: writer.list(hiddenFrom.map { state.persons.named($0) }),
            circle: writer.list(circle.map { state.employments.named($0) }))
        return writer.finish(facts)
    }
}

extension Authority: FactRecord {
    typealias Facts = AuthorityFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Authority>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, holder: state.named(holder), kind: kind, mandate: WordSet(mandate), status: status,
                resident: resident, sole: sole, hasDocument: document != nil, validity: validity))
    }
}

extension Capacity: FactRecord {
    typealias Facts = CapacityFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Capacity>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(Facts(filed: filed, fact: fact, validity: validity))
    }
}

extension Restriction: FactRecord {
    typealias Facts = RestrictionFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Restriction>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(filed: filed, against: state.persons.named(against), kind: kind, until: until))
    }
}

extension Relation: FactRecord {
    typealias Facts = RelationFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Relation>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, a: state.persons.named(a), b: state.persons.named(b), kind: kind, declared: declared))
    }
}

extension Discussion: FactRecord {
    typealias Facts = DiscussionFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Discussion>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(filed: filed, unit: state.units.named(unit), started: started))
    }
}

extension Consent: FactRecord {
    typealias Facts = ConsentFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Consent>) -> FactBlock {
        var writer = FactWriter(
            Facts.self,
            lists: FactWriter.bytes(of: services.count, Handle<ServiceKind>.self)
                + FactWriter.bytes(of: units.count, Handle<Unit>.self)
                + FactWriter.bytes(of: personsExcluded.count, Handle<Person>.self),
            on: state.shelf)
        let scope: Facts.Scope =
            switch scope {
            case .caseID(let id): .caseID(state.cases.named(id))
            case .subject(let id): .subject(state.persons.named(id))
            }
        let facts = Facts(
            filed: filed, scope: scope, givenBy: state.named(givenBy), capacity: capacity,
            about: about.map { state.persons.named($0) },
            services: ServiceSet(services.map { state.named($0) }, &writer),
            units: writer.list(units.map { state.units.named($0) }), purposes: WordSet(purposes),
            categories: categories.map { WordSet($0) }, excludesTopics: !topicsExcluded.isEmpty,
            personsExcluded: writer.list(personsExcluded.map { state.persons.named($0) }), form: form,
            evidence: evidence, informed: informed, once: once, state: self.state, validity: validity,
            registeredAt: registeredAt, withdrawnAt: withdrawnAt, spentAt: spentAt,
            meeting: meeting.map { state.meetings.named($0) })
        return writer.finish(facts)
    }
}

extension Case: FactRecord {
    typealias Facts = CaseFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Case>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, handle: state.cases.named(id), subject: state.persons.named(subject),
                controller: state.controllers.named(controller), holder: holder.map { state.employments.named($0) },
                level: level, log: log, closedAt: closedAt, plan: plan, planKind: planKind,
                seMegSteps: WordSet(seMegSteps), kind: kind, partyByNemnd: partyByNemnd,
                isSensitive: !sensitive.isEmpty))
    }
}

extension Grant: FactRecord {
    typealias Facts = GrantFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Grant>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, caseID: state.cases.named(caseID), to: state.named(to), role: role, document: document,
                namesAreas: areas != nil, validity: validity, grantedBy: grantedBy.map { state.named($0) },
                meeting: meeting.map { state.meetings.named($0) }, measure: measure, revokedAt: revokedAt))
    }
}

extension Handover: FactRecord {
    typealias Facts = HandoverFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Handover>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(
                filed: filed, from: state.employments.named(from), to: state.employments.named(to), state: self.state))
    }
}

extension Objection: FactRecord {
    typealias Facts = ObjectionFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Objection>) -> FactBlock {
        FactWriter(Facts.self, lists: 0, on: state.shelf).finish(
            Facts(filed: filed, by: state.persons.named(by), service: state.named(service)))
    }
}

extension Meeting: FactRecord {
    typealias Facts = MeetingFacts

    func compile(in state: inout StateTables, _ filed: FiledReference<Meeting>) -> FactBlock {
        var writer = FactWriter(
            Facts.self,
            lists: FactWriter.bytes(of: invited.count, PartyHandle.self)
                + FactWriter.bytes(of: present.count, Handle<Employment>.self),
            on: state.shelf)
        let facts = Facts(
            filed: filed, handle: state.meetings.named(id), type: type, caseID: caseID.map { state.cases.named($0) },
            convenedBy: state.employments.named(convenedBy), invited: writer.list(invited.map { state.named($0) }),
            present: writer.list(present.map { state.employments.named($0) }), familyPresent: familyPresent,
            anonymous: anonymous, level: level, endedAt: endedAt)
        return writer.finish(facts)
    }
}
