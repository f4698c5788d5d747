import PortvaktCore
import PortvaktScenarios

/// A small world with much going on in it, made from a seed: two children, their families, a dozen services, and records
/// whose validities begin and end around ``now``.
struct RandomHistory {
    static let now = Instant(rfc3339: "2026-11-21T10:00:00+01:00") ?? .distantPast
    static let day: Int64 = 86_400_000

    private(set) var events: [Event] = []
    /// Instants at which something begins or ends.
    private(set) var boundaries: [Instant] = []
    let isBarnevern: Bool
    private var random: SeededRandom

    static let children = ["barn", "sosken"]
    static let adults = ["mor", "far", "stefar", "verge", "fostermor", "fullmektig", "nabo"]
    static let units: [(id: String, service: String, controller: String)] = [
        ("skole-1", "skole", "ka"), ("skole-2", "skole", "ka"), ("barnehage-p", "barnehage", "pr"),
        ("ppt-1", "ppt", "ka"), ("ppt-ny", "ppt", "ka"), ("helsestasjon-1", "helsestasjon", "ka"),
        ("skolehelse-1", "skolehelse", "ka"), ("barnevern-1", "barnevern", "ka"), ("nav-1", "nav", "ka"),
        ("forvaltning-1", "forvaltning", "ka"), ("tiltak-1", "tiltak_familieveiledning", "ka"), ("bup-1", "bup", "hf"),
        ("fastlege-1", "fastlege", "pr"), ("skole-b", "skole", "kb"),
    ]
    static let services = [
        "skole", "ppt", "helsestasjon", "skolehelse", "barnevern", "nav", "forvaltning", "tiltak_familieveiledning",
        "bup",
    ]
    /// Two at each unit; the first of skole-1 and barnevern-1 hold most batons.
    static let employments: [String] =
        units.flatMap { ["\($0.id)-a", "\($0.id)-b"] } + ["rektor", "arkivar", "ombud", "admin"]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        isBarnevern = random.chance(100)
        addBase()
        addPeople()
        addEmployments()
        for child in Self.children { addAuthorities(over: child) }
        for child in Self.children { addCase(of: child) }
        addRest()
    }

    // MARK: Drawing

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }
    mutating func chance(_ perThousand: Int) -> Bool { random.chance(perThousand) }

    /// An instant around now, often exactly at midnight, noted as a boundary.
    private mutating func instant(_ days: ClosedRange<Int>) -> Instant {
        let offset = Int64(days.lowerBound + random.below(days.count))
        let date = CivilDate(daysSinceEpoch: OsloTime.date(at: Self.now).daysSinceEpoch + Int32(offset))
        let start = OsloTime.startOfDay(date)
        let instant = random.chance(500) ? start : start.advanced(byMilliseconds: Int64(random.below(86_400_000)))
        boundaries.append(instant)
        return instant
    }

    /// Mostly always; sometimes over, not begun, or ending soon.
    private mutating func validity(_ perThousand: Int) -> Validity {
        guard random.chance(perThousand) else { return .always }
        switch random.below(4) {
        case 0: return Validity(until: instant(-60...0))
        case 1: return Validity(from: instant(0...60))
        case 2: return Validity(from: instant(-500 ... -1), until: instant(1...200))
        default: return Validity(from: instant(-500 ... -1))
        }
    }

    private mutating func add(_ record: Record) { events.append(.registered(record)) }

    // MARK: Records

    private mutating func addBase() {
        for (id, kind) in [("ka", ControllerKind.kommune), ("kb", .kommune), ("hf", .helseforetak), ("pr", .privat)] {
            add(.controller(Controller(id: made(id), kind: kind)))
        }
        for unit in Self.units {
            let organ: UnitID? = unit.id == "skolehelse-1" ? made("helsestasjon-1") : nil
            let namedIn: UnitID? = unit.id == "ppt-ny" && random.chance(700) ? made("ppt-1") : nil
            guard let service = try? Service(unit.service) else { continue }
            add(
                .unit(
                    Unit(
                        id: made(unit.id), service: service, controller: made(unit.controller), organ: organ,
                        namedIn: namedIn)))
        }
    }

    private mutating func birthDate() -> CivilDate {
        let today = OsloTime.date(at: Self.now)
        guard random.chance(400) else {
            return CivilDate(daysSinceEpoch: today.daysSinceEpoch - Int32(random.below(20 * 365)))
        }
        let age = pick([7, 12, 13, 15, 16, 18, 19, 24])
        let birthday = CivilDate(year: today.components.year - age, month: 11, day: 21) ?? today
        return CivilDate(daysSinceEpoch: birthday.daysSinceEpoch + Int32(random.below(5) - 2))
    }

    private mutating func addPeople() {
        for adult in Self.adults {
            let deceased = random.chance(30) ? instant(-30...5) : nil
            let isGrown = adult == "mor" || adult == "far" || random.chance(900)
            let born = CivilDate(year: isGrown ? 1980 : 2010, month: 5, day: 4)
            add(.person(Person(id: made(adult), born: born, deceased: deceased)))
        }
        for child in Self.children {
            let protection: Protection = random.weighted([.none: 85, .fortrolig: 8, .strengt_fortrolig: 7])
            let hidden: [PersonID] = random.chance(60) ? [made(pick(["far", "mor", "stefar"]))] : []
            let circle: [EmploymentID] =
                protection == .strengt_fortrolig ? [made("skole-1-a"), made(pick(Self.employments))] : []
            add(
                .person(
                    Person(
                        id: made(child), born: birthDate(), protection: protection, hiddenFrom: hidden,
                        deceased: random.chance(15) ? instant(-30...5) : nil, circle: circle)))
        }
        if random.chance(400) { relate("mor", "barn", .forelder) }
        if random.chance(400) { relate("far", "barn", .forelder) }
        if random.chance(200) { relate("stefar", "mor", .partner) }
        if random.chance(200) { relate("barn", "sosken", .sosken) }
        if random.chance(100) { relate("nabo", pick(["mor", "far"]), .sosken, pick([.known, .possible])) }
    }

    private mutating func relate(_ a: String, _ b: String, _ kind: RelationKind, _ declared: Declared = .known) {
        add(.relation(Relation(id: made("\(a)-\(b)"), a: made(a), b: made(b), kind: kind, declared: declared)))
    }

    private mutating func addEmployments() {
        for unit in Self.units {
            for suffix in ["a", "b"] {
                let id = "\(unit.id)-\(suffix)"
                let isPrivate = suffix == "b" && random.chance(40)
                let person = isPrivate ? pick(["mor", "far", "nabo", "stefar"]) : id
                let forController: ControllerID? = unit.id == "skole-b" && suffix == "b" ? made("ka") : nil
                add(
                    .employment(
                        Employment(
                            id: made(id), person: made(person), unit: made(unit.id), forController: forController,
                            validity: validity(60))))
            }
        }
        for (id, unit, role) in [
            ("rektor", "skole-1", EmploymentRole.leder), ("arkivar", "forvaltning-1", .arkivar),
            ("ombud", "forvaltning-1", .personvernombud), ("admin", "forvaltning-1", .administrator),
        ] {
            add(.employment(Employment(id: made(id), person: made(id), unit: made(unit), role: role)))
        }
    }

    private mutating func addAuthorities(over child: String) {
        for (parent, share) in [("mor", 930), ("far", 850)] where random.chance(share) {
            add(
                .authority(
                    Authority(
                        id: made("fa-\(parent)-\(child)"), holder: .person(made(parent)), over: made(child),
                        status: random.weighted([.known: 94, .unknown: 3, .pending: 3]), resident: random.chance(500),
                        validity: validity(80))))
        }
        if random.chance(80) {
            add(
                .authority(
                    Authority(
                        id: made("omsorg-\(child)"), holder: .unit(made("barnevern-1")), over: made(child),
                        kind: .omsorg,
                        status: random.weighted([.known: 80, .pending: 20]), validity: validity(300),
                        document: try? Identifier("vedtak-1"))))
        }
        if random.chance(60) {
            let mandate: [Mandate] = pick([[.okonomi], [.okonomi, .personlige_forhold], [.personlige_forhold]])
            add(
                .authority(
                    Authority(
                        id: made("verge-\(child)"), holder: .person(made("verge")), over: made(child), kind: .verge,
                        mandate: mandate, validity: validity(100))))
        }
        if random.chance(20) {
            add(
                .authority(
                    Authority(
                        id: made("rep-\(child)"), holder: .person(made("nabo")), over: made(child), kind: .representant,
                        validity: validity(100))))
        }
        if random.chance(50) {
            add(.capacity(Capacity(id: made("kap-\(child)"), person: made(child), validity: validity(200))))
        }
    }

    private mutating func addCase(of child: String) {
        let log: LogState = random.weighted([.open: 70, .none: 12, .closing: 5, .closed: 13])
        let holder: EmploymentID? =
            random.chance(60)
            ? nil : made(random.chance(700) ? pick(["skole-1-a", "barnevern-1-a"]) : pick(Self.employments))
        let steps: [SeMegStep] = random.chance(700) ? SeMegStep.allCases : [.nivaa_provd]
        let hasPlan = random.chance(250)
        add(
            .caseRecord(
                Case(
                    id: made("sak-\(child)"), subject: made(child), controller: made("ka"),
                    level: random.weighted([0: 6, 1: 20, 2: 40, 3: 34]), log: log,
                    closedAt: log == .closed ? instant(-400 ... -1) : nil, holder: holder,
                    plan: hasPlan ? .active : .none, planKind: pick([.hol, .barnevern, .nav]), seMegSteps: steps,
                    kind: isBarnevern ? pick([.barnevern, .barnevern_atferd]) : .bti, partyByNemnd: random.chance(200),
                    sensitive: random.chance(60) ? (try? [Service("barnevern")]) ?? [] : [])))
        addMeetings(child)
        for index in 0..<random.below(3) { addHandover(child, index, from: holder) }
        for index in 0..<(2 + random.below(6)) { addGrant(child, index) }
        addConsents(child)
        if random.chance(100) {
            let service = pick(Self.services)
            guard let code = try? Service(service) else { return }
            add(
                .objection(
                    Objection(id: made("inn-\(child)"), by: made(child), caseID: made("sak-\(child)"), service: code)))
        }
    }

    private mutating func addMeetings(_ child: String) {
        for index in 0..<2 {
            let type = pick(MeetingType.allCases)
            var invited: [Party] = []
            for unit in Self.units where random.chance(300) { invited.append(.unit(made(unit.id))) }
            for person in ["mor", "far", child, "fullmektig"] where random.chance(400) {
                invited.append(.person(made(person)))
            }
            for employment in ["skole-1-a", "bup-1-a"] where random.chance(200) {
                invited.append(.employment(made(employment)))
            }
            let present: [EmploymentID] =
                random.chance(500) ? [made("skole-1-a"), made("rektor")] : [made("skole-1-a")]
            add(
                .meeting(
                    Meeting(
                        id: made("mote-\(child)-\(index)"), type: type, caseID: made("sak-\(child)"),
                        convenedBy: made(pick(["skole-1-a", "barnevern-1-a", "ppt-1-a"])), invited: invited,
                        present: present, familyPresent: random.chance(650),
                        endedAt: random.chance(200) ? instant(-20...5) : nil)))
        }
    }

    private mutating func addHandover(_ child: String, _ index: Int, from holder: EmploymentID?) {
        let from = random.chance(800) ? holder ?? made("skole-2-a") : made("skole-2-a")
        let to: EmploymentID = made(pick(["barnevern-1-a", "nav-1-a", "skole-1-b", "ppt-1-a"]))
        guard from != to else { return }
        add(
            .handover(
                Handover(
                    id: made("bytte-\(child)-\(index)"), caseID: made("sak-\(child)"), from: from, to: to,
                    state: random.chance(250) ? .accepted : .proposed)))
    }

    private mutating func addGrant(_ child: String, _ index: Int) {
        let id: GrantID = made("gr-\(child)-\(index)")
        let caseID: CaseID = made("sak-\(child)")
        switch random.below(10) {
        case 0:
            let to = pick(["stefar", "fostermor", "far", "mor"])
            add(
                .grant(
                    Grant(
                        id: id, caseID: caseID, to: .person(made(to)), role: pick([.parorende, .fosterforelder]),
                        validity: validity(150),
                        grantedBy: pick([.person(made(child)), .person(made("mor")), .unit(made("barnevern-1"))]))))
        case 1:
            add(
                .grant(
                    Grant(
                        id: id, caseID: caseID, to: .person(made("fullmektig")), role: .fullmektig,
                        validity: validity(150),
                        grantedBy: .person(made(pick(["mor", "far", child]))))))
        case 2:
            add(
                .grant(
                    Grant(
                        id: id, caseID: caseID, to: .employment(made(pick(["forvaltning-1-a", "barnevern-1-a"]))),
                        role: .koordinator, document: .plan, validity: validity(100),
                        grantedBy: .unit(made(random.chance(800) ? "forvaltning-1" : "barnevern-1")))))
        default:
            let to: Party =
                random.chance(250) ? .unit(made(pick(Self.units).id)) : .employment(made(pick(Self.employments)))
            let areas: [Area]? = random.chance(300) ? (try? [Area("A")]) : nil
            add(
                .grant(
                    Grant(
                        id: id, caseID: caseID, to: to, document: random.chance(250) ? .plan : .log, areas: areas,
                        validity: validity(150), grantedBy: .employment(made("skole-1-a")))))
            if random.chance(60) { events.append(.grantRevoked(id, at: instant(-10...10))) }
        }
    }

    private mutating func addConsents(_ child: String) {
        guard random.chance(930) else { return }
        let services =
            Self.services.filter { _ in random.chance(650) }.compactMap { try? Service($0) }
            + ((try? [Service("skole")]) ?? [])
        let units: [UnitID] = ["bup-1", "fastlege-1", "skole-b", "ppt-1"].filter { _ in random.chance(350) }.map {
            made($0)
        }
        let purposes = Purpose.allCases.filter { $0 != .egen_sak && random.chance(500) } + [.samordning]
        let form: ConsentForm = random.weighted([.skriftlig: 75, .elektronisk: 12, .muntlig_dokumentert: 13])
        let categories: [Category]? = random.chance(150) ? [.education, .health] : nil
        let topics: [Topic] = random.chance(200) ? (try? [Topic("samliv")]) ?? [] : []
        let validity = validity(250)
        let givers: [(Party, ConsentCapacity, Int)] = [
            (.person(made("mor")), .foreldreansvar, 850), (.person(made("far")), .foreldreansvar, 800),
            (.person(made(child)), .`self`, 600), (.unit(made("barnevern-1")), .omsorg, 300),
            (.person(made("verge")), .verge, 150), (.person(made("nabo")), .representant, 80),
        ]
        for (index, giver) in givers.enumerated() where random.chance(giver.2) {
            var consent = Consent(
                id: made("sam-\(child)-\(index)"),
                scope: random.chance(900) ? .caseID(made("sak-\(child)")) : .subject(made(child)),
                givenBy: giver.0, capacity: giver.1, services: services, units: units, purposes: purposes,
                categories: categories, topicsExcluded: topics, form: form, validity: validity)
            mutate(&consent)
            register(consent)
        }
        if random.chance(100) {
            register(
                Consent(
                    id: made("sam-\(child)-om"), scope: .caseID(made("sak-\(child)")), givenBy: .person(made("far")),
                    capacity: .`self`, about: made("far"), services: services, units: units, purposes: purposes))
        }
    }

    private mutating func mutate(_ consent: inout Consent) {
        if random.chance(40) { consent.evidence = false }
        if random.chance(40) { consent.informed = false }
        if random.chance(40) { consent.form = .muntlig_dokumentert }
        if random.chance(60) { consent.validity = validity(1000) }
        if random.chance(80) {
            consent.personsExcluded = [made(pick(["mor", "far", "skole-1-b", "ppt-1-a", "nav-1-a"]))]
        }
        if random.chance(60) { consent.registeredAt = instant(-20...20) }
        if random.chance(30) { consent.state = pick([.requested, .refused, .invalidated]) }
        if random.chance(60) { consent.once = true }
        if random.chance(30) { consent.purposes = [.samordning] }
    }

    private mutating func register(_ consent: Consent) {
        add(.consent(consent))
        guard consent.state == .given else { return }
        if consent.once, random.chance(500) { events.append(.consentSpent(consent.id, at: instant(-10...10))) }
        if random.chance(70) { events.append(.consentWithdrawn(consent.id, at: instant(-10...10))) }
    }

    private mutating func addRest() {
        let anonymous = Meeting(
            id: made("anonym"), type: pick([.ressursteam, .veiledningsmote, .fagmote, .drofting]),
            convenedBy: made("skole-1-a"), invited: [.unit(made("skole-1")), .unit(made("ppt-1"))], anonymous: true)
        add(.meeting(anonymous))
        add(
            .meeting(
                Meeting(
                    id: made("system"), type: .veiledningsmote, convenedBy: made("skole-1-a"),
                    invited: [.unit(made("skole-1")), .unit(made("ppt-1"))], level: .system)))
        for child in Self.children {
            if random.chance(60) {
                let kind = pick(RestrictionKind.allCases)
                add(
                    .restriction(
                        Restriction(
                            id: made("innskr-\(child)"), subject: made(child), against: made(pick(["far", "mor"])),
                            kind: kind, until: random.chance(600) ? instant(-5...30) : nil)))
            }
            if random.chance(400) {
                let unit = pick(["skole-1", "helsestasjon-1", "ppt-1", "barnehage-p"])
                add(
                    .discussion(
                        Discussion(
                            id: made("undring-\(child)"), person: made(child), unit: made(unit),
                            started: instant(-30...0))))
            }
        }
    }
}

/// An id of a test's own making.
func made<Kind>(_ text: String) -> ID<Kind> {
    guard let id = try? ID<Kind>(text) else { preconditionFailure("\(text) is no identifier") }
    return id
}
