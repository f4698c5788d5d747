public import PortvaktCore

/// The end of the hash chain over all entries of one stream about one subject: whoever has the entries computes it again,
/// and one that was left out, added or changed gives another end.
///
/// It begins with SHA-256 of the stream and the subject, and goes on with SHA-256(0x01 ‖ end ‖ hash of the next leaf).
public struct SubjectChain: Hashable, Sendable {
    /// The number of the subject among those of the stream, by first entry, from zero.
    public var ordinal: UInt64
    /// Entries in the chain.
    public var count: UInt64
    public var end: Digest

    public init(ordinal: UInt64, count: UInt64, end: Digest) {
        self.ordinal = ordinal
        self.count = count
        self.end = end
    }

    /// What a chain begins with.
    package static func begin(of subject: PersonID, in stream: StreamID, _ hasher: borrowing TreeHasher) -> Digest {
        hasher.plain([UInt8]("portvakt subject chain v1\n\(stream)\n\(subject)\n".utf8))
    }

    /// The end of a chain over these leaves, in order.
    public static func end(of subject: PersonID, in stream: StreamID, over leaves: [[UInt8]]) throws(LedgerError)
        -> Digest
    {
        let hasher = try TreeHasher()
        var end = begin(of: subject, in: stream, hasher)
        for leaf in leaves { end = hasher.node(end, hasher.leaf(leaf)) }
        return end
    }

    /// What stands for the chain in the tree of all chains: its end and, in eight bytes, its length.
    package var leaf: [UInt8] { end.bytes + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) } }
}

/// The tree (RFC 6962) over the chains of all subjects of a stream, in the order of their first entries. Signed with the
/// stream's checkpoint, it commits to what every subject's entries were.
public struct SubjectTree: Hashable, Sendable {
    public var stream: StreamID
    /// Of the stream: the chains hold its entries before this index.
    public var streamSize: UInt64
    /// How many subjects.
    public var subjects: UInt64
    public var root: Digest

    public init(stream: StreamID, streamSize: UInt64, subjects: UInt64, root: Digest) {
        self.stream = stream
        self.streamSize = streamSize
        self.subjects = subjects
        self.root = root
    }
}

extension SubjectTree {
    private static let word = "portvakt-subjects/v1"

    /// The line by which a checkpoint of the stream commits to the tree.
    var line: String { "\(Self.word) \(streamSize) \(subjects) \(Base64.encode(root.bytes))" }

    /// The tree that a checkpoint of a stream commits to; `nil` when it commits to none.
    public init?(in checkpoint: Checkpoint, of stream: StreamID) {
        guard let line = checkpoint.extensions.first(where: { $0.hasPrefix(Self.word + " ") }) else { return nil }
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let size = UInt64(parts[1]), let subjects = UInt64(parts[2]),
            let bytes = Base64.decode(parts[3]), let root = Digest(bytes), size <= checkpoint.size
        else { return nil }
        self.init(stream: stream, streamSize: size, subjects: subjects, root: root)
    }
}

/// Shows that a chain is the one of its subject in a tree of chains.
public struct SubjectProof: Hashable, Sendable {
    public var chain: SubjectChain
    public var tree: SubjectTree
    public var path: [Digest]

    public init(chain: SubjectChain, tree: SubjectTree, path: [Digest]) {
        self.chain = chain
        self.tree = tree
        self.path = path
    }

    /// Whether the proof leads from these leaves, all that a subject has, to the tree's root.
    public func holds(for subject: PersonID, over leaves: [[UInt8]]) -> Bool {
        guard let hasher = try? TreeHasher(), UInt64(leaves.count) == chain.count,
            (try? SubjectChain.end(of: subject, in: tree.stream, over: leaves)) == chain.end
        else { return false }
        let proof = InclusionProof(index: chain.ordinal, treeSize: tree.subjects, path: path)
        return proof.leads(from: hasher.leaf(chain.leaf), to: tree.root)
    }
}

extension LedgerIndex {
    /// The tree of all chains of a stream as far as it is indexed. Blocks: about a microsecond for each subject.
    public func subjectTree(of stream: StreamID) throws(LedgerError) -> SubjectTree {
        try chains(of: stream).tree
    }

    /// The tree of chains, and in it the proof of one subject's; `nil` when the stream has no entry about the subject.
    public func proveSubject(_ subject: PersonID, in stream: StreamID) throws(LedgerError) -> SubjectProof? {
        let chain: SubjectChain?
        do { chain = try self.chain(of: subject, in: stream) } catch { throw .store(error) }
        guard let ordinal = chain?.ordinal else { return nil }
        let (leaves, tree, ends) = try chains(of: stream, keeping: ordinal)
        guard let kept = ends, ordinal < tree.subjects else { return nil }
        return SubjectProof(chain: kept, tree: tree, path: try Self.path(of: ordinal, leaves))
    }

    private func chains(
        of stream: StreamID, keeping ordinal: UInt64? = nil
    ) throws(LedgerError) -> (leaves: [Digest], tree: SubjectTree, kept: SubjectChain?) {
        let hasher = try TreeHasher()
        var leaves: [Digest] = []
        var frontier = Frontier()
        var kept: SubjectChain?
        let size: UInt64
        do {
            size = try forEachChain(in: stream) { chain in
                let leaf = hasher.leaf(chain.leaf)
                frontier.append(leaf, hasher)
                if ordinal != nil { leaves.append(leaf) }
                if chain.ordinal == ordinal { kept = chain }
            }
        } catch { throw .store(error) }
        let tree = SubjectTree(
            stream: stream, streamSize: size, subjects: frontier.size, root: frontier.root(hasher))
        return (leaves, tree, kept)
    }

    /// RFC 6962 section 2.1.1 over leaves in memory.
    private static func path(of index: UInt64, _ leaves: [Digest]) throws(LedgerError) -> [Digest] {
        let hasher = try TreeHasher()
        var path: [Digest] = []
        var level = leaves
        var place = Int(index)
        while level.count > 1 {
            // A last node without a sibling moves up as it is: it has no part in the path there.
            if place ^ 1 < level.count { path.append(level[place ^ 1]) }
            var above: [Digest] = []
            above.reserveCapacity(level.count / 2 + 1)
            for left in stride(from: 0, to: level.count - 1, by: 2) {
                above.append(hasher.node(level[left], level[left + 1]))
            }
            if !level.count.isMultiple(of: 2) { above.append(level[level.count - 1]) }
            level = above
            place >>= 1
        }
        return path
    }
}
