internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// What every change states: on whose behalf, by whom, and under which id.
struct ChangeOptions: ParsableArguments {
    @Option(
        help: "On whose behalf: a controller's id. Also PORTVAKT_CONTROLLER, or controller in the file of settings.")
    var controller: String?
    @Option(help: "The acting person: employment:ID, person:ID or proxy:ID. Left out where a machine acts.")
    var actor: String?
    @Option(
        help: "Your own id of the request: repeating it with the same content changes nothing. Default: a random one.")
    var requestId: String?

    /// - Parameter implied: the controller that the change itself names.
    func header(_ connection: ConnectionOptions, implied: ControllerID? = nil) throws -> ChangeHeader {
        let text =
            try controller ?? Terminal.environment("PORTVAKT_CONTROLLER")
            ?? ConnectionFile.find(connection.config)["controller"]
        let named: ControllerID? = try text.map { try ArgumentText.id($0, "--controller") }
        guard let controller = named ?? implied else {
            throw Failure("on whose behalf? Give --controller ID", status: .usage)
        }
        return ChangeHeader(
            requestID: try requestId.map { try ArgumentText.identifier($0, "--request-id") }
                ?? ArgumentText.randomIdentifier(),
            controller: controller, actor: try actor.map { try ArgumentText.actor($0, "--actor") })
    }
}

/// Shows where a change was recorded.
enum ReceiptReport {
    static func json(_ receipt: ChangeReceipt) -> JSONValue {
        [
            "stream": .string(receipt.entry.stream), "index": .int(Int64(clamping: receipt.entry.index)),
            "block": .int(Int64(clamping: receipt.entry.block)),
            "revision": .int(Int64(clamping: receipt.revision.number)),
        ]
    }

    static func show(_ what: String, _ receipt: ChangeReceipt, _ output: OutputOptions) {
        output.show(["recorded": json(receipt)]) {
            Output.line("\(what): recorded as \(receipt.entry.reference), revision \(receipt.revision.number)")
        }
    }
}

extension EntryReference {
    /// `stream#index`, as commands show it and take it.
    var reference: String { "\(stream)#\(index)" }
}
