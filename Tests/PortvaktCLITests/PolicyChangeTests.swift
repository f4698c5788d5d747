import Foundation
import Testing

@Suite("portvakt policy: trying a change and making it", .timeLimit(.minutes(10)))
struct PolicyChangeTests {
    let scratch: Scratch
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        .standardized.path
    static let scenarios = root + "/Tests/Scenarios"

    init() throws { scratch = try Scratch() }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    @Test(
        "Each command has a help with an example",
        arguments: ["diff", "coverage", "activate", "rules", "validate", "test"])
    func help(_ command: String) async throws {
        let help = try await Tool.portvakt("policy", command, "--help")
        #expect(help.status == 0)
        #expect(help.output.contains("portvakt policy \(command)"))
        #expect(help.output.contains("Example"))
    }

    // MARK: diff

    @Test("diff of a profile with itself ends with 0 and no difference")
    func same() async throws {
        let ran = try await Tool.portvakt(
            "policy", "diff", "nasjonal", "nasjonal", Self.scenarios, "--policies", PolicyTests.shipped, "--json")
        #expect(ran.status == 0, "\(ran.error)")
        let found = try object(ran.output)
        #expect((found["differences"] as? [Any])?.isEmpty == true)
        #expect((found["asked"] as? Int ?? 0) > 250)
    }

    @Test("diff finds what a file extends in the folder of profiles, and beside the file first")
    func extended() async throws {
        func write(_ name: String, _ text: String) throws {
            try Data("format: portvakt-policy/1\n\(text)".utf8).write(to: scratch.file(name))
        }
        func diff(_ before: String, _ more: String...) async throws -> Tool.Result {
            let more = more.map { "'\($0)'" }.joined(separator: " ")
            return try await Tool.sh(
                "portvakt policy diff \(before) ./kommune.yaml '\(Self.scenarios)/undring.yaml' --json \(more)",
                in: scratch.url)
        }
        try write("kommune.yaml", "name: kommune\nextends: nasjonal\n")
        let same = try await diff("nasjonal", "--policies", PolicyTests.shipped)
        #expect(same.status == 0, "\(same.output)\(same.error)")
        #expect((try object(same.output)["asked"] as? Int ?? 0) > 0)
        let nowhere = try await diff("./kommune.yaml")
        #expect(nowhere.status == 2 && nowhere.error.contains("./nasjonal.yaml"), "\(nowhere.error)")
        try write("nasjonal.yaml", "name: nasjonal\nlawe: x\n")
        let beside = try await diff("nasjonal", "--policies", PolicyTests.shipped)
        #expect(beside.status == 2 && beside.error.contains("./nasjonal.yaml:3"), "\(beside.error)")
    }

