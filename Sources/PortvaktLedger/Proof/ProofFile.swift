internal import PortvaktCore

/// A proof that stands alone: C2SP `tlog-proof`. It holds the index, the path and a signed checkpoint, and as its extra
/// data the leaf, so that anybody with the log's public key can check it without a server.
public struct ProofFile: Equatable, Sendable {
    private static let heading = "c2sp.org/tlog-proof@v1"
    /// Hashes of a path: a tree of 2^63 leaves has no longer one.
    private static let maximumPath = 63

    public var index: UInt64
    public var path: [Digest]
    /// The leaf's bytes. Not covered by a signature itself: the path leads from its hash.
    public var leaf: [UInt8]
    /// The signed note, as it is.
    public var checkpoint: String

    init(index: UInt64, path: [Digest], leaf: [UInt8], checkpoint: String) {
        self.index = index
        self.path = path
        self.leaf = leaf
        self.checkpoint = checkpoint
    }

    /// Why a text is no proof, or proves nothing.
    public enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        /// The line, from one, that is not what the format wants.
        case malformed(line: Int)
        case checkpoint(Checkpoint.Problem)
        /// The path does not lead from the leaf to the signed root.
        case leadsElsewhere
        /// The leaf is no entry.
        case notAnEntry(EntryError)

        public var description: String {
            switch self {
            case .malformed(let line): "line \(line) is not what a tlog-proof has there"
            case .checkpoint(let problem): "its checkpoint cannot be trusted: \(problem)"
            case .leadsElsewhere: "it does not lead from the entry to the signed root: one of them is another"
            case .notAnEntry(let error): "what it proves is no entry: \(error)"
            }
        }
    }

    /// Reads a proof. Nothing of it is trusted yet: ``verify(by:)``.
    public init(_ text: String) throws(Problem) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0] == Self.heading else { throw .malformed(line: 1) }
        guard lines.count > 2, lines[1].hasPrefix("extra "), let leaf = Base64.decode(lines[1].dropFirst(6)) else {
            throw .malformed(line: 2)
        }
        guard lines[2].hasPrefix("index "), let index = UInt64(lines[2].dropFirst(6)),
            String(index) == lines[2].dropFirst(6)
        else { throw .malformed(line: 3) }
        var path: [Digest] = []
        var line = 3
        while line < lines.count, !lines[line].isEmpty {
            guard path.count < Self.maximumPath, let bytes = Base64.decode(lines[line]), let hash = Digest(bytes) else {
                throw .malformed(line: line + 1)
            }
            path.append(hash)
            line += 1
        }
        guard line + 1 < lines.count else { throw .malformed(line: line + 1) }
        let checkpoint = lines[(line + 1)...].joined(separator: "\n")
        self.init(index: index, path: path, leaf: leaf, checkpoint: checkpoint)
    }

    /// The file's text.
    public var text: String {
        let hashes = path.map { Base64.encode($0.bytes) + "\n" }.joined()
        return "\(Self.heading)\nextra \(Base64.encode(leaf))\nindex \(index)\n\(hashes)\n\(checkpoint)"
    }

    /// Checks the signature, the path and the leaf.
    /// - Returns: the checkpoint that it was proved against, and what the leaf says.
    public func verify(by keys: [VerifierKey]) throws(Problem) -> (checkpoint: Checkpoint, entry: EntrySummary) {
        let head: Checkpoint
        do { head = try Checkpoint(note: checkpoint, verifiedBy: keys) } catch { throw .checkpoint(error) }
        let proof = InclusionProof(index: index, treeSize: head.size, path: path)
        guard let hasher = try? TreeHasher(), proof.leads(from: hasher.leaf(leaf), to: head.root) else {
            throw .leadsElsewhere
        }
        do { return (head, try EntryCodec.summary(ofLeaf: leaf)) } catch { throw .notAnEntry(error) }
    }
}

extension Ledger {
    /// Proves an entry against the newest signed checkpoint of its stream. Blocks.
    /// - Returns: `nil` when there is no checkpoint that covers it yet: within a second there is.
    public func proofFile(of index: UInt64, in stream: StreamID) throws(LedgerError) -> ProofFile? {
        guard let note = checkpoint(of: stream) else { return nil }
        return try ProofFile(of: index, in: stream, store, checkpoint: note)
    }
}

extension ProofFile {
    /// Proves an entry of a store, or of an export (``ExportStore``), against a signed checkpoint of its stream. Blocks.
    /// - Returns: `nil` when the checkpoint does not cover the entry.
    /// - Throws: ``LedgerError/damaged(stream:index:what:)`` when the store's tree is not the one that was signed.
    public init?(
        of index: UInt64, in stream: StreamID, _ store: any LedgerStore, checkpoint note: String
    ) throws(LedgerError) {
        guard var maker = try ProofMaker(of: stream, store, checkpoint: note),
            let entry = try store.checkedBlocks(of: stream, from: index, limit: 1).first?
                .checkedEntries(in: index..<index + 1).first,
            let proof = try maker.proof(of: index, leaf: entry.leaf)
        else { return nil }
        self = proof
    }
}
