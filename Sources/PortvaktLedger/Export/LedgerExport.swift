/// A stream as a folder of files that tools we did not write can verify: C2SP `tlog-tiles` with its signed checkpoint,
/// and beside it the openings for those who may read them.
public struct LedgerExport: Sendable {
    /// The folder: absolute, or relative to the working directory.
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// One stream's export among those of other streams.
    /// - Parameter parent: the folder of all of them.
    public init(of stream: StreamID, below parent: String) { folder = "\(parent)/\(TilePath.stream(stream))" }

    /// Writes a stream up to a checkpoint, and removes what an earlier export left in the folder: its unfinished tiles hold what
    /// may have been erased since. Blocks.
    /// - Parameters:
    ///   - checkpoint: a signed note of this stream; written last, so that an export with a checkpoint is whole.
    ///   - openings: whether what the leaves commit to is exported too. It holds pseudonyms and stated reasons.
    ///   - progress: called now and then with the number of entries so far.
    public func write(
        _ store: any LedgerStore, stream: StreamID, checkpoint note: String, openings: Bool,
        progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) {
        guard let checkpoint = SignedNote(note).flatMap({ Checkpoint(unverified: $0) }) else {
            throw .file(path: "the checkpoint", problem: "is none")
        }
        var writer = try TileWriter(folder: folder, openings: openings)
        while writer.size < checkpoint.size {
            let blocks = try store.checkedBlocks(of: stream, from: writer.size, limit: Ledger.blocksAtATime)
            guard !blocks.isEmpty else {
                throw .damaged(stream: stream, index: writer.size, what: "it is missing, and was signed")
            }
            for block in blocks {
                for entry in try block.checkedEntries()
                where entry.index >= writer.size && writer.size < checkpoint.size {
                    try writer.add(entry)
                }
            }
            progress(writer.size)
        }
        guard try writer.finish() == checkpoint.root else {
            throw .damaged(stream: stream, index: 0, what: "its entries are not what was signed: verify the ledger")
        }
        try SmallFile.replace(folder + "/checkpoint", [UInt8](note.utf8))
        // Only now: until here the earlier export was whole.
        for part in TilePath.parts { try SmallFile.removeAll(below: "\(folder)/\(part)", besides: writer.written) }
    }

    /// Verifies an export with nothing but the log's public keys. Blocks.
    /// - Parameter signed: heads from other checkpoints whose signatures have been checked; the export must begin with what they
    ///   cover.
    /// - Returns: the checkpoint, and what the first bad entry is, if there is one.
    /// - Throws: when there is nothing to verify: no checkpoint, or none that one of the keys has signed.
    public func verify(
        by ring: KeyRing, signed: [GuardedHead] = [], progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> (checkpoint: Checkpoint, report: LedgerVerifier.Report) {
        let path = folder + "/checkpoint"
        let note = String(decoding: try SmallFile.read(path), as: UTF8.self)
        let checkpoint: Checkpoint
        do { checkpoint = try Checkpoint(note: note, verifiedBy: ring.keys) } catch {
            throw .file(
                path: path, problem: "cannot be trusted: \(error)" + Checkpoint.signers(of: note, besides: ring))
        }
        guard let stream = checkpoint.stream(of: ring) else {
            throw .file(path: path, problem: "is of another log: \(checkpoint.origin)")
        }
        var walk = try ExportWalk(
            folder: folder, stream: stream, checkpoint: checkpoint, signed: signed.filter { $0.stream == stream })
        return (checkpoint, try walk.run(progress: progress))
    }
}

/// Writes tiles as the leaves come.
private struct TileWriter: ~Copyable {
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
