internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktYAML

/// A statement that holds.
struct StatementCheck {
    let lines: Int
    /// How many of them are readings of the audit, whose leaves do not say whether they were allowed.
    let readings: Int
    /// Of these, such as stand as not found: that they are in the log is proved, and not what they say.
    let sealed: Int
    /// Entries about the subject that no line tells of.
    let untold: Int
    /// The size of the stream up to which nothing is missing; `nil`: the statement does not say.
    let completeTo: UInt64?

    private struct Line {
        var index: UInt64
        var leafHash: Digest
        var stream: StreamID
        var isReading = false
        var isSealed = false
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
        readings = proved.count { $0.isReading }
        sealed = proved.count { $0.isSealed }
        let hidden = try Self.untold(document, of: proved.count)
        completeTo = try Self.completeness(document, proved, hidden, keys)
        untold = completeTo == nil ? 0 : hidden.count
    }

    private static func line(_ node: DocumentNode, _ number: Int, _ keys: [VerifierKey]) throws -> Line {
        guard let text = node["proof"]?.plain, text.hasPrefix("c2sp.org/") else {
            throw Failure(
                "line \(number) has no proof: make the statement with --proofs, a second after the last entry")
        }
        if let text = node["leaf_hash"]?.plain, text != "null" { return try sealed(node, text, number, keys) }
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
        let hash: Digest
        do { hash = try proof.leafHash() } catch { throw Failure("\(error)") }
        return Line(
            index: proof.index, leafHash: hash, stream: stream, isReading: found.entry.kind == .audit)
    }

    /// A line of what the asker was told not to be there: it says nothing but that.
    private static func sealed(
        _ node: DocumentNode, _ hash: String, _ number: Int, _ keys: [VerifierKey]
    ) throws -> Line {
        guard let hash = Hexadecimal.bytes(hash).flatMap({ Digest($0) }), let text = node["proof"]?.plain else {
            throw Failure("line \(number) has a leaf_hash that is not 32 bytes in hexadecimal digits", status: .no)
        }
        let proof: SealedProof
        let checkpoint: Checkpoint
        do throws(ProofFile.Problem) {
            proof = try SealedProof(text)
            checkpoint = try proof.verify(leafHash: hash, by: keys)
        } catch { throw Failure("line \(number) does not verify: \(error)", status: .no) }
        guard let stream = checkpoint.stream(of: KeyRing(keys)), node["entry"]?.plain == "\(stream)#\(proof.index)"
        else {
            throw Failure("line \(number) has the proof of another entry", status: .no)
        }
        guard node["effect"]?.plain == Effect.deny.word, node["basis"]?.plain == Reason.denyNotFound.word else {
            throw Failure("line \(number) says more than not found, and its proof is without the leaf", status: .no)
        }
        return Line(index: proof.index, leafHash: hash, stream: stream, isSealed: true)
    }

    /// The entries that no line tells of: the hashes of their leaves, by the number of lines that are newer.
    private static func untold(_ document: DocumentNode, of lines: Int) throws -> [(after: Int, hash: Digest)] {
        // Statements of before there were any have no such list.
        guard let list = document["untold"] else { return [] }
        guard case .list(let nodes) = list.content else {
            throw Failure("the statement's untold entries cannot be read", status: .no)
        }
        return try nodes.enumerated().map { place, node in
            guard let after = node["after"]?.plain.flatMap({ Int($0) }), (0...lines).contains(after),
                let hash = node["leaf_hash"]?.plain.flatMap(Hexadecimal.bytes).flatMap({ Digest($0) })
            else { throw Failure("the statement's untold entry \(place + 1) cannot be read", status: .no) }
            return (after, hash)
        }
    }

    private static func says(_ node: DocumentNode, _ entry: EntrySummary) -> Bool {
        guard node["time"]?.plain == entry.time.rfc3339 else { return false }
        switch entry.details {
        case .decision(let effect, let reasons, let action, let purpose, _, _):
            return node["effect"]?.plain == effect.word && node["basis"]?.plain == reasons.first?.word
                && node["action"]?.plain == action.word && node["purpose"]?.plain == purpose.word
        case .audit:
            // The service says it of every reading in these words; which of the two came out, the leaf does not tell.
            let (effect, basis) = (node["effect"]?.plain, node["basis"]?.plain)
            return node["action"]?.plain == Action.accessLogRead.word && node["purpose"]?.plain == Purpose.egen_sak.word
                && (effect == Effect.allow.word && basis == Reason.allowIntraOrgan.word
                    || effect == Effect.deny.word && basis == Reason.denyRole.word)
        case .change: return false
        }
    }

    /// The lines are the subject's whole chain, and the chain stands in the tree that a signed checkpoint commits to.
    private static func completeness(
        _ document: DocumentNode, _ lines: [Line], _ untold: [(after: Int, hash: Digest)], _ keys: [VerifierKey]
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
        let hashes = chain(lines, untold, before: proof.tree.streamSize)
        guard proof.holds(for: subject, overHashes: hashes) else {
            throw Failure(
                "it is not complete: \(proof.chain.count) entries about the subject were committed to, and the lines are "
                    + "others or fewer (\(hashes.count))",
                status: .no)
        }
        return proof.tree.streamSize
    }

    /// The hashes of the subject's leaves, the oldest first, as the lines and the untold entries between them give them.
    private static func chain(
        _ lines: [Line], _ untold: [(after: Int, hash: Digest)], before size: UInt64
    ) -> [Digest] {
        // The place among the lines is told for a statement as it was made: newest first.
        let newestFirst = lines.sorted { $0.index > $1.index }
        let between = Dictionary(grouping: untold, by: \.after)
        var hashes: [Digest] = []
        for place in 0...newestFirst.count {
            hashes += between[place, default: []].map(\.hash)
            if place < newestFirst.count, newestFirst[place].index < size { hashes.append(newestFirst[place].leafHash) }
        }
        return hashes.reversed()
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
    var plain: String? { if case .text(let text) = content { text } else { nil } }
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
