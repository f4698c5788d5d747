internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant pending`
struct GrantPending: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pending",
        abstract: "Lists the grants that were asked for and wait for an answer.",
        discussion: """
            Example:
              portvakt grant pending
              portvakt grant pending --case sak-1
            """)

    @Option(name: .customLong("case"), help: "A case's id. Default: every case of this system's controllers.")
    var caseID: String?
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let id: CaseID? = try caseID.map { try ArgumentText.id($0, "--case") }
        let grants = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let response: PendingGrantsResponse = try await unsafe remote.call(
                    .pendingGrants, PendingGrantsRequest(caseID: id, page: page))
                return (response.grants, response.page)
            }
        }
        grants.show("grants", output, json: ReflectedJSON.value) { grants in
            var table = Table("grant", "case", "to", "role", "document", "areas", "until", "under")
            for grant in grants.map(\.grant) {
                table.add(
                    Table.Cell(grant.id.text, .bold), Table.Cell(grant.caseID.text), Table.Cell(grant.to.shown),
                    Table.Cell(grant.role.word), Table.Cell(grant.document.word),
                    Table.Cell(grant.areas?.map(\.text).joined(separator: ",") ?? "all"),
                    Table.Cell(grant.validity.until.rfc3339), Table.Cell(grant.under?.text ?? ""))
            }
            return table
        }
    }
}
