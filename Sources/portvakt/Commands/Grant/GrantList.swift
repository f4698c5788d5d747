internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt grant list`
struct GrantList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the grants of a case, those too that were refused, revoked or have ended.",
        discussion: """
            The state says which grants open something: granted ones. A refused one never did; one that was revoked or has ended does \
            no more. What waits for an answer is listed by portvakt grant pending.

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
            var table = Table("grant", "state", "to", "role", "document", "from", "until", "revoked")
            let now = WallTime.now
            for grant in grants.map(\.grant) {
                let validity = grant.validity
                table.add(
                    Table.Cell(grant.id.text, .bold), Self.state(grant, now), Table.Cell(grant.to.shown),
                    Table.Cell(grant.role.word), Table.Cell(grant.document.word),
                    Table.Cell(validity.from == .distantPast ? "" : validity.from.rfc3339),
                    Table.Cell(validity.until == .distantFuture ? "" : validity.until.rfc3339),
                    Table.Cell(grant.revokedAt?.rfc3339 ?? ""))
            }
            return table
        }
    }

    /// Whether it opens something now, as far as the grant itself says: green only then.
    static func state(_ grant: Grant, _ now: Instant) -> Table.Cell {
        guard grant.state == .granted else { return Table.Cell(grant.state.word, .yellow) }
        if let revoked = grant.revokedAt, revoked <= now { return Table.Cell("revoked", .yellow) }
        if grant.validity.until <= now { return Table.Cell("ended", .yellow) }
        if grant.validity.from > now { return Table.Cell("not yet", .yellow) }
        return Table.Cell(grant.state.word, .green)
    }
}
