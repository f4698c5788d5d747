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
    /// How often an index that is damaged or cannot be read is built anew: a disk that does so again and again is left alone.
    static let maximumRenewals = 3
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
    private let onRenewal: @Sendable (StoreError) -> Void
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
    ///   - onRenewal: told what was damaged or could not be read when the index is built anew: at most ``maximumRenewals`` times.
    public init(
        store: any LedgerStore, index: any LedgerIndex, onTree: @escaping @Sendable (SubjectTree) -> Void = { _ in },
        onProblem: @escaping @Sendable (LedgerError) -> Void = { _ in },
        onRenewal: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws(LedgerError) {
        self.onRenewal = onRenewal
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
    /// Whoever waits adds the entries itself: the thread may get no time for long. An index whose file is at fault is the thread's to build anew.
    /// - Returns: whether it has.
    public func catchUp(_ stream: StreamID, to size: UInt64, milliseconds: UInt64) throws(LedgerError) -> Bool {
        let deadline = Monotonic.now + milliseconds * (Monotonic.second / 1000)
        while true {
            do {
                if shared.withLock({ $0.isChecked }), try has(size, of: stream) { return true }
                guard Monotonic.now < deadline, failure == nil else { return false }
                let added = try turn.withLockIfFree { (_: inout Void) throws(LedgerError) in try advance(TreeHasher()) }
                if added != true { Monotonic.sleep(milliseconds: 2) }
            } catch .index(let damage) where damage.isOfTheFile {
                guard Monotonic.now < deadline, failure == nil else { return false }
                bell.ring()
                Monotonic.sleep(milliseconds: 2)
            }
        }
    }

    private func has(_ size: UInt64, of stream: StreamID) throws(LedgerError) -> Bool {
        try Self.ofIndex { () throws(StoreError) in try index.size(of: stream) >= size }
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
        var renewals = 0
        var problem = follow()
        while case .index(let damage)? = problem, damage.isOfTheFile, renewals < Self.maximumRenewals {
            renewals += 1
            problem = renew(after: damage) ?? follow()
        }
        guard let problem else { return }
        shared.withLock { $0.failure = problem }
        onProblem(problem)
    }

    /// Throws away an index whose file is at fault, and everything that was in it.
    /// - Returns: why that cannot be done; `nil` when it was.
    private func renew(after damage: StoreError) -> LedgerError? {
        onRenewal(damage)
        return turn.withLock { _ in
            do throws(StoreError) { try index.clear() } catch { return .index(error) }
            // What was signed of the old one cannot be derived any more.
            shared.withLock { $0.isEmptied = true }
            return nil
        }
    }

    /// Follows the store until it is stopped.
    /// - Returns: why it cannot go on; `nil` when it was stopped.
    private func follow() -> LedgerError? {
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
            return nil
        } catch {
            return error
        }
    }

    private func tidy() throws(LedgerError) {
        try Self.ofIndex { () throws(StoreError) in try index.tidy() }
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
}
