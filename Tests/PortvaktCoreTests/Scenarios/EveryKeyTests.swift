import PortvaktCore
import PortvaktScenarios
import PortvaktYAML
import Testing

private func day(_ text: String) -> Instant { CivilDate(text).map(OsloTime.startOfDay) ?? .distantPast }

@Suite("Every key of a file of records")
struct EveryRecordKeyTests {
    /// Reads one record of a list, of a file that is partial: what it names need not stand in it.
    private func record(_ list: String, _ yaml: String) throws -> Record? {
        let text = "format: portvakt-records/1\npartial: true\nrecords: {\(list): [{\(yaml)}]}\n"
        let document = try ImportDocument(try YAMLDocument.parse(text, file: "f"))
        #expect(document.records.records.count == 1)
        return document.records.records.first?.record
    }

    @Test("Organisations and who works there")
    func organisations() throws {
        #expect(
            try record("controllers", "id: k, kind: fylkeskommune")
                == .controller(Controller(id: try ControllerID("k"), kind: .fylkeskommune)))
        #expect(
            try record("units", "id: u, service: ppt, controller: k, organ: o, named_in: eldre, closed_at: 2026-01-02")
                == .unit(
                    Unit(
                        id: try UnitID("u"), service: try Service("ppt"), controller: try ControllerID("k"),
                        organ: try UnitID("o"), namedIn: try UnitID("eldre"), closedAt: day("2026-01-02"))))
        let employment =
            "id: e, person: p, unit: u, role: leder, for_controller: k, from: 2026-01-02, until: 2026-01-03"
        #expect(
            try record("employments", employment)
                == .employment(
                    Employment(
                        id: try EmploymentID("e"), person: try PersonID("p"), unit: try UnitID("u"), role: .leder,
                        forController: try ControllerID("k"),
                        validity: Validity(from: day("2026-01-02"), until: day("2026-01-03")))))
        let system =
            "id: s, identity: \"spiffe://example.no/s\", controllers: [k], permissions: [audit], actions: [log.read], "
            + "active: false"
        #expect(
            try record("systems", system)
                == .system(
                    System(
                        id: try SystemID("s"), identity: .spiffe("spiffe://example.no/s"),
                        controllers: [try ControllerID("k")], permissions: [.audit], actions: [.logRead], active: false)
                ))
    }

    @Test("Persons and who decides for them")
    func persons() throws {
        let person =
            "id: p, born: 2017-03-10, protection: fortrolig, hidden_from: [q], deceased: 2026-01-02, circle: [e]"
        #expect(
            try record("persons", person)
                == .person(
                    Person(
                        id: try PersonID("p"), born: CivilDate("2017-03-10"), protection: .fortrolig,
                        hiddenFrom: [try PersonID("q")], deceased: day("2026-01-02"),
                        circle: [try EmploymentID("e")])))
        #expect(
            try record("relations", "id: r, a: p, b: q, kind: sosken, declared: possible")
                == .relation(
                    Relation(
                        id: try RelationID("r"), a: try PersonID("p"), b: try PersonID("q"), kind: .sosken,
                        declared: .possible)))
        let authority =
            "id: a, holder: {unit: u}, over: p, kind: verge, mandate: [okonomi], status: pending, resident: true, "
            + "sole: false, from: 2026-01-02, until: 2026-01-03, document: vedtak-1"
        #expect(
            try record("authorities", authority)
                == .authority(
                    Authority(
                        id: try AuthorityID("a"), holder: .unit(try UnitID("u")), over: try PersonID("p"), kind: .verge,
                        mandate: [.okonomi], status: .pending, resident: true, sole: false,
                        validity: Validity(from: day("2026-01-02"), until: day("2026-01-03")),
                        document: try Identifier("vedtak-1"))))
        #expect(
            try record("authorities", "id: a, holder: {person: q}, over: p, sole: true")
                == .authority(
                    Authority(
                        id: try AuthorityID("a"), holder: .person(try PersonID("q")), over: try PersonID("p"),
                        sole: true)))
        let fact = try #require(CapacityFact.allCases.last)
        #expect(
            try record(
                "capacities",
                "id: c, person: p, fact: \(fact.word), by: e, document: d, from: 2026-01-02, until: 2026-01-03")
                == .capacity(
                    Capacity(
                        id: try CapacityID("c"), person: try PersonID("p"), fact: fact, by: try EmploymentID("e"),
                        document: try Identifier("d"),
                        validity: Validity(from: day("2026-01-02"), until: day("2026-01-03")))))
        #expect(
            try record("restrictions", "id: r, subject: p, against: q, kind: undersokelse, until: 2026-01-02")
                == .restriction(
                    Restriction(
                        id: try RestrictionID("r"), subject: try PersonID("p"), against: try PersonID("q"),
                        kind: .undersokelse, until: day("2026-01-02"))))
        #expect(
            try record("discussions", "id: d, person: p, unit: u, started: 2026-01-02")
                == .discussion(
                    Discussion(
                        id: try DiscussionID("d"), person: try PersonID("p"), unit: try UnitID("u"),
                        started: day("2026-01-02"))))
    }

    @Test("A case and who takes part in it")
    func cases() throws {
        let step = try #require(SeMegStep.allCases.last)
        let kind = try #require(CaseKind.allCases.last)
        let caseRecord =
            "id: s, subject: p, controller: k, level: 3, log: closed, closed_at: 2026-01-02, holder: e, plan: active, "
            + "plan_kind: nav, se_meg_steps: [\(step.word)], kind: \(kind.word), party_by_nemnd: true, sensitive: [rus]"
        #expect(
            try record("cases", caseRecord)
                == .caseRecord(
                    Case(
                        id: try CaseID("s"), subject: try PersonID("p"), controller: try ControllerID("k"), level: 3,
                        log: .closed, closedAt: day("2026-01-02"), holder: try EmploymentID("e"), plan: .active,
                        planKind: .nav, seMegSteps: [step], kind: kind, partyByNemnd: true,
                        sensitive: [try Service("rus")])))
        #expect(
            try record("handovers", "id: h, case: s, from_holder: e, to: f, state: proposed")
                == .handover(
                    Handover(
                        id: try HandoverID("h"), caseID: try CaseID("s"), from: try EmploymentID("e"),
                        to: try EmploymentID("f"), state: .proposed)))
        let role = try #require(GrantRole.allCases.last)
        let grant =
            "id: g, case: s, to: {employment: e}, role: \(role.word), document: plan, areas: [skole], from: 2026-01-02, "
            + "until: 2026-01-03, granted_by: {person: p}, meeting: m, measure: true"
        #expect(
            try record("grants", grant)
                == .grant(
                    Grant(
                        id: try GrantID("g"), caseID: try CaseID("s"), to: .employment(try EmploymentID("e")),
                        role: role,
                        document: .plan, areas: [try Area("skole")],
                        validity: Validity(from: day("2026-01-02"), until: day("2026-01-03")),
                        grantedBy: .person(try PersonID("p")), meeting: try MeetingID("m"), measure: true)))
        let type = try #require(MeetingType.allCases.last)
        let level = try #require(MeetingLevel.allCases.last)
        let meeting =
            "id: m, type: \(type.word), case: s, convened_by: e, invited: [{unit: u}], present: [f], "
            + "family_present: true, anonymous: false, level: \(level.word), starts: 2026-01-02, ended_at: 2026-01-03"
        #expect(
            try record("meetings", meeting)
                == .meeting(
                    Meeting(
                        id: try MeetingID("m"), type: type, caseID: try CaseID("s"), convenedBy: try EmploymentID("e"),
                        invited: [.unit(try UnitID("u"))], present: [try EmploymentID("f")], familyPresent: true,
                        anonymous: false, level: level, starts: day("2026-01-02"), endedAt: day("2026-01-03"))))
        #expect(
            try record("objections", "id: o, by: p, case: s, service: ppt")
                == .objection(
                    Objection(
                        id: try ObjectionID("o"), by: try PersonID("p"), caseID: try CaseID("s"),
                        service: try Service("ppt"))))
    }

    @Test("A consent")
    func consent() throws {
        let text =
            "id: c, case: s, given_by: {person: p}, capacity: foreldreansvar, about: q, "
            + "to: {services: [ppt], units: [u]}, purposes: [fagmote_uten_familie], categories: [health], "
            + "topics_excluded: [rus], persons_excluded: [r], form: elektronisk, evidence: false, "
            + "evidence_hash: \(String(repeating: "0a", count: 32)), text_version: v1, informed: false, "
            + "from: 2026-01-02, until: 2026-01-03, once: true, state: refused, meeting: m, registered_at: 2026-01-01"
        #expect(
            try record("consents", text)
                == .consent(
                    Consent(
                        id: try ConsentID("c"), scope: .caseID(try CaseID("s")), givenBy: .person(try PersonID("p")),
                        capacity: .foreldreansvar, about: try PersonID("q"), services: [try Service("ppt")],
                        units: [try UnitID("u")], purposes: [.fagmote_uten_familie], categories: [.health],
                        topicsExcluded: [try Topic("rus")], personsExcluded: [try PersonID("r")], form: .elektronisk,
                        evidence: false, evidenceHash: [UInt8](repeating: 10, count: 32),
                        textVersion: try Identifier("v1"), informed: false,
                        validity: Validity(from: day("2026-01-02"), until: day("2026-01-03")), once: true,
                        state: .refused, registeredAt: day("2026-01-01"), meeting: try MeetingID("m"))))
    }
}

