import PortvaktCore

extension SeededGenerator {
    mutating func record(_ kind: RecordKind) -> Record {
        switch kind {
        case .controller: .controller(Controller(id: id(), kind: word()))
        case .unit:
            .unit(
                Unit(
                    id: id(), service: code(), controller: id(), organ: optional { $0.id() },
                    namedIn: optional { $0.id() }, closedAt: optional { $0.instant() }))
        case .person:
            .person(
                Person(
                    id: id(), born: optional { CivilDate(daysSinceEpoch: Int32($0.number(-40000...40000))) },
                    protection: word(), hiddenFrom: list { $0.id() }, deceased: optional { $0.instant() },
                    circle: list { $0.id() }))
        case .relation: .relation(Relation(id: id(), a: id(), b: id(), kind: word(), declared: word()))
        case .authority:
            .authority(
                Authority(
                    id: id(), holder: party(), over: id(), kind: word(), mandate: list { $0.word() }, status: word(),
                    resident: chance(), sole: chance(), validity: validity(), document: optional { $0.identifier() }))
        case .capacity:
            .capacity(
                Capacity(
                    id: id(), person: id(), fact: word(), by: optional { $0.id() },
                    document: optional { $0.identifier() }, validity: validity()))
        case .employment:
            .employment(
                Employment(
                    id: id(), person: id(), unit: id(), role: word(), forController: optional { $0.id() },
                    validity: validity()))
        case .caseRecord:
            .caseRecord(
                Case(
                    id: id(), subject: id(), controller: id(), level: UInt8(number(0...3)), log: word(),
                    closedAt: optional { $0.instant() }, holder: optional { $0.id() }, plan: word(),
                    planKind: optional { $0.word() }, seMegSteps: list { $0.word() }, kind: word(),
                    partyByNemnd: chance(), sensitive: list { $0.code() }))
        case .handover: .handover(Handover(id: id(), caseID: id(), from: id(), to: id(), state: word()))
        case .grant:
            .grant(
                Grant(
                    id: id(), caseID: id(), to: party(), role: word(), document: word(),
                    areas: optional { $0.list { $0.code() } }, validity: validity(), grantedBy: optional { $0.party() },
                    meeting: optional { $0.id() }, measure: chance(), revokedAt: optional { $0.instant() },
                    state: word(), under: optional { $0.id() }, reason: optional { "r" + $0.text() }))
        case .consent: .consent(consent())
        case .meeting:
            .meeting(
                Meeting(
                    id: id(), type: word(), caseID: optional { $0.id() }, convenedBy: id(),
                    invited: list { $0.party() },
                    present: list { $0.id() }, familyPresent: chance(), anonymous: chance(), level: word(),
                    starts: optional { $0.instant() }, endedAt: optional { $0.instant() }))
        case .objection: .objection(Objection(id: id(), by: id(), caseID: id(), service: code()))
        case .restriction:
            .restriction(
                Restriction(id: id(), subject: id(), against: id(), kind: word(), until: optional { $0.instant() }))
        case .discussion: .discussion(Discussion(id: id(), person: id(), unit: id(), started: instant()))
        case .system:
            .system(
                System(
                    id: id(),
                    identity: chance()
                        ? .organizationNumber("123456785") : .spiffe("spiffe://example/\(number(0...9))"),
                    controllers: list { $0.id() }, permissions: list { $0.word() },
                    actions: optional { $0.list { $0.word() } }, active: chance()))
        case .anonymousDiscussion:
            .anonymousDiscussion(
                AnonymousDiscussion(
                    id: id(), meeting: id(), services: list { $0.code() }, topic: code(), ageBand: word()))
        }
    }
}
