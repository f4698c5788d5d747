import Foundation
import Testing

@Suite("portvakt policy")
struct PolicyTests {
    let scratch: Scratch
    static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../policies").standardized.path

    init() throws { scratch = try Scratch() }

    @Test("The shipped profiles are valid")
    func shippedAreValid() async throws {
        let validated = try await Tool.portvakt("policy", "validate", "--policies", Self.shipped, "--json")
        #expect(validated.status == 0, "\(validated.output)\(validated.error)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(validated.output.utf8)) as? [String: Any])
        let profiles = try #require(object["profiles"] as? [[String: Any]])
        let names = profiles.compactMap { $0["name"] as? String }
        #expect(Set(names).isSuperset(of: ["nasjonal", "lokal-15", "begge-16"]))
        #expect(Set(profiles.compactMap { $0["hash"] as? String }).count == names.count)
    }

    @Test("A profile with an unknown key ends with 1, naming file, line and the word that was meant")
    func unknownKey() async throws {
        let source = try String(contentsOfFile: Self.shipped + "/nasjonal.yaml", encoding: .utf8)
        let key = try #require(source.split(separator: "\n").first { $0.hasPrefix("law:") })
        let broken = source.replacingOccurrences(of: key, with: "lawe" + key.dropFirst(3))
        try Data(broken.utf8).write(to: scratch.file("nasjonal.yaml"))
        let validated = try await Tool.portvakt("policy", "validate", scratch.path("nasjonal.yaml"))
        #expect(validated.status == 1)
        let line =
            try #require(
                broken.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.hasPrefix("lawe") }) + 1
        #expect(validated.output.contains("nasjonal.yaml:\(line):"), "\(validated.output)")
        #expect(validated.output.contains("law"))
    }

    @Test("A file that extends a shipped profile finds it in the folder of profiles, and beside itself first")
    func extendsShipped() async throws {
        let text = "format: portvakt-policy/1\nname: kommune\nextends: nasjonal\n"
        try Data(text.utf8).write(to: scratch.file("kommune.yaml"))
        let found = try await Tool.portvakt(
            "policy", "validate", "./kommune.yaml", "--policies", Self.shipped, in: scratch.url)
        #expect(found.status == 0, "\(found.output)\(found.error)")
        let nowhere = try await Tool.portvakt("policy", "validate", "./kommune.yaml", in: scratch.url)
        #expect(nowhere.status == 1 && nowhere.output.contains("nasjonal.yaml"), "\(nowhere.output)\(nowhere.error)")
        // The default: ./policies.
        let moved = try await Tool.sh(
            "mkdir below && mv kommune.yaml below && ln -s '\(Self.shipped)' policies && portvakt policy validate below/kommune.yaml",
            in: scratch.url)
        #expect(moved.status == 0, "\(moved.output)\(moved.error)")
        try Data("format: portvakt-policy/1\nname: nasjonal\nlawe: x\n".utf8).write(
            to: scratch.file("below/nasjonal.yaml"))
        let beside = try await Tool.portvakt("policy", "validate", "below/kommune.yaml", in: scratch.url)
        #expect(beside.status == 1 && beside.output.contains("below/nasjonal.yaml"), "\(beside.output)")
    }

    @Test("The profiles of a folder are its own files: what somebody keeps in a folder below it is not looked at")
    func folderBelow() async throws {
        let made = try await Tool.sh(
            "mkdir -p policies/old policies/draft.yaml && cp '\(Self.shipped)'/*.yaml policies && echo 'law: {' >policies/old/2024.yaml"
                + " && cp policies/nasjonal.yaml policies/old", in: scratch.url)
        try #require(made.status == 0, "\(made.error)")
        let validated = try await Tool.portvakt("policy", "validate", "--json", in: scratch.url)
        #expect(validated.status == 0, "\(validated.output)\(validated.error)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(validated.output.utf8)) as? [String: Any])
        let names = (object["profiles"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
        let shipped = try FileManager.default.contentsOfDirectory(atPath: Self.shipped).filter { $0.hasSuffix(".yaml") }
        #expect(names == shipped.map { String($0.dropLast(5)) }.sorted())
    }

    @Test("A profile that does not exist ends with 2 and suggests the nearest")
    func absentProfile() async throws {
        let ended = try await Tool.portvakt("policy", "validate", "nasjonl", "--policies", Self.shipped)
        #expect(ended.status == 2)
        #expect(ended.error.contains("did you mean nasjonal?"))
    }

    private func scenario(effect: String) -> String {
        """
        format: portvakt-scenarios/1
        profile: nasjonal
        now: 2026-11-21T10:00:00+01:00
        records:
          controllers: [{id: kommune-a}]
          units: [{id: skole, service: skole, controller: kommune-a}]
          persons: [{id: barn, born: 2015-03-01}, {id: larer, born: 1980-01-01}]
          employments: [{id: larer, unit: skole}]
          cases: [{id: sak, subject: barn, controller: kommune-a, level: 1, log: open}]
        scenarios:
          - id: outsider-reads
            title: A teacher without a link to the case does not read its log
            basis: [P]
            checks:
              - ask: {actor: {employment: larer}, action: log.read, on: {case: sak}}
                expect: {effect: \(effect)}
        """
    }

    @Test("Scenarios that come out as expected end with 0 and the count")
    func passing() async throws {
        try Data(scenario(effect: "deny").utf8).write(to: scratch.file("s.yaml"))
        let ran = try await Tool.portvakt("policy", "test", scratch.url.path, "--policies", Self.shipped)
        #expect(ran.status == 0, "\(ran.output)\(ran.error)")
        #expect(ran.output == "1 passed, 0 failed\n")
    }

    @Test("A scenario that comes out differently ends with 1: file, id, expected, got")
    func failing() async throws {
        try Data(scenario(effect: "allow").utf8).write(to: scratch.file("s.yaml"))
        let ran = try await Tool.portvakt("policy", "test", scratch.path("s.yaml"), "--policies", Self.shipped)
        #expect(ran.status == 1)
        for part in ["s.yaml:15", "outsider-reads", "allow", "deny"] {
            #expect(ran.output.contains(part), "\(ran.output)")
        }
        #expect(ran.output.hasSuffix("0 passed, 1 failed\n"))
    }

    @Test(
        "What cannot be understood is an error with file and line, never a check that passes",
        arguments: [
            ("actor: {employment: larer}", "actor: {employment: nobody}", "15", "employment"),
            ("action: log.read", "action: log.reed", "15", "log.read"),
            ("level: 1", "lvel: 1", "9", "level"),
            ("service: skole", "service: skol", "6", "skole"),
            ("basis: [P]", "bases: [P]", "13", "basis"),
        ])
    func misunderstood(_ right: String, _ wrong: String, _ line: String, _ word: String) async throws {
        let text = scenario(effect: "deny").replacingOccurrences(of: right, with: wrong)
        try Data(text.utf8).write(to: scratch.file("s.yaml"))
        let ran = try await Tool.portvakt("policy", "test", scratch.path("s.yaml"), "--policies", Self.shipped)
        #expect(ran.status == 2)
        #expect(ran.error.contains("s.yaml:\(line):"), "\(ran.error)")
        #expect(ran.error.contains(word), "\(ran.error)")
        #expect(!ran.output.contains("passed"))
    }

    @Test(
        "A file without a scenario is named, also beside files that have some", arguments: ["test", "coverage", "diff"])
    func emptyFile(_ command: String) async throws {
        try Data(scenario(effect: "deny").utf8).write(to: scratch.file("s.yaml"))
        let head = scenario(effect: "deny").components(separatedBy: "scenarios:\n")[0]
        try Data((head + "scenarios: []\n").utf8).write(to: scratch.file("t.yaml"))
        let profiles = command == "diff" ? "nasjonal lokal-15" : ""
        let ran = try await Tool.sh(
            "portvakt policy \(command) \(profiles) . --policies '\(Self.shipped)'", in: scratch.url)
        #expect(ran.status == 2 && ran.output.isEmpty, "\(ran.output)")
        #expect(ran.error.contains("t.yaml:10:12: scenarios: a file without a scenario proves nothing"), "\(ran.error)")
    }

    @Test("A path without scenarios, and a folder without profiles, end with 2")
    func nothingToRun() async throws {
        let none = try await Tool.portvakt("policy", "test", scratch.url.path, "--policies", Self.shipped)
        #expect(none.status == 2)
        try Data(scenario(effect: "deny").utf8).write(to: scratch.file("s.yaml"))
        let beside = try await Tool.sh(
            "mkdir none && portvakt policy test s.yaml none --policies '\(Self.shipped)'", in: scratch.url)
        #expect(beside.status == 2 && beside.output.isEmpty, "\(beside.output)")
        #expect(beside.error.contains("there is no scenario below none"), "\(beside.error)")
        let nowhere = try await Tool.portvakt("policy", "test", scratch.path("s.yaml"), in: scratch.url)
        #expect(nowhere.status == 2)
        #expect(nowhere.error.contains("--policies"))
        try FileManager.default.createDirectory(at: scratch.file("empty"), withIntermediateDirectories: false)
        let empty = try await Tool.portvakt("policy", "validate", "--policies", "empty", in: scratch.url)
        #expect(empty.status == 2 && empty.output.isEmpty, "\(empty.output)")
        #expect(empty.error.contains("no policy profile (*.yaml) in empty"), "\(empty.error)")
    }
}
