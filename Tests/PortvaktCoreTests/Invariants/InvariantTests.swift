import PortvaktCore
import Testing

/// How many random municipalities each property is tried on, and how many questions in each.
private let worldCount = UInt64(Share.of(400, "random municipalities"))
private let questionCount = 40

@Suite("In every municipality")
struct InvariantTests {
    /// A fresh start for each run, and printed, so that a failure can be run again.
    static let seed: UInt64 = {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("invariants: seed \(seed)")
        return seed
    }()

    private func forEachWorld(_ body: (inout RandomWorld, UInt64) -> Void) {
        for index in 0..<worldCount {
            let seed = Self.seed &+ index
            var world = RandomWorld(seed: seed)
            body(&world, seed)
        }
    }

    @Test("a decision is a pure function, and explaining is the same function")
    func pure() {
        forEachWorld { random, seed in
            for _ in 0..<questionCount {
                let question = random.question()
                let first = random.world.decide(question)
                let explained = Engine.explain(
                    question, asked: AskingSystem(id: TestWorld.system), in: random.world.state,
                    under: Profiles.nasjonal,
                    at: random.world.now)
                #expect(
                    first == random.world.decide(question) && first == explained.decision, "seed \(seed): \(question)")
                #expect(
                    !first.reasons.isEmpty
                        && first.reasons.allSatisfy { $0.effect == .allow } == (first.effect == .allow), "seed \(seed)")
            }
        }
    }

    @Test("taking a consent back never turns a deny into an allow")
    func withdrawal() {
        var tried = 0
        forEachWorld { random, seed in
            let questions = (0..<questionCount).map { _ in random.question() }
            let before = questions.map { random.world.decide($0) }
            for person in RandomWorld.persons {
                for consent in random.world.state.person(id(person))?.consents ?? [] {
                    let isRevoked = random.random.chance(50)
                    let event: Event =
                        isRevoked
                        ? .consentRevoked(consent.record.id, at: random.world.now)
                        : .consentWithdrawn(consent.record.id, at: random.world.now)
                    guard let after = try? random.world.state.applying(random.world.change(event)) else { continue }
                    tried += 1
                    for (question, old) in zip(questions, before) where old.effect != .allow {
                        let new = Engine.decide(
                            question, asked: AskingSystem(id: TestWorld.system), in: after, under: Profiles.nasjonal,
                            at: random.world.now)
                        #expect(
                            new.effect != .allow,
                            "seed \(seed): \(consent.record.id): \(old.reasons.map(\.word)) became \(new.reasons.map(\.word)) for \(question)"
                        )
                    }
                }
            }
        }
        #expect(tried >= Int(worldCount), "consents were taken back \(tried) times only")
    }

    @Test("after a withdrawal no decision rests on the consent")
    func withdrawnIsUnused() {
        forEachWorld { random, seed in
            for person in RandomWorld.persons {
                for consent in random.world.state.person(id(person))?.consents ?? [] {
                    random.world.apply(.consentWithdrawn(consent.record.id, at: random.world.now))
                }
            }
            for _ in 0..<questionCount {
                let question = random.question()
                let decision = random.world.decide(question)
                #expect(
                    !(decision.effect == .allow && decision.evidence.contains { $0.kind == .consent }),
                    "seed \(seed): \(question)")
                #expect(
                    decision.primary != .allowConsent || question.action == .consentGive
                        || decision.evidence.contains { $0.kind == .grant }, "seed \(seed): \(question)")
            }
        }
    }

    @Test("a grant never turns an allow into a deny")
    func grants() {
        forEachWorld { random, seed in
            let questions = (0..<questionCount).map { _ in random.question() }
            let allowed = questions.filter { random.world.decide($0).effect == .allow }
            for number in 0..<8 {
                let to: Party =
                    random.random.chance(50)
                    ? .employment(id(random.random.pick(RandomWorld.employments)))
                    : .unit(id(random.random.pick(RandomWorld.units)))
                let grant = Grant(
                    id: id("ny-\(number)"), caseID: id(random.random.pick(RandomWorld.cases)), to: to,
                    role: random.random.pick([.deltaker, .koordinator]),
                    document: random.random.pick(GrantDocument.allCases),
                    grantedBy: .unit(id(random.random.pick(RandomWorld.units))))
                guard let after = try? random.world.state.applying(random.world.change(.registered(.grant(grant))))
                else { continue }
                for question in allowed {
                    let decision = Engine.decide(
                        question, asked: AskingSystem(id: TestWorld.system), in: after, under: Profiles.nasjonal,
                        at: random.world.now)
                    #expect(
                        decision.effect == .allow,
                        "seed \(seed): \(grant) made \(decision.reasons.map(\.word)) of \(question)")
                }
            }
        }
    }

    @Test("at most one employment may write in a log")
    func oneWriter() {
        forEachWorld { random, seed in
            for caseID in RandomWorld.cases {
                let writers = RandomWorld.employments.filter { name in
                    random.world.decide(.employee(name, .logWrite, on: caseID)).effect == .allow
                }
                #expect(writers.count <= 1, "seed \(seed): \(writers) in \(caseID)")
            }
        }
    }

    @Test("what is there and hidden looks like what is not there")
    func concealment() {
        var tried = 0
        forEachWorld { random, seed in
            for _ in 0..<questionCount {
                let question = random.question()
                let decision = random.world.decide(question)
                guard decision.external == .not_found else { continue }
                tried += 1
                #expect(decision.obligations.isEmpty && decision.missing.isEmpty, "seed \(seed): \(question)")
                #expect(decision.holdsUntil == random.world.now, "seed \(seed): \(question)")
            }
        }
        #expect(tried >= Int(worldCount), "it was tried \(tried) times only")
    }

    @Test("an answer holds until nothing that it used has changed")
    func holding() {
        var tried = 0
        forEachWorld { random, seed in
            for _ in 0..<questionCount {
                let question = random.question()
                let decision = random.world.decide(question)
                let last = decision.holdsUntil.advanced(byMilliseconds: -1)
                guard last > random.world.now else { continue }
                tried += 1
                let later = random.world.decide(question, at: last)
                #expect(
                    later.effect == decision.effect && later.reasons == decision.reasons, "seed \(seed): \(question)")
            }
        }
        #expect(tried >= Int(worldCount), "it was tried \(tried) times only")
    }

    @Test("no duty to tell lets anybody read")
    func duties() {
        var tried = 0
        forEachWorld { random, seed in
            for _ in 0..<questionCount {
                var question = random.question()
                guard question.action == .logRead || question.action == .planRead else { continue }
                tried += 1
                let without = random.world.decide(question).effect
                question.ground = random.random.pick(Ground.allCases)
                question.necessity = "Nødvendig"
                #expect(random.world.decide(question).effect == without, "seed \(seed): \(question)")
            }
        }
        #expect(tried >= Int(worldCount), "it was tried \(tried) times only")
    }
}
