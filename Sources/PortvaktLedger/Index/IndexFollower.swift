internal import Glibc
internal import PortvaktCore

/// Keeps an index up with a store, on a thread of its own that gives way to everything else: commits never wait for it.
public final class IndexFollower: Sendable {
    /// Entries of one batch at most: catching up is fastest in few, large transactions.
    static let batchEntries = 262_144
    /// How often it looks for new entries when nobody asks, in nanoseconds.
    static let interval: UInt64 = 1_000_000_000
    /// The thread's niceness: the least that Linux knows, so that a saturated machine answers first and indexes later.
    static let niceness: Int32 = 19

    private struct Shared {
        var isStopping = false
        var failure: LedgerError?
    }

    private let store: any LedgerStore
    public let index: any LedgerIndex
    private let onProblem: @Sendable (LedgerError) -> Void
    private let bell = Doorbell()
    private let shared = Locked(Shared())
    private let thread = Locked<WorkerThread?>(nil)

    /// Starts the thread.
    /// - Parameter onProblem: told once when the index cannot be kept up; what is indexed by then is still found.
    public init(
        store: any LedgerStore, index: any LedgerIndex, onProblem: @escaping @Sendable (LedgerError) -> Void = { _ in }
    ) throws(LedgerError) {
        self.store = store
        self.index = index
        self.onProblem = onProblem
        let thread = try WorkerThread { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Why it has given up; `nil` while it follows.
    public var failure: LedgerError? { shared.withLock { $0.failure } }

    /// Returns when the index has every entry of a stream before a size, or when the time is up. Blocks.
    /// - Returns: whether it has.
    public func catchUp(_ stream: StreamID, to size: UInt64, milliseconds: UInt64) throws(LedgerError) -> Bool {
        let deadline = Monotonic.now + milliseconds * (Monotonic.second / 1000)
        while true {
            let indexed: UInt64
            do { indexed = try index.size(of: stream) } catch { throw .store(error) }
            if indexed >= size { return true }
            guard Monotonic.now < deadline, failure == nil else { return false }
            bell.ring()
            Monotonic.sleep(milliseconds: 2)
        }
    }

    /// Ends the thread and closes the index. Blocks for at most two batches.
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

    private var isStopping: Bool { shared.withLock { $0.isStopping } }

    private func run() {
        // On Linux the priority belongs to the thread; zero is the calling one.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        do {
            let hasher = try TreeHasher()
            try Self.discardForeign(index, store, hasher)
            while !isStopping {
                if try !Self.step(index, store, hasher) { bell.wait(until: Monotonic.now + Self.interval) }
            }
            // What was written last; of a ledger that is far ahead, a part.
            _ = try Self.step(index, store, hasher)
        } catch {
            shared.withLock { $0.failure = error }
            onProblem(error)
        }
    }

    /// Builds an index up to the end of the store, and returns. Blocks.
    /// - Parameters:
    ///   - other: only as far as this other index reaches.
    ///   - progress: told the number of entries so far.
    public static func build(
        _ index: any LedgerIndex, from store: any LedgerStore, asFarAs other: (any LedgerIndex)? = nil,
        progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) {
        let hasher = try TreeHasher()
        try discardForeign(index, store, hasher)
        var done: UInt64 = 0
        func added(_ count: UInt64) {
            done += count
            progress(done)
        }
        while try step(index, store, hasher, asFarAs: other, added: added) {}
    }

    /// One batch of every stream that has new entries. False when none has.
    private static func step(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher,
        asFarAs other: (any LedgerIndex)? = nil, added: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> Bool {
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        var found = false
        for head in heads {
            let (first, end): (UInt64, UInt64)
            do {
                first = try index.size(of: head.stream)
                end = min(head.size, try other?.size(of: head.stream) ?? head.size)
            } catch { throw .store(error) }
            guard first < end else { continue }
            let batch = try batch(of: head.stream, first..<end, store, hasher)
            do { try index.add(batch) } catch { throw .store(error) }
            added(UInt64(batch.count))
            found = true
        }
        return found
    }

    private static func batch(
        of stream: StreamID, _ range: Range<UInt64>, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> IndexBatch {
        var batch = IndexBatch(stream: stream, first: range.lowerBound)
        while batch.count < batchEntries, batch.end < range.upperBound {
            let blocks = try store.checkedBlocks(of: stream, from: batch.end, limit: Ledger.blocksAtATime)
            if blocks.isEmpty { break }
            for block in blocks {
                for entry in try block.checkedEntries() where range.contains(entry.index) { batch.add(entry, hasher) }
            }
        }
        return batch
    }

    /// Clears an index that was made from another ledger, or from one that has been replaced by an older copy.
    private static func discardForeign(
        _ index: any LedgerIndex, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        do {
            let heads = try store.heads()
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
