internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktScenarios
internal import PortvaktYAML

/// `portvakt policy diff`
struct PolicyDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows which questions come out differently under another profile.",
        discussion: """
            Asks every question of the scenario files, and with --export every recorded decision of an export (portvakt audit \
            export, of every stream and with the openings), under both profiles, whichever it was asked under. \
            Exit status 0: none comes out differently; 1: some do; 2: it could not be tried. Decisions whose openings have been \
            erased are counted and not asked.

            Examples:
              portvakt policy diff nasjonal lokal-15 Tests/Scenarios
              portvakt policy diff nasjonal ./kommune.yaml --export copy --json
            """)

    @Argument(help: "The profile as it is: its name, or a file ending in .yaml.")
    var before: String
    @Argument(help: "The profile as it would be.")
    var after: String
    @Argument(help: "Scenario files, and folders of them.", completion: .file(extensions: ["yaml"]))
    var paths: [String] = []
    @Option(help: "A folder with exports of every stream of a ledger.", completion: .directory)
    var export: String?
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !paths.isEmpty || export != nil else {
            throw ValidationError("give scenario files, or recorded decisions with --export DIR")
        }
    }

    func run() throws {
        let old = try ProfileArgument.read(before, policies)
        let new = try ProfileArgument.read(after, policies)
        var rows: [DiffRow] = []
        var asked = 0
        var (erased, skipped) = (0, 0)
        if !paths.isEmpty {
            let suite = try ScenarioSuite.some(below: paths)
            try suite.requireServices { _ in [old, new] }
            asked += suite.checkCount
            rows += suite.differences(from: old, to: new).map(DiffRow.init)
        }
        if let export {
            let replay = try OfflineReplay(folder: export, policies: try policies.folder())
            (erased, skipped) = try replay.everyDecision { name, record, state in
                asked += 1
                let system = DecisionReplay.asking(record.system, in: state)
                func answer(_ profile: PolicyProfile) -> Answer {
                    Answer(Engine.decide(record.question, asked: system, in: state, under: profile, at: record.at))
                }
                let (was, becomes) = (answer(old), answer(new))
                if was != becomes { rows.append(DiffRow(name, record.question, record.at, was, becomes)) }
            }
        }
        output.show([
            "asked": .int(Int64(asked)), "erased": .int(Int64(erased)), "skipped": .int(Int64(skipped)),
            "differences": .array(rows.map(\.json)),
        ]) {
            DiffRow.show(rows)
            let style: Style = rows.isEmpty ? .green : .red
            Output.line(
                Output.styled("\(rows.count) of \(asked) questions come out differently", style)
                    + (erased > 0 ? "; recorded decisions that have been erased, and are not asked: \(erased)" : "")
                    + (skipped > 0 ? "; recorded decisions that could not be asked again: \(skipped)" : ""))
        }
        if !rows.isEmpty { throw ExitCode(ExitStatus.no.rawValue) }
        // What has been erased is nobody's question any more; where nothing else is, the openings were left out of the export.
        if skipped > 0 || (asked == 0 && erased > 0) { throw ExitCode(ExitStatus.couldNotTry.rawValue) }
    }
}

/// One question that two profiles answer differently.
private struct DiffRow {
    /// The check's place and scenario, or the recorded decision.
    var name: String
    var action: Action
    var at: Instant
    var before: Answer
    var after: Answer

    init(_ name: String, _ question: Question, _ at: Instant, _ before: Answer, _ after: Answer) {
        (self.name, self.at, self.before, self.after) = (name, at, before, after)
        action = question.action
    }

    init(_ difference: ScenarioDifference) {
        self.init(
            "\(difference.place) \(difference.id)", difference.question, difference.at, difference.before,
            difference.after)
    }

    static func show(_ rows: [DiffRow]) {
        guard !rows.isEmpty else { return }
        var table = Table("question", "action", "at", "before", "after")
        for row in rows {
            table.add(
                Table.Cell(row.name, .bold), Table.Cell(row.action.word), Table.Cell(row.at.rfc3339),
                Table.Cell(row.before.summary), Table.Cell(row.after.summary))
        }
        Output.table(table)
    }

    var json: JSONValue {
        [
            "question": .string(name), "action": .string(action.word), "at": .string(at.rfc3339),
            "before": Self.json(before), "after": Self.json(after),
        ]
    }

    private static func json(_ answer: Answer) -> JSONValue {
        [
            "effect": .string(answer.effect.word), "reasons": .strings(answer.reasons.map(\.word)),
            "obligations": .strings(answer.obligations.map(\.word)), "external": .string(answer.external.word),
        ]
    }
}

/// A profile as an argument: a name of the folder, or a file.
enum ProfileArgument {
    /// The folder and the name in it.
    static func place(_ text: String, _ policies: PoliciesOptions) throws -> (folder: ProfileFolder, name: String) {
        guard text.hasSuffix(".yaml") else { return (try policies.folder(), text) }
        let slash = text.lastIndex(of: "/")
        let folder = slash.map { String(text[..<$0]) } ?? "."
        let name = slash.map { text[text.index(after: $0)...] } ?? text[...]
        return (
            ProfileFolder(path: folder.isEmpty ? "/" : folder, parents: try policies.parents()),
            String(name.dropLast(5))
        )
    }

    static func read(_ text: String, _ policies: PoliciesOptions) throws -> PolicyProfile {
        let (folder, name) = try place(text, policies)
        guard CertificateFile.exists("\(folder.path)/\(name).yaml") else {
            let near = NearestWord.find(name, in: (try? folder.names()) ?? []).map { ": did you mean \($0)?" } ?? ""
            throw Failure("there is no profile \(name) in \(folder.path)\(near)")
        }
        return try folder.profile(named: name)
    }
}
