internal import PortvaktCore

/// Makes proofs for one stream's tree at one size. It keeps the tiles that it has read: several proofs cost little more
/// than one.
package struct TreeProver: ~Copyable {
    private let reader: TreeReader
    private let hasher: TreeHasher
    /// The number of leaves of the tree.
    package let size: UInt64
    private var tiles: [Tile: [Digest]] = [:]
    /// Roots of subtrees that several proofs have in common.
    private var shared: [Tile: Digest] = [:]
    /// The lowest level of what is shared: below it, proofs of entries that lie far apart have nothing in common.
    private static let lowestShared = StoredNode.levelStep + 2
    /// Knows the middle of many tiles, so that sixteen leaves are hashed for a proof and not 256.
    private let picker: EntryPicker?

    /// 256 hashes of one stored level, or fewer at the right edge.
    private struct Tile: Hashable {
        var level: Int
        var position: UInt64
    }

    package init(
        store: any LedgerStore, stream: StreamID, size: UInt64, picker: EntryPicker? = nil
    ) throws(LedgerError) {
        self.picker = picker
        reader = TreeReader(store: store, stream: stream)
        hasher = try TreeHasher()
        self.size = size
    }

    /// The root of the tree.
    package mutating func root() throws(LedgerError) -> Digest {
        size == 0 ? hasher.emptyRoot : try root(of: 0..<size)
    }

    /// The hash of one leaf.
    package mutating func leaf(_ index: UInt64) throws(LedgerError) -> Digest { try node(level: 0, position: index) }

    /// RFC 6962 section 2.1.1, PATH(m, D[n]). `nil` when the tree has no such leaf.
    package mutating func inclusion(of index: UInt64) throws(LedgerError) -> InclusionProof? {
        guard index < size else { return nil }
        var path: [Digest] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + Self.split(UInt64(range.count))
            if index < middle {
                path.append(try root(of: middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                path.append(try root(of: range.lowerBound..<middle))
                range = middle..<range.upperBound
            }
        }
        return InclusionProof(index: index, treeSize: size, path: path.reversed())
    }

    /// RFC 6962 section 2.1.2, PROOF(m, D[n]). `nil` when the older size is zero and this one is not, or is larger.
    package mutating func consistency(from older: UInt64) throws(LedgerError) -> ConsistencyProof? {
        guard older <= size, older > 0 || size == 0 else { return nil }
        var path: [Digest] = []
        var range = 0..<size
        // Whether the part of the older tree in the range is the whole older tree, whose root the verifier knows.
        var isKnown = true
        while range.upperBound != older {
            let middle = range.lowerBound + Self.split(UInt64(range.count))
            if older <= middle {
                path.append(try root(of: middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                path.append(try root(of: range.lowerBound..<middle))
                range = middle..<range.upperBound
                isKnown = false
            }
        }
        if !isKnown { path.append(try root(of: range)) }
        return ConsistencyProof(olderSize: older, newerSize: size, path: path.reversed())
    }

    /// The largest power of two below a number that is at least two.
    private static func split(_ count: UInt64) -> UInt64 { 1 << UInt64(63 - (count - 1).leadingZeroBitCount) }

    /// The root over a range of leaves that begins where a subtree of its size may begin.
    private mutating func root(of range: Range<UInt64>) throws(LedgerError) -> Digest {
        let count = UInt64(range.count)
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return try node(level: level, position: range.lowerBound >> UInt64(level))
        }
        let middle = range.lowerBound + Self.split(count)
        let left = try root(of: range.lowerBound..<middle)
        return hasher.node(left, try root(of: middle..<range.upperBound))
    }

    /// The root of a perfect subtree, put together from the stored level below it.
    private mutating func node(level: Int, position: UInt64) throws(LedgerError) -> Digest {
        if let root = try pickedNode(level: level, position: position) { return root }
        let place = Tile(level: level, position: position)
        if let known = shared[place] { return known }
        let stored = level / StoredNode.levelStep * StoredNode.levelStep
        let width = 1 << (level - stored)
        let first = position << UInt64(level - stored)
        let tile = try self.tile(Tile(level: stored, position: first >> 8))
        var frontier = Frontier()
        for hash in tile[Int(first & 255)..<Int(first & 255) + width] { frontier.append(hash, hasher) }
        let root = frontier.root(hasher)
        if level >= Self.lowestShared { shared[place] = root }
        return root
    }

    /// A node inside a tile of leaves, from the roots of the tile's groups or from one group's leaves; `nil` where there are none.
    private func pickedNode(level: Int, position: UInt64) throws(LedgerError) -> Digest? {
        guard level < StoredNode.levelStep, let picker else { return nil }
        let first = position << UInt64(level)
        guard let roots = picker.groupRoots(ofTile: first / TreeTile.width) else { return nil }
        let width = BlockDirectory.groupWidth
        let group = first / width
        if level < width.trailingZeroBitCount {
            let start = Int(first % width)
            let leaves = try picker.leaves(ofGroup: group)
            return Frontier(leaves[start..<start + 1 << level], hasher).root(hasher)
        }
        let start = Int(group % (TreeTile.width / width))
        let count = 1 << (level - width.trailingZeroBitCount)
        guard start + count <= roots.count else { return nil }
        return Frontier(roots[start..<start + count], hasher).root(hasher)
    }

    private mutating func tile(_ tile: Tile) throws(LedgerError) -> [Digest] {
        if let known = tiles[tile] { return known }
        let first = tile.position << 8
        let count = min(256, (size >> UInt64(tile.level)) - first)
        let hashes = try reader.hashes(level: tile.level, from: first, count: Int(count), hasher)
        tiles[tile] = hashes
        return hashes
    }
}
