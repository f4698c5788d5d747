/// The text of a C2SP `tlog-proof`: with or without extra data, the index, the path, the signed checkpoint.
struct TLogProof: Equatable, Sendable {
    private static let heading = "c2sp.org/tlog-proof@v1"
    /// Hashes of a path: a tree of 2^63 leaves has no longer one.
    private static let maximumPath = 63

    var extra: [UInt8]?
    var index: UInt64
    var path: [Digest]
    /// The signed note, as it is.
    var checkpoint: String

    init(_ proof: ProofFile, extra: [UInt8]?) {
        (index, path, checkpoint) = (proof.index, proof.path, proof.checkpoint)
        self.extra = extra
    }

    /// Reads one.
    init(_ text: String) throws(ProofFile.Problem) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0] == Self.heading else { throw .malformed(line: 1) }
        var line = 1
        if lines.count > line, lines[line].hasPrefix("extra ") {
            guard let bytes = Base64.decode(lines[line].dropFirst(6)) else { throw .malformed(line: line + 1) }
            extra = bytes
            line += 1
        }
        guard lines.count > line, lines[line].hasPrefix("index "), let index = UInt64(lines[line].dropFirst(6)),
            String(index) == lines[line].dropFirst(6)
        else { throw .malformed(line: line + 1) }
        self.index = index
        line += 1
        path = []
        while line < lines.count, !lines[line].isEmpty {
            guard path.count < Self.maximumPath, let bytes = Base64.decode(lines[line]), let hash = Digest(bytes) else {
                throw .malformed(line: line + 1)
            }
            path.append(hash)
            line += 1
        }
        guard line + 1 < lines.count else { throw .malformed(line: line + 1) }
        checkpoint = lines[(line + 1)...].joined(separator: "\n")
    }

    var text: String {
        let extra = extra.map { "extra \(Base64.encode($0))\n" } ?? ""
        let hashes = path.map { Base64.encode($0.bytes) + "\n" }.joined()
        return "\(Self.heading)\n\(extra)index \(index)\n\(hashes)\n\(checkpoint)"
    }

    /// Checks the signature, and that the path leads from a leaf of this hash to the signed root.
    func verify(_ leafHash: Digest, by keys: [VerifierKey]) throws(ProofFile.Problem) -> Checkpoint {
        let head: Checkpoint
        do { head = try Checkpoint(note: checkpoint, verifiedBy: keys) } catch { throw .checkpoint(error) }
        guard InclusionProof(index: index, treeSize: head.size, path: path).leads(from: leafHash, to: head.root) else {
            throw .leadsElsewhere
        }
        return head
    }
}
