public import PortvaktCore

/// A question of a scenario that two profiles answer differently.
public struct ScenarioDifference: Sendable {
    public var place: SourcePlace
    public var id: String
    public var question: Question
    public var at: Instant
    public var before: Answer
    public var after: Answer
}

extension ScenarioSuite {
    /// Asks every question under both profiles, whichever the scenario names, and gives those that come out differently:
    /// another effect, reasons, obligations, or another answer to an outsider.
    public func differences(from before: PolicyProfile, to after: PolicyProfile) -> [ScenarioDifference] {
        var found: [ScenarioDifference] = []
        for scenario in scenarios {
            let state = ScenarioState(scenario)
            for check in scenario.checks {
                let system = check.system ?? AskingSystem(id: ScenarioState.system)
                let snapshot = state.snapshot(at: check.at)
                func answer(_ profile: PolicyProfile) -> Answer {
                    Answer(Engine.decide(check.question, asked: system, in: snapshot, under: profile, at: check.at))
                }
                let (old, new) = (answer(before), answer(after))
                if old == new { continue }
                found.append(
                    ScenarioDifference(
                        place: check.place, id: scenario.id, question: check.question, at: check.at, before: old,
                        after: new))
            }
        }
        return found
    }
}
