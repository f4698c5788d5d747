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

    /// Where the chain of a subject's entries in a stream ends; `nil` when the stream has none.
    func chain(of subject: PersonID, in stream: StreamID) throws(StoreError) -> SubjectChain?

    /// Calls the body with the ends of all chains of a stream, in the order of the subjects' first entries, as they are
    /// at one moment.
    /// - Returns: how much of the stream was indexed at that moment.
    func forEachChain(in stream: StreamID, _ body: (SubjectChain) -> Void) throws(StoreError) -> UInt64

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

    init(stream: StreamID, first: UInt64) {
        self.stream = stream
        self.first = first
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
    }
}
