public import PortvaktCore

/// Finds entries by what they say. Everything in it can be built again from the ledger: it is kept beside the store, behind
/// it, and never asked whether something happened, only where to look.
///
/// All calls block: never on an event loop. ``add(_:)`` and ``clear()`` come from the follower's thread; the others from
/// any.
public protocol LedgerIndex: Sendable {
    /// How much of a stream is indexed: every entry before this index, and none from it on.
    func size(of stream: StreamID) throws(StoreError) -> UInt64

    /// The hash of the last leaf of a stream that is indexed; `nil` when none is. Tells whether it is this ledger's index.
    func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest?

    /// Adds the next entries of a stream, all or none.
    func add(_ batch: IndexBatch) throws(StoreError)

    /// Indices of entries that have all of the keys (at least one), before an index, newest first.
    ///
    /// Request ids are found by a hash: an entry with another one may be among them, once in 10^10 times.
    func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]

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

    /// Forgets everything.
    func clear() throws(StoreError)

    func close()
}

/// Some entries of a stream, in order, as an index takes them.
public struct IndexBatch: Sendable {
    public let stream: StreamID
    /// The index of the first.
    public let first: UInt64
    /// How many, at least one.
    public internal(set) var count = 0
    /// The hash of the last one's leaf.
    public internal(set) var lastLeaf = Digest.zero
    /// For each key, the indices of its entries, rising.
    public internal(set) var postings: [IndexKey: [UInt64]] = [:]
    /// The subjects in the order of their first entry in the batch.
    public internal(set) var subjects: [PersonID] = []
    /// For each subject, the hashes of the leaves of its entries, in order.
    public internal(set) var links: [PersonID: [Digest]] = [:]
    /// Of the large blocks that are in the batch whole.
    public internal(set) var directories: [BlockDirectory] = []
    /// For each tile of 256 entries that ends in the batch, the roots of its sixteen groups.
    public internal(set) var tiles: [(number: UInt64, roots: [Digest])] = []
    /// The hashes of the leaves of the tile that has not ended.
    private var open: [Digest] = []

    /// - Parameter open: the hashes of the leaves before the first, from the beginning of its tile on.
    init(stream: StreamID, first: UInt64, open: [Digest] = []) {
        self.stream = stream
        self.first = first
        self.open = open
    }

    var end: UInt64 { first + UInt64(count) }

    /// Takes the next entry. One that cannot be read has no keys: a verification finds it.
    mutating func add(_ entry: Entry, _ hasher: borrowing TreeHasher) {
        let leaf = hasher.leaf(entry.leaf)
        var keys: [IndexKey] = []
        do { try IndexKey.forEach(of: entry, hasher) { keys.append($0) } } catch { keys = [] }
        for key in keys {
            postings[key, default: []].append(entry.index)
            if case .subject(let subject) = key {
                if links[subject] == nil { subjects.append(subject) }
                links[subject, default: []].append(leaf)
            }
        }
        lastLeaf = leaf
        count += 1
        open.append(leaf)
        if end.isMultiple(of: TreeTile.width) { closeTile(hasher) }
    }

    /// A tile whose beginning the batch does not know is left out.
    private mutating func closeTile(_ hasher: borrowing TreeHasher) {
        defer { open.removeAll(keepingCapacity: true) }
        guard open.count == Int(TreeTile.width) else { return }
        let width = Int(BlockDirectory.groupWidth)
        let roots = stride(from: 0, to: open.count, by: width).map {
            Frontier(open[$0..<$0 + width], hasher).root(hasher)
        }
        tiles.append((end / TreeTile.width - 1, roots))
    }
}
