import PortvaktCore
import Testing

private let always = Validity.always
private let backwards = Validity(from: instant("2026-06-01"), until: instant("2026-05-01"))

@Suite("A change that cannot be true is refused")
struct ValidationTests {
    @Test(
        "and the refusal names the record, the field and what is wrong",
        arguments: [
            (
                Record.unit(Unit(id: id("x"), service: code("skole"), controller: id("ukjent"))),
                "unit x: `controller` names a controller"
            ),
            (
                .employment(Employment(id: id("x"), person: id("x"), unit: id("ukjent"))),
                "employment x: `unit` names a unit"
            ),
            (
                .caseRecord(Case(id: id("x"), subject: id("barn"), controller: id("kommune-a"), holder: id("ukjent"))),
                "case x: `holder` names an employment"
            ),
            (
                .employment(Employment(id: id("x"), person: id("ukjent"), unit: id("skole-1"))),
                "employment x: `person` names a person"
            ),
            (
                .employment(Employment(id: id("x"), person: id("x"), unit: id("skole-1"), validity: backwards)),
                "employment x: `until` is not after"
            ),
            (
                .relation(Relation(id: id("x"), a: id("mor"), b: id("ukjent"), kind: .sosken)),
                "relation x: `b` names a person"
            ),
            (
                .relation(Relation(id: id("x"), a: id("mor"), b: id("mor"), kind: .sosken)),
                "relation x: `b` is the same person"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("ukjent")), over: id("barn"))),
                "authority x: `holder` names a person"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("mor")), over: id("mor"))),
                "authority x: `holder` is the person itself"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("mor")), over: id("barn"), validity: backwards)),
                "authority x: `until` is not after"
            ),
            (
                .authority(Authority(id: id("x"), holder: .unit(id("skole-1")), over: id("barn"))),
                "authority x: `holder` is a unit"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("mor")), over: id("barn"), kind: .omsorg)),
                "authority x: `holder` is a person"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("mor")), over: id("barn"), mandate: [.okonomi])),
                "authority x: `mandate` is given"
            ),
            (
                .authority(Authority(id: id("x"), holder: .person(id("mor")), over: id("barn"), sole: true)),
                "authority x: `sole` contradicts"
            ),
            (
                .caseRecord(Case(id: id("x"), subject: id("ukjent"), controller: id("kommune-a"))),
                "case x: `subject` names a person"
            ),
            (
                .caseRecord(Case(id: id("x"), subject: id("barn"), controller: id("kommune-a"), level: 4)),
                "case x: `level` is above 3"
            ),
            (
                .caseRecord(Case(id: id("x"), subject: id("barn"), controller: id("kommune-a"), holder: id("ukjent"))),
                "case x: `holder` names"
            ),
            (
                .caseRecord(Case(id: id("sak"), subject: id("mor"), controller: id("kommune-a"))),
                "case sak: `subject` differs"
            ),
            (.grant(Grant(id: id("x"), caseID: id("ukjent"), to: .unit(id("ppt-1")))), "grant x: `case` names a case"),
            (.grant(Grant(id: id("x"), caseID: id("sak"), to: .unit(id("ukjent")))), "grant x: `to` names"),
            (
                .grant(Grant(id: id("x"), caseID: id("sak"), to: .unit(id("ppt-1")), validity: backwards)),
                "grant x: `until` is not after"
            ),
            (
                .grant(Grant(id: id("x"), caseID: id("sak"), to: .unit(id("ppt-1")), role: .fullmektig)),
                "grant x: `to` is no person"
            ),
            (.meeting(Meeting(id: id("x"), type: .fagmote, convenedBy: id("larer"))), "meeting x: `case` is missing"),
            (
                .meeting(Meeting(id: id("x"), type: .fagmote, caseID: id("ukjent"), convenedBy: id("larer"))),
                "meeting x: `case` names"
            ),
            (
                .objection(Objection(id: id("x"), by: id("ukjent"), caseID: id("sak"), service: code("bup"))),
                "objection x: `by` names"
            ),
            (
                .restriction(Restriction(id: id("x"), subject: id("barn"), against: id("ukjent"), kind: .fare)),
                "restriction x: `against`"
            ),
            (
                .discussion(
                    Discussion(id: id("x"), person: id("barn"), unit: id("ukjent"), started: instant("2026-11-01"))),
                "discussion x: `unit`"
            ),
            (
                .handover(Handover(id: id("x"), caseID: id("sak"), from: id("larer"), to: id("ukjent"))),
                "handover x: `to` names"
            ),
            (
                .person(Person(id: id("x"), born: date("2020-01-01"), deceased: instant("2019-01-01"))),
                "person x: `deceased` is before"
            ),
            (.capacity(Capacity(id: id("x"), person: id("ukjent"))), "capacity x: `person` names"),
            (
                .anonymousDiscussion(
                    AnonymousDiscussion(
                        id: id("x"), meeting: id("ukjent"), services: [], topic: code("t"), ageBand: .adult)),
                "anonymous_discussion x: `meeting` names"
            ),
        ])
    func refusal(_ record: Record, _ expected: String) throws {
        let refusal = try #require(TestWorld().refusal(of: .registered(record)))
        #expect(refusal.description.hasPrefix(expected), "\(refusal)")
        #expect(!refusal.remedy.isEmpty)
    }

    /// A consent that is right but for one field.
    enum WrongConsent: String, CaseIterable, Sendable {
        case noPurpose = "purposes", ownCase = "purposes ", nobody = "to", unknownUnit = "to.units", employment =
            "given_by"
        case unknownGiver = "given_by ", unknownCase = "case", unknownSubject = "subject", unknownAbout = "about"
        case unknownExcluded = "persons_excluded", backwards = "until", unknownMeeting = "meeting"

        func apply(to consent: inout Consent) {
            switch self {
            case .noPurpose: consent.purposes = []
            case .ownCase: consent.purposes = [.egen_sak]
            case .nobody: consent.services = []
            case .unknownUnit: consent.units = [id("ukjent")]
            case .employment: consent.givenBy = .employment(id("larer"))
            case .unknownGiver: consent.givenBy = .person(id("ukjent"))
            case .unknownCase: consent.scope = .caseID(id("ukjent"))
            case .unknownSubject: consent.scope = .subject(id("ukjent"))
            case .unknownAbout: consent.about = id("ukjent")
            case .unknownExcluded: consent.personsExcluded = [id("ukjent")]
            case .backwards: consent.validity = Validity(from: instant("2026-06-01"), until: instant("2026-05-01"))
            case .unknownMeeting: consent.meeting = id("ukjent")
            }
        }
    }

    @Test("as is a consent that names nobody, nothing or somebody unknown", arguments: WrongConsent.allCases)
    func consent(_ wrong: WrongConsent) throws {
        var consent = Consent(
            id: id("x"), scope: .caseID(id("sak")), givenBy: .person(id("mor")), capacity: .foreldreansvar,
            services: [code("ppt")])
        #expect(TestWorld().refusal(of: .registered(.consent(consent))) == nil)
        wrong.apply(to: &consent)
        let refusal = try #require(TestWorld().refusal(of: .registered(.consent(consent))))
        #expect(refusal.field == wrong.rawValue.split(separator: " ").first.map(String.init))
    }

    @Test("as is a consent registered over one that was taken back")
    func succession() throws {
        var world = TestWorld()
        let old = try #require(world.state.consent(id("samtykke-far"))?.record)
        world.apply(.consentWithdrawn(id("samtykke-far"), at: world.now))
        #expect(world.refusal(of: .registered(.consent(old)))?.field == "id")
        var requested = old
        requested.id = id("bedt-om")
        requested.state = .requested
        world.register(.consent(requested))
        requested.state = .given
        #expect(world.refusal(of: .registered(.consent(requested))) == nil)
    }

    @Test("as is a second use of a one-time consent, and any use of one that is not")
    func spending() {
        var world = TestWorld()
        world.consent("en-gang", by: "mor", for: [.fagmote_uten_familie], once: true)
        world.apply(.consentSpent(id("en-gang"), at: world.now))
        #expect(world.refusal(of: .consentSpent(id("en-gang"), at: world.now))?.field == "spent_at")
        #expect(world.refusal(of: .consentSpent(id("samtykke-mor"), at: world.now))?.field == "once")
    }

    @Test("as are two systems with one certificate, and units that replace each other in a circle")
    func identities() {
        var world = TestWorld()
        let identity = System.Identity.organizationNumber("123456785")
        world.register(.system(System(id: id("en"), identity: identity, controllers: [], permissions: [])))
        let other = System(id: id("to"), identity: identity, controllers: [], permissions: [])
        #expect(world.refusal(of: .registered(.system(other)))?.field == "identity")
        world.register(
            .unit(Unit(id: id("ny"), service: code("ppt"), controller: id("kommune-a"), namedIn: id("ppt-1"))))
        let circle = Unit(id: id("ppt-1"), service: code("ppt"), controller: id("kommune-a"), namedIn: id("ny"))
        #expect(world.refusal(of: .registered(.unit(circle)))?.field == "named_in")
    }

    @Test("but one sole holder after another is not a contradiction")
    func soleHolders() {
        var world = TestWorld()
        world.person("barn-2", born: "2017-03-10")
        let change = instant("2026-06-01")
        world.register(
            .authority(
                Authority(
                    id: id("a"), holder: .person(id("mor")), over: id("barn-2"), sole: true,
                    validity: Validity(until: change))))
        let second = Authority(
            id: id("b"), holder: .person(id("far")), over: id("barn-2"), sole: true, validity: Validity(from: change))
        #expect(world.refusal(of: .registered(.authority(second))) == nil)
        var overlapping = second
        overlapping.validity = Validity(from: change.advanced(byMilliseconds: -1))
        #expect(world.refusal(of: .registered(.authority(overlapping)))?.field == "sole")
    }

    @Test("and never shows more than the record's own id")
    func noPersonalData() throws {
        let record = Record.relation(Relation(id: id("x"), a: id("mor"), b: id("hemmelig-person"), kind: .sosken))
        let refusal = try #require(TestWorld().refusal(of: .registered(record)))
        #expect(!refusal.description.contains("hemmelig-person"))
    }
}
