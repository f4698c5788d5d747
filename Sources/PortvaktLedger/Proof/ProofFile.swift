internal import PortvaktCore

/// A proof that stands alone: C2SP `tlog-proof`. It holds the index, the path and a signed checkpoint, and as its extra
/// data the leaf, so that anybody with the log's public key can check it without a server.
public struct ProofFile: Equatable, Sendable {
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
        let form = try TLogProof(text)
        guard let leaf = form.extra else { throw .malformed(line: 2) }
        self.init(index: form.index, path: form.path, leaf: leaf, checkpoint: form.checkpoint)
    }

    /// The file's text.
    public var text: String { TLogProof(self, extra: leaf).text }

    /// The hash of the leaf (RFC 6962 section 2.1).
    public func leafHash() throws(LedgerError) -> Digest { try TreeHasher().leaf(leaf) }

    /// Checks the signature, the path and the leaf.
    /// - Returns: the checkpoint that it was proved against, and what the leaf says.
    public func verify(by keys: [VerifierKey]) throws(Problem) -> (checkpoint: Checkpoint, entry: EntrySummary) {
        guard let hasher = try? TreeHasher() else { throw .leadsElsewhere }
        let head = try TLogProof(self, extra: nil).verify(hasher.leaf(leaf), by: keys)
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
