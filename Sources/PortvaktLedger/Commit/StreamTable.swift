internal import PortvaktCore

/// The streams as the committer knows them: where each ends, and the right edge of its tree.
struct StreamTable {
    struct Stream {
        let id: StreamID
        var frontier: Frontier
        /// The root that goes with the frontier, once something has been committed.
        var root: Digest
    }

    private(set) var streams: [Stream] = []
    private var slots: [StreamID: Int] = [:]
    /// The number of blocks of all streams.
    var sequence: UInt64 = 0
    /// The number of changes of all streams.
    var revision: UInt64 = 0

    init() {}

    mutating func add(_ id: StreamID, _ frontier: Frontier, root: Digest) {
        slots[id] = streams.count
        streams.append(Stream(id: id, frontier: frontier, root: root))
    }

    /// The slot of a stream; a stream that nobody has written to yet gets one.
    mutating func slot(of id: StreamID, _ hasher: borrowing TreeHasher) throws(LedgerError) -> Int {
        if let slot = slots[id] { return slot }
        guard streams.count < Ledger.maximumStreams else { throw .tooManyStreams(limit: Ledger.maximumStreams) }
        add(id, Frontier(), root: hasher.emptyRoot)
        return streams.count - 1
    }

    func size(_ slot: Int) -> UInt64 { streams[slot].frontier.size }

    /// Appends leaves to a stream's tree; gives its new root, and the nodes that were completed.
    mutating func append(
        _ leaves: [Digest], to slot: Int, _ hasher: borrowing TreeHasher
    ) -> (root: Digest, nodes: [StoredNode]) {
        var nodes: [StoredNode] = []
        for leaf in leaves { streams[slot].frontier.append(leaf, hasher) { nodes.append($0) } }
        streams[slot].root = streams[slot].frontier.root(hasher)
        return (streams[slot].root, nodes)
    }
}
