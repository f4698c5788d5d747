@testable import PortvaktCore
import PortvaktScenarios
import Testing

@Suite("Foresight")
struct ForesightTests {
    @Test("lists everyone who has access to a case, and agrees with the decisions")
    func who() {
        let world = TestWorld()
        let accesses = AccessReview.who(of: id("sak"), in: world.state, under: Profiles.nasjonal, at: world.now)
        let reading = accesses.filter { $0.action == .logRead }.map(\.actor)
        #expect(
            reading == [
                .employment(id("larer")), .employment(id("ppt")), .person(id("barn")), .person(id("far")),
                .person(id("mor")),
            ])
        for access in accesses {
            let question = access.question
            #expect(world.decide(question).primary == access.basis)
        }
    }

    @Test("agrees with the decisions on every pair, in every municipality")
    func agreement() {
        for seed in 0..<60 {
            var random = RandomWorld(seed: UInt64(seed))
            for caseID in RandomWorld.cases {
                let accesses = AccessReview.who(
                    of: id(caseID), in: random.world.state, under: Profiles.nasjonal, at: random.world.now)
                let actors =
                    RandomWorld.employments.map { Actor.employment(id($0)) }
                    + RandomWorld.persons.map { .person(id($0)) }
                for actor in actors {
                    for action in [Action.logRead, .logWrite, .logClose, .planRead, .planWrite] {
                        let question = Question(actor: actor, action: action, object: .caseID(id(caseID)))
                        let isAllowed = random.world.decide(question).effect == .allow
                        let isListed = accesses.contains { $0.question == question }
                        #expect(isAllowed == isListed, "seed \(seed): \(question)")
                    }
                }
            }
            _ = random.question()
        }
    }

    @Test("lists an actor's cases page by page")
    func what() {
        var world = TestWorld()
        for number in 0..<5 {
            world.person("b-\(number)", born: "2017-03-10")
            world.register(
                .caseRecord(
                    Case(
                        id: id("s-\(number)"), subject: id("b-\(number)"), controller: id("kommune-a"), level: 2,
                        holder: id("larer"))))
        }
        let first = AccessReview.what(
            for: .employment(id("larer")), in: world.state, under: Profiles.nasjonal, at: world.now, limit: 4)
        #expect(!first.isComplete)
        let all = AccessReview.what(
            for: .employment(id("larer")), in: world.state, under: Profiles.nasjonal, at: world.now, limit: 6)
        #expect(all.isComplete)
        #expect(Set(all.items.map(\.object)).count == 6)
    }

    @Test("shows a parent what a withdrawal would close, and changes nothing")
    func withdrawal() throws {
        let world = TestWorld()
        let change = world.change(.consentWithdrawn(id("samtykke-far"), at: world.now))
        let difference = try Simulation.difference(
            after: [change], in: world.state, under: Profiles.nasjonal, at: world.now)
        #expect(difference.appeared.isEmpty)
        #expect(
            Set(difference.disappeared.map { "\($0.actor) \($0.action.word)" }).count == difference.disappeared.count)
        #expect(difference.disappeared.contains { $0.actor == .employment(id("ppt")) && $0.action == .logRead })
        #expect(difference.disappeared.contains { $0.actor == .employment(id("larer")) && $0.action == .logWrite })
        #expect(!difference.disappeared.contains { $0.action == .logRead && $0.actor == .person(id("far")) })
        #expect(world.primary(.employee("ppt", .logRead)) == "allow.consent")
    }

    @Test("shows what a birthday would do")
    func birthday() throws {
        let world = TestWorld()
        let adult = instant("2035-03-10")
        let difference = try Simulation.difference(
            after: [], in: world.state, under: Profiles.nasjonal, at: world.now, then: adult, cases: [id("sak")])
        #expect(difference.disappeared.contains { $0.actor == .person(id("mor")) && $0.action == .logRead })
        #expect(!difference.disappeared.contains { $0.actor == .person(id("barn")) && $0.action == .logRead })
    }

    @Test("lists what ends within a time, in order")
    func upcoming() {
        var world = TestWorld()
        world.consent("kort", by: "mor", for: [.fagmote_uten_familie], validity: Validity(until: instant("2026-12-01")))
        world.grant("kort-g", to: .employment(id("sykepleier")), validity: Validity(until: instant("2026-12-05")))
        world.person("ungdom", born: "2010-12-24")
        world.register(.caseRecord(Case(id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2)))
        let found = Upcoming.list(
            for: [id("sak"), id("u")], in: world.state, under: Profiles.nasjonal, after: world.now,
            before: instant("2027-01-01"))
        #expect(found.contains(.consentEnds(id("kort"), at: instant("2026-12-01"))))
        #expect(found.contains(.grantEnds(id("kort-g"), caseID: id("sak"), at: instant("2026-12-05"))))
        #expect(found.contains(.turns(id("ungdom"), age: 16, at: instant("2026-12-24"))))
        let times = found.compactMap(\.at)
        #expect(times == times.sorted())
    }

    @Test("what the passing of time would do is worked out under the profile that is in force then")
    func laterProfile() throws {
        let local = try #require(Profiles.all.first { $0.name == "lokal-15" })
        var world = TestWorld()
        world.person("ungdom", born: "2011-06-24")
        world.foreldreansvar("mor", over: "ungdom")
        world.register(
            .caseRecord(
                Case(
                    id: id("u"), subject: id("ungdom"), controller: id("kommune-a"), level: 2, log: .open,
                    holder: id("larer"))))
        world.grant("g-u", to: .employment(id("ppt")), on: "u")
        world.consent("egen", by: "ungdom", capacity: .`self`, on: "u")
        let question = Question.employee("ppt", .logRead, on: "u")
        let then = instant("2027-01-15")
        // At 15 the youth's own consent is enough under the one, and not under the other.
        try #require(world.primary(question, at: then, under: local) == "allow.consent")
        try #require(world.primary(question, under: Profiles.nasjonal) != "allow.consent")
        func isReading(_ access: Access) -> Bool { access.actor == question.actor && access.action == .logRead }
        let difference = Simulation.difference(
            from: world.state, at: world.now, to: world.state, at: then, of: id("u"), under: Profiles.nasjonal,
            then: local)
        #expect(difference.appeared.contains(where: isReading))
        let change = instant("2027-01-01")
        world.apply(.profileActivated(name: try Identifier("lokal-15"), hash: local.hash, from: world.now))
        world.apply(.profileActivated(name: try Identifier("nasjonal"), hash: Profiles.nasjonal.hash, from: change))
        let coming = Upcoming.list(for: [id("u")], in: world.state, after: world.now, before: then) {
            $0 < change ? local : Profiles.nasjonal
        }
        let breaks = coming.filter { if case .accessBreaks(let access, _, _) = $0 { isReading(access) } else { false } }
        #expect(breaks.map(\.at) == [change])
    }

    @Test("says nothing of a grant that was revoked and a consent that was used: they have ended")
    func ended() {
        var world = TestWorld()
        let until = instant("2026-12-05")
        world.consent("brukt", by: "mor", for: [.drofting], validity: Validity(until: until), once: true)
        world.grant("tatt", to: .employment(id("sykepleier")), validity: Validity(until: until))
        func coming() -> Int {
            Upcoming.list(
                for: [id("sak")], in: world.state, under: Profiles.nasjonal, after: world.now,
                before: instant("2027-01-01")
            ).count { $0.at == until && !$0.isBreak }
        }
        #expect(coming() == 2)
        world.apply(.grantRevoked(id("tatt"), at: world.now))
        world.apply(.consentSpent(id("brukt"), at: world.now))
        #expect(coming() == 0)
    }

    @Test(
        "says of an access when it breaks, not when a fact changes that it rests on: a child's birthday takes the log from no parent"
    )
    func breaks() {
        let world = TestWorld()
        let found = Upcoming.list(
            for: [id("sak")], in: world.state, under: Profiles.nasjonal, after: world.now, before: instant("2036-01-01")
        )
        let reading = found.filter { coming in
            guard case .accessBreaks(let access, _, _) = coming else { return false }
            return access.actor == .person(id("mor")) && access.action == .logRead
        }
        #expect(reading.map(\.at) == [instant("2035-03-10")])
    }

    @Test(
        "looks at an access a limited number of times: then it says that it breaks, and no longer when",
        arguments: [30, 100])
    func looks(_ days: Int) {
        var world = TestWorld()
        world.apply(.consentWithdrawn(id("samtykke-far"), at: world.now))
        func day(_ number: Int) -> Instant { world.now.advanced(byMilliseconds: Int64(number) * 86_400_000) }
        for number in 0..<days {
            world.consent("dag-\(number)", by: "far", validity: Validity(from: day(number), until: day(number + 1)))
        }
        func reading(before end: Instant) -> [Upcoming] {
            let found = Upcoming.list(
                for: [id("sak")], in: world.state, under: Profiles.nasjonal, after: world.now, before: end)
            return found.filter { coming in
                guard case .accessBreaks(let access, _, _) = coming else { return false }
                return access.actor == .employment(id("ppt")) && access.action == .logRead
            }
        }
        let found = reading(before: day(days + 10))
        #expect(days > Upcoming.looksPerAccess || found.map(\.at) == [day(days)])
        #expect(days < Upcoming.looksPerAccess || found.map(\.at) == [nil])
        #expect(reading(before: day(days)).isEmpty)
    }

    @Test("agrees with the decisions on when each access breaks, in every municipality")
    func breaksAgree() {
        var seen = 0
        for seed in 0..<60 {
            let random = RandomWorld(seed: UInt64(seed))
            let (state, now) = (random.world.state, random.world.now)
            let coming = Upcoming.list(
                for: RandomWorld.cases.map { id($0) }, in: state, under: Profiles.nasjonal, after: now,
                before: instant("2036-01-01"))
            for case .accessBreaks(let access, _, let at) in coming {
                guard let at else {
                    Issue.record("seed \(seed): no instant for \(access)")
                    continue
                }
                seen += 1
                func stands(at instant: Instant) -> Bool {
                    AccessReview.same(as: access, in: state, under: Profiles.nasjonal, at: instant) != nil
                }
                #expect(stands(at: at.advanced(byMilliseconds: -1)) && !stands(at: at), "seed \(seed): \(access)")
            }
        }
        #expect(seen > 100)
    }
}

@Suite("Coverage")
struct CoverageTests {
    @Test("says which rules nobody considered")
    func uncovered() {
        let now = instant("2026-11-21")
        let rules = Profiles.nasjonal.rules(at: now)
        #expect(rules.count > 120)
        #expect(rules.allSatisfy { !$0.sources.isEmpty })
        #expect(Profiles.nasjonal.uncovered(by: Set(rules.map(\.id)), at: now).isEmpty)
        #expect(Profiles.nasjonal.uncovered(by: [], at: now).count == rules.count)
    }

    @Test("of the shipped profiles is whole: some scenario considers every rule", arguments: Profiles.all)
    func shipped(_ profile: PolicyProfile) throws {
        let suite = try ScenarioSuite.load([Profiles.path("Tests/Scenarios")])
        let report = suite.run { name in Profiles.all.first { $0.name == name } }
        #expect(report.failed == 0, "\(report.failures)")
        let touched = report.touchedRules.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        let uncovered = profile.uncovered(by: touched, at: instant("2026-11-21"))
        #expect(uncovered.isEmpty, "no scenario considers \(uncovered.map(\.id))")
    }
}

extension Upcoming {
    fileprivate var isBreak: Bool { if case .accessBreaks = self { true } else { false } }
}
