internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit export`
struct AuditExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the log as files that tools of others can verify: C2SP tlog-tiles.",
        discussion: """
            One folder for each stream, DIR/decisions/NODE and DIR/changes/CONTROLLER (a / in a name is \
            written %2F), each with its signed checkpoint, its tiles \
            and, beside the format, the openings: what is personal in the entries. Without them (--leaves-only) everything can \
            still be verified, and nothing personal is handed out. What an earlier export has left in the folders is removed.

            Examples:
              portvakt audit export exported --ledger ledger.db --checkpoints guard --key log.pub
              portvakt audit export exported --ledger ledger.db --checkpoints guard --key log.pub --leaves-only
            """)

    @Argument(help: "The folder to write; made when it is not there.", completion: .directory)
    var folder: String
    @Option(help: "The ledger's database file. It may be in use.", completion: .file())
    var ledger: String
    @OptionGroup var trust: TrustOptions
    @Option(help: "Only this stream, such as decisions/node-1.")
    var stream: String?
    @Flag(help: "Without the openings: nothing personal.")
    var leavesOnly = false

    func validate() throws {
        // Its streams would stand in the root of the file system.
        guard !folder.isEmpty else { throw ValidationError("the folder has no name: is a variable empty?") }
        guard trust.checkpoints != nil else {
            throw ValidationError("an export ends at a signed checkpoint: give --checkpoints (the guard file)")
        }
    }

    func run() throws {
        let signed = try trust.signed().filter { stream == nil || "\($0.stream)" == stream }
        guard !signed.isEmpty else {
            throw Failure("there is no checkpoint of \(stream ?? "any stream") to export up to")
        }
        let log = try LedgerOptions.parse(["--ledger", ledger])
        let store = try log.open()
        defer { store.close() }
        var bar = ProgressBar("exporting", total: signed.reduce(0) { $0 + Int(clamping: $1.checkpoint.size) })
        var done: UInt64 = 0
        // No checkpoint before every stream's tiles are there: an export that ended between two streams would look whole, with one missing.
        var unfinished: [UnfinishedExport] = []
        for one in signed {
            let tiles = try AuditFailure.catching {
                try LedgerExport(of: one.stream, below: folder).writeTiles(
                    store, stream: one.stream, checkpoint: one.note, openings: !leavesOnly
                ) { bar.update(done + $0) }
            }
            unfinished.append(tiles)
            done += one.checkpoint.size
        }
        for one in unfinished { try AuditFailure.catching { try one.finish() } }
        bar.finish()
        for one in signed {
            Output.line("\(LedgerExport(of: one.stream, below: folder).folder): \(one.checkpoint.size) entries")
        }
    }
}
