/// Shows that an entry stands in a log, and nothing else of it: a C2SP `tlog-proof` without extra data. Whoever checks it is given the hash
/// of the entry's leaf, which holds a salted commitment, so nobody can find the leaf by trying.
public struct SealedProof: Equatable, Sendable {
    private let form: TLogProof

    /// What a proof of an entry shows when its leaf is left out.
    public init(_ proof: ProofFile) { form = TLogProof(proof, extra: nil) }

    /// Reads a proof. Nothing of it is trusted yet: ``verify(leafHash:by:)``.
    public init(_ text: String) throws(ProofFile.Problem) {
        form = try TLogProof(text)
        // Whoever keeps the leaf back does not give it here.
        guard form.extra == nil else { throw .malformed(line: 2) }
    }

    /// The entry's.
    public var index: UInt64 { form.index }

    /// The file's text.
    public var text: String { form.text }

    /// Checks the signature and the path.
    /// - Parameter leafHash: of the entry's leaf (RFC 6962 section 2.1).
    /// - Returns: the checkpoint that it was proved against.
    public func verify(leafHash: Digest, by keys: [VerifierKey]) throws(ProofFile.Problem) -> Checkpoint {
        try form.verify(leafHash, by: keys)
    }
}
