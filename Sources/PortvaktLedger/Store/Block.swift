/// What one commit writes to one stream: entries in order, one row.
public struct Block: Equatable, Sendable {
    public var stream: StreamID
    /// The block's number among all blocks of all streams, from one: the order of commits.
    public var sequence: UInt64
    /// The place of its first entry in the stream.
    public var firstIndex: UInt64
    /// How many entries it holds, at least one.
    public var count: Int
    /// For a stream of changes, the number of changes that were durable before it, over all streams; else zero.
    public var changesBefore: UInt64
    /// The root of the stream's tree with this block in it.
    public var root: Digest
    /// The entries: each as a frame of three times four bytes (the lengths of leaf and opening, the beginning of the
    /// leaf's hash, which tells the entry that is wrong when the root is), the leaf and the opening.
    public var payload: [UInt8]

    public init(
        stream: StreamID, sequence: UInt64, firstIndex: UInt64, count: Int, changesBefore: UInt64, root: Digest,
        payload: [UInt8]
    ) {
        self.stream = stream
        self.sequence = sequence
        self.firstIndex = firstIndex
        self.count = count
        self.changesBefore = changesBefore
        self.root = root
        self.payload = payload
    }

    /// The index after its last entry: the size of the tree with this block in it.
    public var endIndex: UInt64 { firstIndex + UInt64(count) }

    /// As many entries as its bytes have room for, at most: a damaged row may state any number, and must not decide how much
    /// memory is taken.
    var roomForEntries: Int { min(count, payload.count / EntryCodec.frameBytes) }

    /// The block's entries.
    /// - Throws: ``EntryError`` with the offset in the payload, when the lengths in it do not add up.
    public func entries() throws(EntryError) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(roomForEntries)
        var reader = ByteReader(payload)
        while reader.offset < payload.count {
            let leafLength = try reader.readUInt32()
            let openingLength = try reader.readUInt32()
            _ = try reader.readUInt32()
            let leaf = [UInt8](try reader.readRaw(Int(leafLength)))
            let opening = [UInt8](try reader.readRaw(Int(openingLength)))
            let index = firstIndex + UInt64(entries.count)
            entries.append(Entry(stream: stream, index: index, leaf: leaf, opening: opening))
        }
        guard entries.count == count else { throw reader.error(.wrongSize(of: "the block")) }
        return entries
    }
}

extension Block {
    /// Some of the block's entries, without taking the others apart: one in a block of thousands costs little.
    /// - Parameter range: of indices; what the block does not hold is left out.
    /// - Throws: ``EntryError`` with the offset in the payload, when the lengths in it do not add up.
    public func entries(in range: Range<UInt64>) throws(EntryError) -> [Entry] {
        var entries: [Entry] = []
        var reader = ByteReader(payload)
        var index = firstIndex
        while reader.offset < payload.count, index < range.upperBound {
            let leafLength = Int(try reader.readUInt32())
            let openingLength = Int(try reader.readUInt32())
            _ = try reader.readUInt32()
            let (leaf, opening) = (try reader.readRaw(leafLength), try reader.readRaw(openingLength))
            if index >= range.lowerBound {
                entries.append(Entry(stream: stream, index: index, leaf: [UInt8](leaf), opening: [UInt8](opening)))
            }
            index += 1
        }
        return entries
    }
}

/// Everything that one group commit writes: all of it becomes durable, or nothing.
public struct Commit: Equatable, Sendable {
    /// In order of sequence; at most one for each stream of decisions.
    public var blocks: [Block]
    /// The roots of the subtrees that these blocks completed.
    public var nodes: [Node]

    /// A stored node of one stream's tree.
    public struct Node: Equatable, Sendable {
        public var stream: StreamID
        public var node: StoredNode

        public init(stream: StreamID, node: StoredNode) {
            self.stream = stream
            self.node = node
        }
    }

    public init(blocks: [Block], nodes: [Node] = []) {
        self.blocks = blocks
        self.nodes = nodes
    }
}

/// Where a stream ends in a store: what its last block says.
public struct StreamHead: Hashable, Sendable {
    public var stream: StreamID
    /// The number of entries.
    public var size: UInt64
    /// The root that was stored with the last block.
    public var root: Digest
    /// The sequence of the last block.
    public var sequence: UInt64
    /// For a stream of changes, the revision of its last change, counted over all streams; else zero.
    public var revision: UInt64

    public init(stream: StreamID, size: UInt64, root: Digest, sequence: UInt64, revision: UInt64) {
        self.stream = stream
        self.size = size
        self.root = root
        self.sequence = sequence
        self.revision = revision
    }

    /// The head that a block leaves behind.
    public init(after block: Block) {
        self.init(
            stream: block.stream, size: block.endIndex, root: block.root, sequence: block.sequence,
            revision: block.stream.kind == .changes ? block.changesBefore + UInt64(block.count) : 0)
    }
}
