import PortvaktCore
import PortvaktScenarios
import PortvaktYAML
import Testing

private let head = "format: portvakt-scenarios/1\nprofile: nasjonal\nnow: 2026-11-21T10:00:00+01:00\n"
private let records = """
    records:
      controllers: [{id: kommune-a}]
      units: [{id: skole-1, service: skole, controller: kommune-a}]
      persons: [{id: barn, born: 2017-03-10}]
      employments: [{id: larer, unit: skole-1}]
      cases: [{id: sak, subject: barn, controller: kommune-a, holder: larer}]

    """

private func scenarios(_ ask: String, expect: String = "{effect: deny}", extra: String = "") -> String {
    head + records + "scenarios:\n  - id: one\n    title: One\n    basis: [P]\n    checks:\n      - ask: \(ask)\n"
        + "        expect: \(expect)\n\(extra)"
}

private let ask = "{actor: {employment: larer}, action: log.read, on: {case: sak}}"

private func problems(_ texts: String...) -> [String] {
    do throws(DocumentErrors) {
        var documents: [DocumentNode] = []
        for (index, text) in texts.enumerated() {
            documents.append(try YAMLDocument.parse(text, file: "f\(index)"))
        }
        _ = try ScenarioSuite(documents)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

@Suite("A scenario file")
struct ScenarioFileTests {
    @Test("that is right is taken")
    func right() { #expect(problems(scenarios(ask)) == []) }

    @Test("without a scenario is named, also beside one that has some, and whatever its records are")
    func empty() {
        let said = "a file without a scenario proves nothing: write one, or take the file away"
        #expect(problems(head + "scenarios: []\n") == ["f0:4:12: scenarios: \(said)"])
        #expect(problems(scenarios(ask), head + records + "scenarios: []\n") == ["f1:10:12: scenarios: \(said)"])
        #expect(problems(scenarios(ask), head + "records: {unit: []}\nscenarios: []\n").count == 1)
        // One whose only scenario is wrong is told for that, and not as one without.
        let wrong = problems(scenarios(ask.replacing("log.read", with: "log.reed")))
        #expect(wrong.count == 1 && !wrong[0].contains("without a scenario"), "\(wrong)")
        #expect(problems(head + "scenarios:\n").first?.contains("scenarios: expected a list") == true)
    }

    @Test(
        "with an unknown key, word or id is an error that names the line",
        arguments: [
            (
                ask.replacing("action", with: "acton"),
                "f0:15:43: scenarios[0].checks[0].ask: the key \"acton\" is unknown"
            ),
            (ask.replacing("log.read", with: "log.raed"), "(did you mean \"log.read\"?)"),
            (ask.replacing("employment: larer", with: "employment: lare"), "names an employment that no record has"),
            (ask.replacing("case: sak", with: "case: sak2"), "names a case that no record has (did you mean \"sak\"?)"),
            (ask.replacing("employment: larer", with: "person: larer, proxy: x"), "expected exactly one of"),
            (ask.replacing("case: sak", with: "unknown: sak"), "is said to be unknown, but a record has this id"),
        ])
    func wrong(_ ask: String, _ expected: String) {
        let found = problems(scenarios(ask))
        #expect(found.contains { $0.contains(expected) && $0.hasPrefix("f0:15:") }, "\(found)")
    }

    @Test("with a reason that cannot go with its effect is an error")
    func contradiction() {
        #expect(
            problems(scenarios(ask, expect: "{effect: deny, reasons: [allow.self]}")).first?.contains(
                "allow.self, cannot go with the effect deny") == true)
    }

    @Test("without a check is an error, never a pass")
    func noChecks() {
        let text = head + records + "scenarios:\n  - {id: one, title: One, basis: [P], checks: []}\n"
        #expect(problems(text).first?.contains("a scenario without a check") == true)
    }

    @Test("whose scenario id stands in another file is an error")
    func duplicate() {
        #expect(problems(scenarios(ask), scenarios(ask)).first?.contains("stands already in f0") == true)
    }

    @Test("whose record ids stand twice in one list is an error")
    func duplicateRecord() {
        let text = scenarios(ask).replacing("[{id: kommune-a}]", with: "[{id: kommune-a}, {id: kommune-a}]")
        #expect(problems(text).first?.contains("stands twice among the controller records (first in line 5)") == true)
    }

    @Test("whose records could not be registered is an error at the record")
    func unregisterable() {
        let extra = "    records:\n      authorities: [{id: fa, holder: barn, over: barn}]\n"
        let found = problems(scenarios(ask, extra: extra))
        #expect(found.first?.hasPrefix("f0:18:") == true && found.first?.contains("cannot be registered") == true)
    }

    @Test(
        "with a service that the profile does not have is an error that names the line, once",
        arguments: [
            ("      units: [{id: ppt-1, service: pptt, controller: kommune-a}]\n", "f0:18:"),
            (
                "      consents: [{id: s, case: sak, given_by: barn, capacity: self, to: {services: [ppt, pptt]}}]\n",
                "f0:18:"
            ),
            ("      objections: [{by: barn, case: sak, service: pptt}]\n", "f0:18:"),
            (
                "      cases: [{id: sak-2, subject: barn, controller: kommune-a, sensitive: [pptt]}]\n", "f0:18:"
            ),
            ("", "f0:15:"),
        ])
    func unknownService(_ record: String, _ line: String) throws {
        let disclose = "{actor: {employment: larer}, action: disclose, on: {case: sak}, recipient: {service: pptt}}"
        let extra = record.isEmpty ? "" : "    records:\n" + record
        let text = scenarios(record.isEmpty ? disclose : ask, extra: extra)
        let nasjonal = try ProfileFolder(path: TestFolders.policies).profile(named: "nasjonal")
        let suite = try ScenarioSuite([YAMLDocument.parse(text, file: "f0")])
        let found = #expect(throws: DocumentErrors.self) { try suite.requireServices { _ in [nasjonal] } }
        let errors = found?.errors.map(\.description) ?? []
        #expect(errors.count == 1 && errors[0].hasPrefix(line), "\(errors)")
        #expect(errors[0].hasSuffix("has no service \"pptt\" (did you mean \"ppt\"?)"), "\(errors)")
    }

    @Test("with a consent that is asked about, to a service that the profile does not have, is an error too")
    func unknownServiceOfConsent() throws {
        let give =
            "{actor: {person: barn}, action: consent.give, on: {case: sak}, "
            + "consent: {given_by: barn, capacity: self, to: {services: [pptt]}}}"
        let nasjonal = try ProfileFolder(path: TestFolders.policies).profile(named: "nasjonal")
        let suite = try ScenarioSuite([YAMLDocument.parse(scenarios(give), file: "f0")])
        let found = #expect(throws: DocumentErrors.self) { try suite.requireServices { _ in [nasjonal] } }
        #expect(found?.errors.count == 1 && found?.description.contains("has no service \"pptt\"") == true)
    }

    @Test("with services of a profile that is not there says nothing about them: its checks fail")
    func serviceWithoutProfile() throws {
        let text = scenarios(ask).replacing("service: skole", with: "service: skoel")
        try ScenarioSuite([YAMLDocument.parse(text, file: "f0")]).requireServices { _ in [] }
    }

    @Test("with a profile that is not there is an error that names the line, and what was perhaps meant")
    func unknownProfile() throws {
        let suite = try ScenarioSuite([YAMLDocument.parse(scenarios(ask), file: "f0")])
        try suite.requireProfiles(["nasjonal"])
        let found = #expect(throws: DocumentErrors.self) { try suite.requireProfiles(["nasjonale", "lokal-15"]) }
        let errors = found?.errors.map(\.description) ?? []
        #expect(errors.count == 1 && errors[0].hasPrefix("f0:"), "\(errors)")
        #expect(errors[0].hasSuffix("no policy profile \"nasjonal\" (did you mean \"nasjonale\"?)"), "\(errors)")
    }

    @Test("of another format is an error")
    func format() {
        let text = scenarios(ask).replacing("portvakt-scenarios/1", with: "portvakt-scenarios/2")
        #expect(problems(text).first?.contains("expected the format portvakt-scenarios/1") == true)
    }
}

@Suite("What a check expects")
struct ExpectationTests {
    private func check(_ expect: String, extra: String = "", check more: String = "") throws -> ScenarioCheck {
        let text = scenarios(ask, expect: expect + more, extra: extra)
        let suite = try ScenarioSuite([YAMLDocument.parse(text, file: "f0")])
        return try #require(suite.scenarios.first?.checks.first)
    }

    private let answer = Answer(
        effect: .deny, reasons: [.denyNoConsent, .denyLevel], obligations: [.log], external: .not_found)

    @Test(
        "is compared with the answer, each of its keys",
        arguments: [
            ("{effect: deny}", nil), ("{effect: allow}", "the effect"), ("{effect: refer}", "the effect"),
            ("{effect: deny, reasons: [deny.level]}", "the primary reason"),
            ("{effect: deny, reasons: [deny.no_consent, deny.role]}", "deny.role is missing"),
            ("{effect: deny, obligations: [log, child_view]}", "obligation child_view is missing"),
            ("{effect: deny, not_obligations: [child_view, log]}", "obligation log must not be there"),
            ("{effect: deny, external: deny}", "the external answer"),
            (
                "{effect: deny, reasons: [deny.no_consent, deny.level], obligations: [log], "
                    + "not_obligations: [child_view], external: not_found}", nil
            ),
            (
                "{effect: allow, reasons: [allow.self], obligations: [conclude], external: allow}",
                "the effect, the primary reason, allow.self is missing, obligation conclude is missing, "
                    + "the external answer"
            ),
        ])
    func compared(_ expect: String, _ wrong: String?) throws {
        #expect(try check(expect).expect.mismatch(answer) == wrong)
    }

    @Test(
        "and is misspelt is an error that names the line",
        arguments: ["efect", "reason", "obligation", "not_obligation", "extern"])
    func misspelt(_ key: String) {
        let found = problems(scenarios(ask, expect: "{effect: deny, \(key): deny}"))
        #expect(
            found.contains { $0.hasPrefix("f0:16:") && $0.contains("the key \"\(key)\" is unknown") }, "\(found)")
    }

    @Test("A check without an effect, or without anything that it expects, is an error")
    func nothing() {
        #expect(
            problems(scenarios(ask, expect: "{reasons: [deny.role]}")).first?.contains("\"effect\" is missing") == true)
        let text = scenarios(ask).replacing("        expect: {effect: deny}\n", with: "")
        #expect(problems(text).first?.contains("\"expect\" is missing") == true)
    }

    @Test("Instant and profile are the check's, else the scenario's, else the file's")
    func whenAndUnder() throws {
        func instant(_ text: String) -> Instant? { Instant(rfc3339: text) }
        func suite(_ text: String) throws -> ScenarioSuite {
            try ScenarioSuite([YAMLDocument.parse(text, file: "f0")])
        }
        let file = try suite(scenarios(ask)).scenarios[0]
        #expect(file.profile == "nasjonal" && file.checks[0].at == instant("2026-11-21T10:00:00+01:00"))
        let own = "    profile: lokal-15\n    now: 2026-11-22T10:00:00+01:00\n"
        let scenario = try suite(scenarios(ask, extra: own)).scenarios[0]
        #expect(scenario.profile == "lokal-15" && scenario.checks[0].at == instant("2026-11-22T10:00:00+01:00"))
        let at = "\n        at: 2026-11-23T10:00:00+01:00"
        let check = try check("{effect: deny}", extra: own, check: at)
        #expect(check.at == instant("2026-11-23T10:00:00+01:00"))
    }

    @Test("What goes wrong around a decision is asked as it says, and a wrong expectation of it fails")
    func faults() throws {
        let nasjonal = try ProfileFolder(path: TestFolders.policies).profile(named: "nasjonal")
        for (fault, reason) in [("audit", "deny.unrecorded"), ("evaluation", "deny.evaluation_error")] {
            for (expected, failed) in [(reason, 0), ("deny.role", 1)] {
                let text = scenarios(
                    ask, expect: "{effect: deny, reasons: [\(expected)]}\n        fault: \(fault)")
                let report = try ScenarioSuite([YAMLDocument.parse(text, file: "f0")]).run { _ in nasjonal }
                #expect(report.passed == 1 - failed && report.failed == failed, "\(fault): \(report.failures)")
            }
        }
        #expect(
            problems(scenarios(ask, expect: "{effect: deny}\n        fault: disk")).first?.contains("audit") == true)
    }

    @Test("A check says which system asks: for which controllers, and what it may ask about")
    func system() throws {
        let asked = ask.replacing(
            "{actor", with: "{system: {id: s, controllers: [kommune-a], actions: [plan.read]}, actor")
        let suite = try ScenarioSuite([YAMLDocument.parse(scenarios(asked), file: "f0")])
        #expect(
            suite.scenarios[0].checks[0].system
                == AskingSystem(
                    id: try SystemID("s"), controllers: [try ControllerID("kommune-a")], actions: [.planRead]))
    }
}

