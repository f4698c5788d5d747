internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy test`
struct PolicyTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Asks the questions of scenario files and compares the answers.",
        discussion: """
            Runs every *.yaml below the paths. Prints one line for each check that came out differently, and closes with \
            "N passed, N failed". Exit status 0 only when none failed; 2 when a file cannot be understood.

            Example:
              portvakt policy test Tests/Scenarios --policies policies
              portvakt policy test Tests/Scenarios --over-the-wire 127.0.0.1:7443 --certs certs --as journal
            """)

    @Argument(help: "Scenario files, and folders of them.", completion: .file(extensions: ["yaml"]))
    var paths: [String]
    @Option(
        help: ArgumentHelp(
            "Ask portvaktd --testing at this address, host:port, instead of the engine in this program.",
            discussion: "Its own policy profiles are used. Everything in the store of your certificate is forgotten."))
    var overTheWire: String?
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let suite = try ScenarioSuite.some(below: paths)
        let report = try await report(of: suite)
        output.show(Self.json(report)) {
            for failure in report.failures { Output.line(failure.description.printable) }
            Output.line(Output.styled(report.summary, report.failed == 0 ? .green : .red))
        }
        if report.failed > 0 { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private func report(of suite: ScenarioSuite) async throws -> Report {
        guard let overTheWire else {
            let profiles = try LoadedProfiles(folder: try policies.folder(), names: suite.scenarios.map(\.profile))
            try suite.requireProfiles(profiles.present)
            try suite.requireServices { profiles.byName[$0.profile].map { [$0] } ?? [] }
            return suite.run { profiles.byName[$0] }
        }
        var asked = connection
        asked.address = overTheWire
        return try await Remote.with(asked) { remote in
            var run = WireRun(remote)
            return try await run.run(suite)
        }
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
