internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt consent revoke`
struct ConsentRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "An authority ends a consent: a court, or the loss of foreldreansvar.",
        discussion: """
            Takes effect like a withdrawal.

            Example:
              portvakt consent revoke s-1 --controller kommune-a
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @Option(help: "From this instant, not in the future: RFC 3339 or a date. Default: now.")
    var at: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = RevokeConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the consent's id"),
            at: try at.map { try ArgumentText.instant($0, "--at") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.revokeConsent, request, as: RevokeConsentResponse.self)
        }
        ReceiptReport.show("consent \(id) revoked", response.receipt, output)
    }
}
