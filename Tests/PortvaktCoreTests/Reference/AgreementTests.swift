import Glibc
import PortvaktCore
import PortvaktScenarios
import PortvaktYAML
import Testing

@Suite("Engine and reference evaluator")
struct AgreementTests {
    /// How many questions are asked in a run, and about how many of them one world is asked. A longer run than the suite's own is asked for in
    /// the environment; it can only be longer, but under a sanitizer.
    static let questionCount = Share.of(max(200_000, TestSeed.number("PORTVAKT_QUESTIONS") ?? 0), "questions")
    static let questionsPerWorld = 100

    @Test(
        "agree on effect and primary reason over random histories and questions",
        // 200,000 questions asked twice take a minute or two without optimisation.
        .timeLimit(.minutes(questionCount > 200_000 ? 60 : 8)))
    func agree() throws {
        let seed = TestSeed.value
        let folder = ProfileFolder(path: TestFolders.policies)
        let profiles = try ReferenceProfile.all.map { ($0, try folder.profile(named: $0.name)) }
        var tally = Tally()
        for number in 0..<UInt64(Self.questionCount / Self.questionsPerWorld) {
            let history = RandomHistory(seed: seed &+ number)
            var snapshot = Snapshot.empty
            var accepted: [Event] = []
            for event in history.events {
                let change = Change(
                    event: event, registeredAt: .distantPast, system: made("system"), controller: made("ka"))
                // What contradicts what is there is refused, by the state's own rules; the reference never hears of it.
                guard let next = try? snapshot.applying(change) else { continue }
                snapshot = next
                accepted.append(event)
            }
            let world = World(accepted)
            let (ours, theirs) = profiles[Int(number % UInt64(profiles.count))]
            var random = SeededRandom(seed: seed, stream: number)
            for _ in 0..<Self.questionsPerWorld {
                let (question, system, at) = history.question(&random)
                let expected = Reference(world, ours, question, by: system, at: at).answer()
                let decision = Engine.decide(question, asked: system, in: snapshot, under: theirs, at: at)
                tally.add(expected, decision, question, at, world, "world \(seed &+ number) \(ours.name)")
            }
        }
        #expect(tally.count == Self.questionCount / Self.questionsPerWorld * Self.questionsPerWorld)
        // Compared as text, so that the failure's own line tells the seed and the kinds of difference.
        #expect(tally.kinds(seed: seed) == "", "\(tally.summary)")
        #expect(
            tally.reasons.count >= (Share.oneIn == 1 ? 45 : 30),
            "only \(tally.reasons.count) reasons were met: \(tally.missing)")
    }
}

/// The seed of a run's random tests: drawn anew for each run; a failure tells it, and `PORTVAKT_SEED` repeats the run.
enum TestSeed {
    static let value = number("PORTVAKT_SEED").map { UInt64($0) } ?? UInt64.random(in: 0...UInt64(UInt32.max))

    /// A number of the environment, none when it is not set.
    static func number(_ name: String) -> Int? {
        getenv(name).flatMap { Int(String(cString: $0)) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

/// What two evaluators said.
struct Tally {
    var count = 0
    var reasons: [Reason: Int] = [:]
    /// One example for each kind of difference, and how often it was met.
    var differences: [String: (count: Int, example: String)] = [:]

    mutating func add(
        _ expected: Reason, _ decision: Decision, _ question: Question, _ at: Instant, _ world: World, _ name: String
    ) {
        count += 1
        reasons[expected, default: 0] += 1
        guard decision.primary != expected || decision.effect != expected.effect else { return }
        let key = "\(question.action.word): reference \(expected.word), engine \(decision.primary.word)"
        if differences[key] == nil {
            let facts = world.text(for: question, at: at)
            differences[key] = (
                0, "\(name) at \(at.rfc3339): all of the engine's \(decision.reasons.map(\.word))\n\(facts)"
            )
        }
        differences[key]?.count += 1
    }

    var differing: Int { differences.values.reduce(0) { $0 + $1.count } }

    /// Each kind of difference and the seed that shows it; empty when there is none.
    func kinds(seed: UInt64) -> String {
        differences.isEmpty ? "" : "seed \(seed): " + differences.keys.sorted().joined(separator: "; ")
    }

    var missing: String { Reason.allCases.filter { reasons[$0] == nil }.map(\.word).joined(separator: " ") }

    var summary: String {
        let lines = differences.sorted { $0.value.count > $1.value.count }.map {
            "\($0.value.count) × \($0.key)\n    \($0.value.example)"
        }
        return "\(differing) of \(count) differ\n" + lines.joined(separator: "\n")
    }
}
