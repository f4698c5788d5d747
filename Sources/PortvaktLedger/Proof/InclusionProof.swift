/// Shows that a leaf stands at an index of the tree with a known root (RFC 6962 section 2.1.1).
public struct InclusionProof: Equatable, Sendable {
    public var index: UInt64
    public var treeSize: UInt64
    /// The hashes of the siblings, from the leaf upwards.
    public var path: [Digest]

    public init(index: UInt64, treeSize: UInt64, path: [Digest]) {
        self.index = index
        self.treeSize = treeSize
        self.path = path
    }

    /// Whether the proof leads from this leaf hash to this root (RFC 9162 section 2.1.3.2).
    public func leads(from leaf: Digest, to root: Digest) -> Bool {
        guard index < treeSize, let hasher = try? TreeHasher() else { return false }
        var (place, last) = (index, treeSize - 1)
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = hasher.node(sibling, hash)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = hasher.node(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }
}

/// Shows that a tree begins with all that an older one held (RFC 6962 section 2.1.2).
public struct ConsistencyProof: Equatable, Sendable {
    public var olderSize: UInt64
    public var newerSize: UInt64
    public var path: [Digest]

    public init(olderSize: UInt64, newerSize: UInt64, path: [Digest]) {
        self.olderSize = olderSize
        self.newerSize = newerSize
        self.path = path
    }

    /// Whether the proof joins these two roots (RFC 9162 section 2.1.4.2).
    ///
    /// From size 0 to size 0 both roots must be the hash of nothing; from size 0 to another there is no proof.
    public func joins(_ older: Digest, _ newer: Digest) -> Bool {
        guard olderSize <= newerSize, let hasher = try? TreeHasher() else { return false }
        if olderSize == newerSize {
            return path.isEmpty && older == newer && (olderSize > 0 || older == hasher.emptyRoot)
        }
        guard olderSize > 0 else { return false }
        var rest = path[...]
        // When the older tree is a perfect one it is itself the first hash of the path.
        let isPerfect = olderSize.nonzeroBitCount == 1
        guard let first = isPerfect ? older : rest.popFirst() else { return false }
        var (place, last) = (olderSize - 1, newerSize - 1)
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var (olderHash, newerHash) = (first, first)
        for hash in rest {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                olderHash = hasher.node(hash, olderHash)
                newerHash = hasher.node(hash, newerHash)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                newerHash = hasher.node(newerHash, hash)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && olderHash == older && newerHash == newer
    }
}
