internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt registry list`
struct RegistryList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the records of one kind.",
        discussion: """
            Example:
              portvakt registry list unit --limit 50
            """)

    @Argument(help: "What: \(RecordArguments.kinds.filter { $0 != "system" }.joined(separator: ", ")).")
    var kind: String
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let kind: RecordKind = try ArgumentText.word(kind, "the kind of record")
        let records = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let response: ListRecordsResponse = try await unsafe remote.call(
                    .listRecords, ListRecordsRequest(kind: kind, page: page))
                return (response.records, response.page)
            }
        }
        records.show("records", output, json: RecordReport.json) { records in
            var table = Table("id", "version#", "registered", "says")
            for filed in records {
                table.add(
                    Table.Cell(filed.record.identifier.text, .bold), Table.Cell("\(filed.version.number)"),
                    Table.Cell(filed.registeredAt.rfc3339), Table.Cell(RecordReport.summary(filed.record)))
            }
            return table
        }
    }
}
