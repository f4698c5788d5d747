internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant revoke`
struct GrantRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Ends a grant.",
        discussion: """
            Takes effect on the next decision anywhere.

            Example:
              portvakt grant revoke g-1 --controller kommune-a
            """)

    @Argument(help: "The grant's id.")
    var id: String
    @Option(help: "From this instant, not in the future: RFC 3339 or a date. Default: now.")
    var at: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = RevokeGrantRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the grant's id"),
            at: try at.map { try ArgumentText.instant($0, "--at") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.revokeGrant, request, as: RevokeGrantResponse.self)
        }
        ReceiptReport.show("grant \(id) revoked", response.receipt, output)
    }
}
