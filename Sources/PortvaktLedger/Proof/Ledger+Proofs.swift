extension Ledger {
    /// Proves that an entry stands in its stream. Blocks.
    /// - Parameter size: the size of the tree to prove it in; `nil` is the size that is on disk now.
    /// - Returns: the proof, with the root it leads to; `nil` when that tree has no such entry.
    public func proveInclusion(
        of index: UInt64, in stream: StreamID, size: UInt64? = nil
    ) throws(LedgerError) -> (proof: InclusionProof, root: Digest)? {
        var prover = try prover(of: stream, size: size)
        guard let proof = try prover.inclusion(of: index) else { return nil }
        return (proof, try prover.root())
    }

    /// Proves that a stream's tree of one size begins with all that an older one held. Blocks.
    /// - Returns: the proof; `nil` when there is none.
    public func proveConsistency(
        of stream: StreamID, from older: UInt64, to size: UInt64? = nil
    ) throws(LedgerError) -> ConsistencyProof? {
        var prover = try prover(of: stream, size: size)
        return try prover.consistency(from: older)
    }

    private func prover(of stream: StreamID, size: UInt64?) throws(LedgerError) -> TreeProver {
        let end = try heads().first { $0.stream == stream }?.size ?? 0
        return try TreeProver(store: store, stream: stream, size: min(size ?? end, end))
    }
}
