public import PortvaktCore
internal import PortvaktYAML

/// Scenario files, read and checked.
public struct ScenarioSuite: Sendable {
    public let scenarios: [Scenario]

    /// How many checks there are in all.
    public var checkCount: Int { scenarios.reduce(0) { $0 + $1.checks.count } }

    /// Reads every scenario file at or below the paths.
    /// - Throws: ``DocumentErrors``: an unknown key or word, a dangling id, an id that two scenarios have, and records
    ///   that could not have been registered together.
    public static func load(_ paths: [String]) throws(DocumentErrors) -> ScenarioSuite {
        var documents: [DocumentNode] = []
        for path in try YAMLFile.find(below: paths) { documents.append(try YAMLFile.read(path).document) }
        return try ScenarioSuite(documents)
    }

    /// - Throws: as ``load(_:)``.
    public init(_ documents: [DocumentNode]) throws(DocumentErrors) {
        let problems = DocumentProblems()
        let reader = ScenarioReader(problems: problems)
        var scenarios: [Scenario] = []
        var places: [String: SourcePlace] = [:]
        for scenario in documents.flatMap({ reader.scenarios($0) }) {
            if let first = places[scenario.id] {
                let problem = "the scenario \"\(scenario.id)\" stands already in \(first)"
                problems.add(DocumentError(at: scenario.place, problem))
            }
            places[scenario.id] = scenario.place
            scenarios.append(scenario)
        }
        if problems.isEmpty {
            for scenario in scenarios { scenario.records.checkRegistration(problems: problems) }
        }
        try problems.check()
        self.scenarios = scenarios
    }

    /// Asks every question in process and compares.
    /// - Parameter profiles: the profile of a name that a scenario gives; `nil` when there is none, which fails the
    ///   scenario's checks.
    public func run(profiles: (String) -> PolicyProfile?) -> Report {
        var report = Report()
        for scenario in scenarios {
            guard let profile = profiles(scenario.profile) else {
                report.fail(scenario, because: "there is no policy profile \"\(scenario.profile)\"")
                continue
            }
            let state = ScenarioState(scenario)
            for check in scenario.checks { report.add(ask(check, of: scenario, in: state, under: profile)) }
        }
        return report
    }

    private func ask(
        _ check: ScenarioCheck, of scenario: Scenario, in state: ScenarioState, under profile: PolicyProfile
    ) -> Report.Outcome {
        let system = check.system ?? AskingSystem(id: ScenarioState.system)
        let snapshot = state.snapshot(at: check.at)
        var (decision, explanation) = Engine.explain(
            check.question, asked: system, in: snapshot, under: profile, at: check.at,
            failing: check.fault == .evaluation)
        switch check.fault {
        case nil, .evaluation: break
        case .audit: decision = decision.unrecorded(at: check.at)
        }
        return Report.Outcome(scenario: scenario, check: check, decision: decision, explanation: explanation)
    }
}
