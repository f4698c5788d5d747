internal import ArgumentParser
internal import Glibc
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

/// `portvakt audit prove`
struct AuditProve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Writes a proof that an entry stands in the log, for anybody to check.",
        discussion: """
            The proof is a text file (C2SP tlog-proof): the entry's leaf, the path to a signed root, and the signed \
            checkpoint. It holds no personal data. Whoever has the log's public key checks it with audit check-proof, without a \
            service.

            Examples:
              portvakt audit prove 'decisions/node-1#42' --ledger ledger.db --checkpoints guard --key log.pub --output 42.proof
              portvakt audit prove 'decisions/node-1#42' --export exported --key log.pub > 42.proof
              portvakt audit prove 'decisions/node-1#42' --server portvakt.example.no:7443 --key log.pub > 42.proof
            """)

    @Argument(help: "The entry: STREAM#INDEX.")
    var entry: EntryPlace
    @OptionGroup var log: LogSource
    @OptionGroup var trust: TrustOptions
    @Option(name: .shortAndLong, help: "The file to write; else standard output.", completion: .file())
    var output: String?

    func validate() throws {
        if log.ledger != nil, trust.checkpoints == nil {
            throw ValidationError("a database does not hold what was signed: give --checkpoints (the guard file)")
        }
    }

    func run() async throws {
        let ring = try trust.neededRing()
        let proof = try await log.server == nil ? read(ring) : ask(log.server ?? "")
        let proved: (checkpoint: Checkpoint, entry: EntrySummary)
        do throws(ProofFile.Problem) { proved = try proof.verify(by: ring.keys) } catch {
            throw Failure("the log does not verify at \(entry.text): \(error)", status: .no)
        }
        guard proved.checkpoint.stream(of: ring) == entry.stream, proof.index == entry.index else {
            throw Failure(
                "what was proved is not \(entry.text), but an entry of \(proved.checkpoint.origin)", status: .no)
        }
        guard let output else { return print(proof.text, terminator: "") }
        try TextFile.write(output, proof.text)
        Output.note("\(output): \(entry.text) in the log of \(proved.checkpoint.size) entries")
    }

    private func read(_ ring: KeyRing) throws -> ProofFile {
        let note = try note(ring)
        let store = try log.open()
        defer { store.close() }
        let made = try AuditFailure.catching {
            try ProofFile(of: entry.index, in: entry.stream, store, checkpoint: note.note)
        }
        guard let made else {
            throw Failure(
                "\(entry.text) is not in the signed log: the checkpoint covers \(note.checkpoint.size) entries",
                status: .no)
        }
        return made
    }

    private func ask(_ server: String) async throws -> ProofFile {
        let request = ProveRequest(
            stream: "\(entry.stream)", index: entry.index, reader: try log.reader.stated())
        let response = try await Remote.with(try log.connection(to: server)) { remote in
            try await unsafe remote.call(.prove, request, as: ProveResponse.self)
        }
        do throws(ProofFile.Problem) { return try ProofFile(String(decoding: response.proof, as: UTF8.self)) } catch {
            throw Failure("\(server) answered with no proof: \(error)", status: .no)
        }
    }

    private func note(_ ring: KeyRing) throws -> CheckpointFile.Signed {
        let signed: [CheckpointFile.Signed]
        if trust.checkpoints != nil {
            signed = try trust.signed()
        } else {
            signed = try AuditFailure.catching {
                try ExportReader.all(in: log.export ?? "").flatMap {
                    try CheckpointFile(path: $0.folder + "/checkpoint", keys: ring).signed
                }
            }
        }
        guard let found = signed.first(where: { $0.stream == entry.stream }) else {
            throw Failure("there is no checkpoint of \(entry.stream) to prove it against")
        }
        return found
    }
}

/// Text files that commands write.
enum TextFile {
    /// Never over an existing file. One that cannot be written whole is taken away again.
    static func write(_ path: String, _ text: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var text = text
        let done = text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while unsafe !rest.isEmpty {
                let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                guard written > 0 else { return false }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return fsync(descriptor) == 0
        }
        guard done else {
            let failure = failure(path)
            unsafe unlink(path)
            throw failure
        }
    }

    private static func failure(_ path: String) -> Failure {
        Failure("\(path) could not be written: \(unsafe String(cString: strerror(errno)))")
    }
}
