internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit replay`
struct AuditReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Derives a decision again from the ledger as it was, and compares byte for byte.",
        discussion: """
            Takes the state at the decision's revision, its policy profile and its instant. Exit status 0: identical; 1: not \
            identical; 2: it could not be derived (an opening has been erased, a profile is not here).

            With --export it works on an export (portvakt audit export, of every stream and with the openings), with no \
            service; with --all every decision in it.

            Examples:
              portvakt audit replay 'decisions/node-1#42' --as-known-now --certs certs-here --as officer
              portvakt audit replay --all --export copy --policies policies
            """)

    @Argument(help: "The entry, as query and check show it: STREAM#INDEX.")
    var entry: String?
    @Flag(help: "Also with what was registered later, but was true then.")
    var asKnownNow = false
    @Option(help: "A folder with exports of every stream: no service is asked.", completion: .directory)
    var export: String?
    @Flag(help: "Every decision of the export.")
    var all = false
    @OptionGroup var policies: PoliciesOptions
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (entry != nil) != all else { throw ValidationError("give an entry, or --all with --export DIR") }
        guard !all || export != nil else { throw ValidationError("--all needs --export DIR") }
        guard !all || !asKnownNow else { throw ValidationError("--as-known-now is for one entry") }
    }

    func run() async throws {
        if all { return try replayAll() }
        let (stream, index) = try EntryArgument.parse(entry ?? "")
        let response = try await response(stream, index)
        output.show(ReplayReport.json(response)) { ReplayReport.show(response) }
        guard response.identical else { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private func response(_ stream: String, _ index: UInt64) async throws -> ReplayResponse {
        if let export {
            let replay = try OfflineReplay(folder: export, policies: try policies.folder())
            return try replay.one(stream, index, asKnownNow: asKnownNow)
        }
        let request = ReplayRequest(
            stream: stream, index: index, asKnownNow: asKnownNow, reader: try reader.stated())
        return try await Remote.with(connection) { remote in
            try await unsafe remote.call(.replay, request, as: ReplayResponse.self)
        }
    }

    private func replayAll() throws {
        let replay = try OfflineReplay(folder: export ?? "", policies: try policies.folder())
        var found: [JSONValue] = []
        let counts = try replay.every { reference, differences in
            guard !output.json else {
                return found.append(["entry": .string(reference), "differences": .strings(differences)])
            }
            Output.line("\(reference): not identical: \(ReplayReport.fields(differences))")
        }
        output.show([
            "identical": .int(Int64(counts.identical)), "different": .int(Int64(counts.different)),
            "skipped": .int(Int64(counts.skipped)), "differences": .array(found),
        ]) {
            let style: Style = counts.different == 0 ? .green : .red
            Output.line(
                Output.styled("\(counts.identical) identical, \(counts.different) not", style)
                    + (counts.skipped > 0 ? "; \(counts.skipped) could not be derived" : ""))
        }
        if counts.different > 0 { throw ExitCode(ExitStatus.no.rawValue) }
        if counts.skipped > 0 { throw ExitCode(ExitStatus.couldNotTry.rawValue) }
    }
}

/// `portvakt audit why`
struct AuditWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Explains a decision: what was asked, what decided it, and whether it comes out the same again.",
        discussion: """
            Shows everything that was considered, derived again from the records as they were, and says whether the decision \
            comes out identical. Exit status as for replay.

            Example:
              portvakt audit why 'decisions/node-1#42' --language nb --certs certs-here --as officer
            """)

    @Argument(help: "The entry, as query and check show it: STREAM#INDEX.")
    var entry: String
    @Flag(help: "Also with what was registered later, but was true then.")
    var asKnownNow = false
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (stream, index) = try EntryArgument.parse(entry)
        let stated = try reader.stated()
        let chosen = try language.chosen()
        let (shown, again) = try await Remote.with(connection) { remote in
            let shown = try await unsafe remote.call(
                .showAudit, ShowRequest(stream: stream, index: index, reader: stated), as: ShowResponse.self)
            let again = try await unsafe remote.call(
                .replay, ReplayRequest(stream: stream, index: index, asKnownNow: asKnownNow, reader: stated),
                as: ReplayResponse.self)
            return (shown, again)
        }
        output.show([
            "entry": AuditReport.json(shown.entry), "explanation": ExplanationReport.json(shown.explanation),
            "replay": ReplayReport.json(again),
        ]) {
            for line in AuditReport.lines(shown.entry, in: chosen) { Output.line(line) }
            for line in ExplanationReport.lines(shown.explanation) { Output.line("  " + line) }
            ReplayReport.show(again)
        }
        guard again.identical else { throw ExitCode(ExitStatus.no.rawValue) }
    }
}

/// Shows what a replay came to.
enum ReplayReport {
    static func json(_ response: ReplayResponse) -> JSONValue {
        [
            "entry": .string(response.entry.entry.reference), "identical": .bool(response.identical),
            "differences": .strings(response.differences), "again": ReflectedJSON.value(response.again),
            "known_now": response.knownNow.map { ReflectedJSON.value($0) } ?? .null,
            "changed_by_later_facts": response.knownNow.map { .bool(isChanged($0, response)) } ?? .null,
            "later": .array(response.later.map(json)), "revision": .int(Int64(clamping: response.revision.number)),
        ]
    }

    private static func json(_ fact: LaterFact) -> JSONValue {
        [
            "revision": .int(Int64(clamping: fact.revision.number)), "registered": .string(fact.registeredAt.rfc3339),
            "event": .string(AuditReport.eventName(fact.event)),
        ]
    }

    private static func isChanged(_ known: Decision, _ response: ReplayResponse) -> Bool {
        known.effect != response.again.effect || known.reasons != response.again.reasons
    }

    /// What is not as it was recorded; where no field is, the bytes are.
    static func fields(_ differences: [String]) -> String {
        differences.isEmpty ? "the recorded bytes" : differences.joined(separator: ", ")
    }

    static func show(_ response: ReplayResponse) {
        let reference = response.entry.entry.reference
        if response.identical {
            Output.line("\(reference): " + Output.styled("identical", .green) + ", byte for byte")
        } else {
            Output.line(
                "\(reference): " + Output.styled("not identical", .red) + ": \(fields(response.differences))")
            Output.line("  comes out as \(response.again.effect.word), \(response.again.primary.word)")
        }
        guard let known = response.knownNow else { return }
        guard isChanged(known, response) else {
            return Output.line(
                "  nothing that was registered later, up to revision \(response.revision.number), changes it")
        }
        Output.line("  as known now: \(known.effect.word), \(known.reasons.map(\.word).joined(separator: ", "))")
        for fact in response.later {
            Output.line(
                "    revision \(fact.revision.number), registered \(fact.registeredAt.rfc3339): "
                    + AuditReport.eventName(fact.event).printable)
        }
    }
}
