public import PortvaktCore

/// Finds entries by what they say. Everything in it can be built again from the ledger: it is kept beside the store, behind
/// it, and never asked whether something happened, only where to look.
///
/// All calls block: never on an event loop. ``add(_:)``, ``clear()`` and ``tidy()`` come from the follower's thread; the others from
/// any.
public protocol LedgerIndex: Sendable {
    /// How much of a stream is indexed: every entry before this index, and none from it on.
    func size(of stream: StreamID) throws(StoreError) -> UInt64

    /// The hash of the last leaf of a stream that is indexed; `nil` when none is. Tells whether it is this ledger's index.
    func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest?

    /// Whether it has entries of any stream but these.
    func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool

    /// Adds the next entries of a stream, all or none.
    func add(_ batch: IndexBatch) throws(StoreError)

    /// Indices of entries that have all of the keys (at least one), before an index, newest first.
    ///
    /// Request ids are found by a hash: an entry with another one may be among them, once in 10^10 times.
    /// - Returns: what is indexed at one moment; `nil` when the entries before the index are not all of it then: another thread
    ///   may clear the index at any time.
    func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]?

    /// The directories of the large blocks that hold any of these entries.
    /// - Parameter indices: rising.
    /// - Returns: in order; a block that has none is left out.
    func directories(of stream: StreamID, holding indices: [UInt64]) throws(StoreError) -> [BlockDirectory]

    /// The roots over the sixteen groups of the 256 entries of a tile; `nil` when the stream is not indexed to its end.
    func groupRoots(ofTile tile: UInt64, of stream: StreamID) throws(StoreError) -> [Digest]?

    /// All chains of a stream at one moment, in the order of the subjects' first entries.
    /// - Parameters:
    ///   - subject: the tile with this subject's chain is given with its chains.
    ///   - kept: use what ``keep(_:of:size:)`` has kept; otherwise every chain is given.
    func chains(of stream: StreamID, holding subject: PersonID?, kept: Bool) throws(StoreError) -> SubjectChains

    /// Keeps the roots of tiles of chains, if the stream is still indexed to this size: a later call need not hash the chains.
    func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64)

    /// Forgets everything, also when it is damaged. What cannot leave the disk yet, since somebody reads the index, leaves it in
    /// ``tidy()``.
    func clear() throws(StoreError)

    /// Does what a clearing has left to do. Called often, so it costs nothing when there is nothing to do.
    /// - Throws: also what any other call has found to be damaged, until the index is cleared.
    func tidy() throws(StoreError)

    func close()
}

extension LedgerIndex {
    public func tidy() throws(StoreError) {}
}
