import PortvaktCore
import Testing

@Suite("What would make a refusal an allow", .timeLimit(.minutes(10)))
struct RemediesTests {
    private func remedies(
        _ question: Question, in world: TestWorld, under profile: PolicyProfile = Profiles.nasjonal
    ) -> Remedies {
        Remedies.of(
            question, asked: AskingSystem(id: TestWorld.system), in: world.state, under: profile, at: world.now)
    }

    /// A piece in words: what it is and who could give it.
    private func words(_ remedy: Remedy) -> String {
        let givers = remedy.givers.map { "\($0)" }.sorted().joined(separator: "|")
        switch remedy.missing {
        case .consent(_, let purpose, let service, let unit):
            return
                "consent \(purpose.word) \(service?.text ?? unit?.text ?? "-") \(remedy.about?.text ?? "-") \(givers)"
        case .grant(let document, _): return "grant \(document.word) \(remedy.role?.word ?? "-") \(givers)"
        }
    }

    private func words(_ remedies: Remedies) -> Set<Set<String>> {
        Set(remedies.sets.map { Set($0.map(words)) })
    }

    private func giver(_ name: String) -> String { "\(Party.person(id(name)))" }

    @Test("is the consent that was taken back")
    func oneConsent() {
        var world = TestWorld()
        world.apply(.consentWithdrawn(id("samtykke-far"), at: world.now))
        let found = remedies(.employee("ppt", .logRead), in: world)
        #expect(words(found) == [["consent samordning ppt - \(giver("far"))"]])
        #expect(found.isComplete)
    }

    @Test("is a grant and the consents that it rests on, where there is no link")
    func grantAndConsents() {
        let world = TestWorld()
        let found = remedies(.employee("sykepleier", .logRead), in: world)
        let holder = "\(Party.employment(id("larer")))"
        #expect(
            words(found) == [
                [
                    "grant log deltaker \(holder)", "consent samordning helsestasjon - \(giver("mor"))",
                    "consent samordning helsestasjon - \(giver("far"))",
                ]
            ])
    }

    @Test("is either parent's consent, where one of them is enough: two sets")
    func eitherParent() {
        var world = TestWorld()
        world.grant("deltar-syk", to: .employment(id("sykepleier")))
        let question = Question.employee("sykepleier", .logRead, purpose: .daglig_omsorg).with {
            $0.entry = EntryLabels(category: .health, about: [id("barn")], author: id("skole-1"))
        }
        let found = remedies(question, in: world)
        #expect(
            words(found) == [
                ["consent daglig_omsorg helsestasjon - \(giver("mor"))"],
                ["consent daglig_omsorg helsestasjon - \(giver("far"))"],
            ])
    }

    @Test("is a grant from each giver, for somebody of the family")
    func personsGrants() {
        var world = TestWorld()
        world.person("bestemor", born: "1955-01-01")
        let found = remedies(.person("bestemor", .logRead), in: world)
        #expect(
            words(found) == [
                ["grant log parorende \(giver("mor"))", "grant log parorende \(giver("far"))"]
            ])
    }

    @Test("is nothing where neither a consent nor a grant helps, and for an allow")
    func nothing() {
        var world = TestWorld()
        #expect(remedies(.employee("ppt", .logRead), in: world) == Remedies(sets: [], isComplete: true))
        world.register(.person(Person(id: id("barn"), born: date("2017-03-10"), deceased: instant("2026-01-01"))))
        #expect(remedies(.employee("ppt", .logRead), in: world) == Remedies(sets: [], isComplete: true))
        #expect(remedies(.employee("ppt", .logWrite), in: TestWorld()).sets.isEmpty)
    }

    @Test("each set makes it an allow, and no part of a set does, in every municipality")
    func smallest() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var sets = 0
        var sizes: Set<Int> = []
        for index in 0..<120 as Range<UInt64> {
            var random = RandomWorld(seed: seed &+ index)
            for _ in 0..<12 {
                let question = random.question()
                let world = random.world
                guard world.decide(question).effect != .allow else { continue }
                let found = remedies(question, in: world)
                #expect(found.sets.count <= Remedies.mostSets)
                for set in found.sets {
                    sets += 1
                    sizes.insert(set.count)
                    #expect(set.count <= Remedies.mostPieces)
                    for part in 0..<(1 << set.count) {
                        let chosen = set.indices.filter { part & (1 << $0) != 0 }.map { set[$0] }
                        guard let after = Remedies.applying(chosen, to: world.state, about: question, at: world.now)
                        else { continue }
                        let effect = Engine.decide(
                            question, asked: AskingSystem(id: TestWorld.system), in: after, under: Profiles.nasjonal,
                            at: world.now
                        ).effect
                        #expect(
                            (effect == .allow) == (chosen.count == set.count),
                            "seed \(seed &+ index): \(chosen.map(words)) of \(set.map(words)) for \(question)")
                    }
                }
                for (place, set) in found.sets.enumerated() {
                    let others = found.sets.enumerated().filter { $0.offset != place }.map { Set($0.element) }
                    #expect(!others.contains { $0.isSubset(of: set) }, "seed \(seed &+ index): a set within another")
                }
            }
        }
        #expect(sets > 20, "seed \(seed): nothing was found to try")
        #expect(sizes.count > 1, "seed \(seed): sets of one size only")
    }
}
