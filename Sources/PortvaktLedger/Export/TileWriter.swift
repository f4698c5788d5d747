internal import PortvaktCore

/// Writes tiles as the leaves come.
struct TileWriter: ~Copyable {
    private let folder: String
    private let withOpenings: Bool
    private let hasher: TreeHasher
    private var frontier = Frontier()
    /// The hashes of each level's unfinished tile.
    private var tiles: [[Digest]] = [[]]
    private var finished: [UInt64] = [0]
    private var leaves: [UInt8] = []
    private var openings: [UInt8] = []
    /// The files that were written.
    private(set) var written: Set<String> = []

    init(folder: String, openings: Bool) throws(LedgerError) {
        self.folder = folder
        withOpenings = openings
        hasher = try TreeHasher()
    }

    var size: UInt64 { frontier.size }

    mutating func add(_ entry: Entry) throws(LedgerError) {
        guard entry.leaf.count <= Int(UInt16.max) else {
            throw .damaged(stream: entry.stream, index: entry.index, what: "its leaf is too long")
        }
        leaves += [UInt8(entry.leaf.count >> 8), UInt8(entry.leaf.count & 255)] + entry.leaf
        let length = UInt32(entry.opening.count)
        openings += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + entry.opening
        let leaf = hasher.leaf(entry.leaf)
        tiles[0].append(leaf)
        var nodes: [StoredNode] = []
        frontier.append(leaf, hasher) { nodes.append($0) }
        for node in nodes {
            let level = node.level / StoredNode.levelStep
            if level == tiles.count {
                tiles.append([])
                finished.append(0)
            }
            tiles[level].append(node.hash)
        }
        for level in tiles.indices where tiles[level].count == TilePath.width { try write(level) }
    }

    /// Writes what is unfinished, and gives the root.
    mutating func finish() throws(LedgerError) -> Digest {
        for level in tiles.indices where !tiles[level].isEmpty { try write(level) }
        return frontier.root(hasher)
    }

    private mutating func write(_ level: Int) throws(LedgerError) {
        let (width, number) = (tiles[level].count, finished[level])
        try write(TilePath.hashes(level: level, number: number, width: width), tiles[level].flatMap(\.bytes))
        tiles[level].removeAll(keepingCapacity: true)
        finished[level] += 1
        guard level == 0 else { return }
        try write(TilePath.entries(number: number, width: width), leaves)
        if withOpenings { try write(TilePath.openings(number: number, width: width), openings) }
        leaves.removeAll(keepingCapacity: true)
        openings.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ path: String, _ bytes: [UInt8]) throws(LedgerError) {
        let file = "\(folder)/\(path)"
        try SmallFile.writePlain(file, bytes)
        written.insert(file)
    }
}
