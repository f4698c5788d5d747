internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit check-proof`
struct AuditCheckProof: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-proof",
        abstract: "Checks a proof with nothing but the log's public key.",
        discussion: """
            No service, no database, no trust in either. Says what the entry is, as far as its leaf tells.

            Exit status: 0 it proves the entry, 1 it does not, 2 it could not be tried.

            Example:
              portvakt audit check-proof 42.proof --key log.pub --entry 'decisions/node-1#42'
            """)

    @Argument(help: "The file with the proof.", completion: .file())
    var file: String
    @Option(
        help: "A public key of the log (<name>+<id>+<base64>), or a file of such keys. May be repeated.",
        completion: .file())
    var key: [String] = []
    @Option(help: "The entry that it must be the proof of: STREAM#INDEX.")
    var entry: EntryPlace?
    @OptionGroup var output: OutputOptions

    func run() throws {
        var trust = TrustOptions()
        trust.key = key
        trust.checkpoints = nil
        let ring = try trust.neededRing()
        let text = String(decoding: try CertificateFile.read(file), as: UTF8.self)
        let proof: ProofFile
        do throws(ProofFile.Problem) { proof = try ProofFile(text) } catch {
            throw Failure("\(file) is no proof: \(error)", status: .no)
        }
        let proved: (checkpoint: Checkpoint, entry: EntrySummary)
        do throws(ProofFile.Problem) { proved = try proof.verify(by: ring.keys) } catch {
            let who =
                if case .checkpoint(.notSigned) = error {
                    Checkpoint.signers(of: proof.checkpoint, besides: ring)
                } else { "" }
            throw Failure("\(file) proves nothing: \(error)\(who)", status: .no)
        }
        guard let stream = proved.checkpoint.stream(of: ring) else {
            throw Failure("\(file) is the proof of another log: \(proved.checkpoint.origin)", status: .no)
        }
        if let entry, entry.stream != stream || entry.index != proof.index {
            throw Failure("\(file) is the proof of \(stream)#\(proof.index), not of \(entry.text)", status: .no)
        }
        show("\(stream)#\(proof.index)", proved.checkpoint, proved.entry)
    }

    private func show(_ place: String, _ checkpoint: Checkpoint, _ entry: EntrySummary) {
        output.show([
            "proved": .bool(true), "entry": .string(place), "origin": .string(checkpoint.origin),
            "size": .int(Int64(clamping: checkpoint.size)), "root": .string("\(checkpoint.root)"),
            "kind": .string("\(entry.kind)"), "time": .string(entry.time.rfc3339), "system": .string(entry.system.text),
        ]) {
            Output.line(
                "\(Output.styled(place, .bold)) is in the log \(checkpoint.origin) of \(checkpoint.size) entries")
            Output.line("  \(entry.kind) at \(entry.time.rfc3339), by the system \(entry.system)")
            switch entry.details {
            case .decision(let effect, let reasons, let action, let purpose, _, _):
                Output.line("  \(effect.word) of \(action.word) for \(purpose.word)")
                for reason in reasons { Output.line("    \(reason.word)") }
            case .change(let controller): Output.line("  for \(controller)")
            case .audit(let call, _): Output.line("  \(call.word)")
            }
        }
    }
}
