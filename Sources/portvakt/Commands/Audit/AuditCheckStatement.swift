internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktYAML

/// `portvakt audit check-statement`
struct AuditCheckStatement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-statement",
        abstract: "Checks a statement with nothing but the log's public key: each line, and that none is missing.",
        discussion: """
            For the JSON form made with --proofs. Each line's proof must lead to a signed checkpoint, no two may be of one entry, \
            and the line must say what its entry's leaf says (time, action, purpose, answer, basis). Unit, role, names, consents \
            and whether it was an emergency stand in no leaf: compare them with a fresh statement. A statement for the subject or the personvernombud also \
            carries the subject's hash chain: then it is checked that the lines are all entries about the subject up to the signed \
            tree.

            Exit status: 0 it holds, 1 it does not, 2 it could not be tried.

            Example:
              portvakt audit check-statement statement.json --key log.pub
            """)

    @Argument(help: "The statement: JSON, made with --proofs.", completion: .file(extensions: ["json"]))
    var file: String
    @Option(
        help: "A public key of the log (<name>+<id>+<base64>), or a file of such keys. May be repeated.",
        completion: .file())
    var key: [String] = []
    @OptionGroup var output: OutputOptions

    func run() throws {
        var trust = TrustOptions()
        trust.key = key
        trust.checkpoints = nil
        let ring = try trust.neededRing()
        let document = try YAMLDocument.parse(try CertificateFile.read(file), file: file)
        guard document["format"]?.plain == "portvakt-statement/1" else {
            throw Failure("\(file) is no statement of portvakt audit statement --json")
        }
        let checked = try StatementCheck(document, keys: ring.keys)
        output.show([
            "lines": .int(Int64(checked.lines)), "complete": .bool(checked.completeTo != nil),
            "complete_to": checked.completeTo.map { .int(Int64(clamping: $0)) } ?? .null,
        ]) {
            Output.line(
                "\(checked.lines) lines, each proved: time, action, purpose, answer and basis are as its entry says; the rest "
                    + "of a line is in no proof")
            if let size = checked.completeTo {
                Output.line(
                    Output.styled("complete", .green)
                        + ": these are all entries about the subject among the stream's first \(size)")
            } else {
                Output.line("nothing in it shows that no line is missing")
            }
        }
    }
}

/// A statement that holds.
struct StatementCheck {
    let lines: Int
    /// The size of the stream up to which nothing is missing; `nil`: the statement does not say.
    let completeTo: UInt64?

    private struct Line {
        var index: UInt64
        var leaf: [UInt8]
        var stream: StreamID
    }

    /// - Throws: a ``Failure`` that names the first thing that is wrong.
    init(_ document: DocumentNode, keys: [VerifierKey]) throws {
        guard case .list(let nodes)? = document["lines"]?.content else {
            throw Failure("the statement has no lines")
        }
        var proved: [Line] = []
        var numbers: [String: Int] = [:]
        for (place, node) in nodes.enumerated() {
            let line = try Self.line(node, place + 1, keys)
            if let earlier = numbers.updateValue(place + 1, forKey: "\(line.stream)#\(line.index)") {
                throw Failure("line \(place + 1) is of the same entry as line \(earlier)", status: .no)
            }
            proved.append(line)
        }
        lines = proved.count
        completeTo = try Self.completeness(document, proved, keys)
    }

    private static func line(_ node: DocumentNode, _ number: Int, _ keys: [VerifierKey]) throws -> Line {
        guard let text = node["proof"]?.plain, text.hasPrefix("c2sp.org/") else {
            guard node["basis"]?.plain != Reason.denyNotFound.word else {
                throw Failure(
                    "line \(number) has no proof: none is given of what the asker was told not to be there, so check a statement "
                        + "of a time without it (or make it with --proofs, a second after the last entry)")
            }
            throw Failure(
                "line \(number) has no proof: make the statement with --proofs, a second after the last entry")
        }
        let proof: ProofFile
        let found: (checkpoint: Checkpoint, entry: EntrySummary)
        do throws(ProofFile.Problem) {
            proof = try ProofFile(text)
            found = try proof.verify(by: keys)
        } catch { throw Failure("line \(number) does not verify: \(error)", status: .no) }
        guard let stream = found.checkpoint.stream(of: KeyRing(keys)),
            node["entry"]?.plain == "\(stream)#\(proof.index)"
        else {
            throw Failure("line \(number) has the proof of another entry", status: .no)
        }
        guard says(node, found.entry) else {
            throw Failure("line \(number) says something else than its entry \(stream)#\(proof.index)", status: .no)
        }
        return Line(index: proof.index, leaf: proof.leaf, stream: stream)
    }

