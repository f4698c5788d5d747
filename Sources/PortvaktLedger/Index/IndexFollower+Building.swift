internal import PortvaktCore

// How an index is built, in batches; by the follower, and by whoever wants one at once.
extension IndexFollower {
    /// Builds an index up to the end of the store, and returns. Blocks.
    /// - Parameters:
    ///   - limit: of a stream: only entries before this index; `nil`: all.
    ///   - progress: told the number of entries so far.
    public static func build(
        _ index: any LedgerIndex, from store: any LedgerStore,
        upTo limit: (StreamID) throws(StoreError) -> UInt64? = { _ in nil },
        progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) {
        let hasher = try TreeHasher()
        try discardForeign(index, store, hasher)
        var done: UInt64 = 0
        func added(_ count: UInt64) {
            done += count
            progress(done)
        }
        while try step(index, store, hasher, upTo: limit, added: added) {}
        try keepRoots(index, store)
    }

    /// Computes what the index keeps of the trees, so that the first proof is as fast as the next.
    static func keepRoots(_ index: any LedgerIndex, _ store: any LedgerStore) throws(LedgerError) {
        for head in try heads(of: store) where head.stream.kind == .decisions {
            _ = try index.subjectTree(of: head.stream)
        }
    }

    static func heads(of store: any LedgerStore) throws(LedgerError) -> [StreamHead] {
        do { return try store.heads() } catch { throw .store(error) }
    }

    /// One batch of every stream that has new entries. False when none has.
    static func step(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher,
        upTo limit: (StreamID) throws(StoreError) -> UInt64? = { _ in nil }, most: () -> Int = { batchEntries },
        added: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        var found = false
        for head in try heads(of: store) {
            let first = try ofIndex { () throws(StoreError) in try index.size(of: head.stream) }
            let end: UInt64
            do { end = min(head.size, try limit(head.stream) ?? head.size) } catch { throw .store(error) }
            guard first < end else { continue }
            let batch = try batch(of: head.stream, first..<end, store, hasher, most)
            try ofIndex { () throws(StoreError) in try index.add(batch) }
            added(UInt64(batch.count))
            found = true
        }
        return found
    }

    private static func batch(
        of stream: StreamID, _ range: Range<UInt64>, _ store: any LedgerStore, _ hasher: borrowing TreeHasher,
        _ most: () -> Int
    ) throws(LedgerError) -> IndexBatch {
        var batch = IndexBatch(
            stream: stream, first: range.lowerBound, open: try openTile(of: stream, range, store, hasher),
            latest: try time(before: range.lowerBound, of: stream, store))
        while batch.count < most(), batch.end < range.upperBound {
            let blocks = try store.checkedBlocks(of: stream, from: batch.end, limit: Ledger.blocksAtATime)
            if blocks.isEmpty { break }
            for block in blocks {
                if batch.count >= most() { break }
                for entry in try block.checkedEntries() where range.contains(entry.index) { batch.add(entry, hasher) }
                if range.contains(block.firstIndex), block.endIndex <= range.upperBound,
                    let directory = BlockDirectory(block)
                {
                    batch.directories.append(directory)
                }
            }
        }
        return batch
    }

    /// The time of the last entry before an index of a stream of decisions; `nil` when there is none.
    private static func time(
        before index: UInt64, of stream: StreamID, _ store: any LedgerStore
    ) throws(LedgerError) -> Instant? {
        guard stream.kind == .decisions, index > 0 else { return nil }
        let block = try store.checkedBlocks(of: stream, from: index - 1, limit: 1).first
        return try block?.checkedEntries(in: index - 1..<index).first.flatMap { EntryCodec.time(ofLeaf: $0.leaf) }
    }

    /// The hashes of the leaves before a range, from the beginning of its first tile on, when that tile ends in the range.
    private static func openTile(
        of stream: StreamID, _ range: Range<UInt64>, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> [Digest] {
        let start = range.lowerBound / TreeTile.width * TreeTile.width
        guard start < range.lowerBound, start + TreeTile.width <= range.upperBound else { return [] }
        return try TreeReader(store: store, stream: stream).hashes(
            level: 0, from: start, count: Int(range.lowerBound - start), hasher)
    }

    /// Clears an index that was made from another ledger, or from one that has been replaced by an older copy or by a new one.
    static func discardForeign(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        let heads = try heads(of: store)
        // Of a ledger that is begun anew there is no entry yet to compare.
        if try ofIndex({ () throws(StoreError) in try index.hasStreams(besides: Set(heads.map(\.stream))) }) {
            return try ofIndex { () throws(StoreError) in try index.clear() }
        }
        for head in heads {
            let size = try ofIndex { () throws(StoreError) in try index.size(of: head.stream) }
            guard size > 0 else { continue }
            let block: Block?
            do { block = try store.blocks(of: head.stream, from: size - 1, limit: 1).first } catch {
                throw .store(error)
            }
            let entry = try? block?.entries().first { $0.index == size - 1 }
            let last = try ofIndex { () throws(StoreError) in try index.lastLeaf(of: head.stream) }
            if entry.map({ hasher.leaf($0.leaf) }) != last {
                return try ofIndex { () throws(StoreError) in try index.clear() }
            }
        }
    }

    /// Calls the index, and says that an error is its own.
    static func ofIndex<Result>(_ body: () throws(StoreError) -> Result) throws(LedgerError) -> Result {
        do { return try body() } catch { throw .index(error) }
    }
}
