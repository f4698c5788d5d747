internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt consent show`
struct ConsentShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one consent as it stands.",
        discussion: """
            Example:
              portvakt consent show s-1
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = GetConsentRequest(try ArgumentText.id(id, "the consent's id"))
        let filed = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.getConsent, request, as: GetConsentResponse.self)
        }.consent
        let record = FiledRecord(.consent(filed.consent), version: filed.version, registeredAt: filed.registeredAt)
        output.show(RecordReport.json(record)) {
            for line in RecordReport.lines(record) { Output.line(line) }
        }
    }
}
