internal import PortvaktCore

/// The one thread that writes: takes what all lanes have gathered, makes one commit of it, and lets the answers go.
///
/// After a write, a sync, an erasure or a signature failed it never writes again: a second fsync may say yes to data that is lost,
/// so the process ends and reads what is on disk.
final class Committer: Sendable {
    private struct Shared {
        var lanes: [CommitLane] = []
        /// In the order in which they were asked for.
        var erasures: [PendingErasure] = []
        var refusal: LedgerFailure?
        var isStopping = false
        var metrics = LedgerMetrics()
    }

    let bell = Doorbell()
    private let shared = Locked(Shared())
    private let requests: Locked<RecentRequests>
    private let store: any LedgerStore
    private let checkpoints: Checkpointer?
    private let configuration: Ledger.Configuration
    private let preparer: CommitPreparer
    /// The heads that a start found.
    let start: [GuardedHead]

    /// - Parameter table: where the streams end in the store.
    /// - Throws: ``LedgerError/cryptography(_:)``
    init(
        _ table: StreamTable, store: any LedgerStore, checkpoints: Checkpointer?, configuration: Ledger.Configuration,
        requests: consuming sending RecentRequests
    ) throws(LedgerError) {
        preparer = try CommitPreparer(table)
        start = table.streams.map { GuardedHead(stream: $0.id, size: $0.frontier.size, root: $0.root) }
        self.requests = Locked(requests)
        self.store = store
        self.checkpoints = checkpoints
        self.configuration = configuration
    }

    var metrics: LedgerMetrics { shared.withLock { $0.metrics } }

    func addLane(
        decisions: StreamID, deliver: @escaping @Sendable (_ work: @escaping @Sendable () -> Void) -> Void
    ) -> CommitLane {
        shared.withLock { shared in
            let lane = CommitLane(
                decisions: decisions, bell: bell, preparerBell: preparer.bell, refusal: shared.refusal, deliver: deliver
            )
            shared.lanes.append(lane)
            return lane
        }
    }

    /// Asks the thread to write what has gathered, and to end.
    func requestStop() {
        shared.withLock { $0.isStopping = true }
        bell.ring()
    }

    /// Erases on the thread that writes, between two commits: after an error of it nothing more is written or answered.
    /// Blocks.
    /// - Throws: ``LedgerError/ended`` when the ledger takes nothing more.
    func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(LedgerError) -> Int {
        let erasure = PendingErasure(indices, of: stream)
        let isTaken = shared.withLock { shared in
            if shared.refusal == nil { shared.erasures.append(erasure) }
            return shared.refusal == nil
        }
        guard isTaken else { throw .ended }
        bell.ring()
        return try erasure.wait()
    }

    /// The thread's body.
    func run() {
        let thread: WorkerThread
        do throws(LedgerError) {
            thread = try WorkerThread { [self] in
                preparer.run {
                    shared.withLock { $0.lanes }
                } onPrepared: {
                    bell.ring()
                }
            }
        } catch { return fail(error) }
        write()
        // Nothing is prepared any more: what was is written, or `fail` has refused it.
        preparer.end()
        thread.join()
    }

    private func write() {
        var heads: [StreamID: GuardedHead] = [:]
        for head in start { heads[head.stream] = head }
        var nextCheckpoint: UInt64?
        while true {
            let (lanes, isStopping) = shared.withLock { shared in
                if shared.isStopping { shared.refusal = shared.refusal ?? .stopped }
                return (shared.lanes, shared.isStopping)
            }
            do throws(LedgerError) {
                let hasErased = try eraseNext()
                let wrote = try commit(lanes, refusing: isStopping ? .stopped : nil, &heads)
                if wrote, nextCheckpoint == nil { nextCheckpoint = Monotonic.now + Checkpointer.interval }
                if checkpoints?.hasUnsigned == true { nextCheckpoint = Monotonic.now }
                // What was prepared, and what had gathered beside it, are two commits.
                let isOver = isStopping && !wrote && !hasErased
                if let due = nextCheckpoint, isOver || Monotonic.now >= due {
                    try checkpoints?.sign(heads.values)
                    nextCheckpoint = nil
                }
                if isOver { return }
                if !wrote, !hasErased { bell.wait(until: nextCheckpoint) }
            } catch {
                return fail(error)
            }
        }
    }

