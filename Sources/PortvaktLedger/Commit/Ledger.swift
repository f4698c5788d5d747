public import PortvaktCore

/// The append-only log of every change and every decision. docs/ledger.md explains it.
///
/// ``open(store:checkpoints:configuration:)`` checks that the store is what was signed and finds where every stream
/// ends; ``lane(deliver:)`` gives each event loop its way in; one thread writes.
public final class Ledger: Sendable {
    /// Streams of one ledger: one for each controller and node, and room for ten times a country's.
    public static let maximumStreams = 4096

    /// How a ledger is run.
    public struct Configuration: Sendable {
        /// This node's name: its decisions go to the stream `decisions/<node>`.
        public var node: Identifier
        /// Called once, on the committer's thread, after everything that waits has been refused. The process should
        /// end.
        public var onFailure: @Sendable (LedgerError) -> Void

        public init(node: Identifier, onFailure: @escaping @Sendable (LedgerError) -> Void) {
            self.node = node
            self.onFailure = onFailure
        }
    }

    /// The stream that this node's decisions go to.
    public let decisions: StreamID
    package let store: any LedgerStore
    let committer: Committer
    private let thread: Locked<WorkerThread?>
    private let checkpoints: Checkpointer?

    private init(
        store: any LedgerStore, checkpoints: Checkpointer?, committer: Committer, thread: WorkerThread,
        decisions: StreamID
    ) {
        self.store = store
        self.checkpoints = checkpoints
        self.committer = committer
        self.thread = Locked(thread)
        self.decisions = decisions
    }

    /// Opens the ledger in a store and starts its thread. Blocks.
    ///
    /// - Parameter checkpoints: signs the streams' heads, and knows the last ones that were signed; `nil` signs nothing
    ///   and cannot tell an old copy of the store.
    /// - Throws: when a stream's end does not agree with its tree, the store is behind what was signed, its heads cannot be signed, or
    ///   another ledger signs into the same guard.
    public static func open(
        store: any LedgerStore, checkpoints: Checkpointer? = nil, configuration: Configuration
    ) throws(LedgerError) -> Ledger {
        // Whoever did not get it gives nothing back: it is another's.
        try checkpoints?.take()
        do throws(LedgerError) {
            return try opened(store, checkpoints, configuration)
        } catch {
            checkpoints?.release()
            throw error
        }
    }

    private static func opened(
        _ store: any LedgerStore, _ checkpoints: Checkpointer?, _ configuration: Configuration
    ) throws(LedgerError) -> Ledger {
        let table = try Recovery(store: store).table(guarded: checkpoints?.guarded ?? [])
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        let committer = try Committer(
            table, store: store, checkpoints: checkpoints, configuration: configuration,
            requests: try RecentRequests(store: store, heads: heads))
        // What was written last before a crash is signed now, and a guard that cannot be written is found before anything is answered.
        try checkpoints?.sign(committer.start)
        let thread = try WorkerThread { committer.run() }
        return Ledger(
            store: store, checkpoints: checkpoints, committer: committer, thread: thread,
            decisions: .decisions(node: configuration.node))
    }

    /// What it holds has been read and folded, and makes sense: the store may change what it found. Once, before the first append. Blocks.
    public func begin() throws(LedgerError) {
        do { try store.begin() } catch { throw .store(error) }
    }

    /// A way into the ledger for one event loop.
    /// - Parameter deliver: runs the work later on that loop, and may be called from any thread. It is called once for
    ///   each commit that has entries of the lane, and once for each turn of the loop that appends after a commit.
    public func lane(
        deliver: @escaping @Sendable (_ work: @escaping @Sendable () -> Void) -> Void
    ) -> CommitLane {
        committer.addLane(decisions: decisions, deliver: deliver)
    }

    /// The entry that a system's request was recorded as, if it is among the newest ones: a retry after a lost answer
    /// finds it here. Does not block.
    public func recorded(system: SystemID, requestID: Identifier) -> DurableEntry? {
        committer.recorded(.init(system: system, requestID: requestID))
    }

    /// What has been done since the ledger was opened.
    public var metrics: LedgerMetrics { committer.metrics }

    /// The newest signed checkpoint of a stream, as a C2SP signed note; `nil` before the first.
    public func checkpoint(of stream: StreamID) -> String? { checkpoints?.note(of: stream) }

    /// Whether checkpoints are signed: then every stream with an entry has one, a second later at most.
    public var isSigning: Bool { checkpoints != nil }

    /// Has a tree of subjects signed with its stream's checkpoint, now. Does not block; without a ``Checkpointer`` it does
    /// nothing.
    public func commit(_ tree: SubjectTree) {
        checkpoints?.commit(tree)
        committer.bell.ring()
    }

    /// Writes what has gathered, signs the heads, ends the thread and closes the store. Later appends are refused.
    /// Blocks.
    public func stop() {
        let thread = self.thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return }
        committer.requestStop()
        thread.join()
        checkpoints?.release()
        store.close()
    }
}
