import PortvaktCore
import Testing

private let health = EntryLabels(category: .health, about: [id("ungdom")], author: id("helsestasjon-1"))

/// A youth whose own consent, and whose parents', both stand: who carries it follows from the age alone.
private func worldOfYouth(born: String) -> TestWorld {
    var world = TestWorld()
    world.person("ungdom", born: born)
    world.foreldreansvar("mor", over: "ungdom")
    world.foreldreansvar("far", over: "ungdom")
    world.register(
        .caseRecord(
            Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
    world.grant("u-ppt", to: .employment(id("ppt")), on: "u")
    return world
}

@Suite("At a boundary")
struct BoundaryTests {
    @Test(
        "of age the instant before, at and after decide differently",
        arguments: [
            ("2010-11-21", "2026-11-20T23:59:59.999+01:00", false), ("2010-11-21", "2026-11-21T00:00:00+01:00", true),
            ("2010-11-21", "2026-11-21T00:00:00.001+01:00", true),
            // 29 February: in a common year from 1 March, in a leap year on the day.
            ("2008-02-29", "2024-02-28T23:59:59.999+01:00", false), ("2008-02-29", "2024-02-29T00:00:00+01:00", true),
            ("2012-02-29", "2028-02-28T23:59:59.999+01:00", false), ("2012-02-29", "2028-02-29T00:00:00+01:00", true),
            ("2007-03-01", "2023-02-28T23:59:59.999+01:00", false), ("2007-03-01", "2023-03-01T00:00:00+01:00", true),
            // Summer time: 00:00 in Oslo is 22:00 UTC the day before.
            ("2010-07-01", "2026-06-30T21:59:59.999Z", false), ("2010-07-01", "2026-06-30T22:00:00Z", true),
            // The nights on which the clocks change: they change at 02:00 and 03:00, never at midnight.
            ("2010-03-29", "2026-03-28T22:59:59.999Z", false), ("2010-03-29", "2026-03-28T23:00:00Z", true),
            ("2010-03-30", "2026-03-29T21:59:59.999Z", false), ("2010-03-30", "2026-03-29T22:00:00Z", true),
            ("2010-10-25", "2026-10-24T21:59:59.999Z", false), ("2010-10-25", "2026-10-24T22:00:00Z", true),
            ("2010-10-26", "2026-10-25T22:59:59.999Z", false), ("2010-10-26", "2026-10-25T23:00:00Z", true),
        ])
    func sixteenthBirthday(_ born: String, _ at: String, _ isSixteen: Bool) {
        var world = worldOfYouth(born: born)
        world.consent("ungdoms", by: "ungdom", capacity: .`self`, on: "u")
        let question = Question.employee("ppt", .logRead, on: "u").with { $0.entry = health }
        #expect(world.primary(question, at: instant(at)) == (isSixteen ? "allow.consent" : "deny.capacity_age"))
    }

    @Test("born on 29 February, a common year makes them older on 1 March")
    func leapDayInCommonYear() {
        var world = worldOfYouth(born: "2008-02-29")
        world.consent("ungdoms", by: "ungdom", capacity: .`self`, on: "u")
        let question = Question.person("mor", .logRead, on: "u")
        #expect(world.primary(question, at: instant("2026-02-28T23:59:59.999+01:00")) == "allow.parent")
        #expect(world.primary(question, at: instant("2026-03-01T00:00:00+01:00")) == "deny.no_fa")
    }

    @Test("of a consent the end is the first instant that no longer counts")
    func consentEnds() {
        var world = TestWorld()
        let (from, until) = (instant("2026-11-01T12:00:00+01:00"), instant("2026-11-30T12:00:00+01:00"))
        world.person("barn-2", born: "2017-03-10")
        world.foreldreansvar("mor", over: "barn-2")
        world.register(
            .caseRecord(
                Case(id: id("s2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.grant("g2", to: .employment(id("ppt")), on: "s2")
        world.consent("c2", by: "mor", on: "s2", validity: Validity(from: from, until: until))
        let question = Question.employee("ppt", .logRead, on: "s2")
        let step: Int64 = 1
        #expect(world.primary(question, at: from.advanced(byMilliseconds: -step)) == "deny.consent_expired")
        #expect(world.primary(question, at: from) == "allow.consent")
        #expect(world.primary(question, at: until.advanced(byMilliseconds: -step)) == "allow.consent")
        #expect(world.primary(question, at: until) == "deny.consent_expired")
        #expect(world.decide(question, at: until.advanced(byMilliseconds: -500)).holdsUntil == until)
    }

    @Test("a consent without an end lasts the profile's twelve months from when it was given, on the local calendar")
    func longestDuration() {
        var world = TestWorld()
        world.person("barn-2", born: "2017-03-10")
        world.foreldreansvar("mor", over: "barn-2")
        world.register(
            .caseRecord(
                Case(id: id("s2"), subject: id("barn-2"), controller: id("kommune-a"), level: 2, holder: id("larer"))))
        world.grant("g2", to: .employment(id("ppt")), on: "s2")
        // Given in summer time, ending in winter time's year: the hour on the wall stays.
        world.consent("c2", by: "mor", on: "s2", validity: Validity(from: instant("2026-10-24T12:00:00+02:00")))
        let question = Question.employee("ppt", .logRead, on: "s2")
        #expect(world.primary(question, at: instant("2027-10-24T11:59:59.999+02:00")) == "allow.consent")
        #expect(world.primary(question, at: instant("2027-10-24T12:00:00+02:00")) == "deny.consent_expired")
        world.consent(
            "c3", by: "mor", on: "s2",
            validity: Validity(from: instant("2027-11-01T00:00:00+01:00"), until: instant("2029-01-01")))
        #expect(world.primary(question, at: instant("2028-10-31T23:59:59.999+01:00")) == "allow.consent")
        #expect(world.primary(question, at: instant("2028-11-01T00:00:00+01:00")) == "deny.consent_expired")
    }

    @Test("of an employment, a grant and a meeting the same holds")
    func ends() {
        var world = TestWorld()
        let (from, until) = (instant("2026-11-01"), instant("2026-12-01"))
        world.register(
            .employment(
                Employment(
                    id: id("vikar"), person: id("vikar"), unit: id("ppt-1"),
                    validity: Validity(from: from, until: until))))
        world.grant("g-vikar", to: .employment(id("vikar")))
        let question = Question.employee("vikar", .logRead)
        #expect(world.primary(question, at: from.advanced(byMilliseconds: -1)) == "deny.role")
        #expect(world.primary(question, at: from) == "allow.consent")
        #expect(world.primary(question, at: until) == "deny.role_expired")
        world.register(
            .employment(Employment(id: id("ppt-2"), person: id("ppt-2"), unit: id("ppt-1"))),
            .meeting(Meeting(id: id("m"), type: .fagmote, caseID: id("sak"), convenedBy: id("larer"), endedAt: until)),
            .grant(Grant(id: id("m-ppt"), caseID: id("sak"), to: .employment(id("ppt-2")), meeting: id("m"))))
        let guest = Question.employee("ppt-2", .logRead)
        #expect(world.primary(guest, at: until.advanced(byMilliseconds: -1)) == "allow.consent")
        #expect(world.primary(guest, at: until) == "deny.not_participant")
        #expect(world.decide(guest, at: until.advanced(byMilliseconds: -1)).holdsUntil == until)
        world.register(
            .grant(
                Grant(id: id("m-ppt"), caseID: id("sak"), to: .employment(id("ppt-2")), meeting: id("m"), measure: true)
            ))
        #expect(world.primary(guest, at: until) == "allow.consent")
    }

    @Test("of the family's window after closing, and of a restriction")
    func windows() {
        var world = TestWorld()
        world.register(
            .caseRecord(
                Case(
                    id: id("sak"), subject: id("barn"), controller: id("kommune-a"), level: 2, log: .closed,
                    closedAt: instant("2026-02-28T09:00:00+01:00"), holder: id("larer"))))
        let question = Question.person("mor", .logRead)
        #expect(world.primary(question, at: instant("2027-02-28T08:59:59.999+01:00")) == "allow.parent")
        #expect(world.primary(question, at: instant("2027-02-28T09:00:00+01:00")) == "deny.log_closed")
        world.register(
            .restriction(
                Restriction(
                    id: id("r"), subject: id("barn"), against: id("mor"), kind: .undersokelse,
                    until: instant("2026-12-01"))))
        #expect(world.primary(question, at: instant("2026-12-01").advanced(byMilliseconds: -1)) == "deny.withheld")
        #expect(world.primary(question, at: instant("2026-12-01")) == "allow.parent")
    }

    @Test("an answer holds a minute, and never past the birthday of one whose age was looked at")
    func holding() {
        let world = TestWorld()
        let question = Question.employee("ppt", .logRead)
        #expect(world.decide(question).holdsUntil == world.now.advanced(byMilliseconds: 60_000))
        let late = instant("2026-11-21T23:59:30+01:00")
        #expect(world.decide(question, at: late).holdsUntil == late.advanced(byMilliseconds: 60_000))
        let eve = instant("2026-03-09T23:59:30+01:00")
        #expect(world.decide(question, at: eve).holdsUntil == instant("2026-03-10T00:00:00+01:00"))
    }

    @Test("an answer holds, and an access is foreseen, no longer than the profile that it was given under is in force")
    func profiles() throws {
        var world = TestWorld()
        let question = Question.employee("ppt", .logRead)
        let midnight = instant("2026-11-22T00:00:00+01:00")
        let eve = midnight.advanced(byMilliseconds: -30_000)
        let minute = eve.advanced(byMilliseconds: 60_000)
        func activate(_ hash: [UInt8], from: Instant) throws {
            world.apply(.profileActivated(name: try Identifier("profile"), hash: hash, from: from))
        }
        func foreseen() throws -> Instant {
            let accesses = AccessReview.accesses(
                of: question.actor, to: id("sak"), in: world.state, under: Profiles.nasjonal, at: eve)
            return try #require(accesses.first { $0.action == .logRead }).until ?? .distantFuture
        }
        #expect(world.decide(question, at: eve).holdsUntil == minute)
        #expect(try foreseen() > minute)
        // The same one again changes nothing; another one does, from its own instant on.
        try activate(Profiles.nasjonal.hash, from: midnight)
        #expect(world.decide(question, at: eve).holdsUntil == minute)
        try activate([UInt8](repeating: 7, count: 32), from: midnight)
        #expect(world.decide(question, at: eve).holdsUntil == midnight)
        #expect(try foreseen() == midnight)
        // Taken back, for the same instant.
        try activate(Profiles.nasjonal.hash, from: midnight)
        #expect(world.decide(question, at: eve).holdsUntil == minute)
        #expect(try foreseen() > minute)
    }
}
