internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt system register`
struct SystemRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Registers a system, or a new version of its registration.",
        discussion: """
            Permissions: \(Permission.allCases.map(\.word).joined(separator: ", ")). Takes effect at once, on living \
            connections too.

            Example:
              portvakt system register journal --organization 312345676 --for kommune-a \\
                --permission ask --permission register --certs certs-here --as administrator --controller kommune-a
            """)

    @Argument(help: "The system's id.")
    var id: String
    @OptionGroup var identity: IdentityOptions
    @Option(
        name: .customLong("for"), help: "A controller it may ask for; may be repeated. Default: that of --controller.")
    var controllers: [String] = []
    @Option(help: "What it may do; may be repeated.")
    var permission: [String] = []
    @Option(help: "An action it may ask about; may be repeated. Default: all.")
    var action: [String] = []
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let identity = try identity.identity() else {
            throw ValidationError("a system needs an identity: give --organization or --spiffe")
        }
        guard !permission.isEmpty else { throw ValidationError("a system without a --permission could do nothing") }
        let named: [ControllerID] = try controllers.map { try ArgumentText.id($0, "--for") }
        let header = try change.header(connection, implied: named.first)
        let actions = try action.map { try ArgumentText.word($0, "--action", Action.self) }
        let system = System(
            id: try ArgumentText.id(id, "the system's id"), identity: identity,
            controllers: named.isEmpty ? [header.controller] : named,
            permissions: try permission.map { try ArgumentText.word($0, "--permission") },
            actions: actions.isEmpty ? nil : actions)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(
                .registerSystem, RegisterSystemRequest(header: header, system: system), as: RegisterSystemResponse.self)
        }
        ReceiptReport.show("system \(id)", response.receipt, output)
    }
}
