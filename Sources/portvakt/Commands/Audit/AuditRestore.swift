internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktSQLite

/// `portvakt audit restore`
struct AuditRestore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a copy in the ledger's place, unless it is older than what was signed.",
        discussion: """
            Stop the daemon first. The copy is verified whole and compared with the guard file: one that ends before what was \
            signed would lose records that were answered, and is refused. What stands in the ledger's place is not written over: \
            move it away first.

            Exit status: 0 restored, 1 refused, 2 it could not be tried.

            Example:
              portvakt audit restore /backup/ledger-2026-11-25.db --ledger ledger.db --checkpoints guard --key log.pub
            """)

    @Argument(help: "The copy that audit backup wrote.", completion: .file())
    var copy: String
    @Option(help: "Where the ledger's database file is to stand.", completion: .file())
    var ledger: String
    @OptionGroup var trust: TrustOptions

    func validate() throws {
        guard trust.checkpoints != nil else {
            throw ValidationError("only the guard file says whether a copy is too old: give --checkpoints and --key")
        }
    }

    func run() throws {
        for path in [ledger, ledger + "-wal", ledger + "-journal"] where CertificateFile.exists(path) {
            throw Failure("there is a file \(path) already: stop the daemon and move it away")
        }
        let signed = try trust.signed().map(\.head)
        try refuseOlder(signed)
        _ = try LedgerCopy.verify(copy, signed: signed)
        // An index of the ledger that stood here before would be another's.
        SQLiteIndex.remove(path: SQLiteIndex.path(besideLedger: ledger))
        try AuditFailure.catching { try SQLiteStore.restore(from: copy, to: ledger) }
        let report = try LedgerCopy.verify(ledger, signed: signed)
        Output.line("\(ledger): \(report.entries) entries in \(report.heads.count) streams, verified")
    }

    private func refuseOlder(_ signed: [GuardedHead]) throws {
        let store = try AuditFailure.catching { try SQLiteStore.openForReading(path: copy) }
        defer { store.close() }
        let heads = try AuditFailure.catching { try store.heads() }
        for head in signed {
            let size = heads.first { $0.stream == head.stream }?.size ?? 0
            guard size >= head.size else {
                throw Failure(
                    "\(copy) is older than the guard: it has \(size) entries of \(head.stream), and \(head.size) were signed; restore a newer copy",
                    status: .no)
            }
        }
    }
}
