import PortvaktCore
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// A child with a case, its mother, who decides for it, a sibling without a case, and somebody whom nobody knows.
private enum Family {
    static let records: [Record] = {
        let persons = ["barn", "mor", "sosken", "ukjent", "larer-p"].map { Person(id: id($0), born: nil) }
        let sak = Case(id: id("sak"), subject: id("barn"), controller: id("a"), level: 2, holder: id("larer"))
        let meeting = Meeting(id: id("anonymt"), type: .ressursteam, convenedBy: id("larer"), anonymous: true)
        return [.controller(Controller(id: id("a"))), .controller(Controller(id: id("b"))), unit("skole")]
            + persons.map(Record.person) + [
                .employment(Employment(id: id("larer"), person: id("larer-p"), unit: id("skole"))),
                .employment(Employment(id: id("vikar"), person: id("larer-p"), unit: id("skole"))),
                .authority(Authority(id: id("fa"), holder: .person(id("mor")), over: id("barn"))),
                .caseRecord(sak), .meeting(meeting),
            ]
    }()

    static func unit(_ name: String) -> Record {
        guard let service = try? Service("skole") else { preconditionFailure("the constant is no code") }
        return .unit(Unit(id: id(name), service: service, controller: id("a")))
    }

    static func consent(_ scope: ConsentScope, about: PersonID? = nil) -> Consent {
        Consent(
            id: id("s"), scope: scope, givenBy: .person(id("mor")), capacity: .foreldreansvar, about: about,
            units: [id("skole")])
    }

    static func grant(_ name: String, _ state: GrantState) -> Grant {
        Grant(
            id: id(name), caseID: id("sak"), to: .employment(id("vikar")),
            validity: Validity(until: TestTown.start.advanced(byMilliseconds: 86_400_000)), state: state)
    }

    static func change(_ event: Event) -> Change {
        Change(event: event, registeredAt: TestTown.start, system: id("x"), controller: id("a"))
    }

    static func state(with records: [Record] = []) throws -> Snapshot {
        var state = Snapshot.empty
        for record in Self.records + records { try state.apply(change(.registered(record))) }
        return state
    }

    /// What those of some controllers are told of a change; `allowed` nil: of every controller.
    static func told(
        _ event: Event, after records: [Record] = [], to allowed: Set<ControllerID>? = nil
    ) throws -> Touched? {
        let change = change(event)
        let next = try state(with: records).applying(change)
        return Touch(change, in: next)?.seen(by: allowed)
    }

    static func told(_ record: Record, to allowed: Set<ControllerID>? = nil) throws -> Touched? {
        try told(.registered(record), to: allowed)
    }

    static func these(_ cases: [String] = [], _ persons: [String] = []) -> Touched {
        .these(cases: cases.map { id($0) }, persons: persons.map { id($0) })
    }
}

