import PortvaktCore
import PortvaktWire

extension RandomModel {
    mutating func date() -> CivilDate { CivilDate(daysSinceEpoch: .random(in: -20_000...30_000, using: &random)) }

    mutating func number() -> UInt64 { .random(in: 0...UInt64.max, using: &random) }

    mutating func grant() -> Grant {
        Grant(
            id: id(), caseID: id(), to: party(), role: word(), document: word(),
            areas: perhaps { $0.list { $0.code() } }, validity: validity(), grantedBy: perhaps { $0.party() },
            meeting: perhaps { $0.id() }, measure: flag(), revokedAt: perhaps { $0.instant() })
    }

    mutating func system() -> System {
        System(
            id: id(),
            identity: flag() ? .organizationNumber("974760673") : .spiffe("spiffe://example.no/" + text(1...20)),
            controllers: list { $0.id() }, permissions: list { $0.word() }, actions: perhaps { $0.list { $0.word() } },
            active: flag())
    }

    mutating func meeting() -> Meeting {
        Meeting(
            id: id(), type: word(), caseID: perhaps { $0.id() }, convenedBy: id(), invited: list { $0.party() },
            present: list { $0.id() }, familyPresent: flag(), anonymous: flag(), level: word(),
            starts: perhaps { $0.instant() }, endedAt: perhaps { $0.instant() })
    }

    mutating func caseRecord() -> Case {
        Case(
            id: id(), subject: id(), controller: id(), level: .random(in: 0...3, using: &random), log: word(),
            closedAt: perhaps { $0.instant() }, holder: perhaps { $0.id() }, plan: word(),
            planKind: perhaps { $0.word() }, seMegSteps: list { $0.word() }, kind: word(), partyByNemnd: flag(),
            sensitive: list { $0.code() })
    }

    mutating func authority() -> Authority {
        Authority(
            id: id(), holder: party(), over: id(), kind: word(), mandate: list { $0.word() }, status: word(),
            resident: flag(), sole: flag(), validity: validity(), document: perhaps { $0.identifier() })
    }

    mutating func record(of kind: RecordKind) -> Record {
        switch kind {
        case .controller: .controller(Controller(id: id(), kind: word()))
        case .unit:
            .unit(
                Unit(
                    id: id(), service: code(), controller: id(), organ: perhaps { $0.id() },
                    namedIn: perhaps { $0.id() }, closedAt: perhaps { $0.instant() }))
        case .person:
            .person(
                Person(
                    id: id(), born: perhaps { $0.date() }, protection: word(), hiddenFrom: list { $0.id() },
                    deceased: perhaps { $0.instant() }, circle: list { $0.id() }))
        case .relation: .relation(Relation(id: id(), a: id(), b: id(), kind: word(), declared: word()))
        case .authority: .authority(authority())
        case .capacity:
            .capacity(
                Capacity(
                    id: id(), person: id(), fact: word(), by: perhaps { $0.id() },
                    document: perhaps { $0.identifier() }, validity: validity()))
        case .employment:
            .employment(
                Employment(
                    id: id(), person: id(), unit: id(), role: word(), forController: perhaps { $0.id() },
                    validity: validity()))
        case .caseRecord: .caseRecord(caseRecord())
        case .handover: .handover(Handover(id: id(), caseID: id(), from: id(), to: id(), state: word()))
        case .grant: .grant(grant())
        case .consent: .consent(consent())
        case .meeting: .meeting(meeting())
        case .objection: .objection(Objection(id: id(), by: id(), caseID: id(), service: code()))
        case .restriction:
            .restriction(
                Restriction(id: id(), subject: id(), against: id(), kind: word(), until: perhaps { $0.instant() }))
        case .discussion: .discussion(Discussion(id: id(), person: id(), unit: id(), started: instant()))
        case .system: .system(system())
        case .anonymousDiscussion:
            .anonymousDiscussion(
                AnonymousDiscussion(
                    id: id(), meeting: id(), services: list { $0.code() }, topic: code(), ageBand: word()))
        }
    }

    /// Any record but a system.
    mutating func anyRecord() -> Record {
        let kind: RecordKind = word()
        return record(of: kind == .system ? .person : kind)
    }

    mutating func event() -> Event {
        switch Int.random(in: 0...7, using: &random) {
        case 0: .registered(record(of: word()))
        case 1: .consentWithdrawn(id(), at: instant())
        case 2: .consentRevoked(id(), at: instant())
        case 3: .consentInvalidated(id())
        case 4: .consentSpent(id(), at: instant())
        case 5: .grantRevoked(id(), at: instant())
        case 6: .systemDisabled(id())
        default: .profileActivated(name: identifier(), hash: hash(), from: instant())
        }
    }

    mutating func header() -> ChangeHeader {
        ChangeHeader(requestID: perhaps { $0.identifier() }, controller: id(), actor: perhaps { $0.actor() })
    }

    mutating func receipt() -> ChangeReceipt { ChangeReceipt(entry: entry(), revision: Revision(number())) }

    mutating func page() -> PortvaktWire.Page {
        let cursor = hash()
        let complete = flag()
        return PortvaktWire.Page(nextCursor: complete ? [] : cursor, complete: complete, revision: Revision(number()))
    }

    mutating func pageRequest() -> PageRequest {
        PageRequest(size: .random(in: 1...WireLimits.pageItems, using: &random), cursor: perhaps { $0.hash() } ?? [])
    }

    mutating func auditEntry() -> AuditEntry {
        let body: AuditEntry.Body =
            switch Int.random(in: 0...3, using: &random) {
            case 0: .decision(RecordedDecision(question(), decision: decision(), policyHash: hash()))
            case 1: .change(RecordedChange(event(), actor: perhaps { $0.actor() }, controller: id()))
            case 2:
                .erasedDecision(
                    ErasedDecision(
                        effect: .deny, reasons: reasons(of: .deny), action: word(), purpose: word(), policyHash: hash())
                )
            default: .erasedChange(ErasedChange(controller: id()))
            }
        return AuditEntry(
            entry: entry(), time: instant(), system: id(), revision: Revision(number()),
            requestID: perhaps { $0.identifier() }, body: body)
    }

    mutating func profile() -> ProfileReference { ProfileReference(name: identifier(), hash: hash()) }
}
