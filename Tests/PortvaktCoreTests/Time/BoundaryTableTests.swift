import PortvaktCore
import Testing

/// One boundary: what is seen the instant before it, and what is seen at it and after it.
struct Boundary: Sendable, CustomTestStringConvertible {
    var name: String
    var at: Instant
    var before: String
    var after: String
    var world: TestWorld
    var question: Question
    /// What is looked at: the primary reason, when nothing else is named.
    var seen: @Sendable (Decision) -> String = { $0.primary.word }

    var testDescription: String { name }

    func looked(at offset: Int64) -> String { seen(world.decide(question, at: at.advanced(byMilliseconds: offset))) }
}

@Suite("At every boundary, the instant before, at and after", .timeLimit(.minutes(10)))
struct BoundaryTableTests {
    @Test("the answer changes then and at no other instant", arguments: birthdays + ends + windows + dependencies)
    func changes(_ boundary: Boundary) {
        #expect(boundary.looked(at: -1) == boundary.before)
        #expect(boundary.looked(at: 0) == boundary.after)
        #expect(boundary.looked(at: 1) == boundary.after)
    }

    @Test("no answer from before holds at it", arguments: birthdays + ends + windows + dependencies)
    func holds(_ boundary: Boundary) {
        let before = boundary.world.decide(boundary.question, at: boundary.at.advanced(byMilliseconds: -1))
        #expect(before.holdsUntil <= boundary.at)
    }

    @Test(
        "an emergency lasts what was asked for, and two hours at most",
        arguments: [(1, 1), (119, 119), (120, 120), (121, 120), (UInt32.max, 120)] as [(UInt32, UInt32)])
    func emergencyMinutes(_ asked: UInt32, _ given: UInt32) {
        let question = Question.employee("larer-2", .logRead).with {
            $0.emergency = Emergency(reason: "fare for liv", anonymisedInsufficient: true, minutes: asked)
        }
        let decision = TestWorld().decide(question)
        #expect(decision.primary == .allowBreakGlass)
        #expect(decision.emergencyMinutes == given)
    }
}

// MARK: - Birthdays

