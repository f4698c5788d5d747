internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt what`
struct WhatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what",
        abstract: "Lists the cases to which an actor has access now, for what, on what basis, until when.",
        discussion: """
            Looked at are reading, writing, closing and attending, for every purpose that a log is read for; the answer says \
            which. Not listed: what anybody may claim in an emergency. An access stands at least until the instant that is \
            given, at which a fact changes that it rests on; portvakt due says when one breaks.

            Example:
              portvakt what --actor employment:larer-1
              portvakt what --actor person:mor-1
            """)

    @Option(help: "Who: employment:ID, person:ID or proxy:ID.")
    var actor: String
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let actor = try ArgumentText.actor(actor, "--actor")
        let (found, covers) = try await Remote.with(connection) { remote in
            var covers = Covered()
            let found = try await page.gather { page in
                let response: WhatResponse = try await unsafe remote.call(.what, WhatRequest(actor: actor, page: page))
                covers = Covered(actions: response.actions, purposes: response.purposes)
                return (response.accesses, response.page)
            }
            return (found, covers)
        }
        found.show("accesses", output, json: AccessTable.json, people: AccessTable.table, covers: covers)
    }
}
