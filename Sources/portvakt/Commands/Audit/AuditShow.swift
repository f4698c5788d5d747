internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit show`
struct AuditShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one entry with everything it records.",
        discussion: """
            For a decision also everything that was considered, derived again from the records as they were.

            That it was shown is recorded.

            Example:
              portvakt audit show 'decisions/node-1#42' --certs certs-here --as officer
            """)

    @Argument(help: "The entry, as query and check show it: STREAM#INDEX.")
    var entry: String
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (stream, index) = try EntryArgument.parse(entry)
        let request = ShowRequest(stream: stream, index: index, reader: try reader.stated())
        let chosen = try language.chosen()
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.showAudit, request, as: ShowResponse.self)
        }
        output.show([
            "entry": AuditReport.json(response.entry), "explanation": ExplanationReport.json(response.explanation),
        ]) {
            for line in AuditReport.lines(response.entry, in: chosen) { Output.line(line) }
            for line in ExplanationReport.lines(response.explanation) { Output.line("  " + line) }
        }
    }
}
