import PortvaktCore
import PortvaktScenarios
import Testing

@Suite("The reference evaluator")
struct ReferenceScenarioTests {
    @Test("answers every scenario as it must be answered")
    func scenarios() throws {
        let suite = try ScenarioSuite.load([TestFolders.scenarios])
        let system = try SystemID("reference")
        var answered = 0
        for scenario in suite.scenarios {
            let profile = try #require(
                ReferenceProfile.all.first { $0.name == scenario.profile }, "\(scenario.id): \(scenario.profile)")
            let controller = try scenario.mainController ?? ControllerID("none")
            let changes = scenario.records.changes(system: system, controller: controller)
            for check in scenario.checks where check.fault == nil {
                let world = World(changes.filter { $0.at <= check.at }.map(\.change.event))
                let asking = check.system ?? AskingSystem(id: system)
                let answer = Reference(world, profile, check.question, by: asking, at: check.at).answer()
                let expected = check.expect
                let isRight = answer.effect == expected.effect && (expected.reasons.first.map { $0 == answer } ?? true)
                answered += 1
                #expect(isRight, "\(check.place) \(scenario.id): expected \(expected.summary), got \(answer.word)")
            }
        }
        let faulty = suite.scenarios.flatMap(\.checks).count(where: { $0.fault != nil })
        #expect(answered == suite.checkCount - faulty && answered > 10 * faulty)
    }
}