@Suite("Every key of a question")
struct EveryQuestionKeyTests {
    private func question(_ yaml: String) throws -> Question {
        try QuestionDocument(try YAMLDocument.parse("{\(yaml)}", file: "f")).question
    }

    @Test("arrives in the question")
    func whole() throws {
        let asked = try question(
            "actor: {employment: e, loa: low}, action: plan.read, on: {case: s}, purpose: drofting, area: skole, "
                + "entry: {category: health, about: [p], author: u, topics: [rus], withheld: danger, "
                + "withheld_until: 2026-01-02, needed_for_fa: true, same_treatment: false}, "
                + "participant: {person: p}, successor: f, recipient: {service: ppt}, ground: palegg, "
                + "necessity: fordi, document: vedtak-1, need: false, identifies: {free_text: true}, decides: vedtak, "
                + "emergency: {reason: fare, anonymised_insufficient: true, minutes: 30}")
        let labels = EntryLabels(
            category: .health, about: [try PersonID("p")], author: try UnitID("u"), topics: [try Topic("rus")],
            withheld: .danger, withheldUntil: day("2026-01-02"), neededForFa: true, sameTreatment: false)
        #expect(
            asked
                == Question(
                    actor: .employment(try EmploymentID("e")), action: .planRead, object: .caseID(try CaseID("s")),
                    assurance: .low, purpose: .drofting, area: try Area("skole"), entry: labels,
                    participant: .person(try PersonID("p")), successor: try EmploymentID("f"),
                    recipient: .service(try Service("ppt")), ground: .palegg,
                    necessity: "fordi", document: try Identifier("vedtak-1"), need: false, identifies: .freeText,
                    decides: .vedtak,
                    emergency: Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 30)))
        let other = try question(
            "actor: {employment: e}, action: log.read, on: {case: s}, "
                + "entry: {category: health, author: u, same_treatment: true}")
        #expect(other.entry?.sameTreatment == true && other.entry?.neededForFa == false && other.need)
    }

    @Test("says who acts, on what, and to whom, and one of them only")
    func kinds() throws {
        func asked(_ actor: String, _ object: String, _ more: String = "") throws -> Question {
            try question("actor: {\(actor)}, action: log.read, on: {\(object)}\(more)")
        }
        #expect(try asked("person: p", "meeting: m").actor == .person(try PersonID("p")))
        #expect(try asked("proxy: g", "meeting: m").actor == .proxy(try GrantID("g")))
        #expect(try asked("person: p", "meeting: m").object == .meeting(try MeetingID("m")))
        #expect(try asked("person: p", "person: q").object == .person(try PersonID("q")))
        #expect(try asked("person: p", "controller: k").object == .controller(try ControllerID("k")))
        #expect(
            try asked("person: p", "case: s", ", recipient: {unit: u}").recipient == .unit(try UnitID("u")))
        #expect(
            try asked("person: p", "case: s", ", recipient: {person: r}").recipient == .person(try PersonID("r")))
        #expect(
            try asked("person: p", "case: s", ", identifies: {person: r}").identifies == .person(try PersonID("r")))
        for (actor, object, more) in [
            ("person: p, employment: e", "case: s", ""), ("", "case: s", ""), ("person: p", "case: s, meeting: m", ""),
            ("person: p", "case: s", ", recipient: {unit: u, service: ppt}"),
            ("person: p", "case: s", ", identifies: {person: q, free_text: true}"),
            ("unknown: p", "case: s", ""), ("person: p", "unknown: s", ""),
            ("person: p", "case: s", ", system: {id: x}"),
        ] {
            #expect(throws: DocumentErrors.self, "\(actor), \(object)\(more)") { try asked(actor, object, more) }
        }
    }

    @Test("A consent that is asked about names the question's case or person, unless it names another")
    func consent() throws {
        func scope(_ object: String, _ more: String) throws -> ConsentScope? {
            try question(
                "actor: {person: p}, action: consent.give, on: {\(object)}, "
                    + "consent: {given_by: {person: p}, capacity: self\(more)}"
            ).consent?.scope
        }
        #expect(try scope("case: s", "") == .caseID(try CaseID("s")))
        #expect(try scope("person: q", "") == .subject(try PersonID("q")))
        #expect(try scope("case: s", ", subject: q") == .subject(try PersonID("q")))
        #expect(throws: DocumentErrors.self) { try scope("meeting: m", "") }
    }
}
