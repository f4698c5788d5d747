internal import Glibc
internal import PortvaktCore

/// Reads the entries of an export. Nothing is verified by reading: ``LedgerExport/verify(by:progress:)`` first.
public struct ExportReader: Sendable {
    /// Folders below a folder that are looked through for exports.
    static let maximumDepth = 3

    /// The folder of one stream's export.
    public let folder: String
    public let stream: StreamID
    /// The size that its checkpoint states.
    public let size: UInt64

    /// - Throws: when the folder holds no export.
    public init(folder: String) throws(LedgerError) {
        let path = folder + "/checkpoint"
        let text = String(decoding: try SmallFile.read(path), as: UTF8.self)
        guard let note = SignedNote(text), let checkpoint = Checkpoint(unverified: note) else {
            throw .file(path: path, problem: "is no signed checkpoint")
        }
        guard let stream = checkpoint.stream(ofLogs: note.signatures.map(\.name)) else {
            throw .file(path: path, problem: "names no stream of a ledger: \(checkpoint.origin)")
        }
        self.folder = folder
        self.stream = stream
        size = checkpoint.size
    }

    /// Every export in a folder and below it, by its stream.
    /// - Throws: when there is none, one of them cannot be read or has no checkpoint, or two are of the same stream: which of them
    ///   is meant, nobody could tell.
    public static func all(in folder: String) throws(LedgerError) -> [ExportReader] {
        var found: [ExportReader] = []
        for path in try folders(in: folder, depth: maximumDepth) { found.append(try ExportReader(folder: path)) }
        guard !found.isEmpty else {
            throw .file(path: folder, problem: "holds no export: there is no file named checkpoint in it or below it")
        }
        found = found.ordered { $0.stream.description < $1.stream.description }
        for (one, next) in zip(found, found.dropFirst()) where one.stream == next.stream {
            throw .file(
                path: next.folder,
                problem: "holds an export of \(next.stream), and \(one.folder) another: move one of them away")
        }
        return found
    }

    private static func folders(in folder: String, depth: Int) throws(LedgerError) -> [String] {
        if unsafe access(folder + "/checkpoint", F_OK) == 0 { return [folder] }
        // Passed over, a stream would be missing, and nobody would know.
        guard unsafe access("\(folder)/\(TilePath.leaves)", F_OK) != 0 else {
            throw .file(
                path: folder, problem: "has entries and no checkpoint: the export is not whole, make it once more")
        }
        guard depth > 0 else { return [] }
        guard let directory = unsafe opendir(folder) else {
            // Files, and links to nothing, are no exports; of a folder that cannot be read nobody knows what it holds.
            if errno == ENOTDIR || errno == ENOENT { return [] }
            throw .file(path: folder, problem: "could not be opened: \(unsafe String(cString: strerror(errno)))")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        var found: [String] = []
        for name in names.ordered() { found += try folders(in: "\(folder)/\(name)", depth: depth - 1) }
        return found
    }

    /// Calls the body with entries in their order, from an index on, until it returns false.
    public func forEach(from index: UInt64 = 0, _ body: (Entry) throws -> Bool) throws {
        var next = index
        while next < size {
            let number = next / UInt64(TilePath.width)
            let first = number * UInt64(TilePath.width)
            let width = Int(min(UInt64(TilePath.width), size - first))
            let leaves = try SmallFile.read("\(folder)/\(TilePath.entries(number: number, width: width))")
            let openings = try SmallFile.readIfThere("\(folder)/\(TilePath.openings(number: number, width: width))")
            for entry in try entries(leaves, openings, first: first, width: width) where entry.index >= next {
                guard try body(entry) else { return }
            }
            next = first + UInt64(width)
        }
    }

    private func entries(
        _ leaves: [UInt8], _ openings: [UInt8]?, first: UInt64, width: Int
    ) throws(LedgerError) -> [Entry] {
        var entries: [Entry] = []
        var leafReader = ByteReader(leaves)
        var openingReader = ByteReader(openings ?? [])
        for place in 0..<width {
            do throws(EntryError) {
                let leaf = [UInt8](try leafReader.readRaw(Int(try leafReader.readUInt16())))
                let opening = try openings == nil ? [] : openingReader.readRaw(Int(try openingReader.readUInt32()))
                entries.append(
                    Entry(stream: stream, index: first + UInt64(place), leaf: leaf, opening: [UInt8](opening)))
            } catch {
                throw .damaged(stream: stream, index: first + UInt64(place), what: "\(error)")
            }
        }
        return entries
    }
}

/// The changes of an export's streams in the order of their revisions, whatever their streams.
public struct ExportedHistory: Sendable {
    public let exports: [ExportReader]

    /// - Throws: when the folder holds no export.
    public init(folder: String) throws(LedgerError) { exports = try ExportReader.all(in: folder) }

    /// The exports of decisions.
    public var decisions: [ExportReader] { exports.filter { $0.stream.kind == .decisions } }

    /// Every change, by revision. They are gathered first: streams interleave.
    /// - Throws: when a revision is missing, which is so when a controller's stream was not exported.
    public func changes() throws -> [RecordedChange] {
        var found: [RecordedChange] = []
        for export in exports where export.stream.kind == .changes {
            try export.forEach { entry in
                let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
                var recorded = RecordedChange(
                    revision: Revision(summary.number), change: nil, stream: entry.stream, index: entry.index, block: 0)
                if !entry.isErased, case .change(let change) = try EntryCodec.body(of: entry) {
                    recorded.change = change
                }
                found.append(recorded)
                return true
            }
        }
        found = found.ordered { $0.revision < $1.revision }
        for (position, change) in found.enumerated() where change.revision.number != UInt64(position) + 1 {
            throw LedgerError.damaged(
                stream: change.stream, index: change.index,
                what: "revision \(position + 1) is in none of the exports: export the changes of every controller")
        }
        return found
    }
}
