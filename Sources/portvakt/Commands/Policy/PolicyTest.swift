internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy test`
struct PolicyTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Asks the questions of scenario files and compares the answers.",
        discussion: """
            Runs every *.yaml below the paths. Prints one line for each check that came out differently, and closes with \
            "N passed, N failed". Exit status 0 only when none failed; 2 when a file cannot be understood.

            Example:
              portvakt policy test Tests/scenarios --policies policies
            """)

    @Argument(help: "Scenario files, and folders of them.", completion: .file(extensions: ["yaml"]))
    var paths: [String]
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let suite = try ScenarioSuite.load(paths)
        guard suite.checkCount > 0 else {
            throw Failure("there is no scenario below \(paths.joined(separator: " or "))")
        }
        let profiles = try LoadedProfiles(folder: try policies.folder(), names: suite.scenarios.map(\.profile))
        let report = suite.run { profiles.byName[$0] }
        output.show(Self.json(report)) {
            for failure in report.failures { Output.line(failure.description.printable) }
            Output.line(Output.styled(report.summary, report.failed == 0 ? .green : .red))
        }
        if report.failed > 0 { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private static func json(_ report: Report) -> JSONValue {
        let failures = report.failures.map { failure -> JSONValue in
            [
                "place": .string("\(failure.place)"), "id": .string(failure.id), "wrong": .string(failure.wrong),
                "expected": .string(failure.expected), "got": .string(failure.got),
                "explanation": .string(failure.explanation),
            ]
        }
        return [
            "passed": .int(Int64(report.passed)), "failed": .int(Int64(report.failed)), "failures": .array(failures),
        ]
    }
}
