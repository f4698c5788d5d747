internal import PortvaktCore

/// The verification of an export, tile by tile, up to the first thing that is wrong.
struct ExportWalk: ~Copyable {
    private let folder: String
    private let stream: StreamID
    private let checkpoint: Checkpoint
    private let signed: [GuardedHead]
    private let hasher: TreeHasher
    private var frontier = Frontier()
    private var lastNumber: UInt64 = 0
    /// The nodes above the leaves' tiles that were computed, by level.
    private var nodes: [Int: [Digest]] = [:]
    /// Whether the first tile has openings: all have them, or none.
    private var hasOpenings: Bool?
    private var finding: LedgerVerifier.Finding?

    /// - Parameter signed: heads of the stream from other checkpoints, which the export must begin with.
    init(folder: String, stream: StreamID, checkpoint: Checkpoint, signed: [GuardedHead]) throws(LedgerError) {
        self.folder = folder
        self.stream = stream
        self.checkpoint = checkpoint
        self.signed = signed
        hasher = try TreeHasher()
    }

    mutating func run(progress: (UInt64) -> Void) throws(LedgerError) -> LedgerVerifier.Report {
        while finding == nil, frontier.size < checkpoint.size {
            try checkTile()
            progress(frontier.size)
        }
        if finding == nil { try checkNodes() }
        let root = frontier.root(hasher)
        if finding == nil, root != checkpoint.root { fail(0, "the entries together are not what was signed") }
        for head in signed where head.size > frontier.size {
            fail(frontier.size, "it is missing: \(head.size) entries were signed, and the export is older")
        }
        var report = LedgerVerifier.Report()
        report.entries = frontier.size
        report.heads = [GuardedHead(stream: stream, size: frontier.size, root: root)]
        if let finding { report.findings = [finding] }
        return report
    }

    private mutating func fail(_ index: UInt64, _ what: String) {
        if finding == nil { finding = .init(stream: stream, index: index, what: what) }
    }

    /// Entries, hashes and openings of the next leaves' tile.
    private mutating func checkTile() throws(LedgerError) {
        let first = frontier.size
        let width = Int(min(UInt64(TilePath.width), checkpoint.size - first))
        let number = first / UInt64(TilePath.width)
        func bytes(_ path: String) throws(LedgerError) -> [UInt8]? { try SmallFile.readIfThere("\(folder)/\(path)") }
        guard let entries = try bytes(TilePath.entries(number: number, width: width)),
            let hashes = try bytes(TilePath.hashes(level: 0, number: number, width: width))
        else { return fail(first, "the file that holds it is missing") }
        let openings = try bytes(TilePath.openings(number: number, width: width))
        if let hasOpenings, hasOpenings != (openings != nil) {
            return fail(hasOpenings ? first : 0, "the file with its opening is missing, and there are some of others")
        }
        hasOpenings = openings != nil
        var leafReader = ByteReader(entries)
        var openingReader = ByteReader(openings ?? [])
        for place in 0..<width {
            let index = first + UInt64(place)
            do throws(EntryError) {
                let leaf = [UInt8](try leafReader.readRaw(Int(try leafReader.readUInt16())))
                let hash = hasher.leaf(leaf)
                guard hashes.dropFirst(place * Digest.byteCount).prefix(Digest.byteCount).elementsEqual(hash.bytes)
                else {
                    return fail(index, "it is not what its tile of hashes says")
                }
                let opening = try openings == nil ? [] : openingReader.readRaw(Int(try openingReader.readUInt32()))
                if hasOpenings == true, opening.isEmpty, stream.kind == .changes {
                    fail(index, StreamWalk.changeErased)
                }
                try check(Entry(stream: stream, index: index, leaf: leaf, opening: [UInt8](opening)))
                append(hash)
            } catch {
                return fail(index, "it cannot be read: \(error)")
            }
        }
        do throws(EntryError) {
            try leafReader.finish()
            try openingReader.finish()
        } catch { fail(frontier.size, "there is more in a file than its name says") }
        if hashes.count != width * Digest.byteCount { fail(frontier.size, "there are more hashes than entries") }
    }

    private mutating func check(_ entry: Entry) throws(EntryError) {
        let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
        let isInPlace = stream.kind == .decisions ? summary.number == entry.index : summary.number > lastNumber
        if !isInPlace { fail(entry.index, "it says that it is number \(summary.number)") }
        lastNumber = summary.number
        try EntryCodec.checkOpening(of: entry, hasher)
    }

    private mutating func append(_ leaf: Digest) {
        var completed: [StoredNode] = []
        frontier.append(leaf, hasher) { completed.append($0) }
        for node in completed { nodes[node.level / StoredNode.levelStep, default: []].append(node.hash) }
        for head in signed where head.size == frontier.size && head.root != frontier.root(hasher) {
            fail(frontier.size - 1, "it, or one before it, is not what was signed at size \(frontier.size)")
        }
    }

    /// The tiles above the leaves' say what was computed.
    private mutating func checkNodes() throws(LedgerError) {
        for (level, hashes) in nodes.ordered(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: hashes.count, by: TilePath.width) {
                let tile = hashes[start..<min(start + TilePath.width, hashes.count)]
                let number = UInt64(start / TilePath.width)
                let path = TilePath.hashes(level: level, number: number, width: tile.count)
                if try SmallFile.readIfThere("\(folder)/\(path)") != tile.flatMap(\.bytes) {
                    fail(UInt64(start) << UInt64(level * StoredNode.levelStep), "\(path), which covers it, is another")
                }
            }
        }
    }
}
