/// A stream as a folder of files that tools we did not write can verify: C2SP `tlog-tiles` with its signed checkpoint,
/// and beside it the openings for those who may read them.
public struct LedgerExport: Sendable {
    /// The folder: absolute, or relative to the working directory.
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// One stream's export among those of other streams.
    /// - Parameter parent: the folder of all of them.
    public init(of stream: StreamID, below parent: String) { folder = "\(parent)/\(TilePath.stream(stream))" }

    /// Writes a stream up to a checkpoint: its tiles, and then what ``UnfinishedExport/finish()`` does. Blocks.
    ///
    /// Several streams that belong together are written with ``writeTiles(_:stream:checkpoint:openings:progress:)`` first, and finished
    /// then.
    /// - Throws: as both of them.
    public func write(
        _ store: any LedgerStore, stream: StreamID, checkpoint note: String, openings: Bool,
        progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) {
        try writeTiles(store, stream: stream, checkpoint: note, openings: openings, progress: progress).finish()
    }

    /// Writes a stream's tiles up to a checkpoint, and not the checkpoint itself: what an earlier export has left in the folder stays
    /// whole, and a new one is refused as not whole until it is finished. Blocks.
    /// - Parameters:
    ///   - checkpoint: a signed note of this stream.
    ///   - openings: whether what the leaves commit to is exported too. It holds pseudonyms and stated reasons.
    ///   - progress: called now and then with the number of entries so far.
    /// - Throws: ``LedgerError/damaged(stream:index:what:)`` when the store's entries are not what was signed; ``LedgerError/store(_:)``,
    ///   ``LedgerError/file(path:problem:)`` when something cannot be read or written.
    public func writeTiles(
        _ store: any LedgerStore, stream: StreamID, checkpoint note: String, openings: Bool,
        progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> UnfinishedExport {
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
        return UnfinishedExport(folder: folder, note: note, written: writer.written)
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

/// The tiles of an export, whose checkpoint is still to be written.
public struct UnfinishedExport: Sendable {
    fileprivate let folder: String
    fileprivate let note: String
    /// The files that belong to it.
    fileprivate let written: Set<String>

    /// Makes the tiles durable, puts the checkpoint beside them, and removes what an earlier export left in the folder: its unfinished
    /// tiles hold what may have been erased since. An export with a checkpoint is whole, also after a power cut. Blocks.
    /// - Throws: ``LedgerError/file(path:problem:)``; before the checkpoint is there, the earlier export is still whole.
    public func finish() throws(LedgerError) { try finish(syncing: SmallFile.syncFileSystem) }

    /// - Parameter syncing: makes everything durable that was written to the file system of a folder.
    func finish(syncing: (String) throws(LedgerError) -> Void) throws(LedgerError) {
        // A stream without entries has no tiles, and its folder may not be there.
        if !written.isEmpty { try syncing(folder) }
        try SmallFile.replace(folder + "/checkpoint", [UInt8](note.utf8))
        // Only now: until here the earlier export was whole.
        for part in TilePath.parts { try SmallFile.removeAll(below: "\(folder)/\(part)", besides: written) }
    }
}
