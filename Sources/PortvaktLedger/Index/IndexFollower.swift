internal import Glibc
internal import PortvaktCore

/// Keeps an index up with a store, on a thread of its own that gives way to everything else: commits never wait for it.
public final class IndexFollower: Sendable {
    /// Entries of one batch at most: catching up is fastest in few, large transactions.
    static let batchEntries = 262_144
    /// Entries of a batch at most once it is to end: a service that is stopped waits for them, and the next start goes on from there.
    static let lastEntries = 4096
    /// How often it looks for new entries when nobody asks, in nanoseconds.
    static let interval: UInt64 = 1_000_000_000
    /// How often the trees of subjects are signed when nobody asks, in nanoseconds: computing one takes about a microsecond for
    /// each subject.
    static let treeInterval: UInt64 = 600_000_000_000
    /// The thread's niceness: the least that Linux knows, so that a saturated machine answers first and indexes later.
    /// No claim to a processor at all (SCHED_IDLE) would be too little: docs/decisions/0036.
    static let niceness: Int32 = 19

    private struct Shared {
        var isStopping = false
        /// The index has been seen to be of this ledger.
        var isChecked = false
        /// It was emptied, and the thread has not noticed yet.
        var isEmptied = false
        var failure: LedgerError?
    }

    private let store: any LedgerStore
    public let index: any LedgerIndex
    private let onTree: @Sendable (SubjectTree) -> Void
    private let onProblem: @Sendable (LedgerError) -> Void
    private let bell = Doorbell()
    /// Held while the index is changed: by the thread, or by whoever waits for it.
    private let turn = Locked(())
    private let shared = Locked(Shared())
    private let thread = Locked<WorkerThread?>(nil)

    /// Starts the thread.
    /// - Parameters:
    ///   - onTree: given the tree of a stream's subjects, so that it is signed: when it has changed, at most once in
    ///     ``treeInterval``, and when it is asked for. On any thread.
    ///   - onProblem: told once when the index cannot be kept up; what is indexed by then is still found.
    public init(
        store: any LedgerStore, index: any LedgerIndex, onTree: @escaping @Sendable (SubjectTree) -> Void = { _ in },
        onProblem: @escaping @Sendable (LedgerError) -> Void = { _ in }
    ) throws(LedgerError) {
        self.onTree = onTree
        self.store = store
        self.index = index
        self.onProblem = onProblem
        let thread = try WorkerThread { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Why it has given up; `nil` while it follows.
    public var failure: LedgerError? { shared.withLock { $0.failure } }

    /// Returns when the index has every entry of a stream before a size, or when the time is up. Blocks.
    ///
    /// Whoever waits adds the entries itself: the thread may get no time for long.
    /// - Returns: whether it has.
    public func catchUp(_ stream: StreamID, to size: UInt64, milliseconds: UInt64) throws(LedgerError) -> Bool {
        let deadline = Monotonic.now + milliseconds * (Monotonic.second / 1000)
        while true {
            if shared.withLock({ $0.isChecked }) {
                do { if try index.size(of: stream) >= size { return true } } catch { throw .store(error) }
            }
            guard Monotonic.now < deadline, failure == nil else { return false }
            let added = try turn.withLockIfFree { (_: inout Void) throws(LedgerError) in try advance(TreeHasher()) }
            if added != true { Monotonic.sleep(milliseconds: 2) }
        }
    }

    /// Brings the index up to a size of a stream, and has the tree of its subjects signed. Blocks.
    /// - Returns: the tree; `nil` when the index did not get there in time.
    public func commitTree(
        of stream: StreamID, to size: UInt64, milliseconds: UInt64
    ) throws(LedgerError) -> SubjectTree? {
        guard try catchUp(stream, to: size, milliseconds: milliseconds) else { return nil }
        let tree = try index.subjectTree(of: stream)
        onTree(tree)
        return tree
    }

    /// Empties the index, erases, and has the index built anew: what was erased must be gone from it, too, also when the
    /// erasure throws or the process ends in the middle of it. Nothing is indexed meanwhile. Blocks.
    public func rebuild<Result: Sendable>(after erasure: () throws -> Result) throws -> Result {
        defer { bell.ring() }
        return try turn.withLock { _ in
            try index.clear()
            shared.withLock { $0.isEmptied = true }
            return try erasure()
        }
    }

    /// Ends the thread and closes the index. Blocks for a batch that is being written, and for two of ``lastEntries`` at most.
    public func stop() {
        shared.withLock { $0.isStopping = true }
        bell.ring()
        let thread = self.thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return }
        thread.join()
        index.close()
    }

    var isStopping: Bool { shared.withLock { $0.isStopping } }

    private func run() {
        // On Linux the priority belongs to the thread; zero is the calling one.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        do {
            let hasher = try TreeHasher()
            var nextTrees = Monotonic.now + Self.treeInterval
            var hasKeptRoots = false
            while !isStopping {
                var added: UInt64 = 0
                try turn.withLock { (_: inout Void) throws(LedgerError) in
                    _ = try advance(hasher, added: { added += $0 })
                    try tidy()
                }
                // What was signed of the old one cannot be derived any more.
                if takeEmptied() { nextTrees = 0 }
                // As long as whole batches are found it is behind: it goes on at once, and its trees are no news.
                guard added < UInt64(Self.batchEntries) else { continue }
                if !hasKeptRoots { try Self.keepRoots(index, store) }
                hasKeptRoots = true
                if Monotonic.now >= nextTrees {
                    try giveTrees()
                    nextTrees = Monotonic.now + Self.treeInterval
                }
                bell.wait(until: Monotonic.now + Self.interval)
            }
            // What was written last; of a ledger that is far ahead, a part.
            try turn.withLock { (_: inout Void) throws(LedgerError) in _ = try advance(hasher) }
            try giveTrees()
        } catch {
            shared.withLock { $0.failure = error }
            onProblem(error)
        }
    }

