internal import PortvaktCore

/// Reads the hashes of a stream's tree from a store: stored nodes where there are some, leaves where there are none.
package struct TreeReader {
    package let store: any LedgerStore
    package let stream: StreamID

    package init(store: any LedgerStore, stream: StreamID) {
        self.store = store
        self.stream = stream
    }

    /// The right edge of the tree over the first `size` entries. Reads at most 255 nodes of each stored level, and 255
    /// entries.
    package func frontier(size: UInt64, _ hasher: borrowing TreeHasher) throws(LedgerError) -> Frontier {
        var roots: [Digest] = []
        var level = 56
        while level >= 0 {
            // The part of the size that subtrees of this stored level, and not of a higher one, cover.
            let count = Int((size >> UInt64(level)) & 255)
            if count > 0 {
                let first = (size >> UInt64(level)) & ~255
                let hashes = try self.hashes(level: level, from: first, count: count, hasher)
                var part = Frontier()
                for hash in hashes { part.append(hash, hasher) }
                roots += part.perfectRoots
            }
            level -= StoredNode.levelStep
        }
        guard let frontier = Frontier(size: size, roots: roots) else {
            throw .damaged(stream: stream, index: size, what: "its tree cannot be put together")
        }
        return frontier
    }

    /// Hashes of one stored level (0: of leaves), from a position on, exactly so many.
    package func hashes(
        level: Int, from position: UInt64, count: Int, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> [Digest] {
        if level == 0 { return try leafHashes(from: position, count: count, hasher) }
        let nodes: [Digest]
        do { nodes = try store.nodes(of: stream, level: level, from: position, limit: count) } catch {
            throw .store(error)
        }
        guard nodes.count == count else {
            throw .damaged(
                stream: stream, index: position << UInt64(level), what: "a stored node of its tree is missing")
        }
        return nodes
    }

    private func leafHashes(
        from index: UInt64, count: Int, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> [Digest] {
        var hashes: [Digest] = []
        var next = index
        var blocksAtOnce = 1
        while hashes.count < count {
            let blocks = try store.checkedBlocks(of: stream, from: next, limit: blocksAtOnce)
            // A tile is often within one or two blocks: the others would be read in vain.
            blocksAtOnce = min(2 * blocksAtOnce, Ledger.blocksAtATime)
            guard let last = blocks.last else {
                throw .damaged(stream: stream, index: next, what: "it is missing")
            }
            for block in blocks where hashes.count < count {
                for entry in try block.checkedEntries() where entry.index >= index && hashes.count < count {
                    hashes.append(hasher.leaf(entry.leaf))
                }
            }
            next = last.endIndex
        }
        return hashes
    }
}
