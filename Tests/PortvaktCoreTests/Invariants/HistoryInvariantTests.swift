import Testing

@testable import PortvaktCore

/// Properties of what happens to facts over time, over random municipalities.
@Suite("Over every history", .timeLimit(.minutes(10)))
struct HistoryInvariantTests {
    private static let worlds: UInt64 = 150
    private static let questions = 24

    /// A fresh start for each run, and printed, so that a failure can be run again.
    static let seed: UInt64 = {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("histories: seed \(seed)")
        return seed
    }()

    private func forEachWorld(_ body: (inout RandomWorld, UInt64) -> Void) {
        for index in 0..<Self.worlds {
            let seed = Self.seed &+ index
            var world = RandomWorld(seed: seed)
            body(&world, seed)
        }
    }

    /// Every consent of the municipality.
    private func consents(_ world: TestWorld) -> [Consent] {
        RandomWorld.persons.flatMap { world.state.person(id($0))?.consents.map(\.record) ?? [] }
    }

    /// The state in which a consent is as given; folded in without asking whether it may be changed so.
    private func folding(_ consent: Consent, into world: TestWorld) -> TestWorld {
        var tables = world.state.tables
        tables.foldNext(world.change(.registered(.consent(consent))))
        var world = world
        world.state = Snapshot(tables)
        return world
    }

    @Test("letting a consent expire, or spending it, never turns a deny into an allow")
    func endings() {
        forEachWorld { random, seed in
            let questions = (0..<Self.questions).map { _ in random.question() }
            let world = random.world
            let refused = questions.filter { world.decide($0).effect != .allow }
            for consent in consents(world) where consent.state == .given {
                var expired = consent
                expired.validity.until = min(expired.validity.until, world.now)
                guard expired.validity.from < expired.validity.until else { continue }
                var spent = consent
                spent.once = true
                var after = folding(spent, into: world)
                // Whether it is for one use or for many changes nothing until it is used.
                let before = refused.filter { after.decide($0).effect != .allow }
                #expect(before.count == refused.count, "seed \(seed): \(consent.id)")
                spent.spentAt = world.now
                after = folding(spent, into: after)
                let later = folding(expired, into: world)
                for question in refused {
                    #expect(later.decide(question).effect != .allow, "seed \(seed): \(consent.id) for \(question)")
                    #expect(after.decide(question).effect != .allow, "seed \(seed): \(consent.id) for \(question)")
                }
            }
        }
    }

    @Test("at every revision of a log's way from hand to hand at most one may write in it")
    func baton() {
        var handovers = 0
        forEachWorld { random, seed in
            for step in 0..<6 {
                let caseID = random.random.pick(RandomWorld.cases)
                let record = random.world.state.caseFile(id(caseID))?.caseRecord.record
                // Mostly by the present stafettholder, sometimes by one who no longer is.
                let from =
                    random.random.chance(80) ? record?.holder : id(random.random.pick(RandomWorld.employments))
                guard let from else { continue }
                let handover = Handover(
                    id: id("stafett-\(step)"), caseID: id(caseID), from: from,
                    to: id(random.random.pick(RandomWorld.employments)),
                    state: random.random.chance(70) ? .accepted : .proposed)
                guard let next = try? random.world.state.applying(random.world.change(.registered(.handover(handover))))
                else { continue }
                random.world.state = next
                handovers += 1
                for caseID in RandomWorld.cases {
                    for offset in [-1, 0, 1] as [Int64] {
                        let at = random.world.now.advanced(byMilliseconds: offset)
                        let writers = RandomWorld.employments.filter {
                            random.world.decide(.employee($0, .logWrite, on: caseID), at: at).effect == .allow
                        }
                        #expect(writers.count <= 1, "seed \(seed): \(writers) in \(caseID)")
                    }
                }
            }
        }
        #expect(handovers > 100)
    }

    @Test("an anonymous discussion shares no identifier with a case, and no time more precise than its week")
    func anonymous() {
        forEachWorld { random, seed in
            var world = random.world
            let number = random.random.next() % 1000
            world.register(
                .meeting(
                    Meeting(
                        id: id("team-\(number)"), type: .ressursteam, convenedBy: id("larer"),
                        invited: [.unit(id("ppt-1"))], anonymous: true)))
            world.now = world.now.advanced(byMilliseconds: Int64(random.random.next() % 1_000_000_000))
            let discussion = AnonymousDiscussion(
                id: id("anonym-\(number)"), meeting: id("team-\(number)"), services: [code("ppt")],
                topic: code("lesing"), ageBand: random.random.pick(AgeBand.allCases))
            world.register(.anonymousDiscussion(discussion))
            guard let filed = world.state.anonymousDiscussion(discussion.id) else {
                Issue.record("seed \(seed): it is not there")
                return
            }
            var identities: Set<String> = Set(RandomWorld.persons + RandomWorld.employments + RandomWorld.cases)
            for caseID in RandomWorld.cases {
                guard let file = world.state.caseFile(id(caseID)) else { continue }
                identities.formUnion(file.grants.map(\.record.id.text) + file.meetings.map(\.text))
            }
            for field in Mirror(reflecting: filed.record).children {
                #expect(!(field.value is Instant), "seed \(seed): \(field.label ?? "")")
                #expect(!identities.contains("\(field.value)"), "seed \(seed): \(field.label ?? "")")
            }
            // Monday, 00:00 in Oslo.
            let date = OsloTime.date(at: filed.registeredAt)
            #expect(date.weekday == 1 && filed.registeredAt == OsloTime.startOfDay(date), "seed \(seed)")
            #expect(filed.registeredAt <= world.now && world.now < OsloTime.adding(days: 7, to: filed.registeredAt))
        }
    }
}
