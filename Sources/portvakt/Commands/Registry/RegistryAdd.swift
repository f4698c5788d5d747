internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt registry add`
struct RegistryAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Registers one record, or a new version of it.",
        discussion: """
            The keys are those of the files that portvakt import reads (docs/import.md). For many records use portvakt import.

            Example:
              portvakt registry add unit id=skole-1 service=skole controller=kommune-a
              portvakt registry add employment id=larer-1 unit=skole-1 role=medarbeider from=2026-08-01
            """)

    @Argument(help: "What: \(RecordArguments.kinds.filter { $0 != "system" }.joined(separator: ", ")).")
    var kind: String
    @OptionGroup var fields: FieldArguments
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard kind != "system" else { throw ValidationError("a system is registered with portvakt system register") }
        let record = try RecordArguments.record(kind: kind, fields).folded
        let header = try change.header(connection, implied: record.ownController)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(
                .registerRecords, RegisterRecordsRequest(header: header, records: [record]),
                as: RegisterRecordsResponse.self)
        }
        guard let receipt = response.receipts.first else { throw Failure("the service gave no receipt") }
        ReceiptReport.show("\(kind) \(record.identifier)", receipt, output)
    }
}

extension Record {
    /// The controller that the record itself names.
    var ownController: ControllerID? {
        switch self {
        case .controller(let record): record.id
        case .unit(let record): record.controller
        case .caseRecord(let record): record.controller
        default: nil
        }
    }
}
