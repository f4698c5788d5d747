internal import PortvaktCore

/// An entry that was read by itself.
public struct PickedEntry: Sendable {
    public var entry: Entry
    /// The number of its block among all blocks.
    public var block: UInt64
}

/// Reads single entries of a stream that lie far apart: of large blocks the parts that the index's directories name, and
/// no block twice in a row. One thread at a time; it keeps the hashes of what it has read, for the proofs of the same entries.
///
/// Nothing of the index is trusted: where its directory does not fit the block, the block is read whole.
public final class EntryPicker {
    /// Entries that are read with one call of the store, at most.
    static let step = 512

    let stream: StreamID
    private let store: any LedgerStore
    private let index: (any LedgerIndex)?
    private let hasher: TreeHasher
    /// The hashes of the leaves of groups that were read whole, by the group's number.
    private var groups: [UInt64: [Digest]] = [:]
    private var tiles: [UInt64: [Digest]?] = [:]
    private var lastBlock: Block?

    /// - Parameter index: `nil`: every block is read whole.
    public init(of stream: StreamID, _ store: any LedgerStore, _ index: (any LedgerIndex)?) throws(LedgerError) {
        self.stream = stream
        self.store = store
        self.index = index
        hasher = try TreeHasher()
    }

    /// The entries at these indices, in the same order. Blocks.
    /// - Parameter hashing: also hashes their neighbours, which the proofs of these entries need.
    /// - Throws: when one is missing.
    public func entries(at indices: [UInt64], hashing: Bool = false) throws(LedgerError) -> [PickedEntry] {
        var found: [UInt64: PickedEntry] = [:]
        let sorted = Set(indices).ordered()
        for start in stride(from: 0, to: sorted.count, by: Self.step) {
            let some = sorted[start..<min(start + Self.step, sorted.count)]
            try pick([UInt64](some), hashing, into: &found)
        }
        var entries: [PickedEntry] = []
        for index in indices {
            guard let entry = found[index] else {
                throw .damaged(stream: stream, index: index, what: "it is missing")
            }
            entries.append(entry)
        }
        return entries
    }

    private func pick(
        _ indices: [UInt64], _ hashing: Bool, into found: inout [UInt64: PickedEntry]
    ) throws(LedgerError) {
        let wanted = Set(indices)
        var parts: [(part: BlockPart, entries: Range<UInt64>)] = []
        do throws(StoreError) {
            // An index that cannot be read is none: the blocks are read whole.
            let directories = (try? index?.directories(of: stream, holding: indices)) ?? []
            var place = 0
            for index in indices where !(parts.last?.entries.contains(index) ?? false) {
                while place < directories.count, directories[place].first + UInt64(directories[place].count) <= index {
                    place += 1
                }
                if place < directories.count, let part = directories[place].part(holding: index) { parts.append(part) }
            }
            let read = try store.parts(of: stream, parts.map(\.part))
            for (part, bytes) in zip(parts, read) {
                if let bytes { take(bytes, part.entries, wanted, hashing, into: &found) }
            }
        } catch { throw .store(error) }
        for index in indices where found[index] == nil { found[index] = try whole(index) }
    }

    /// The entries of a part, when it is what it must be: frames that fill it, each wanted one with the hash that stands in it.
    private func take(
        _ read: ReadPart, _ range: Range<UInt64>, _ wanted: Set<UInt64>, _ hashing: Bool,
        into found: inout [UInt64: PickedEntry]
    ) {
        var reader = ByteReader(read.bytes)
        var picked: [PickedEntry] = []
        var hashes: [Digest] = []
        do throws(EntryError) {
            for index in range {
                let leafLength = Int(try reader.readUInt32())
                let openingLength = Int(try reader.readUInt32())
                let hint = try reader.readRaw(4)
                let (leaf, opening) = (try reader.readRaw(leafLength), try reader.readRaw(openingLength))
                guard hashing || wanted.contains(index) else { continue }
                let entry = Entry(stream: stream, index: index, leaf: [UInt8](leaf), opening: [UInt8](opening))
                let hash = hasher.leaf(entry.leaf)
                guard hash.begins(with: hint), isInPlace(entry) else { return }
                hashes.append(hash)
                if wanted.contains(index) { picked.append(PickedEntry(entry: entry, block: read.sequence)) }
            }
            try reader.finish()
        } catch { return }
        for entry in picked { found[entry.entry.index] = entry }
        if hashes.count == Int(BlockDirectory.groupWidth) {
            groups[range.lowerBound / BlockDirectory.groupWidth] = hashes
        }
    }

    /// Of a directory that names another group's bytes, whole frames are read, of other entries: a decision says which one it is. A change
    /// does not.
    private func isInPlace(_ entry: Entry) -> Bool {
        guard stream.kind == .decisions else { return true }
        let number = entry.leaf.dropFirst(EntryCodec.numberOffset).prefix(8)
        return number.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } == entry.index
    }

    private func whole(_ index: UInt64) throws(LedgerError) -> PickedEntry? {
        if !(lastBlock.map { $0.firstIndex <= index && index < $0.endIndex } ?? false) {
            lastBlock = try store.checkedBlocks(of: stream, from: index, limit: 1).first
        }
        guard let block = lastBlock, let entry = try block.checkedEntries(in: index..<index + 1).first else {
            return nil
        }
        return PickedEntry(entry: entry, block: block.sequence)
    }

    /// The hashes of the leaves of a whole group.
    func leaves(ofGroup group: UInt64) throws(LedgerError) -> [Digest] {
        if let known = groups[group] { return known }
        let first = group * BlockDirectory.groupWidth
        let entries = try entries(at: [UInt64](first..<first + BlockDirectory.groupWidth), hashing: true)
        let hashes = groups[group] ?? entries.map { hasher.leaf($0.entry.leaf) }
        groups[group] = hashes
        return hashes
    }

    /// The roots of the sixteen groups of a tile of 256 entries, as the index has them; `nil`: it does not.
    func groupRoots(ofTile tile: UInt64) -> [Digest]? {
        if let known = tiles[tile] { return known }
        let roots = try? index?.groupRoots(ofTile: tile, of: stream)
        tiles[tile] = .some(roots)
        return roots
    }
}

extension Digest {
    fileprivate func begins(with bytes: ArraySlice<UInt8>) -> Bool {
        unsafe withBytes { own in
            var place = 0
            for byte in bytes {
                guard unsafe own[place] == byte else { return false }
                place += 1
            }
            return true
        }
    }
}

extension Ledger {
    /// Reads single entries of this ledger.
    public func picker(of stream: StreamID, _ index: (any LedgerIndex)?) throws(LedgerError) -> EntryPicker {
        try EntryPicker(of: stream, store, index)
    }
}
