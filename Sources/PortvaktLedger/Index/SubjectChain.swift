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
        return try end(of: subject, in: stream, overHashes: leaves.map { hasher.leaf($0) })
    }

    /// The end of a chain over leaves of these hashes (RFC 6962 section 2.1), in order.
    public static func end(of subject: PersonID, in stream: StreamID, overHashes leafHashes: [Digest])
        throws(LedgerError)
        -> Digest
    {
        let hasher = try TreeHasher()
        return leafHashes.reduce(begin(of: subject, in: stream, hasher)) { hasher.node($0, $1) }
    }

    /// What stands for the chain in the tree of all chains: its end and, in eight bytes, its length.
    package var leaf: [UInt8] { end.bytes + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) } }
}

/// The tree (RFC 6962) over the chains of all subjects of a stream, in the order of their first entries. Signed with the
/// stream's checkpoint, it commits to what every subject's entries were.
public struct SubjectTree: Equatable, Sendable {
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

    /// The tree that a note of a stream commits to, whoever signed it: for the log that has signed it itself.
    package init?(unverified note: String, of stream: StreamID) {
        guard let checkpoint = SignedNote(note).flatMap({ Checkpoint(unverified: $0) }) else { return nil }
        self.init(in: checkpoint, of: stream)
    }

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
public struct SubjectProof: Equatable, Sendable {
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
        guard let hasher = try? TreeHasher() else { return false }
        return holds(for: subject, overHashes: leaves.map { hasher.leaf($0) })
    }

    /// Whether it leads from leaves of these hashes (RFC 6962 section 2.1), all that a subject has, to the tree's root.
    public func holds(for subject: PersonID, overHashes leafHashes: [Digest]) -> Bool {
        guard let hasher = try? TreeHasher(), UInt64(leafHashes.count) == chain.count,
            (try? SubjectChain.end(of: subject, in: tree.stream, overHashes: leafHashes)) == chain.end
        else { return false }
        let proof = InclusionProof(index: chain.ordinal, treeSize: tree.subjects, path: path)
        return proof.leads(from: hasher.leaf(chain.leaf), to: tree.root)
    }
}
