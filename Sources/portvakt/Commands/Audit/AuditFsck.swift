internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktSQLite

/// `portvakt audit fsck`
struct AuditFsck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Checks everything that a ledger's files hold: pages, entries, roots, and the index.",
        discussion: """
            The database's own structure is checked; every entry, hash and root is computed again, as by audit verify; and \
            every index is derived anew from the log and compared. A wrong index is not lost data: delete its file, and the \
            daemon builds it again.

            Exit status: 0 all is well, 1 something is wrong, 2 it could not be tried.

            Example:
              portvakt audit fsck --ledger ledger.db --checkpoints guard --key log.pub
            """)

    @Option(help: "The ledger's database file. It may be in use.", completion: .file())
    var ledger: String
    @Option(help: "The index's file [LEDGER.index, when it is there].", completion: .file())
    var index: String?
    @OptionGroup var trust: TrustOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let checkpoints = try trust.signed()
        let signed = checkpoints.map(\.head)
        let pages = try AuditFailure.catching { try SQLiteStore.structureProblem(path: ledger) }
        if let pages { throw Failure("\(ledger): \(pages)", status: .no) }
        // The signed heads first, then the index, then the ledger: each is of a moment at which the next one had what it has.
        let opened = Result { try openIndex() }
        let store = try AuditFailure.catching { try SQLiteStore.openForReading(path: ledger, atOneMoment: true) }
        defer { store.close() }
        let report = try verify(store, signed)
        if let finding = report.findings.first {
            throw Failure("the log does not verify: \(finding)", status: .no)
        }
        if let stray = try AuditFailure.catching({ try SQLiteStore.strayRow(path: ledger) }) {
            throw Failure("\(ledger): \(stray)", status: .no)
        }
        // Only now: what is wrong with the log comes before what is wrong with its index.
        let present = try opened.get()
        defer { present?.close() }
        if let present { try check(present, store, checkpoints) }
        let indexed = present != nil
        output.show([
            "good": .bool(true), "entries": .int(Int64(clamping: report.entries)),
            "streams": .int(Int64(report.heads.count)), "index": .bool(indexed), "signed": .int(Int64(signed.count)),
        ]) {
            Output.line("pages: the database's structure is whole")
            Output.line("entries: \(report.entries) in \(report.heads.count) streams, every root as it must be")
            Output.line(
                signed.isEmpty
                    ? "signatures: none compared (give --checkpoints and --key)"
                    : "signatures: \(signed.count) signed heads are in it")
            Output.line(indexed ? "index: as the log says" : "index: there is none")
        }
    }

    private func verify(_ store: any LedgerStore, _ signed: [GuardedHead]) throws -> LedgerVerifier.Report {
        let heads = try AuditFailure.catching { try store.heads() }
        var bar = ProgressBar("verifying", total: heads.reduce(0) { $0 + Int(clamping: $1.size) })
        defer { bar.finish() }
        return try AuditFailure.catching {
            try LedgerVerifier(store: store, signed: signed).run { bar.update($0) }
        }
    }

    private var indexPath: String { index ?? SQLiteIndex.path(besideLedger: ledger) }

    /// Nothing when there is no index.
    private func openIndex() throws -> SQLiteIndex? {
        let path = indexPath
        guard CertificateFile.exists(path) else {
            guard index == nil else { throw Failure("there is no index \(path)") }
            return nil
        }
        do {
            if let problem = try SQLiteIndex.structureProblem(path: path) {
                throw Self.deletable("\(path): \(problem)")
            }
            return try SQLiteIndex.openForReading(path: path)
        } catch let error as StoreError where error.kind == .damaged {
            // The store's own sentence speaks of a ledger and its backup: neither is needed.
            throw Self.deletable("the index \(path) is damaged (\(error.detail))")
        } catch let error as StoreError {
            return try AuditFailure.catching { throw error }
        }
    }

    /// An index that is not as it must be: it holds nothing that the ledger does not.
    private static func deletable(_ what: String) -> Failure {
        Failure("\(what); delete the file, and it is built again", status: .no)
    }

    private func check(
        _ present: SQLiteIndex, _ store: any LedgerStore, _ signed: [CheckpointFile.Signed]
    ) throws {
        let path = indexPath
        let heads = try AuditFailure.catching { try store.heads() }
        try AuditFailure.catching {
            let fresh = try SQLiteIndex.openTemporary(beside: path)
            defer { fresh.close() }
            var bar = ProgressBar("indexing anew", total: heads.reduce(0) { $0 + Int(clamping: $1.size) })
            for one in signed { try checkTree(one, fresh, store) }
            try IndexFollower.build(
                fresh, from: store, upTo: { stream throws(StoreError) in try present.size(of: stream) }
            ) {
                bar.update($0)
            }
            bar.finish()
            if let difference = try IndexCheck.difference(present, fresh, store) {
                throw Self.deletable("\(path): \(difference)")
            }
        }
    }

    /// The tree of subjects that was signed is the one that the log gives.
    private func checkTree(_ signed: CheckpointFile.Signed, _ fresh: SQLiteIndex, _ store: any LedgerStore) throws {
        guard let tree = SubjectTree(in: signed.checkpoint, of: signed.stream) else { return }
        try IndexFollower.build(fresh, from: store, upTo: { $0 == signed.stream ? tree.streamSize : 0 })
        guard try fresh.subjectTree(of: signed.stream) != tree else { return }
        throw Failure(
            "the signed tree of subjects of \(signed.stream) is not the one that its first \(tree.streamSize) entries give, unless openings have been erased since",
            status: .no)
    }
}
