internal import PortvaktCore
internal import PortvaktLedger
internal import Synchronization

/// Records that systems have staged for an import: in memory, seen by nobody, forgotten when the server stops.
final class ImportShelf: Sendable {
    /// Records of one import: what one append of the ledger takes.
    static let maximumRecords = ChangeWriter.maximumChanges
    /// Bytes of one import, as the ledger writes its records: 256 for each of the above, at least twice what a municipality's take, and
    /// with what stands around each entry below what one append of the ledger takes.
    static let maximumBytes = 64 * 1024 * 1024
    /// Imports that may be open at a time: each may hold all of the above.
    static let maximumOpen = 4
    /// An import is given up after this long without a chunk. Milliseconds.
    static let patience: Int64 = 15 * 60 * 1000

    enum Refusal: Error, Equatable {
        case tooManyRecords(limit: Int)
        case tooManyBytes(limit: Int)
        case tooManyImports(limit: Int)
        /// Nothing was staged under this id, or it was given up.
        case unknown
        case missingChunk(UInt32)
        case otherCounts(chunks: Int, records: Int)
    }

    private struct Chunk {
        var records: [Record]
        var bytes: Int
    }

    private struct Staged {
        var importID: Identifier
        var chunks: [UInt32: Chunk] = [:]
        var count = 0
        var bytes = 0
        var touched: Instant
        /// It was committed with a request id, by which it may be sent again.
        var wasTaken = false
    }

    private let shelf = Mutex<[SystemID: Staged]>([:])

    /// Adds a chunk, or replaces it. Another import id than before begins anew. Returns how many records are staged.
    func stage(
        _ records: [Record], chunk: UInt32, importID: Identifier, system: SystemID, at now: Instant
    ) throws(Refusal) -> Int {
        let chunkBytes = EntryCodec.byteCount(of: records.lazy.map(Event.registered))
        return try shelf.withLock { shelf throws(Refusal) in
            Self.giveUp(&shelf, at: now)
            var staged = shelf[system] ?? Staged(importID: importID, touched: now)
            if staged.importID != importID || staged.wasTaken { staged = Staged(importID: importID, touched: now) }
            let count = staged.count - (staged.chunks[chunk]?.records.count ?? 0) + records.count
            guard count <= Self.maximumRecords else { throw .tooManyRecords(limit: Self.maximumRecords) }
            let bytes = staged.bytes - (staged.chunks[chunk]?.bytes ?? 0) + chunkBytes
            guard bytes <= Self.maximumBytes else { throw .tooManyBytes(limit: Self.maximumBytes) }
            if shelf[system] == nil, shelf.count >= Self.maximumOpen { shelf = shelf.filter { !$0.value.wasTaken } }
            guard shelf[system] != nil || shelf.count < Self.maximumOpen else {
                throw .tooManyImports(limit: Self.maximumOpen)
            }
            staged.chunks[chunk] = Chunk(records: records, bytes: chunkBytes)
            staged.count = count
            staged.bytes = bytes
            staged.touched = now
            shelf[system] = staged
            return count
        }
    }

    /// Takes everything that was staged, in order. It is gone from the shelf afterwards, also when this throws.
    /// - Parameter again: it stays, until something else is staged or its time is up: the same request may come again, since an answer
    ///   can be lost.
    func take(
        importID: Identifier, system: SystemID, chunks: Int, records: Int, again: Bool, at now: Instant
    ) throws(Refusal) -> [Record] {
        let staged = shelf.withLock { shelf -> Staged? in
            Self.giveUp(&shelf, at: now)
            guard let found = shelf[system], found.importID == importID else { return nil }
            shelf[system] = nil
            if again, found.chunks.count == chunks, found.count == records {
                shelf[system] = found
                shelf[system]?.wasTaken = true
            }
            return found
        }
        guard let staged else { throw .unknown }
        guard staged.chunks.count == chunks, staged.count == records else {
            throw .otherCounts(chunks: staged.chunks.count, records: staged.count)
        }
        var all: [Record] = []
        all.reserveCapacity(staged.count)
        for chunk in 0..<UInt32(chunks) {
            guard let staged = staged.chunks[chunk] else { throw .missingChunk(chunk) }
            all += staged.records
        }
        return all
    }

    private static func giveUp(_ shelf: inout [SystemID: Staged], at now: Instant) {
        shelf = shelf.filter { now.milliseconds - $0.value.touched.milliseconds < patience }
    }

    func discard(importID: Identifier, system: SystemID) {
        shelf.withLock { shelf in
            if shelf[system]?.importID == importID { shelf[system] = nil }
        }
    }
}