    @Test("diff names the questions that come out differently, before and after, and ends with 1")
    func different() async throws {
        let ran = try await Tool.portvakt(
            "policy", "diff", "nasjonal", "lokal-15", Self.scenarios, "--policies", PolicyTests.shipped, "--json")
        #expect(ran.status == 1, "\(ran.error)")
        let found = try #require(try object(ran.output)["differences"] as? [[String: Any]])
        let opening = try #require(
            found.first { ($0["question"] as? String)?.hasSuffix("youth-15-alone-opens") == true })
        #expect(opening["action"] as? String == "log.open")
        #expect((opening["before"] as? [String: Any])?["effect"] as? String == "deny")
        #expect((opening["after"] as? [String: Any])?["effect"] as? String == "allow")
        let table = try await Tool.portvakt(
            "policy", "diff", "nasjonal", "lokal-15", Self.scenarios, "--policies", PolicyTests.shipped)
        #expect(table.output.contains("youth-15-alone-opens"))
        #expect(table.output.contains("questions come out differently"))
    }

    @Test("diff without questions, and with a profile that is not there, says so")
    func nothingToCompare() async throws {
        let none = try await Tool.portvakt("policy", "diff", "nasjonal", "lokal-15", "--policies", PolicyTests.shipped)
        #expect(none.status == 64)
        let absent = try await Tool.portvakt(
            "policy", "diff", "nasjonal", "lokal-51", Self.scenarios, "--policies", PolicyTests.shipped)
        #expect(absent.status == 2)
        #expect(absent.error.contains("did you mean lokal-15?"))
        // That nothing comes out differently is said of questions that were asked.
        let nowhere = try await Tool.portvakt(
            "policy", "diff", "nasjonal", "lokal-15", scratch.url.path, "--policies", PolicyTests.shipped)
        #expect(nowhere.status == 2 && nowhere.output.isEmpty, "\(nowhere.output)")
        #expect(nowhere.error.contains("there is no scenario below \(scratch.url.path)"), "\(nowhere.error)")
    }

    @Test("diff asks the recorded decisions of an export under both profiles, and names those that differ")
    func recorded() async throws {
        let service = try await RunningService()
        try await service.importCase()
        // Half a year past the fifteenth birthday, whatever day it is.
        let born = Calendar(identifier: .gregorian).date(byAdding: .month, value: -(15 * 12 + 6), to: Date())
        let birthday = ISO8601DateFormatter.string(
            from: try #require(born), timeZone: try #require(TimeZone(identifier: "UTC")), formatOptions: .withFullDate)
        let records = """
            format: portvakt-records/1
            partial: true
            records:
              persons: [{id: ungdom, born: \(birthday)}]
              authorities: [{id: fa-u, holder: {person: mor}, over: ungdom}]
              cases: [{id: sak-u, subject: ungdom, controller: kommune-a, level: 2, log: open, holder: larer}]
              grants: [{id: deltar-u, case: sak-u, to: {employment: radgiver}, granted_by: {employment: larer}}]
              consents:
                - {id: s-u, case: sak-u, given_by: ungdom, capacity: self, to: {services: [skole, ppt]}}
            """
        try Data(records.utf8).write(to: service.scratch.file("ungdom.yaml"))
        try await service.change("registry", "import", service.scratch.path("ungdom.yaml"))
        for caseID in ["sak", "sak-u", "sak"] {
            _ = try await service.run(
                "journal", "check", "actor.employment=radgiver", "action=log.read", "on.case=\(caseID)")
        }
        service.stop()
        let copied = try await Tool.sh(
            "portvakt audit export copy --ledger ledger.db --checkpoints guard --key log.pub", in: service.scratch.url)
        try #require(copied.status == 0, "\(copied.error)")
        func diff(_ profile: String) async throws -> (status: Int32, found: [String: Any]) {
            let ran = try await Tool.portvakt(
                "policy", "diff", "nasjonal", profile, "--export", service.scratch.path("copy"), "--policies",
                PolicyTests.shipped, "--json")
            return (ran.status, try object(ran.output))
        }
        let same = try await diff("nasjonal")
        #expect(same.status == 0)
        #expect(same.found["asked"] as? Int == 3)
        #expect(same.found["skipped"] as? Int == 0)
        let other = try await diff("lokal-15")
        #expect(other.status == 1)
        let rows = try #require(other.found["differences"] as? [[String: Any]])
        #expect(rows.count == 1)
        #expect((rows.first?["question"] as? String)?.hasPrefix("decisions/") == true, "\(rows)")
        #expect(rows.first?["action"] as? String == "log.read")
        #expect((rows.first?["before"] as? [String: Any])?["effect"] as? String == "deny")
        #expect((rows.first?["after"] as? [String: Any])?["effect"] as? String == "allow")
    }

    @Test("diff counts recorded decisions that have been erased, and asks the others: the exit code is theirs")
    func erased() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<2 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        let two = ["--first", "employment:ombud", "--second", "employment:leder-ppt", "--reason", "vedtak", "--yes"]
        let erased = try await service.run("officer", ["audit", "erase", "decisions/node-1#1"] + two)
        try #require(erased.status == 0, "\(erased.output)\(erased.error)")
        #expect(erased.output.hasPrefix("1 entry erased"), "\(erased.output)")
        service.stop()
        func diff(_ options: String) async throws -> Tool.Result {
            try await Tool.sh(
                """
                rm -rf copy && portvakt audit export copy --ledger ledger.db --checkpoints guard --key log.pub \(options) &&
                portvakt policy diff nasjonal nasjonal --export copy --policies '\(PolicyTests.shipped)'
                """, in: service.scratch.url)
        }
        let some = try await diff("")
        #expect(some.status == 0, "\(some.output)\(some.error)")
        #expect(some.output.contains("0 of 1 questions"), "\(some.output)")
        #expect(some.output.contains("have been erased, and are not asked: 1"), "\(some.output)")
        #expect(try await diff("--leaves-only").status == 2)
    }

    // MARK: coverage

    @Test("coverage of the shipped profiles by the shipped scenarios is whole")
    func covered() async throws {
        let ran = try await Tool.portvakt(
            "policy", "coverage", Self.scenarios, "--policies", PolicyTests.shipped, "--json")
        #expect(ran.status == 0, "\(ran.output)\(ran.error)")
        let profiles = try #require(try object(ran.output)["profiles"] as? [[String: Any]])
        #expect(profiles.count >= 3)
        #expect(profiles.allSatisfy { ($0["rules"] as? Int ?? 0) > 120 })
    }

    @Test("coverage by one scenario file names what it leaves out, and ends with 1")
    func uncovered() async throws {
        let ran = try await Tool.portvakt(
            "policy", "coverage", Self.scenarios + "/undring.yaml", "--profile", "nasjonal", "--policies",
            PolicyTests.shipped)
        #expect(ran.status == 1, "\(ran.error)")
        #expect(ran.output.contains("nasjonal: basis.emergency: no scenario considers it"))
    }

    @Test("coverage is of the rules at the instant that was asked for: a band that is empty from a date on needs none")
    func coveredAt() async throws {
        try FileManager.default.copyItem(
            atPath: PolicyTests.shipped + "/nasjonal.yaml", toPath: scratch.path("nasjonal.yaml"))
        // From that day on there is no age at which both consent: the band of those who join ends where it begins.
        let text = """
            format: portvakt-policy/1
            name: kommune
            extends: nasjonal
            parameters:
              age.coordination_joins:
                value: [{value: 15}, {from: 2027-01-01, value: 16}]
                source: [P]
            """
        try Data(text.utf8).write(to: scratch.file("kommune.yaml"))
        for (at, isNamed) in [
            ("2026-12-31", true), ("2026-12-31T22:59:59.999Z", true), ("2027-01-01", false),
            ("2026-12-31T23:00:00Z", false),
        ] {
            let ran = try await Tool.portvakt(
                "policy", "coverage", Self.scenarios + "/undring.yaml", "--profile", "kommune", "--policies",
                scratch.url.path, "--at", at)
            #expect(ran.status == 1, "\(ran.error)")
            #expect(ran.output.contains("kommune: consent_rows.education.2: no scenario"), "\(ran.output)")
            #expect(ran.output.contains("kommune: consent_rows.education.1: no scenario") == isNamed, "\(at)")
        }
        let wrong = try await Tool.portvakt(
            "policy", "coverage", Self.scenarios, "--policies", PolicyTests.shipped, "--at", "yesterday")
        #expect(wrong.status == 64 && wrong.error.contains("--at"), "\(wrong.error)")
    }

    // MARK: rules

    @Test("rules prints the page that docs/rules.md is")
    func rules() async throws {
        let ran = try await Tool.portvakt("policy", "rules", "--policies", PolicyTests.shipped)
        #expect(ran.status == 0, "\(ran.error)")
        #expect(ran.output == (try String(contentsOfFile: Self.root + "/docs/rules.md", encoding: .utf8)))
    }

    // MARK: validate

    /// A profile that extends nasjonal, with one thing wrong in it.
    @Test(
        "validate names file, line and what was meant",
        arguments: [
            ("parameters:\n  age.wiew: {value: 7, source: [P]}", 5, "did you mean \"age.view\"?"),
            ("parameters:\n  age.view: {value: 700, source: [P]}", 5, "from 0 to 120"),
            (
                "consent_rows:\n  health:\n    source: [P]\n    bands:\n      - {from: 0, givers: parents, source: [P]}\n"
                    + "      - {from: 16, givers: self, source: [P]}\n      - {from: 12, givers: both, source: [P]}", 8,
                "never reached"
            ),
            (
                "meetings:\n  fagmotte: {purpose: drofting, led_by: [stafettholder], source: [P]}", 5,
                "did you mean \"fagmote\"?"
            ),
            ("services:\n  ungdomslos: {category: education}", 5, "the key \"regime\" is missing"),
            ("services:\n  ungdomslos: {regime: fvll, category: education}", 5, "did you mean \"fvl\"?"),
        ])
    func wrong(_ change: String, _ line: Int, _ meant: String) async throws {
        try FileManager.default.copyItem(
            atPath: PolicyTests.shipped + "/nasjonal.yaml", toPath: scratch.path("nasjonal.yaml"))
        let text = "format: portvakt-policy/1\nname: kommune\nextends: nasjonal\n" + change + "\n"
        try Data(text.utf8).write(to: scratch.file("kommune.yaml"))
        let ran = try await Tool.portvakt("policy", "validate", scratch.path("kommune.yaml"))
        #expect(ran.status == 1, "\(ran.output)")
        #expect(ran.output.contains("kommune.yaml:\(line):"), "\(ran.output)")
        #expect(ran.output.contains(meant), "\(ran.output)")
    }

    @Test("validate names a type of meeting that has no rule")
    func meetingWithoutRule() async throws {
        let text = try String(contentsOfFile: PolicyTests.shipped + "/nasjonal.yaml", encoding: .utf8)
        let rule = try #require(text.split(separator: "\n").first { $0.hasPrefix("  avklaring:") })
        let without = text.replacingOccurrences(of: rule + "\n", with: "")
        try Data(without.utf8).write(to: scratch.file("nasjonal.yaml"))
        let ran = try await Tool.portvakt("policy", "validate", scratch.path("nasjonal.yaml"))
        #expect(ran.status == 1, "\(ran.output)")
        #expect(ran.output.contains("meetings: the key \"avklaring\" is missing"), "\(ran.output)")
    }

    // MARK: activate

    @Test("activate records who and why; repeated, also after its instant, it gives the first receipt")
    func activate() async throws {
        let service = try await RunningService()
        let soon = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 3))
        let arguments = [
            "policy", "activate", "lokal-15", "--policies", PolicyTests.shipped, "--from", soon, "--why",
            "vedtak-2026-14",
            "--request-id", "bytte-1", "--json",
        ]
        let first = try await service.run("administrator", arguments)
        #expect(first.status == 0, "\(first.error)")
        try await Task.sleep(for: .seconds(4))
        let again = try await service.run("administrator", arguments)
        #expect(again.status == 0, "\(again.error)")
        #expect(again.output == first.output)
        var other = arguments
        other[10] = "bytte-2"
        let late = try await service.run("administrator", other)
        #expect(late.status != 0)
        #expect(late.error.contains("from"), "\(late.error)")
    }

    @Test("activate with another hash than the profile's, and of one that is not there, is refused, each in its words")
    func anotherHash() async throws {
        let service = try await RunningService()
        let hash = String(repeating: "ab", count: 32)
        func refused(_ profile: String) async throws -> String {
            let ran = try await service.run(
                "administrator", "policy", "activate", profile, "--hash", hash, "--why", "vedtak-2026-14")
            #expect(ran.status == 1)
            return ran.error
        }
        let other = try await refused("lokal-15")
        #expect(other.contains("`profile.hash` is not that of the policy profile of this name here"), "\(other)")
        #expect(other.components(separatedBy: "profile.hash").count == 2, "told once: \(other)")
        let none = try await refused("lokal-51")
        #expect(none.contains("no policy profile of that name"), "\(none)")
    }
}
