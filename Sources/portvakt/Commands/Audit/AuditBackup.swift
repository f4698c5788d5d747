internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktSQLite

/// `portvakt audit backup`
struct AuditBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the ledger as it is at one moment, while the daemon goes on.",
        discussion: """
            The copy is durable when the command ends, and is verified. Keep the guard file apart from it: a copy that is older \
            than the guard is refused by restore and by the daemon.

            Example:
              portvakt audit backup --ledger ledger.db /backup/ledger-2026-11-25.db
            """)

    @Option(help: "The ledger's database file. It may be in use.", completion: .file())
    var ledger: String
    @Argument(help: "The file to write; never over one that is there.", completion: .file())
    var copy: String

    func run() throws {
        try AuditFailure.catching { try SQLiteStore.backup(from: ledger, to: copy) }
        let report = try LedgerCopy.verify(copy, signed: [])
        Output.line("\(copy): \(report.entries) entries in \(report.heads.count) streams, verified")
    }
}

/// A ledger's file that is not in use.
enum LedgerCopy {
    /// Verifies it whole.
    /// - Throws: with the first entry that is wrong.
    static func verify(_ path: String, signed: [GuardedHead]) throws -> LedgerVerifier.Report {
        let store = try AuditFailure.catching { try SQLiteStore.openForReading(path: path) }
        defer { store.close() }
        let heads = try AuditFailure.catching { try store.heads() }
        var bar = ProgressBar("verifying", total: heads.reduce(0) { $0 + Int(clamping: $1.size) })
        defer { bar.finish() }
        let report = try AuditFailure.catching {
            try LedgerVerifier(store: store, signed: signed).run { bar.update($0) }
        }
        if let finding = report.findings.first {
            throw Failure("\(path) does not verify: \(finding)", status: .no)
        }
        return report
    }
}