/// A gate drops the kept allows that a change names: one that is not named stays, and opens what has been closed.
@Suite("What a change touches")
struct TouchTests {
    @Test("A record about a case or a person touches the case, its subject, and the subject's other cases")
    func records() throws {
        let child = Family.these(["sak"], ["barn"])
        let about: [Record] = [
            .authority(Authority(id: id("fa-2"), holder: .person(id("ukjent")), over: id("barn"))),
            .capacity(Capacity(id: id("evne"), person: id("barn"))),
            .caseRecord(Case(id: id("sak"), subject: id("barn"), controller: id("a"), level: 3, holder: id("larer"))),
            .handover(Handover(id: id("stafett"), caseID: id("sak"), from: id("larer"), to: id("vikar"))),
            .grant(Grant(id: id("deltar"), caseID: id("sak"), to: .employment(id("vikar")))),
            .grant(Family.grant("bedt", .requested)),
            .objection(Objection(id: id("nei"), by: id("barn"), caseID: id("sak"), service: try Service("ppt"))),
            .restriction(Restriction(id: id("r"), subject: id("barn"), against: id("ukjent"), kind: .fare)),
            .discussion(
                Discussion(id: id("u"), person: id("barn"), unit: id("skole"), started: TestTown.start)),
            .meeting(Meeting(id: id("mote"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"))),
            .consent(Family.consent(.caseID(id("sak")))), .consent(Family.consent(.subject(id("barn")))),
        ]
        for record in about { #expect(try Family.told(record) == child, "\(record)") }
        // Another case of the child.
        let another = Case(id: id("sak-2"), subject: id("barn"), controller: id("a"), holder: id("larer"))
        #expect(try Family.told(.caseRecord(another)) == Family.these(["sak", "sak-2"], ["barn"]))
        let unknown = Discussion(id: id("u"), person: id("ukjent"), unit: id("skole"), started: TestTown.start)
        #expect(try Family.told(.discussion(unknown)) == Family.these([], ["ukjent"]))
    }

    @Test("What is about somebody who decides for a child touches the child and its case")
    func children() throws {
        let both = Family.these(["sak"], ["barn", "mor"])
        #expect(try Family.told(.capacity(Capacity(id: id("evne"), person: id("mor")))) == both)
        #expect(try Family.told(.consent(Family.consent(.subject(id("mor"))))) == both)
        #expect(try Family.told(.consent(Family.consent(.caseID(id("sak")), about: id("mor")))) == both)
    }

    @Test("A consent that names a case and is about another person touches both")
    func aboutAnother() throws {
        let consent = Family.consent(.caseID(id("sak")), about: id("sosken"))
        #expect(try Family.told(.consent(consent)) == Family.these(["sak"], ["barn", "sosken"]))
    }

    @Test("What happens to a consent or a grant touches what it was about; to a system or a profile, everything")
    func events() throws {
        let child = Family.these(["sak"], ["barn"])
        var once = Family.consent(.caseID(id("sak")))
        once.once = true
        let now = TestTown.start
        let ofConsent: [Event] = [
            .consentWithdrawn(id("s"), at: now), .consentRevoked(id("s"), at: now), .consentInvalidated(id("s")),
            .consentSpent(id("s"), at: now),
        ]
        for event in ofConsent { #expect(try Family.told(event, after: [.consent(once)]) == child, "\(event)") }
        for state in [GrantState.granted, .requested] {
            let grant = Record.grant(Family.grant("g", state))
            #expect(try Family.told(.grantRevoked(id("g"), at: now), after: [grant]) == child, "\(state)")
        }
        let system = System(
            id: id("nytt"), identity: .spiffe("spiffe://portvakt.test/nytt"), controllers: [id("a")],
            permissions: [.ask])
        #expect(try Family.told(.systemDisabled(id("nytt")), after: [.system(system)]) == .everything)
        let activated = Event.profileActivated(
            name: TestTown.id("nasjonal"), hash: [UInt8](repeating: 1, count: 32), from: now, reason: "")
        #expect(try Family.told(activated) == .everything)
    }

    @Test("What answers about anybody may rest on touches everything; what is in no relation to anybody, nothing")
    func everything() throws {
        let wide: [Record] = [
            .controller(Controller(id: id("c"))), Family.unit("ny"), .person(Person(id: id("ny"), born: nil)),
            .relation(Relation(id: id("rel"), a: id("barn"), b: id("sosken"), kind: .sosken)),
            .employment(Employment(id: id("ny"), person: id("ukjent"), unit: id("skole"))),
            .system(
                System(
                    id: id("ny"), identity: .spiffe("spiffe://portvakt.test/ny"), controllers: [id("a")],
                    permissions: [.ask])),
            .meeting(Meeting(id: id("uten"), type: .ressursteam, convenedBy: id("larer"), anonymous: true)),
        ]
        for record in wide { #expect(try Family.told(record) == .everything, "\(record)") }
        let anonymous = AnonymousDiscussion(
            id: id("anonym"), meeting: id("anonymt"), services: [try Service("ppt")], topic: try Topic("skole"),
            ageBand: .from6to9)
        #expect(try Family.told(.anonymousDiscussion(anonymous)) == nil)
    }

    @Test("Each is told of its own controllers' cases and persons, and of whom nobody knows yet")
    func controllers() throws {
        let restriction = Record.restriction(
            Restriction(id: id("r"), subject: id("barn"), against: id("ukjent"), kind: .fare))
        #expect(try Family.told(restriction, to: [id("a")]) == Family.these(["sak"], ["barn"]))
        #expect(try Family.told(restriction, to: [id("b")]) == nil)
        let unknown = Record.discussion(
            Discussion(id: id("u"), person: id("ukjent"), unit: id("skole"), started: TestTown.start))
        #expect(try Family.told(unknown, to: [id("b")]) == Family.these([], ["ukjent"]))
        // The child has a case in each: either is told of its own case, and both of the child.
        let other = Record.caseRecord(Case(id: id("sak-b"), subject: id("barn"), controller: id("b")))
        let withOther = try Family.told(.registered(restriction), after: [other], to: [id("b")])
        #expect(withOther == Family.these(["sak-b"], ["barn"]))
    }

    @Test("More cases or persons than are named are everything: none is left out")
    func many() throws {
        // Touch.maximumNamed is 256. The mother and so many children; the child and so many cases.
        for (count, isNamed) in [(255, true), (256, false)] {
            let children = (0..<count).flatMap { number -> [Record] in
                [
                    .person(Person(id: id("b-\(number)"), born: nil)),
                    .authority(
                        Authority(id: id("fa-\(number)"), holder: .person(id("ukjent")), over: id("b-\(number)"))),
                ]
            }
            let capacity = Record.capacity(Capacity(id: id("evne"), person: id("ukjent")))
            let told = try Family.told(.registered(capacity), after: children)
            #expect((told != .everything) == isNamed, "\(count) children")
            let cases = (0..<count).map { number in
                Record.caseRecord(Case(id: id("s-\(number)"), subject: id("barn"), controller: id("a")))
            }
            let ofChild = Record.capacity(Capacity(id: id("evne"), person: id("barn")))
            #expect(
                (try Family.told(.registered(ofChild), after: cases) != .everything) == isNamed, "\(count) more cases")
        }
    }
}
