internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt consent withdraw`
struct ConsentWithdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "The giver takes a consent back.",
        discussion: """
            Once this has ended well, no decision that starts later relies on it. It stops sharing; it erases nothing.

            Example:
              portvakt consent withdraw s-1 --controller kommune-a --actor person:mor
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @Option(help: "From this instant, not in the future: RFC 3339 or a date. Default: now.")
    var at: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = WithdrawConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the consent's id"),
            at: try at.map { try ArgumentText.instant($0, "--at") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.withdrawConsent, request, as: WithdrawConsentResponse.self)
        }
        ReceiptReport.show("consent \(id) withdrawn", response.receipt, output)
    }
}
