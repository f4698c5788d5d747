internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant approve`
struct GrantApprove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Gives what was asked for.",
        discussion: """
            A plan's grant is given by an employment in a service that the policy profile names (plan.access_granted_by), a \
            log's by the stafettholder. As long as the consent is missing that it would rest on, it is refused and the answer \
            names who would have to give it.

            Example:
              portvakt grant approve g-2 --actor employment:saksbehandler-1 --controller kommune-a
            """)

    @Argument(help: "The id of what was asked for.")
    var id: String
    @Option(help: "Ends earlier than was asked for: RFC 3339 or a date.")
    var until: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = ApproveGrantRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the grant's id"),
            until: try until.map { try ArgumentText.instant($0, "--until") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.approveGrant, request, as: ApproveGrantResponse.self)
        }
        ReceiptReport.show("grant \(id) given", response.receipt, output)
    }
}
