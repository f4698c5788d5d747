internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant refuse`
struct GrantRefuse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse",
        abstract: "Refuses what was asked for, and says why.",
        discussion: """
            Whoever could approve it may refuse it. The reason is kept in the ledger: no names.

            Example:
              portvakt grant refuse g-2 --reason 'har barnekoordinator' --actor employment:saksbehandler-1 \
            --controller kommune-a
            """)

    @Argument(help: "The id of what was asked for.")
    var id: String
    @Option(help: "Why, in words without names.")
    var reason: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = RefuseGrantRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the grant's id"), reason: reason)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.refuseGrant, request, as: RefuseGrantResponse.self)
        }
        ReceiptReport.show("grant \(id) refused", response.receipt, output)
    }
}
