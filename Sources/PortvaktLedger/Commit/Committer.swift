internal import PortvaktCore

/// The one thread that writes: takes what all lanes have gathered, makes one commit of it, and lets the answers go.
///
/// After a write, a sync or a signature failed it never writes again: a second fsync may say yes to data that is lost,
/// so the process ends and reads what is on disk.
final class Committer: Sendable {
    private struct Shared {
        var lanes: [CommitLane] = []
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

    init(
        store: any LedgerStore, checkpoints: Checkpointer?, configuration: Ledger.Configuration,
        requests: consuming sending RecentRequests
    ) {
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
            let lane = CommitLane(decisions: decisions, bell: bell, refusal: shared.refusal, deliver: deliver)
            shared.lanes.append(lane)
            return lane
        }
    }

    /// Asks the thread to write what has gathered, and to end.
    func requestStop() {
        shared.withLock { $0.isStopping = true }
        bell.ring()
    }

    /// The thread's body.
    func run(_ start: StreamTable) {
        var table = start
        let hasher: TreeHasher
        do { hasher = try TreeHasher() } catch { return fail(error, waiting: []) }
        var nextCheckpoint: UInt64?
        while true {
            let (lanes, isStopping) = shared.withLock { shared in
                if shared.isStopping { shared.refusal = shared.refusal ?? .stopped }
                return (shared.lanes, shared.isStopping)
            }
            do {
                let wrote = try commit(lanes, refusing: isStopping ? .stopped : nil, &table, hasher)
                if wrote, nextCheckpoint == nil { nextCheckpoint = Monotonic.now + Checkpointer.interval }
                if checkpoints?.hasUnsigned == true { nextCheckpoint = Monotonic.now }
                if let due = nextCheckpoint, isStopping || Monotonic.now >= due {
                    try checkpoints?.sign(table)
                    nextCheckpoint = nil
                }
                if isStopping { return }
                if !wrote { bell.wait(until: nextCheckpoint) }
            } catch {
                return fail(error, waiting: lanes)
            }
        }
    }

    /// One group commit. False when nothing had gathered.
    private func commit(
        _ lanes: [CommitLane], refusing refusal: LedgerFailure?, _ table: inout StreamTable,
        _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> Bool {
        var taken: [(lane: CommitLane, gathered: Gathered)] = []
        for lane in lanes {
            if let gathered = lane.take(refusing: refusal) { taken.append((lane, gathered)) }
        }
        guard !taken.isEmpty else { return false }
        let started = Monotonic.now
        do {
            var builder = CommitBuilder()
            for (_, gathered) in taken { try builder.add(gathered, &table, hasher) }
            let commit = try builder.finish(&table, hasher)
            try Self.write(commit, to: store)
            let entries = builder.durable(commit)
            record(entries: entries.reduce(0) { $0 + $1.count }, nanoseconds: Monotonic.now - started)
            remember(taken.map(\.gathered), entries)
            for (index, (lane, gathered)) in taken.enumerated() {
                Self.release(gathered.waiters, lane, entries[index])
            }
        } catch {
            // Nobody else takes up anything before those who wait are told.
            refuse(.broken)
            for (lane, gathered) in taken { Self.refuse(gathered.waiters, lane) }
            throw error
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

    private static func refuse(_ waiters: [Waiter], _ lane: CommitLane) {
        guard !waiters.isEmpty else { return }
        lane.deliver { for waiter in waiters { waiter.fail(.broken) } }
    }

    private func refuse(_ failure: LedgerFailure) { shared.withLock { $0.refusal = failure } }

    /// The end after a failure: everything that waits, and everything that comes, is refused.
    private func fail(_ error: LedgerError, waiting: [CommitLane]) {
        let lanes = shared.withLock { shared in
            shared.refusal = .broken
            shared.metrics.failed += 1
            return shared.lanes
        }
        for lane in lanes {
            if let gathered = lane.take(refusing: .broken) { Self.refuse(gathered.waiters, lane) }
        }
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
