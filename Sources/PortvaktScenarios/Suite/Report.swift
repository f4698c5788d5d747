public import PortvaktCore

/// How a run of scenarios came out.
public struct Report: Sendable {
    public private(set) var passed = 0
    public private(set) var failures: [Failure] = []
    /// The rules that were considered in some check, by profile.
    public private(set) var touchedRules: [String: Set<String>] = [:]

    public init() {}

    public var failed: Int { failures.count }

    /// `N passed, N failed`.
    public var summary: String { "\(passed) passed, \(failed) failed" }

    /// One check that did not come out as expected.
    public struct Failure: Sendable, CustomStringConvertible {
        /// Where the check stands.
        public var place: SourcePlace
        public var id: String
        public var wrong: String
        public var expected: String
        public var got: String
        /// What was considered, in one line.
        public var explanation: String

        /// One line: file, id, expected, got, the explanation.
        public var description: String {
            let why = explanation.isEmpty ? "" : "; because \(explanation)"
            return "\(place): \(id): \(wrong): expected \(expected); got \(got)\(why)"
        }
    }

    /// A check with what was answered.
    struct Outcome {
        var scenario: Scenario
        var check: ScenarioCheck
        var decision: Decision
        var explanation: Explanation
    }

    mutating func add(_ outcome: Outcome) {
        add(Answer(outcome.decision), to: outcome.check, of: outcome.scenario, because: outcome.explanation)
    }

    /// Compares an answer, wherever it came from, with what it must be.
    /// - Parameter explanation: what was considered; empty when it is not known.
    public mutating func add(
        _ answer: Answer, to check: ScenarioCheck, of scenario: Scenario, because explanation: Explanation
    ) {
        for node in explanation.steps { touch(node, profile: scenario.profile) }
        guard let wrong = check.expect.mismatch(answer) else {
            passed += 1
            return
        }
        failures.append(
            Failure(
                place: check.place, id: scenario.id, wrong: wrong, expected: check.expect.summary, got: answer.summary,
                explanation: explanation.steps.flatMap(Self.line).joined(separator: " > ")))
    }

    /// Every check of a scenario that cannot be asked.
    public mutating func fail(_ scenario: Scenario, because problem: String) {
        for check in scenario.checks { fail(check, of: scenario, because: problem) }
    }

    /// A check that cannot be asked, or whose answer cannot be compared.
    public mutating func fail(_ check: ScenarioCheck, of scenario: Scenario, because problem: String) {
        failures.append(
            Failure(
                place: check.place, id: scenario.id, wrong: problem, expected: check.expect.summary, got: "no answer",
                explanation: ""))
    }

    private mutating func touch(_ node: ExplanationNode, profile: String) {
        touchedRules[profile, default: []].insert(node.rule)
        for child in node.children { touch(child, profile: profile) }
    }

    private static func line(_ node: ExplanationNode) -> [String] {
        let reason = node.reason.map { " \($0.word)" } ?? ""
        let children = node.children.flatMap(line)
        let inside = children.isEmpty ? "" : " (\(children.joined(separator: ", ")))"
        return ["\(node.rule) \(node.outcome.word)\(reason)\(inside)"]
    }
}
