internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// Asks the questions of scenarios over the wire, from a service in testing mode, and compares what it answered and what
/// it recorded with what must come out.
struct WireRun {
    let remote: Remote
    private var report = Report()

    init(_ remote: Remote) { self.remote = remote }

    /// - Throws: when the service cannot be reached, is not in testing mode, or lacks a profile that a scenario names.
    mutating func run(_ suite: ScenarioSuite) async throws -> Report {
        let listed: ListProfilesResponse = try await unsafe remote.call(.listProfiles, ListProfilesRequest())
        let profiles = Dictionary(listed.profiles.map { ($0.name.text, $0) }) { first, _ in first }
        try suite.requireProfiles(profiles.keys.sorted())
        for scenario in suite.scenarios {
            if let profile = profiles[scenario.profile] { try await run(scenario, under: profile) }
        }
        return report
    }

    private mutating func run(_ scenario: Scenario, under profile: ProfileReference) async throws {
        let changes = scenario.records.changes(
            system: SystemID(WireStore.nobody.identifier), controller: scenario.mainController ?? WireStore.nobody)
        // What stands in the service's store: nothing that a check before could have changed.
        var store: WireStore?
        var standing = -1
        for check in scenario.checks {
            do {
                let known = changes.count { $0.at <= check.at }
                if store == nil || standing != known {
                    store = try await WireStore(remote, for: scenario, under: profile)
                    try await store?.apply(changes.prefix(known))
                    standing = known
                }
                guard var current = store else { continue }
                let isClean = try await ask(check, of: scenario, in: &current)
                store = isClean ? current : nil
            } catch let failure as Failure where failure.status != .couldNotTry {
                report.fail(check, of: scenario, because: failure.description)
                store = nil
            }
        }
    }

    /// - Returns: whether the store is as it was.
    private mutating func ask(
        _ check: ScenarioCheck, of scenario: Scenario, in store: inout WireStore
    ) async throws -> Bool {
        try await store.stand(at: check.at)
        if let system = check.system { try await store.ask(as: system, of: scenario) }
        if let fault = check.fault { try await store.fail(fault) }
        let answer = try await unsafe remote.call(
            .check, CheckRequest(check.question), as: CheckResponse.self
        ).answer
        let isClean = check.system == nil && check.fault == nil && !answer.singleUse
        guard let entry = answer.entry else {
            report.add(.init(answer), to: check, of: scenario, because: Explanation())
            return isClean
        }
        if check.system != nil { try await store.act(as: nil) }
        let shown = try await unsafe remote.call(
            .showAudit, ShowRequest(stream: entry.stream, index: entry.index), as: ShowResponse.self)
        guard case .decision(let recorded) = shown.entry.body else {
            report.fail(check, of: scenario, because: "its entry is no decision")
            return false
        }
        if let problem = Self.difference(answer, recorded.decision) {
            report.fail(check, of: scenario, because: problem)
        } else {
            report.add(.init(recorded.decision), to: check, of: scenario, because: shown.explanation)
        }
        return isClean
    }

    /// What is wrong in an answer when this was recorded: it tells what was decided, or that there is no such thing.
    private static func difference(_ answer: PortvaktWire.Answer, _ decision: Decision) -> String? {
        guard answer.effect == decision.effect || decision.external == .not_found else {
            return "the answer has another effect than the record"
        }
        guard answer.external == decision.external else {
            return "the answer has another external answer than the record"
        }
        guard answer.external != .not_found else {
            let isBare =
                answer.effect == .deny && answer.reasons == [.denyNotFound] && answer.obligations.isEmpty
                && answer.missing.isEmpty
            return isBare ? nil : "an answer about what is hidden says more than that there is no such thing"
        }
        guard answer.reasons == decision.reasons, answer.obligations == decision.obligations else {
            return "the answer has other reasons or obligations than the record"
        }
        return nil
    }
}

extension PortvaktScenarios.Answer {
    init(_ answer: PortvaktWire.Answer) {
        self.init(
            effect: answer.effect, reasons: answer.reasons, obligations: answer.obligations, external: answer.external)
    }
}
