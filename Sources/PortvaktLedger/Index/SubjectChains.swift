public import PortvaktCore

/// All chains of a stream at one moment, by tiles of 256.
public struct SubjectChains: Sendable {
    /// Chains of a tile.
    public static let tileWidth: UInt64 = 256

    /// Some chains that stand together.
    public enum Tile: Hashable, Sendable {
        case chains([SubjectChain])
        /// The root over a whole tile's chains, as it was kept.
        case kept(Digest)
    }

    /// How much of the stream was indexed.
    public var streamSize: UInt64
    public var subjects: UInt64
    /// Of the subject that was asked for; `nil`: the stream has no entry about it.
    public var chain: SubjectChain?
    public var tiles: [Tile]

    public init(streamSize: UInt64, subjects: UInt64, chain: SubjectChain?, tiles: [Tile]) {
        self.streamSize = streamSize
        self.subjects = subjects
        self.chain = chain
        self.tiles = tiles
    }
}

extension LedgerIndex {
    /// The tree of all chains of a stream as far as it is indexed. Blocks: about a microsecond for each subject whose tile has
    /// had entries since it was last computed.
    /// - Parameter kept: false: compute every hash of it again.
    public func subjectTree(of stream: StreamID, kept: Bool = true) throws(LedgerError) -> SubjectTree {
        try chainTree(of: stream, holding: nil, kept: kept).tree
    }

    /// The tree of chains, and in it the proof of one subject's; `nil` when the stream has no entry about the subject.
    public func proveSubject(_ subject: PersonID, in stream: StreamID) throws(LedgerError) -> SubjectProof? {
        guard let proof = try proveSubject(subject, in: stream, kept: true) else { return nil }
        // A kept root that is wrong would only be found by whoever checks the proof.
        return proof.isWhole ? proof : try proveSubject(subject, in: stream, kept: false)
    }

    private func proveSubject(
        _ subject: PersonID, in stream: StreamID, kept: Bool
    ) throws(LedgerError) -> SubjectProof? {
        let (tree, chains, roots) = try chainTree(of: stream, holding: subject, kept: kept)
        guard let chain = chains.chain, chain.ordinal < tree.subjects else { return nil }
        let hasher = try TreeHasher()
        let number = Int(clamping: chain.ordinal / SubjectChains.tileWidth)
        guard number < chains.tiles.count, case .chains(let neighbours) = chains.tiles[number] else { return nil }
        let leaves = neighbours.map { hasher.leaf($0.leaf) }
        let inside = SmallTree.path(of: Int(chain.ordinal % SubjectChains.tileWidth), leaves, hasher)
        return SubjectProof(chain: chain, tree: tree, path: inside + SmallTree.path(of: number, roots, hasher))
    }

    private func chainTree(
        of stream: StreamID, holding subject: PersonID?, kept: Bool
    ) throws(LedgerError) -> (tree: SubjectTree, chains: SubjectChains, roots: [Digest]) {
        let hasher = try TreeHasher()
        let chains: SubjectChains
        do { chains = try self.chains(of: stream, holding: subject, kept: kept) } catch { throw .index(error) }
        var computed: [UInt64: Digest] = [:]
        var roots: [Digest] = []
        for (number, tile) in chains.tiles.enumerated() {
            switch tile {
            case .kept(let root): roots.append(root)
            case .chains(let some):
                let root = Frontier(some.lazy.map { hasher.leaf($0.leaf) }, hasher).root(hasher)
                roots.append(root)
                if some.count == Int(SubjectChains.tileWidth) { computed[UInt64(number)] = root }
            }
        }
        if !computed.isEmpty { keep(computed, of: stream, size: chains.streamSize) }
        let tree = SubjectTree(
            stream: stream, streamSize: chains.streamSize, subjects: chains.subjects,
            root: SmallTree.root(roots, hasher))
        return (tree, chains, roots)
    }
}

extension SubjectProof {
    /// Whether the path leads from the chain to the root.
    fileprivate var isWhole: Bool {
        guard let hasher = try? TreeHasher() else { return false }
        return InclusionProof(index: chain.ordinal, treeSize: tree.subjects, path: path)
            .leads(from: hasher.leaf(chain.leaf), to: tree.root)
    }
}

/// A tree in memory (RFC 6962 section 2.1), over leaves or over the roots of perfect subtrees of one size and a smaller last one.
enum SmallTree {
    static func root(_ hashes: [Digest], _ hasher: borrowing TreeHasher) -> Digest {
        var level = hashes
        while level.count > 1 { level = above(level, hasher) }
        return level.first ?? hasher.emptyRoot
    }

    /// RFC 6962 section 2.1.1.
    static func path(of index: Int, _ hashes: [Digest], _ hasher: borrowing TreeHasher) -> [Digest] {
        var path: [Digest] = []
        var level = hashes
        var place = index
        while level.count > 1 {
            // A last node without a sibling moves up as it is: it has no part in the path there.
            if place ^ 1 < level.count { path.append(level[place ^ 1]) }
            level = above(level, hasher)
            place >>= 1
        }
        return path
    }

    private static func above(_ level: [Digest], _ hasher: borrowing TreeHasher) -> [Digest] {
        var above: [Digest] = []
        above.reserveCapacity(level.count / 2 + 1)
        for left in stride(from: 0, to: level.count - 1, by: 2) {
            above.append(hasher.node(level[left], level[left + 1]))
        }
        if !level.count.isMultiple(of: 2) { above.append(level[level.count - 1]) }
        return above
    }
}
