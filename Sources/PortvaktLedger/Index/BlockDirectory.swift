/// Where the entries of a large block stand in its payload, by groups: so that one of thousands is read without the others.
public struct BlockDirectory: Equatable, Sendable {
    /// Entries of a group: those whose indices have the same quotient by this.
    public static let groupWidth: UInt64 = 16
    /// Smaller blocks have no directory: reading them whole costs as little.
    static let minimumCount = 64

    /// The place of the block's first entry in the stream.
    public var first: UInt64
    /// Entries of the block.
    public var count: Int
    /// For each group, in order, where its frames end in the payload.
    public var ends: [Int]

    public init(first: UInt64, count: Int, ends: [Int]) {
        self.first = first
        self.count = count
        self.ends = ends
    }

    /// - Returns: `nil` for a small block, and for one whose payload makes no sense.
    init?(_ block: Block) {
        guard block.count >= Self.minimumCount else { return nil }
        var ends: [Int] = []
        var reader = ByteReader(block.payload)
        do throws(EntryError) {
            for index in block.firstIndex..<block.endIndex {
                let size = Int(try reader.readUInt32()) + Int(try reader.readUInt32())
                _ = try reader.readRaw(4 + size)
                if index == block.firstIndex || index.isMultiple(of: Self.groupWidth) { ends.append(0) }
                ends[ends.count - 1] = reader.offset
            }
            try reader.finish()
        } catch { return nil }
        self.init(first: block.firstIndex, count: block.count, ends: ends)
    }

    package func holds(_ index: UInt64) -> Bool { index >= first && index < first + UInt64(count) }

    /// The part of the payload that has the group of an entry, and which entries are in it.
    /// - Returns: `nil` when the directory makes no sense.
    func part(holding index: UInt64) -> (part: BlockPart, entries: Range<UInt64>)? {
        guard holds(index) else { return nil }
        let width = Self.groupWidth
        let group = Int(clamping: index / width - first / width)
        guard group < ends.count, let size = ends.last else { return nil }
        let start = group == 0 ? 0 : ends[group - 1]
        guard start <= ends[group] else { return nil }
        let groupStart = index / width * width
        return (
            BlockPart(blockFirst: first, payloadSize: size, bytes: start..<ends[group]),
            max(first, groupStart)..<min(first + UInt64(count), groupStart + width)
        )
    }
}