@Suite("The shipped scenarios")
struct ShippedScenarioTests {
    @Test("are all there")
    func count() throws {
        let suite = try ScenarioSuite.load([TestFolders.scenarios])
        #expect(suite.scenarios.count >= 123)
        #expect(suite.checkCount > suite.scenarios.count)
    }

    @Test("come out right under the shipped profiles")
    func run() throws {
        let folder = ProfileFolder(path: TestFolders.policies)
        var profiles: [String: PolicyProfile] = [:]
        for name in try folder.names() { profiles[name] = try folder.profile(named: name) }
        let suite = try ScenarioSuite.load([TestFolders.scenarios])
        try suite.requireServices { profiles[$0.profile].map { [$0] } ?? [] }
        let report = suite.run { profiles[$0] }
        for failure in report.failures { Issue.record("\(failure)") }
        #expect(report.failed == 0)
        #expect(report.summary == "\(report.passed) passed, 0 failed")
    }

    @Test("fail when there is no such profile")
    func noProfile() throws {
        let suite = try ScenarioSuite.load([TestFolders.scenarios])
        let report = suite.run { _ in nil }
        #expect(report.passed == 0 && report.failed == suite.checkCount)
        #expect(report.failures.first?.description.contains("there is no policy profile") == true)
    }
}
