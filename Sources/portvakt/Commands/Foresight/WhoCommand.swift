internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt who`
struct WhoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who",
        abstract: "Lists everyone who may read, write, close or attend in a case now, on what basis, until when.",
        discussion: """
            Looked at are reading, writing, closing and attending, for every purpose that a log is read for; the answer says \
            which. Not listed: what anybody may claim in an emergency. An access stands at least until the instant that is \
            given, at which a fact changes that it rests on; portvakt due says when one breaks.

            Example:
              portvakt who --case sak-1
            """)

    @Option(name: .customLong("case"), help: "A case's id.")
    var caseID: String
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let id: CaseID = try ArgumentText.id(caseID, "--case")
        let (found, covers) = try await Remote.with(connection) { remote in
            var covers = Covered()
            let found = try await page.gather { page in
                let response: WhoResponse = try await unsafe remote.call(.who, WhoRequest(caseID: id, page: page))
                covers = Covered(actions: response.actions, purposes: response.purposes)
                return (response.accesses, response.page)
            }
            return (found, covers)
        }
        found.show("accesses", output, json: AccessTable.json, people: AccessTable.table, covers: covers)
    }
}
