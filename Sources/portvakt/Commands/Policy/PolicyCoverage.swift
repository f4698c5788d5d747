internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy coverage`
struct PolicyCoverage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Says which rules of the profiles no scenario considers.",
        discussion: """
            Runs the scenarios of every *.yaml below the paths with their explanations, and compares what was considered with \
            what each profile holds: rules of the engine, rows of the matrix, meetings, purposes, grounds, services. \
            Exit status 1 when a rule has no scenario.

            Example:
              portvakt policy coverage Tests/Scenarios --profile nasjonal
            """)

    @Argument(help: "Scenario files, and folders of them.", completion: .file(extensions: ["yaml"]))
    var paths: [String]
    @Option(help: "A profile of the folder. Repeatable. Default: every one.")
    var profile: [String] = []
    @Option(help: "The rules in force at this instant: RFC 3339 or a date. Default: now.")
    var at: String?
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var output: OutputOptions

    private struct Covered {
        var name: String
        var count: Int
        var uncovered: [RuleEntry]
    }

    func run() throws {
        let suite = try ScenarioSuite.some(below: paths)
        let folder = try policies.folder()
        let names = profile.isEmpty ? try folder.names() : profile
        let profiles = try LoadedProfiles(folder: folder, names: names + suite.scenarios.map(\.profile))
        try suite.requireProfiles(profiles.present)
        try suite.requireServices { profiles.byName[$0.profile].map { [$0] } ?? [] }
        // What a scenario considers under any profile is considered: profiles differ in values, not in rules.
        let touched = suite.run { profiles.byName[$0] }.touchedRules.values.reduce(into: Set()) { $0.formUnion($1) }
        let instant = try at.map { try ArgumentText.instant($0, "--at") } ?? WallTime.now
        let covered = try names.map { name in
            guard let profile = profiles.byName[name] else { throw Failure("there is no profile \(name)") }
            return Covered(
                name: name, count: profile.rules(at: instant).count,
                uncovered: profile.uncovered(by: touched, at: instant))
        }
        output.show(["profiles": .array(covered.map(Self.json))]) { Self.show(covered) }
        if covered.contains(where: { !$0.uncovered.isEmpty }) { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private static func show(_ covered: [Covered]) {
        var table = Table("profile", "rules#", "without a scenario#")
        for item in covered {
            table.add(
                Table.Cell(item.name, .bold), Table.Cell("\(item.count)"),
                Table.Cell("\(item.uncovered.count)", item.uncovered.isEmpty ? .green : .red))
        }
        Output.table(table)
        for item in covered {
            for rule in item.uncovered {
                Output.line(
                    "\(item.name): \(rule.id): no scenario considers it (\(rule.sources.joined(separator: ", ")))")
            }
        }
    }

    private static func json(_ item: Covered) -> JSONValue {
        [
            "name": .string(item.name), "rules": .int(Int64(item.count)),
            "uncovered": .array(item.uncovered.map { ["id": .string($0.id), "sources": .strings($0.sources)] }),
        ]
    }
}