/// A youth with two parents and a log in which PPT takes part.
private func youth(born: String, consents: [(giver: String, capacity: ConsentCapacity)]) -> TestWorld {
    var world = TestWorld()
    world.person("ungdom", born: born)
    world.foreldreansvar("mor", over: "ungdom")
    world.foreldreansvar("far", over: "ungdom")
    world.register(
        .caseRecord(
            Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
    world.grant("u-ppt", to: .employment(id("ppt")), on: "u")
    for consent in consents {
        world.consent("u-\(consent.giver)", by: consent.giver, capacity: consent.capacity, on: "u")
    }
    return world
}

private let parents: [(giver: String, capacity: ConsentCapacity)] = [
    ("mor", .foreldreansvar), ("far", .foreldreansvar),
]
private let own: [(giver: String, capacity: ConsentCapacity)] = [("ungdom", .`self`)]

/// Births and the instants at which an age is reached, written down by hand: an ordinary day in winter and in summer,
/// 29 February into a common year and into a leap year, and the days around the two nights on which the clocks change.
private let fifteenth = [
    ("2010-11-21", "2025-11-20T23:00:00Z"), ("2011-07-01", "2026-06-30T22:00:00Z"),
    ("2008-02-29", "2023-02-28T23:00:00Z"), ("2012-02-29", "2027-02-28T23:00:00Z"),
    ("2011-03-29", "2026-03-28T23:00:00Z"), ("2011-03-30", "2026-03-29T22:00:00Z"),
    ("2011-10-25", "2026-10-24T22:00:00Z"), ("2011-10-26", "2026-10-25T23:00:00Z"),
]
private let sixteenth = [
    ("2010-11-21", "2026-11-20T23:00:00Z"), ("2010-07-01", "2026-06-30T22:00:00Z"),
    ("2008-02-29", "2024-02-28T23:00:00Z"), ("2012-02-29", "2028-02-28T23:00:00Z"),
    ("2010-03-29", "2026-03-28T23:00:00Z"), ("2010-03-30", "2026-03-29T22:00:00Z"),
    ("2010-10-25", "2026-10-24T22:00:00Z"), ("2010-10-26", "2026-10-25T23:00:00Z"),
]
private let eighteenth = [
    ("2008-11-21", "2026-11-20T23:00:00Z"), ("2008-07-01", "2026-06-30T22:00:00Z"),
    ("2008-02-29", "2026-02-28T23:00:00Z"), ("2012-02-29", "2030-02-28T23:00:00Z"),
    ("2008-03-29", "2026-03-28T23:00:00Z"), ("2008-03-30", "2026-03-29T22:00:00Z"),
    ("2008-10-25", "2026-10-24T22:00:00Z"), ("2008-10-26", "2026-10-25T23:00:00Z"),
]

private let birthdays: [Boundary] = {
    let reads = Question.employee("ppt", .logRead, on: "u")
    var found: [Boundary] = []
    for (born, at) in fifteenth {
        // L03: from 15 the youth consents beside the parents.
        found.append(
            Boundary(
                name: "15 years, born \(born)", at: instant(at), before: "allow.consent",
                after: "deny.consent_incomplete", world: youth(born: born, consents: parents), question: reads))
        // L40: a party to barnevern's case from 15.
        var barnevern = youth(born: born, consents: [])
        barnevern.register(
            .caseRecord(
                Case(
                    id: id("bv"), subject: id("ungdom"), controller: id("kommune-a"), level: 2,
                    holder: id("barnevern"), kind: .barnevern)))
        found.append(
            Boundary(
                name: "15 years and a party, born \(born)", at: instant(at), before: "deny.not_party",
                after: "allow.party", world: barnevern, question: .person("ungdom", .logRead, on: "bv")))
    }
    for (born, at) in sixteenth {
        found.append(
            Boundary(
                name: "16 years alone, born \(born)", at: instant(at), before: "deny.consent_incomplete",
                after: "allow.consent", world: youth(born: born, consents: own), question: reads))
        found.append(
            Boundary(
                name: "16 years without the youth, born \(born)", at: instant(at), before: "deny.consent_incomplete",
                after: "deny.capacity_age", world: youth(born: born, consents: parents), question: reads))
    }
    for (born, at) in eighteenth {
        found.append(
            Boundary(
                name: "18 years, born \(born)", at: instant(at), before: "allow.parent", after: "deny.no_fa",
                world: youth(born: born, consents: own), question: .person("mor", .logRead, on: "u")))
    }
    return found + smallerAges
}()

private let smallerAges: [Boundary] = {
    let at = instant("2026-05-05")
    func adds(_ world: TestWorld, _ obligation: Obligation, _ name: String) -> Boundary {
        var question = Question.employee("larer", .participantAdd, on: "u")
        question.participant = .unit(id("ppt-1"))
        return Boundary(
            name: name, at: at, before: "false", after: "true", world: world, question: question,
            seen: { "\($0.obligations.contains(obligation))" })
    }
    var objecting = youth(born: "2014-05-05", consents: parents)
    objecting.register(.objection(Objection(id: id("nei"), by: id("ungdom"), caseID: id("u"), service: code("ppt"))))
    func withheld(_ born: String, _ category: Category, _ name: String) -> Boundary {
        let entry = EntryLabels(
            category: category, about: [id("ungdom")], author: id("skole-1"), withheld: .child_wish)
        return Boundary(
            name: name, at: at, before: "allow.parent", after: "deny.withheld",
            world: youth(born: born, consents: parents + own),
            question: Question.person("mor", .logRead, on: "u").with { $0.entry = entry })
    }
    return [
        adds(youth(born: "2019-05-05", consents: parents), .childView, "7 years and a view of one's own"),
        adds(objecting, .reviewRequired, "12 years and an objection"),
        withheld("2014-05-05", .health, "12 years, health withheld from the parents"),
        withheld("2010-05-05", .education, "16 years, withheld from the parents"),
    ]
}()

// MARK: - Ends and beginnings

/// A child of whom only the mother is a giver, so that one consent decides.
private func child(_ validity: Validity, _ change: (inout Consent) -> Void = { _ in }) -> TestWorld {
    var world = TestWorld()
    world.person("barn-2", born: "2017-03-10")
    world.foreldreansvar("mor", over: "barn-2")
    world.register(
        .caseRecord(
            Case(id: id("s2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
    world.grant("g2", to: .employment(id("ppt")), on: "s2")
    var consent = Consent(
        id: id("c2"), scope: .caseID(id("s2")), givenBy: .person(id("mor")), capacity: .foreldreansvar,
        services: [code("skole"), code("ppt")], validity: validity)
    change(&consent)
    world.register(.consent(consent))
    return world
}

/// The nights of 29 March and 25 October 2026: the hour that does not exist, and the one that comes twice.
private let instants = [
    ("by day", "2026-11-01T12:00:00+01:00"), ("at midnight", "2026-11-02T00:00:00+01:00"),
    ("as summer begins", "2026-03-29T01:00:00Z"), ("in the hour that comes twice, first", "2026-10-25T00:30:00Z"),
    ("in the hour that comes twice, again", "2026-10-25T01:30:00Z"), ("as winter begins", "2026-10-25T01:00:00Z"),
    ("on 29 February", "2028-02-29T12:00:00+01:00"),
]

private let ends: [Boundary] = instants.flatMap { (when, text) -> [Boundary] in
    let at = instant(text)
    let later = Validity(from: at)
    let earlier = Validity(until: at)
    let reads = Question.employee("ppt", .logRead, on: "s2")
    func boundary(
        _ name: String, _ before: String, _ after: String, _ world: TestWorld, _ question: Question = reads
    ) -> Boundary {
        Boundary(name: "\(name) \(when)", at: at, before: before, after: after, world: world, question: question)
    }
    var found = [
        boundary("a consent begins", "deny.consent_expired", "allow.consent", child(later)),
        boundary("a consent ends", "allow.consent", "deny.consent_expired", child(earlier)),
        boundary(
            "a consent is withdrawn", "allow.consent", "deny.consent_withdrawn",
            child(.always) {
                $0.state = .withdrawn
                $0.withdrawnAt = at
            }),
        boundary(
            "a consent is registered", "deny.no_consent", "allow.consent", child(.always) { $0.registeredAt = at }),
        boundary(
            "a one-time consent is spent", "allow.consent", "deny.consent_expired",
            child(.always) {
                $0.once = true
                $0.spentAt = at
            }),
    ]
    var world = child(.always)
    world.register(
        .employment(Employment(id: id("ny"), person: id("ny"), unit: id("ppt-1"), validity: later)),
        .employment(Employment(id: id("gammel"), person: id("gammel"), unit: id("ppt-1"), validity: earlier)),
        .employment(Employment(id: id("ppt-2"), person: id("ppt-2"), unit: id("ppt-1"))),
        .employment(Employment(id: id("ppt-3"), person: id("ppt-3"), unit: id("ppt-1"))),
        .employment(Employment(id: id("ppt-4"), person: id("ppt-4"), unit: id("ppt-1"))))
    for name in ["ny", "gammel"] { world.grant("g-\(name)", to: .employment(id(name)), on: "s2") }
    world.grant("g-2", to: .employment(id("ppt-2")), on: "s2", validity: later)
    world.grant("g-3", to: .employment(id("ppt-3")), on: "s2", validity: earlier)
    world.grant("g-4", to: .employment(id("ppt-4")), on: "s2")
    world.apply(.grantRevoked(id("g-4"), at: at))
    func reader(_ name: String) -> Question { .employee(name, .logRead, on: "s2") }
    found += [
        boundary("an employment begins", "deny.role", "allow.consent", world, reader("ny")),
        boundary("an employment ends", "allow.consent", "deny.role_expired", world, reader("gammel")),
        boundary("a grant begins", "deny.not_participant", "allow.consent", world, reader("ppt-2")),
        boundary("a grant ends", "allow.consent", "deny.not_participant", world, reader("ppt-3")),
        boundary("a grant is revoked", "allow.consent", "deny.not_participant", world, reader("ppt-4")),
    ]
    return found + authorities(at, when) + others(at, when)
}

private func authorities(_ at: Instant, _ when: String) -> [Boundary] {
    var world = child(.always)
    world.foreldreansvar("far", over: "barn-2", validity: Validity(from: at))
    world.person("barn-3", born: "2017-03-10")
    world.foreldreansvar("mor", over: "barn-3")
    world.foreldreansvar("far", over: "barn-3", validity: Validity(until: at))
    world.register(
        .caseRecord(
            Case(id: id("s3"), subject: id("barn-3"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
    world.grant("g3", to: .employment(id("ppt")), on: "s3")
    world.consent("c3", by: "mor", on: "s3")
    for (child, caseID, validity) in [("barn-4", "s4", Validity(from: at)), ("barn-5", "s5", Validity(until: at))] {
        world.person(child, born: "2017-03-10")
        world.register(
            .authority(
                Authority(
                    id: id("omsorg-\(child)"), holder: .unit(id("barnevern-1")), over: id(child), kind: .omsorg,
                    validity: validity, document: try? Identifier("vedtak-1"))),
            .caseRecord(
                Case(id: id(caseID), subject: id(child), controller: id("kommune-a"), level: 2, holder: id("larer"))))
    }
    func boundary(_ name: String, _ before: String, _ after: String, _ question: Question) -> Boundary {
        Boundary(name: "\(name) \(when)", at: at, before: before, after: after, world: world, question: question)
    }
    return [
        boundary("an authority begins", "deny.no_fa", "allow.parent", .person("far", .logRead, on: "s2")),
        boundary("an authority ends", "allow.parent", "deny.no_fa", .person("far", .logRead, on: "s3")),
        boundary(
            "a care order begins", "deny.not_participant", "allow.parent", .employee("barnevern", .logRead, on: "s4")),
        boundary(
            "a care order ends", "allow.parent", "deny.not_participant", .employee("barnevern", .logRead, on: "s5")),
        boundary(
            "a second giver comes", "allow.consent", "deny.consent_incomplete", .employee("ppt", .logRead, on: "s2")),
        boundary(
            "a second giver falls away", "deny.consent_incomplete", "allow.consent",
            .employee("ppt", .logRead, on: "s3")),
    ]
}

private func others(_ at: Instant, _ when: String) -> [Boundary] {
    var world = child(.always)
    world.register(
        .meeting(
            Meeting(
                id: id("m"), type: .samarbeidsmote, caseID: id("s2"), convenedBy: id("larer"),
                invited: [.employment(id("ppt"))], familyPresent: true, endedAt: at)),
        .restriction(
            Restriction(id: id("r"), subject: id("barn-2"), against: id("mor"), kind: .undersokelse, until: at)))
    var dead = child(.always)
    dead.register(.person(Person(id: id("barn-2"), born: date("2017-03-10"), deceased: at)))
    var lacking = youth(born: "2009-01-01", consents: own)
    lacking.register(
        .capacity(Capacity(id: id("k"), person: id("ungdom"), validity: Validity(from: at))))
    func boundary(
        _ name: String, _ before: String, _ after: String, _ world: TestWorld, _ question: Question
    ) -> Boundary {
        Boundary(name: "\(name) \(when)", at: at, before: before, after: after, world: world, question: question)
    }
    let held = EntryLabels(
        category: .education, about: [id("barn-2")], author: id("skole-1"), withheld: .investigation,
        withheldUntil: at)
    var found = [
        boundary(
            "a meeting ends", "allow.consent", "deny.state", world,
            Question(actor: .employment(id("ppt")), action: .meetingAttend, object: .meeting(id("m")))),
        boundary(
            "a restriction ends", "deny.withheld", "allow.parent", world, .person("mor", .logRead, on: "s2")),
        boundary(
            "what an investigation holds back", "deny.withheld", "allow.parent", child(.always),
            Question.person("mor", .logRead, on: "s2").with { $0.entry = held }),
        boundary("a death", "allow.consent", "deny.state", dead, .employee("ppt", .logRead, on: "s2")),
    ]
    if at < instant("2027-01-01") {
        found.append(
            boundary(
                "competence is lost", "allow.consent", "deny.consent_incomplete", lacking,
                .employee("ppt", .logRead, on: "u")))
    }
    return found
}

// MARK: - Windows of the profile

private let windows: [Boundary] = {
    var closed = TestWorld()
    closed.register(
        .caseRecord(
            Case(
                id: id("sak"), subject: id("barn"), controller: id("kommune-a"), level: 2, log: .closed,
                closedAt: instant("2027-03-28T02:30:00+01:00"), holder: id("larer"))))
    var wonder = TestWorld()
    wonder.register(
        .discussion(
            Discussion(
                id: id("undring"), person: id("barn"), unit: id("skole-1"),
                started: instant("2026-10-20T12:00:00+02:00"))))
    let discusses = Question(
        actor: .employment(id("larer")), action: .discussInternal, object: .person(id("barn")))
    return [
        Boundary(
            name: "a consent has lasted twelve months", at: instant("2027-10-24T12:00:00+02:00"),
            before: "allow.consent", after: "deny.consent_expired",
            world: child(Validity(from: instant("2026-10-24T12:00:00+02:00"))),
            question: .employee("ppt", .logRead, on: "s2")),
        Boundary(
            name: "a consent given on 29 February has lasted twelve months", at: instant("2029-02-28T12:00:00+01:00"),
            before: "allow.consent", after: "deny.consent_expired",
            world: child(Validity(from: instant("2028-02-29T12:00:00+01:00"))),
            question: .employee("ppt", .logRead, on: "s2")),
        Boundary(
            name: "the family's twelve months after closing", at: instant("2028-03-28T03:30:00+02:00"),
            before: "allow.parent", after: "deny.log_closed", world: closed, question: .person("mor", .logRead)),
        Boundary(
            // Fourteen days on the calendar, across the night on which winter begins; older than that is too old.
            name: "two weeks of wonder", at: instant("2026-11-03T12:00:00+01:00").advanced(byMilliseconds: 1),
            before: "false", after: "true",
            world: wonder, question: discusses, seen: { "\($0.obligations.contains(.conclude))" }),
    ]
}()
