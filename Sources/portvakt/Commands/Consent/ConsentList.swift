internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt consent list`
struct ConsentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the consents of a case or of a person, in all states.",
        discussion: """
            The state says which consents can carry something: given ones. One that was given and is spent, has ended or does not hold \
            yet is shown as that; --state and --json tell it as given.

            Example:
              portvakt consent list --case sak-1
              portvakt consent list --subject barn-1 --state given
            """)

    @Option(name: .customLong("case"), help: "A case's id.")
    var caseID: String?
    @Option(help: "A person's id: every consent about that person, in any case.")
    var subject: String?
    @Option(help: "Only in this state; may be repeated.")
    var state: [String] = []
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (caseID == nil) != (subject == nil) else { throw ValidationError("give --case or --subject") }
    }

    func run() async throws {
        let scope: ConsentScope =
            if let caseID { .caseID(try ArgumentText.id(caseID, "--case")) } else {
                .subject(try ArgumentText.id(subject ?? "", "--subject"))
            }
        let states = try state.map { try ArgumentText.word($0, "--state", ConsentState.self) }
        let consents = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let response: ListConsentsResponse = try await unsafe remote.call(
                    .listConsents, ListConsentsRequest(of: scope, states: states, page: page))
                return (response.consents, response.page)
            }
        }
        consents.show("consents", output, json: ReflectedJSON.value) { consents in
            let now = WallTime.now
            var table = Table("consent", "state", "given by", "as", "to", "purposes", "until")
            for filed in consents {
                let consent = filed.consent
                let to = consent.services.map(\.text) + consent.units.map(\.text)
                table.add(
                    Table.Cell(consent.id.text, .bold), Self.state(consent, now), Table.Cell(consent.givenBy.shown),
                    Table.Cell(consent.capacity.word),
                    Table.Cell(to.joined(separator: ",")),
                    Table.Cell(consent.purposes.map(\.word).joined(separator: ",")),
                    Table.Cell(consent.validity.until == .distantFuture ? "" : consent.validity.until.rfc3339))
            }
            return table
        }
    }

    /// Whether it can carry something now, as far as the consent itself says: green only then.
    static func state(_ consent: Consent, _ now: Instant) -> Table.Cell {
        guard consent.state == .given else { return Table.Cell(consent.state.word, .yellow) }
        if let spent = consent.spentAt, spent <= now { return Table.Cell("spent", .yellow) }
        if consent.validity.until <= now { return Table.Cell("ended", .yellow) }
        if consent.validity.from > now { return Table.Cell("not yet", .yellow) }
        return Table.Cell(consent.state.word, .green)
    }
}
