internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Registers a file of records: all of them, or none.",
        discussion: """
            The file is YAML or JSON, described in docs/import.md. It is checked in full before anything is sent; then the \
            records are staged, and registered in one transaction. With --municipality a made-up municipality is registered \
            instead, for trying out and measuring.

            Example:
              portvakt import records.yaml --controller kommune-a
              portvakt import --municipality --subjects 3000 --controller kommune-1
            """)

    /// Records of one chunk: well below the 4 MiB that a message may have.
    static let chunkSize = 5000

    @Argument(help: "The file.", completion: .file(extensions: ["yaml", "json"]))
    var file: String?
    @Flag(name: .customLong("municipality"), help: "Register a made-up municipality.")
    var makesMunicipality = false
    @OptionGroup var municipality: MunicipalityOptions
    @Flag(help: "Only check the file; register nothing.")
    var check = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) == makesMunicipality else { throw ValidationError("give a file, or --municipality") }
    }

    func run() async throws {
        let records = try records()
        guard !records.isEmpty else { throw Failure("there is no record to import", status: .usage) }
        if check {
            output.show(["records": .int(Int64(records.count)), "registered": .bool(false)]) {
                Output.line("\(records.count) records, nothing wrong with them; nothing was registered")
            }
            return
        }
        let header = try change.header(connection, implied: records.lazy.compactMap(\.ownController).first)
        let receipt = try await Remote.with(connection) { remote in try await register(records, header, remote) }
        output.show([
            "records": .int(Int64(receipt.records)), "registered": .bool(true),
            "first": ReceiptReport.json(receipt.first),
            "last": ReceiptReport.json(receipt.last),
        ]) {
            Output.line("\(receipt.records) records registered, revision \(receipt.last.revision.number)")
        }
    }

    private func records() throws -> [Record] {
        guard let file else {
            return municipality.municipality.changes.compactMap { change in
                if case .registered(let record) = change.event { record } else { nil }
            }
        }
        let located = try ImportDocument.read(file).records.records
        if let system = located.first(where: { $0.record.kind == .system }) {
            throw Failure(
                "\(system.place): systems are registered with portvakt system register: take them out of the file")
        }
        return located.map(\.folded)
    }

    private func register(_ records: [Record], _ header: ChangeHeader, _ remote: Remote) async throws -> CommitResponse
    {
        let id = try ArgumentText.randomIdentifier()
        let chunks = stride(from: 0, to: records.count, by: Self.chunkSize).map { start in
            Array(records[start..<min(start + Self.chunkSize, records.count)])
        }
        var progress = ProgressBar("importing", total: records.count)
        defer { progress.finish() }
        do {
            for (number, chunk) in chunks.enumerated() {
                let staged: StageResponse = try await unsafe remote.call(
                    .stage, StageRequest(importID: id, chunk: number, records: chunk))
                progress.update(staged.staged)
            }
        } catch {
            // Whatever was staged is of no use; it would be forgotten by itself too.
            _ = try? await unsafe remote.call(.discard, DiscardRequest(importID: id), as: DiscardResponse.self)
            throw error
        }
        let commit = CommitRequest(header: header, importID: id, chunks: chunks.count, records: records.count)
        return try await unsafe remote.call(.commit, commit)
    }
}
