internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt system list`
struct SystemList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the registered systems, disabled ones too.",
        discussion: """
            Example:
              portvakt system list --certs certs-here --as administrator
            """)

    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let systems = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let response: ListSystemsResponse = try await unsafe remote.call(
                    .listSystems, ListSystemsRequest(page: page))
                return (response.systems, response.page)
            }
        }
        systems.show("systems", output, json: ReflectedJSON.value) { systems in
            var table = Table("system", "identity", "state", "controllers", "permissions")
            for filed in systems {
                let system = filed.system
                table.add(
                    Table.Cell(system.id.text, .bold), Table.Cell(system.identity.text),
                    system.active ? Table.Cell("active", .green) : Table.Cell("disabled", .red),
                    Table.Cell(system.controllers.map(\.text).joined(separator: ",")),
                    Table.Cell(system.permissions.map(\.word).joined(separator: ",")))
            }
            return table
        }
    }
}
