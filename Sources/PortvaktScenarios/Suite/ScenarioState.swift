internal import PortvaktCore

/// What was known at each instant of a scenario.
final class ScenarioState {
    /// The system that a scenario's records are registered through, and that asks when a check names none.
    static let system = SystemID(Identifier.placeholder)

    private let changes: [TimedChange]
    private var cache: [Int: Snapshot] = [:]

    init(_ scenario: Scenario) {
        changes = Self.changes(of: scenario)
    }

    private static func changes(of scenario: Scenario) -> [TimedChange] {
        let controller = scenario.mainController ?? ControllerID(Identifier.placeholder)
        return scenario.records.changes(system: system, controller: controller)
    }

    /// Everything that was registered by an instant; what comes later nobody knows yet. A change that the state refuses
    /// was reported when the suite was read.
    func snapshot(at instant: Instant) -> Snapshot {
        let known = changes.count { $0.at <= instant }
        if let snapshot = cache[known] { return snapshot }
        var snapshot = Snapshot.empty
        for timed in changes.prefix(known) { try? snapshot.apply(timed.change) }
        cache[known] = snapshot
        return snapshot
    }
}
