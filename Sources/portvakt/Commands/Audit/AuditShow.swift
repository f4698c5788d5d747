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

            Example:
              portvakt audit show 'decisions/node-1#42' --certs certs-here --as officer
            """)

    @Argument(help: "The entry, as query and check show it: STREAM#INDEX.")
    var entry: String
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let parts = entry.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let index = UInt64(parts[1]) else {
            throw ValidationError("an entry is STREAM#INDEX, such as decisions/node-1#42")
        }
        let request = ShowRequest(stream: String(parts[0]), index: index)
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
