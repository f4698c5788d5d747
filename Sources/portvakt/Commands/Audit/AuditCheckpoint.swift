internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit checkpoint`
struct AuditCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Shows the signed heads of the log, and whether the log still begins with what an older one covered.",
        discussion: """
            Keep a checkpoint, and nobody can change what it covers unseen: later, --since says whether the log still begins \
            with it.

            Exit status: 0 all is as signed, 1 it is not, 2 it could not be tried.

            Examples:
              portvakt audit checkpoint --ledger ledger.db --checkpoints guard --key log.pub --note > kept
              portvakt audit checkpoint --ledger ledger.db --checkpoints guard --key log.pub --since kept
              portvakt audit checkpoint --export exported --key log.pub
            """)

    @OptionGroup var log: LedgerOptions
    @OptionGroup var trust: TrustOptions
    @Option(help: "A file of older checkpoints that the log must begin with.", completion: .file())
    var since: String?
    @Flag(help: "Print the signed notes themselves, to be kept.")
    var note = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if log.ledger != nil, trust.checkpoints == nil {
            throw ValidationError("a database does not hold what was signed: give --checkpoints (the guard file)")
        }
    }

    func run() throws {
        let ring = try trust.neededRing()
        let store = try log.open()
        defer { store.close() }
        let signed = try newest(ring)
        for one in signed { try check(one, store) }
        if let since {
            let older = try AuditFailure.catching { try CheckpointFile(path: since, keys: ring).signed }
            for one in older { try check(one, store) }
        }
        if note { return print(signed.map(\.note).joined(), terminator: "") }
        show(signed)
    }

    private func newest(_ ring: KeyRing) throws -> [CheckpointFile.Signed] {
        if trust.checkpoints != nil { return try trust.signed() }
        return try AuditFailure.catching {
            try ExportReader.all(in: log.export ?? "").flatMap {
                try CheckpointFile(path: $0.folder + "/checkpoint", keys: ring).signed
            }
        }
    }

    /// The log's tree of the checkpoint's size has the checkpoint's root.
    private func check(_ signed: CheckpointFile.Signed, _ store: any LedgerStore) throws {
        let head = try AuditFailure.catching { try store.heads() }.first { $0.stream == signed.stream }
        let size = head?.size ?? 0
        guard size >= signed.checkpoint.size else {
            throw Failure(
                "the checkpoint is of a later log: it covers \(signed.checkpoint.size) entries of \(signed.stream), which has \(size) here",
                status: .no)
        }
        let root = try AuditFailure.catching {
            try LedgerVerifier.root(of: signed.stream, size: signed.checkpoint.size, in: store)
        }
        guard root == signed.checkpoint.root else {
            throw Failure(
                "the log is not the one that was signed: the first \(signed.checkpoint.size) entries of \(signed.stream) have another root",
                status: .no)
        }
    }

    private func show(_ signed: [CheckpointFile.Signed]) {
        output.show([
            "checkpoints": .array(
                signed.map { one in
                    [
                        "origin": .string(one.checkpoint.origin), "stream": .string("\(one.stream)"),
                        "size": .int(Int64(clamping: one.checkpoint.size)), "root": .string("\(one.checkpoint.root)"),
                        "note": .string(one.note),
                    ]
                })
        ]) {
            var table = Table("stream", "entries", "root", "signed by")
            for one in signed {
                let signers = Checkpoint.signers(of: one.note)
                table.add(
                    Table.Cell("\(one.stream)", .bold), Table.Cell("\(one.checkpoint.size)"),
                    Table.Cell("\(one.checkpoint.root)"), Table.Cell(signers.joined(separator: ", ")))
            }
            Output.table(table)
            if since != nil { Output.line("the log begins with what the older checkpoints cover") }
        }
    }
}
