/// A Merkle tree of RFC 6962 seen from its right edge: the roots of the perfect subtrees that its size splits into.
///
/// Appending a leaf costs one node hash on average and the root of any size at most 63; nothing else of the tree is
/// kept in memory.
package struct Frontier: Equatable, Sendable {
    /// The number of leaves.
    package private(set) var size: UInt64
    /// Largest subtree first: one root for each bit that is set in `size`.
    private var roots: [Digest]

    /// The tree with no leaves.
    package init() {
        size = 0
        roots = []
        roots.reserveCapacity(64)
    }

    /// Takes the roots of the perfect subtrees of a tree of this size, largest first; `nil` when their number is wrong.
    package init?(size: UInt64, roots: [Digest]) {
        guard roots.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.roots = roots
    }

    /// The tree over these hashes.
    package init(_ hashes: some Sequence<Digest>, _ hasher: borrowing TreeHasher) {
        self.init()
        for hash in hashes { append(hash, hasher) }
    }

    /// Adds a leaf. `completed` is told every root of a perfect subtree of 256, 65,536, … leaves that it completed.
    package mutating func append(
        _ leaf: Digest, _ hasher: borrowing TreeHasher, completed: (_ node: StoredNode) -> Void = { _ in }
    ) {
        var root = leaf
        var level = 0
        while size & (1 << UInt64(level)) != 0 {
            root = hasher.node(roots.removeLast(), root)
            level += 1
            if level.isMultiple(of: StoredNode.levelStep) {
                completed(StoredNode(level: level, position: size >> UInt64(level), hash: root))
            }
        }
        roots.append(root)
        size += 1
    }

    /// The roots of the perfect subtrees, largest first.
    package var perfectRoots: [Digest] { roots }

    /// The root (RFC 6962 section 2.1, MTH); of no leaves, SHA-256 of nothing.
    package func root(_ hasher: borrowing TreeHasher) -> Digest {
        guard var root = roots.last else { return hasher.emptyRoot }
        for left in roots.dropLast().reversed() { root = hasher.node(left, root) }
        return root
    }
}

/// 256 hashes of one level that stand together.
package enum TreeTile {
    package static let width: UInt64 = 1 << UInt64(StoredNode.levelStep)
}

/// The root of a perfect subtree whose number of leaves is a power of 256: what a store keeps beside the blocks, so
/// that a proof reads a few hundred hashes instead of the whole log (the granularity of C2SP `tlog-tiles`).
public struct StoredNode: Equatable, Sendable {
    /// Stored levels are multiples of this: a tile is 2^8 hashes wide.
    public static let levelStep = 8

    /// The subtree has 2^level leaves.
    public let level: Int
    /// Counted from the left, from zero: it covers the leaves from `position << level`.
    public let position: UInt64
    public let hash: Digest

    public init(level: Int, position: UInt64, hash: Digest) {
        self.level = level
        self.position = position
        self.hash = hash
    }
}
