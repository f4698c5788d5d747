internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt consent invalidate`
struct ConsentInvalidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invalidate",
        abstract: "A consent turned out never to have been valid.",
        discussion: """
            For an error, duress, or a capacity that never existed.

            Example:
              portvakt consent invalidate s-1 --controller kommune-a
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = InvalidateConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the consent's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.invalidateConsent, request, as: InvalidateConsentResponse.self)
        }
        ReceiptReport.show("consent \(id) is invalid", response.receipt, output)
    }
}