    private static func says(_ node: DocumentNode, _ entry: EntrySummary) -> Bool {
        guard node["time"]?.plain == entry.time.rfc3339 else { return false }
        switch entry.details {
        case .decision(let effect, let reasons, let action, let purpose, _, _):
            return node["effect"]?.plain == effect.word && node["basis"]?.plain == reasons.first?.word
                && node["action"]?.plain == action.word && node["purpose"]?.plain == purpose.word
        case .audit: return node["action"]?.plain == Action.accessLogRead.word
        case .change: return false
        }
    }

    /// The lines are the subject's whole chain, and the chain stands in the tree that a signed checkpoint commits to.
    private static func completeness(
        _ document: DocumentNode, _ lines: [Line], _ keys: [VerifierKey]
    ) throws -> UInt64? {
        // Where none is given it says `null`. What is there must hold, or whoever spoils it would have a statement that passes.
        guard let claim = document["completeness"], claim.plain != "null" else { return nil }
        guard let subject = document["subject"]?.plain.flatMap({ try? PersonID($0) }), let stream = lines.first?.stream,
            let proof = proof(claim, stream)
        else { throw Failure("the statement's proof of completeness cannot be read", status: .no) }
        guard let note = document["checkpoint"]?.plain,
            let checkpoint = try? Checkpoint(note: note, verifiedBy: keys),
            SubjectTree(in: checkpoint, of: stream) == proof.tree
        else { throw Failure("no signed checkpoint commits to the statement's completeness", status: .no) }
        let leaves = lines.filter { $0.index < proof.tree.streamSize }.sorted { $0.index < $1.index }.map(\.leaf)
        guard proof.holds(for: subject, over: leaves) else {
            throw Failure(
                "it is not complete: \(proof.chain.count) entries about the subject were committed to, and the lines are "
                    + "others or fewer (\(leaves.count))",
                status: .no)
        }
        return proof.tree.streamSize
    }

    private static func proof(_ claim: DocumentNode, _ stream: StreamID) -> SubjectProof? {
        func number(_ key: String) -> UInt64? { claim[key]?.plain.flatMap { UInt64($0) } }
        func bytes(_ key: String) -> [UInt8]? { claim[key]?.plain.flatMap(Hexadecimal.bytes) }
        guard let count = number("count"), let ordinal = number("ordinal"), let size = number("stream_size"),
            let subjects = number("subjects"), let end = bytes("end").flatMap({ Digest($0) }),
            let root = bytes("root").flatMap({ Digest($0) }), let path = bytes("path"),
            path.count.isMultiple(of: Digest.byteCount)
        else { return nil }
        let hashes = stride(from: 0, to: path.count, by: Digest.byteCount).compactMap {
            Digest([UInt8](path[$0..<$0 + Digest.byteCount]))
        }
        return SubjectProof(
            chain: SubjectChain(ordinal: ordinal, count: count, end: end),
            tree: SubjectTree(stream: stream, streamSize: size, subjects: subjects, root: root), path: hashes)
    }
}

extension DocumentNode {
    /// The text of a single value.
    fileprivate var plain: String? { if case .text(let text) = content { text } else { nil } }
}

extension Hexadecimal {
    /// - Returns: `nil` when the text is no pairs of hexadecimal digits.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var half: UInt8?
        for character in text {
            guard let digit = character.hexDigitValue else { return nil }
            let value = UInt8(digit)
            if let high = half {
                bytes.append(high << 4 | value)
                half = nil
            } else {
                half = value
            }
        }
        return half == nil ? bytes : nil
    }
}