    /// One erasure, so that commits do not wait for all of them. False when none is asked for.
    private func eraseNext() throws(LedgerError) -> Bool {
        guard let next = shared.withLock({ $0.erasures.first }) else { return false }
        let count: Int
        // After an error it stays in the list: `fail` tells whoever waits, once everything is refused.
        do { count = try store.erase(next.indices, of: next.stream) } catch { throw .store(error) }
        shared.withLock { _ = $0.erasures.removeFirst() }
        next.end(.success(count))
        return true
    }

    /// One group commit. False when nothing had gathered.
    private func commit(
        _ lanes: [CommitLane], refusing refusal: LedgerFailure?, _ heads: inout [StreamID: GuardedHead]
    ) throws(LedgerError) -> Bool {
        switch preparer.next(lanes, refusing: refusal) {
        case nil: return false
        case .failed(let error, let taken):
            refuse(taken)
            throw error
        case .prepared(let prepared):
            let (taken, commit, started) = (prepared.taken, prepared.commit, prepared.started)
            do throws(LedgerError) { try Self.write(commit, to: store) } catch {
                refuse(taken)
                throw error
            }
            let entries = prepared.durable()
            for block in commit.blocks {
                heads[block.stream] = GuardedHead(stream: block.stream, size: block.endIndex, root: block.root)
            }
            record(entries: entries.reduce(0) { $0 + $1.count }, nanoseconds: Monotonic.now - started)
            remember(taken.map(\.gathered), entries)
            for (index, part) in taken.enumerated() {
                Self.release(part.gathered.waiters, part.lane, entries[index])
            }
        }
        do { try store.maintain() } catch { throw .store(error) }
        return true
    }

    private static func write(_ commit: Commit, to store: any LedgerStore) throws(LedgerError) {
        do { try store.append(commit) } catch { throw .store(error) }
    }

    /// Hands a lane its entries, in one call.
    private static func release(_ waiters: [Waiter], _ lane: CommitLane, _ entries: [DurableEntry]) {
        lane.deliver {
            var next = 0
            for waiter in waiters {
                switch waiter {
                case .one(let then):
                    then(.success(entries[next]))
                    next += 1
                case .many(let count, let then):
                    then(.success([DurableEntry](entries[next..<next + count])))
                    next += count
                }
            }
        }
    }

    /// Tells those who wait for a commit that it will not be: nobody takes up anything before that.
    private func refuse(_ taken: [CommitPreparer.Taken]) {
        shared.withLock { $0.refusal = .broken }
        for part in taken { Self.refuse(part.gathered.waiters, part.lane) }
    }

    private static func refuse(_ waiters: [Waiter], _ lane: CommitLane) {
        guard !waiters.isEmpty else { return }
        lane.deliver { for waiter in waiters { waiter.fail(.broken) } }
    }

    /// The end after a failure: everything that waits, and everything that comes, is refused.
    private func fail(_ error: LedgerError) {
        refuse(preparer.end())
        let (lanes, erasures) = shared.withLock { shared in
            shared.refusal = .broken
            shared.metrics.failed += 1
            defer { shared.erasures = [] }
            return (shared.lanes, shared.erasures)
        }
        for lane in lanes {
            if let gathered = lane.take(refusing: .broken) { Self.refuse(gathered.waiters, lane) }
        }
        for erasure in erasures { erasure.end(.failure(error)) }
        configuration.onFailure(error)
    }

    /// Before the answers leave: a retry that follows a lost answer finds the entry.
    private func remember(_ lanes: [Gathered], _ entries: [[DurableEntry]]) {
        requests.withLock { requests in
            for (gathered, durable) in zip(lanes, entries) {
                for (pending, entry) in zip(gathered.entries, durable) {
                    if let key = pending.request { requests.add(entry, for: key) }
                }
            }
        }
    }

    func recorded(_ key: RecentRequests.Key) -> DurableEntry? { requests.withLock { $0.entry(for: key) } }

    private func record(entries: Int, nanoseconds: UInt64) {
        shared.withLock { $0.metrics.record(entries: entries, nanoseconds: nanoseconds) }
    }
}
