/// Makes the proofs of many entries of one stream against one signed checkpoint: what they have in common is read once.
public struct ProofMaker: ~Copyable {
    private var prover: TreeProver
    private let checkpoint: Checkpoint
    private let note: String
    private let store: any LedgerStore
    private let stream: StreamID
    private let hasher: TreeHasher

    /// - Parameter picker: reads little where its index knows the middle of the tree; `nil`: every tile is read whole.
    /// - Returns: `nil` when the note is no checkpoint.
    /// - Throws: ``LedgerError`` when the store's tree is not the one that was signed.
    public init?(
        of stream: StreamID, _ store: any LedgerStore, checkpoint note: String, picker: EntryPicker? = nil
    ) throws(LedgerError) {
        guard let checkpoint = SignedNote(note).flatMap({ Checkpoint(unverified: $0) }) else { return nil }
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        let size = heads.first { $0.stream == stream }?.size ?? 0
        guard size >= checkpoint.size else {
            throw .behindGuard(stream: stream, size: size, guarded: checkpoint.size)
        }
        var prover = try TreeProver(store: store, stream: stream, size: checkpoint.size, picker: picker)
        guard try prover.root() == checkpoint.root else {
            throw .differsFromGuard(stream: stream, guarded: checkpoint.size)
        }
        let hasher = try TreeHasher()
        self.prover = prover
        self.hasher = hasher
        self.checkpoint = checkpoint
        self.note = note
        self.store = store
        self.stream = stream
    }

    /// Proves an entry. Blocks.
    /// - Parameter leaf: the entry's.
    /// - Returns: `nil` when the checkpoint does not cover it.
    public mutating func proof(of index: UInt64, leaf: [UInt8]) throws(LedgerError) -> ProofFile? {
        guard var proof = try prover.inclusion(of: index) else { return nil }
        let hash = hasher.leaf(leaf)
        if !proof.leads(from: hash, to: checkpoint.root) {
            // The index may be damaged: what the ledger itself says decides.
            var plain = try TreeProver(store: store, stream: stream, size: checkpoint.size)
            guard let other = try plain.inclusion(of: index), other.leads(from: hash, to: checkpoint.root) else {
                throw .damaged(stream: stream, index: index, what: "it does not lead to the root that was signed")
            }
            proof = other
        }
        return ProofFile(index: index, path: proof.path, leaf: leaf, checkpoint: note)
    }
}

extension Ledger {
    /// Proofs of this ledger's entries against the newest signed checkpoint of a stream. Blocks.
    /// - Returns: `nil` when nothing has been signed yet.
    public func proofs(of stream: StreamID, picker: EntryPicker? = nil) throws(LedgerError) -> ProofMaker? {
        guard let note = checkpoint(of: stream) else { return nil }
        return try ProofMaker(of: stream, store, checkpoint: note, picker: picker)
    }
}