    private func tidy() throws(LedgerError) {
        do { try index.tidy() } catch { throw .store(error) }
    }

    private func takeEmptied() -> Bool {
        shared.withLock { shared in
            defer { shared.isEmptied = false }
            return shared.isEmptied
        }
    }

    /// Adds a batch, to an index that is of this ledger. Whoever calls it has the turn.
    /// - Returns: whether there was something to add.
    private func advance(
        _ hasher: borrowing TreeHasher, added: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        if !shared.withLock({ $0.isChecked }) {
            try Self.discardForeign(index, store, hasher)
            shared.withLock { $0.isChecked = true }
        }
        return try Self.step(
            index, store, hasher, most: { isStopping ? Self.lastEntries : Self.batchEntries }, added: added)
    }

    /// A tree that has not changed is signed again by nobody.
    private func giveTrees() throws(LedgerError) {
        for head in try Self.heads(of: store) where head.stream.kind == .decisions {
            let tree = try index.subjectTree(of: head.stream)
            if tree.subjects > 0 { onTree(tree) }
        }
    }

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
    private static func keepRoots(_ index: any LedgerIndex, _ store: any LedgerStore) throws(LedgerError) {
        for head in try heads(of: store) where head.stream.kind == .decisions {
            _ = try index.subjectTree(of: head.stream)
        }
    }

    private static func heads(of store: any LedgerStore) throws(LedgerError) -> [StreamHead] {
        do { return try store.heads() } catch { throw .store(error) }
    }

    /// One batch of every stream that has new entries. False when none has.
    private static func step(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher,
        upTo limit: (StreamID) throws(StoreError) -> UInt64? = { _ in nil }, most: () -> Int = { batchEntries },
        added: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        var found = false
        for head in heads {
            let (first, end): (UInt64, UInt64)
            do {
                first = try index.size(of: head.stream)
                end = min(head.size, try limit(head.stream) ?? head.size)
            } catch { throw .store(error) }
            guard first < end else { continue }
            let batch = try batch(of: head.stream, first..<end, store, hasher, most)
            do { try index.add(batch) } catch { throw .store(error) }
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
    private static func discardForeign(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        do {
            let heads = try store.heads()
            // Of a ledger that is begun anew there is no entry yet to compare.
            if try index.hasStreams(besides: Set(heads.map(\.stream))) { return try index.clear() }
            for head in heads {
                let size = try index.size(of: head.stream)
                guard size > 0 else { continue }
                let block = try store.blocks(of: head.stream, from: size - 1, limit: 1).first
                let entry = try? block?.entries().first { $0.index == size - 1 }
                if try entry.map({ hasher.leaf($0.leaf) }) != index.lastLeaf(of: head.stream) {
                    return try index.clear()
                }
            }
        } catch { throw .store(error) }
    }
}
