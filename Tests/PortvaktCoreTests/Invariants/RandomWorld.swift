import PortvaktCore

/// SplitMix64: a seed gives the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }
    mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

/// A small, unlikely municipality: few ids, many facts, so that rare combinations meet.
struct RandomWorld {
    var world = TestWorld()
    var random: SplitMix
    static let persons = ["barn", "ungdom", "voksen", "mor", "far", "tante"]
    static let employments = [
        "larer", "larer-2", "rektor", "ppt", "barnevern", "sykepleier", "forvalter", "arkivar", "ombud", "larer-b",
        "styrer",
    ]
    static let units = ["skole-1", "ppt-1", "barnevern-1", "helsestasjon-1", "forvaltning-1", "skole-b", "barnehage-p"]
    static let services = ["skole", "ppt", "barnevern", "helsestasjon", "forvaltning", "barnehage"]
    static let cases = ["sak", "sak-ungdom", "sak-voksen"]

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        world.person(
            "ungdom", born: random.pick(["2010-11-21", "2010-11-22", "2011-05-05", "2008-11-22", "2009-06-07"]))
        world.person("voksen", born: random.pick(["1984-05-30", "2004-01-01", "2008-11-21"]))
        world.person("tante", born: "1980-01-01")
        for (caseID, subject) in [("sak-ungdom", "ungdom"), ("sak-voksen", "voksen")] {
            world.register(
                .caseRecord(
                    Case(
                        id: id(caseID), subject: id(subject), controller: id("kommune-a"), level: 2, holder: id("larer")
                    )))
        }
        for number in 0..<Int(8 + random.next() % 24) { add(number) }
    }

    private mutating func moment() -> Instant {
        world.now.advanced(byMilliseconds: random.pick([-400, -40, -2, -1, 0, 1, 2, 40, 400]) * 86_400_000)
    }

    private mutating func validity() -> Validity {
        guard random.chance(40) else { return .always }
        let (a, b) = (moment(), moment())
        return a < b ? Validity(from: a, until: b) : .always
    }

    private mutating func party() -> Party {
        switch random.next() % 4 {
        case 0: .person(id(random.pick(Self.persons)))
        case 1: .unit(id(random.pick(Self.units)))
        default: .employment(id(random.pick(Self.employments)))
        }
    }

    /// Registers something; what contradicts the rest is refused and left out.
    private mutating func add(_ number: Int) {
        let record: Record
        switch random.next() % 10 {
        case 0: record = .authority(authority(number))
        case 1, 2, 3: record = .consent(consent(number))
        case 4, 5: record = .grant(grant(number))
        case 6: record = .meeting(meeting(number))
        case 7: record = caseRecord()
        case 8: record = rarity(number)
        default:
            record = .relation(
                Relation(
                    id: id("rel-\(number)"), a: id(random.pick(Self.persons + Self.employments)),
                    b: id(random.pick(Self.persons)),
                    kind: random.pick(RelationKind.allCases), declared: random.pick(Declared.allCases)))
        }
        try? world.state.apply(world.change(.registered(record)))
    }

    private mutating func authority(_ number: Int) -> Authority {
        let kind = random.pick([AuthorityKind.foreldreansvar, .foreldreansvar, .omsorg, .verge, .representant])
        return Authority(
            id: id("aut-\(number)"),
            holder: kind == .omsorg ? .unit(id("barnevern-1")) : .person(id(random.pick(Self.persons))),
            over: id(random.pick(["barn", "ungdom", "voksen"])), kind: kind,
            mandate: kind == .verge ? [.personlige_forhold] : [],
            status: random.pick([.known, .known, .known, .unknown, .pending]), resident: random.chance(50),
            validity: validity(),
            document: random.chance(70) ? try? Identifier("vedtak") : nil)
    }

    private mutating func consent(_ number: Int) -> Consent {
        let giver: Party = random.chance(10) ? .unit(id("barnevern-1")) : .person(id(random.pick(Self.persons)))
        return Consent(
            id: id("con-\(number)"), scope: .caseID(id(random.pick(Self.cases))), givenBy: giver,
            capacity: random.pick([.`self`, .foreldreansvar, .foreldreansvar, .omsorg, .verge]),
            services: Self.services.filter { _ in random.chance(60) }.map { code($0) },
            units: random.chance(30) ? [id(random.pick(Self.units))] : [id("skole-1")],
            purposes: random.chance(60)
                ? [.samordning] : [random.pick(Purpose.allCases.filter { $0 != .egen_sak }), .samordning],
            categories: random.chance(20) ? [random.pick(Category.allCases)] : nil,
            personsExcluded: random.chance(15) ? [id(random.pick(Self.persons))] : [],
            form: random.pick(ConsentForm.allCases),
            informed: random.chance(95), validity: validity(), once: random.chance(10),
            state: random.pick([.given, .given, .given, .given, .requested, .refused]),
            withdrawnAt: random.chance(15) ? moment() : nil)
    }

    private mutating func grant(_ number: Int) -> Grant {
        let to = party()
        var role = random.pick([GrantRole.deltaker, .deltaker, .koordinator, .parorende, .fosterforelder])
        if case .person = to, random.chance(30) { role = .fullmektig }
        return Grant(
            id: id("grant-\(number)"), caseID: id(random.pick(Self.cases)), to: to, role: role,
            document: random.pick(GrantDocument.allCases), validity: validity(),
            grantedBy: role == .fullmektig ? .person(id(random.pick(Self.persons))) : party())
    }

    private mutating func meeting(_ number: Int) -> Meeting {
        let isNameless = random.chance(20)
        return Meeting(
            id: id("mote-\(number % 3)"), type: random.pick(MeetingType.allCases),
            caseID: isNameless ? nil : id(random.pick(Self.cases)), convenedBy: id(random.pick(Self.employments)),
            invited: [party(), party(), .unit(id("ppt-1"))], present: [id("larer"), id("rektor")],
            familyPresent: random.chance(60), anonymous: isNameless, endedAt: random.chance(20) ? moment() : nil)
    }

    private mutating func caseRecord() -> Record {
        let index = Int(random.next() % 3)
        let log = random.pick([LogState.none, .open, .open, .open, .closing, .closed])
        return .caseRecord(
            Case(
                id: id(Self.cases[index]), subject: id(["barn", "ungdom", "voksen"][index]),
                controller: id("kommune-a"),
                level: UInt8(random.next() % 4), log: log, closedAt: log == .closed ? moment() : nil,
                holder: id(random.pick(Self.employments)), plan: random.pick(PlanState.allCases),
                planKind: random.pick(PlanKind.allCases),
                seMegSteps: random.chance(50) ? SeMegStep.allCases : [],
                kind: random.pick([.bti, .bti, .bti, .barnevern, .barnevern_atferd])))
    }

    private mutating func rarity(_ number: Int) -> Record {
        let subject: PersonID = id(random.pick(["barn", "ungdom", "voksen"]))
        switch random.next() % 5 {
        case 0:
            return .restriction(
                Restriction(
                    id: id("res-\(number)"), subject: subject, against: id(random.pick(["mor", "far"])),
                    kind: random.pick(RestrictionKind.allCases), until: random.chance(50) ? moment() : nil))
        case 1: return .capacity(Capacity(id: id("cap-\(number)"), person: subject, validity: validity()))
        case 2:
            return .handover(
                Handover(
                    id: id("hand-\(number)"), caseID: id(random.pick(Self.cases)),
                    from: id(random.pick(Self.employments)), to: id(random.pick(Self.employments)),
                    state: random.pick(HandoverState.allCases)))
        case 3:
            return .discussion(
                Discussion(
                    id: id("disc-\(number)"), person: subject, unit: id(random.pick(Self.units)), started: moment()))
        default:
            return .objection(
                Objection(
                    id: id("obj-\(number)"), by: subject, caseID: id(random.pick(Self.cases)),
                    service: code(random.pick(Self.services))))
        }
    }

    // MARK: Questions

    mutating func question() -> Question {
        let actor: Actor =
            switch random.next() % 8 {
            case 0, 1: .person(id(random.pick(Self.persons)))
            case 2: .proxy(id("grant-\(random.next() % 30)"))
            default: .employment(id(random.pick(Self.employments)))
            }
        let action = random.pick(
            Action.allCases + [.logRead, .logRead, .logRead, .logWrite, .meetingAttend, .meetingHold])
        var question = Question(actor: actor, action: action, object: object(action))
        question.assurance = random.chance(90) ? .high : .substantial
        if random.chance(20) { question.purpose = random.pick(Purpose.allCases) }
        if random.chance(40) { question.entry = entry() }
        if random.chance(15) {
            question.emergency = Emergency(reason: "Fare", anonymisedInsufficient: true, minutes: 30)
        }
        if action == .participantAdd || random.chance(10) { question.participant = party() }
        if action == .disclose {
            question.recipient =
                random.chance(30) ? .person(id(random.pick(Self.persons))) : .unit(id(random.pick(Self.units)))
            question.ground = random.chance(60) ? random.pick(Ground.allCases) : nil
            question.necessity = random.chance(50) ? "Nødvendig" : nil
        }
        if action == .consentGive { question.consent = consent(99) }
        if action == .logReassign || action == .batonAccept { question.successor = id(random.pick(Self.employments)) }
        question.need = random.chance(95)
        return question
    }

    private mutating func object(_ action: Action) -> Object {
        if action.word.hasPrefix("meeting") || action == .discussAnonymous {
            return .meeting(id("mote-\(random.next() % 3)"))
        }
        switch random.next() % 10 {
        case 0: return .person(id(random.pick(Self.persons)))
        case 1: return action == .statisticsRead ? .controller(id("kommune-a")) : .caseID(id("finnes-ikke"))
        default: return .caseID(id(random.pick(Self.cases)))
        }
    }

    private mutating func entry() -> EntryLabels {
        EntryLabels(
            category: random.pick(Category.allCases),
            about: random.chance(80) ? [id(random.pick(["barn", "ungdom", "voksen"]))] : [id("mor")],
            author: id(random.pick(Self.units)), withheld: random.chance(20) ? random.pick(Withheld.allCases) : nil,
            neededForFa: random.chance(20), sameTreatment: random.chance(15))
    }
}
