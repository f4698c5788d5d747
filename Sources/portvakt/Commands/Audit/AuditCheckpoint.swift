internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

/// `portvakt audit checkpoint`
struct AuditCheckpoint: AsyncParsableCommand {
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
              portvakt audit checkpoint --server portvakt.example.no:7443 --key log.pub --since kept
            """)

    @OptionGroup var log: LogSource
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

    func run() async throws {
        let ring = try trust.neededRing()
        let older = try since.map { path in
            try AuditFailure.catching { try CheckpointFile(path: path, keys: ring).signed }
        }
        let signed: [CheckpointFile.Signed]
        if let server = log.server {
            signed = try await RemoteHeads(source: log, ring: ring).checked(server, against: older ?? [])
        } else {
            let store = try log.open()
            defer { store.close() }
            signed = try newest(ring)
            for one in signed + (older ?? []) { try check(one, store) }
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

/// The signed heads of a service, and whether they go on from older ones.
struct RemoteHeads {
    let source: LogSource
    let ring: KeyRing

    func checked(
        _ server: String, against older: [CheckpointFile.Signed]
    ) async throws -> [CheckpointFile.Signed] {
        let request = CheckpointRequest(
            known: older.map { KnownHead(stream: "\($0.stream)", size: $0.checkpoint.size) },
            reader: try source.reader.stated())
        let response = try await Remote.with(try source.connection(to: server)) { remote in
            try await unsafe remote.call(.checkpoint, request, as: CheckpointResponse.self)
        }
        let heads = try response.heads.map { head in
            (try signed(head, server), path: head.path)
        }
        for one in older {
            guard let newer = heads.first(where: { $0.0.stream == one.stream }) else {
                throw Failure(
                    """
                    \(server) shows no checkpoint of \(one.stream): it has signed none, or this certificate's system may not read that \
                    stream; then ask as one that may, or leave that checkpoint out of the older ones
                    """, status: .no)
            }
            try check(one, newer.0.checkpoint, newer.path)
        }
        return heads.map(\.0)
    }

    private func signed(_ head: SignedHead, _ server: String) throws -> CheckpointFile.Signed {
        let note = String(decoding: head.note, as: UTF8.self)
        let checkpoint: Checkpoint
        do { checkpoint = try Checkpoint(note: note, verifiedBy: ring.keys) } catch {
            let signers = Checkpoint.signers(of: note, besides: ring)
            throw Failure("the checkpoint of \(server) cannot be trusted: \(error)\(signers)", status: .no)
        }
        guard let stream = checkpoint.stream(of: ring), "\(stream)" == head.stream else {
            throw Failure("the checkpoint of \(server) is of another log: \(checkpoint.origin)", status: .no)
        }
        return CheckpointFile.Signed(stream: stream, checkpoint: checkpoint, note: note)
    }

    private func check(_ older: CheckpointFile.Signed, _ newer: Checkpoint, _ path: [UInt8]) throws {
        let (known, size) = (older.checkpoint.size, newer.size)
        guard known <= size else {
            throw Failure(
                "the checkpoint is of a later log: it covers \(known) entries of \(older.stream), which has \(size) there",
                status: .no)
        }
        let hashes = stride(from: 0, to: path.count - path.count % Digest.byteCount, by: Digest.byteCount).compactMap {
            Digest(path[$0..<$0 + Digest.byteCount])
        }
        // Everything goes on from nothing.
        if known == 0 { return }
        let proof = ConsistencyProof(olderSize: known, newerSize: size, path: hashes)
        guard proof.joins(older.checkpoint.root, newer.root) else {
            throw Failure(
                "the log is not the one that was signed: the first \(known) entries of \(older.stream) have another root",
                status: .no)
        }
    }
}
