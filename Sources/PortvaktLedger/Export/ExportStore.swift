internal import PortvaktCore

/// An export as a store that can be read: proofs and searches need no database.
///
/// A tile is a block. Nothing is verified by reading: ``LedgerExport/verify(by:progress:)`` first.
public struct ExportStore: LedgerStore {
    private let exports: [ExportReader]

    /// - Parameter folder: one stream's export, or a folder with several.
    public init(folder: String) throws(LedgerError) { exports = try ExportReader.all(in: folder) }

    /// The streams that are exported, with the notes that they were exported up to.
    public func checkpoints() throws(LedgerError) -> [(stream: StreamID, note: String)] {
        var notes: [(StreamID, String)] = []
        for export in exports {
            notes.append(
                (export.stream, String(decoding: try SmallFile.read(export.folder + "/checkpoint"), as: UTF8.self)))
        }
        return notes
    }

    public func heads() throws(StoreError) -> [StreamHead] {
        exports.map { StreamHead(stream: $0.stream, size: $0.size, root: .zero, sequence: 0, revision: 0) }
    }

    public func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        guard let export = exports.first(where: { $0.stream == stream }) else { return [] }
        var blocks: [Block] = []
        var first = index / UInt64(TilePath.width) * UInt64(TilePath.width)
        while first < export.size, blocks.count < limit {
            blocks.append(try block(export, first: first))
            first += UInt64(TilePath.width)
        }
        return index < export.size ? blocks : []
    }

    private func block(_ export: ExportReader, first: UInt64) throws(StoreError) -> Block {
        var payload: [UInt8] = []
        var count = 0
        do {
            let hasher = try TreeHasher()
            try export.forEach(from: first) { entry in
                guard entry.index < first + UInt64(TilePath.width) else { return false }
                for length in [entry.leaf.count, entry.opening.count] {
                    payload += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
                }
                payload += hasher.leaf(entry.leaf).bytes.prefix(4) + entry.leaf + entry.opening
                count += 1
                return true
            }
        } catch { throw StoreError(.damaged, place: export.folder, detail: "\(error)") }
        return Block(
            stream: export.stream, sequence: first / UInt64(TilePath.width) + 1, firstIndex: first, count: count,
            changesBefore: 0, root: .zero, payload: payload)
    }

    /// Changes of several streams come in the order of their revisions from ``ExportedHistory``.
    public func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] { [] }

    public func nodes(
        of stream: StreamID, level: Int, from position: UInt64, limit: Int
    ) throws(StoreError) -> [Digest] {
        guard let export = exports.first(where: { $0.stream == stream }) else { return [] }
        let width = UInt64(TilePath.width)
        let total = export.size >> UInt64(level)
        var digests: [Digest] = []
        var next = position
        while next < total, digests.count < limit {
            let number = next / width
            let count = Int(min(width, total - number * width))
            let path = TilePath.hashes(level: level / StoredNode.levelStep, number: number, width: count)
            let bytes: [UInt8]
            do { bytes = try SmallFile.read("\(export.folder)/\(path)") } catch {
                throw StoreError(.damaged, place: export.folder, detail: "\(error)")
            }
            guard bytes.count == count * Digest.byteCount else {
                throw StoreError(.damaged, place: export.folder, detail: "\(path) has a wrong size")
            }
            for place in Int(next - number * width)..<count where digests.count < limit {
                if let digest = Digest(bytes[place * Digest.byteCount..<(place + 1) * Digest.byteCount]) {
                    digests.append(digest)
                }
            }
            next = number * width + UInt64(count)
        }
        return digests
    }

    public func append(_ commit: Commit) throws(StoreError) {
        throw StoreError(.notALedger, place: exports.first?.folder ?? "", detail: "an export is not written to")
    }

    public func close() {}
}
