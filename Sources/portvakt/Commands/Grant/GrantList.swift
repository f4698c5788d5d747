internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant list`
struct GrantList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the grants of a case, ended ones too.",
        discussion: """
            Example:
              portvakt grant list --case sak-1
            """)

    @Option(name: .customLong("case"), help: "A case's id.")
    var caseID: String
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let id: CaseID = try ArgumentText.id(caseID, "--case")
        let grants = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let response: ListGrantsResponse = try await unsafe remote.call(
                    .listGrants, ListGrantsRequest(caseID: id, page: page))
                return (response.grants, response.page)
            }
        }
        grants.show("grants", output, json: ReflectedJSON.value) { grants in
            var table = Table("grant", "to", "role", "document", "from", "until")
            for grant in grants.map(\.grant) {
                let validity = grant.validity
                table.add(
                    Table.Cell(grant.id.text, .bold), Table.Cell(grant.to.shown), Table.Cell(grant.role.word),
                    Table.Cell(grant.document.word),
                    Table.Cell(validity.from == .distantPast ? "" : validity.from.rfc3339),
                    Table.Cell(validity.until == .distantFuture ? "" : validity.until.rfc3339))
            }
            return table
        }
    }
}
