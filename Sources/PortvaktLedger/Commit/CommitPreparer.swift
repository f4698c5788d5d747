/// Puts commits together: for the committer when it asks for the next, and for a large group already while the committer
/// writes and syncs what came before it.
///
/// The second way has a thread of its own, which only wakes for groups of ``worthPreparing`` entries: a small commit is put
/// together sooner than a thread wakes. What is prepared stands in the trees that will be, not in those that are: when the
/// commit before it fails it is refused with everything else, and nothing is signed but what is durable.
final class CommitPreparer: Sendable {
    /// Entries of a group that are put together while the committer writes: a fifth of a millisecond of hashing.
    static let worthPreparing = 256
    /// Bytes of one commit with which the other lanes wait for the next: what one more lane can have fits in a blob of SQLite
    /// (10^9 bytes) beside them.
    static let enoughBytes = 512 * 1024 * 1024

    /// What one lane gave to a commit.
    struct Taken {
        let lane: CommitLane
        let gathered: Gathered
    }

    /// A commit that is to be written next.
    struct Prepared: ~Copyable {
        let taken: [Taken]
        let commit: Commit
        /// On the clock of ``Monotonic/now``: when its entries were taken.
        let started: UInt64
        private let builder: CommitBuilder

        fileprivate init(_ taken: [Taken], _ commit: Commit, _ builder: consuming CommitBuilder, started: UInt64) {
            self.taken = taken
            self.commit = commit
            self.builder = builder
            self.started = started
        }

        /// The entries of each lane in the order of its appends: to be called when the commit is durable.
        consuming func durable() -> [[DurableEntry]] { builder.durable(commit) }
    }

    /// What came of putting a commit together.
    enum Outcome: ~Copyable {
        case prepared(Prepared)
        /// The ledger is broken, and those who wait are to be told.
        case failed(LedgerError, [Taken])
    }

    private struct State: ~Copyable {
        /// The streams as they will be when what is prepared is durable.
        var table: StreamTable
        let hasher: TreeHasher
        var next: Outcome?
        /// A large group came when one was prepared already: it is put together as soon as that one is taken.
        var isBehind = false
        var isOver = false
    }

    /// Rung for a large group that comes while the committer is busy.
    let bell = Doorbell()
    /// Held while a commit is put together: by the thread, or by the committer.
    private let state: Locked<State>

    /// - Parameter table: where the streams end in the store.
    init(_ table: StreamTable) throws(LedgerError) {
        state = Locked(State(table: table, hasher: try TreeHasher()))
    }

    /// The next commit, of all that the lanes have gathered; `nil` when nothing has. Waits for one that is being put together.
    /// - Parameter refusal: set in the lanes from which it takes: they take up nothing afterwards. What was prepared before
    ///   comes first, and sets none.
    func next(_ lanes: [CommitLane], refusing refusal: LedgerFailure?) -> Outcome? {
        state.withLock { state in
            guard let prepared = state.next.take() else { return Self.outcome(lanes, refusing: refusal, &state) }
            if state.isBehind { bell.ring() }
            state.isBehind = false
            return prepared
        }
    }

    /// Ends the thread.
    /// - Returns: who waits for what was prepared and will not be written.
    @discardableResult func end() -> [Taken] {
        defer { bell.ring() }
        return state.withLock { state in
            state.isOver = true
            return switch state.next.take() {
            case nil: []
            case .failed(_, let taken): taken
            case .prepared(let prepared): prepared.taken
            }
        }
    }

    /// The thread's body.
    /// - Parameters:
    ///   - lanes: gives those that there are.
    ///   - onPrepared: called when a commit is ready.
    func run(_ lanes: () -> [CommitLane], onPrepared: () -> Void) {
        while true {
            bell.wait(until: nil)
            let lanes = lanes()
            let (isPrepared, isOver) = state.withLock { state in
                guard !state.isOver, state.next == nil else {
                    state.isBehind = true
                    return (false, state.isOver)
                }
                state.next = Self.outcome(lanes, refusing: nil, &state)
                return (state.next != nil, false)
            }
            if isOver { return }
            if isPrepared { onPrepared() }
        }
    }

    /// What the lanes have gathered, up to a limit of bytes.
    static func take(
        _ lanes: [CommitLane], refusing refusal: LedgerFailure?, enoughBytes: Int = enoughBytes
    ) -> [Taken] {
        var taken: [Taken] = []
        var bytes = 0
        for lane in lanes where bytes < enoughBytes {
            guard let gathered = lane.take(refusing: refusal) else { continue }
            bytes += gathered.bytes.count
            taken.append(Taken(lane: lane, gathered: gathered))
        }
        return taken
    }

    private static func outcome(
        _ lanes: [CommitLane], refusing refusal: LedgerFailure?, _ state: inout State
    ) -> Outcome? {
        let taken = take(lanes, refusing: refusal)
        guard !taken.isEmpty else { return nil }
        let started = Monotonic.now
        var builder = CommitBuilder()
        do throws(LedgerError) {
            for part in taken { try builder.add(part.gathered, &state.table, state.hasher) }
            let commit = try builder.finish(&state.table, state.hasher)
            return .prepared(Prepared(taken, commit, builder, started: started))
        } catch {
            return .failed(error, taken)
        }
    }
}
