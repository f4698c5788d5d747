internal import ArgumentParser
internal import PortvaktWire

/// `portvakt system disable`
struct SystemDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Ends a system's right to ask, at once.",
        discussion: """
            Example:
              portvakt system disable journal --certs certs-here --as administrator --controller kommune-a
            """)

    @Argument(help: "The system's id.")
    var id: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = DisableSystemRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the system's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.disableSystem, request, as: DisableSystemResponse.self)
        }
        ReceiptReport.show("system \(id) disabled", response.receipt, output)
    }
}
