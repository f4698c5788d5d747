public import PortvaktCore

/// The way of one event loop into the ledger: entries gather here while the last commit runs.
///
/// An append costs the encoding and one uncontended lock. The committer takes all that has gathered at once, and hands
/// all outcomes of a commit back in one call of `deliver`, in the order of the appends. Every `then` is called exactly
/// once.
public final class CommitLane: Sendable {
    /// Entries that may wait in one lane: at 300,000 entries/s, a fifth of a second.
    public static let maximumWaitingEntries = 65_536
    /// Changes of one append of many: an import of a large municipality's records.
    public static let maximumGroupEntries = 262_144
    /// Bytes of the entries of one append: one commit's block of them stays well below the 10^9 bytes of a blob of SQLite.
    public static let maximumGroupBytes = 256 * 1024 * 1024
    /// Bytes of entries that may wait in one lane before an append.
    public static let maximumWaitingBytes = 64 * 1024 * 1024

    /// Appends that are worth a commit before the loop's turn has ended.
    static let enoughForACommit = 64

    /// What an append comes to.
    public typealias Outcome = Result<DurableEntry, LedgerFailure>
    /// What an append of many comes to: all of them, or none.
    public typealias GroupOutcome = Result<[DurableEntry], LedgerFailure>

    private struct State: ~Copyable {
        var scratch = ByteWriter()
        var gathered = Gathered()
        /// Set for good when nothing more is taken.
        var refusal: LedgerFailure?
    }

    private let state = Locked(State())
    let groupBytes: Int
    let decisions: StreamID
    private let bell: Doorbell
    private let preparerBell: Doorbell
    package let deliver: @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    init(
        decisions: StreamID, bell: Doorbell, preparerBell: Doorbell, refusal: LedgerFailure?,
        groupBytes: Int = CommitLane.maximumGroupBytes,
        deliver: @escaping @Sendable (_ work: @escaping @Sendable () -> Void) -> Void
    ) {
        self.groupBytes = groupBytes
        self.decisions = decisions
        self.bell = bell
        self.preparerBell = preparerBell
        self.deliver = deliver
        if let refusal { state.withLock { $0.refusal = refusal } }
    }

    /// Records a decision in this node's stream.
    /// - Parameter then: called on the lane's loop when the entry is durable or will not be; called before this returns
    ///   when it is refused at once.
    public func append(_ record: DecisionRecord, then: @escaping @Sendable (Outcome) -> Void) {
        add(.one(then), count: 1, record) { (record, writer, gathered) throws(EntryError) in
            try EntryCodec.encode(record, into: &writer)
            gathered.take(&writer, stream: self.decisions, request: .init(record.system, record.requestID))
        }
    }

    /// Records a reading of the audit, or an act in it, in this node's stream.
    /// - Parameter then: as for a decision.
    public func append(_ record: AuditRecord, then: @escaping @Sendable (Outcome) -> Void) {
        add(.one(then), count: 1, record) { (record, writer, gathered) throws(EntryError) in
            try EntryCodec.encode(record, into: &writer)
            gathered.take(&writer, stream: self.decisions, request: .init(record.system, record.requestID))
        }
    }

    /// Records a change in its controller's stream. Changes of one lane become durable, and get their revisions, in the
    /// order of the appends, whatever their streams.
    public func append(_ change: Change, then: @escaping @Sendable (Outcome) -> Void) {
        add(.one(then), count: 1, change) { (change, writer, gathered) throws(EntryError) in
            try EntryCodec.encode(change, into: &writer)
            gathered.take(
                &writer, stream: .changes(change.controller), request: .init(change.system, change.requestID))
        }
    }

    /// Records many changes in one commit: all become durable, or none.
    public func append(contentsOf changes: [Change], then: @escaping @Sendable (GroupOutcome) -> Void) {
        guard !changes.isEmpty else { return then(.success([])) }
        add(.many(changes.count, then), count: changes.count, changes) {
            (changes, writer, gathered) throws(EntryError) in
            for change in changes {
                try EntryCodec.encode(change, into: &writer)
                gathered.take(
                    &writer, stream: .changes(change.controller), request: .init(change.system, change.requestID))
            }
        }
    }

    private enum Added {
        case first, enough, more
        case refused(LedgerFailure)
    }

    /// - Parameter input: what is encoded; handed on, since a closure that may be sent would copy it.
    func add<Input: Sendable>(
        _ waiter: Waiter, count: Int, _ input: Input,
        _ encode: @Sendable (Input, inout ByteWriter, inout Gathered) throws(EntryError) -> Void
    ) {
        let added = state.withLock { [groupBytes] state in Self.add(&state, waiter, count, groupBytes, input, encode) }
        switch added {
        case .refused(let failure): waiter.fail(failure)
        // While the committer writes, the next commit is put together.
        case _ where count >= CommitPreparer.worthPreparing:
            deliver { [bell, preparerBell] in if !bell.ring() { preparerBell.ring() } }
        case .more: break
        // The bell is rung at the end of the loop's turn, so that what the turn brings goes into one block.
        case .first: deliver { [bell] in bell.ring() }
        // A long turn need not end before the first of it is written.
        case .enough: bell.ring()
        }
    }

    private static func add<Input: Sendable>(
        _ state: inout State, _ waiter: Waiter, _ count: Int, _ groupBytes: Int, _ input: Input,
        _ encode: @Sendable (Input, inout ByteWriter, inout Gathered) throws(EntryError) -> Void
    ) -> Added {
        if let refusal = state.refusal { return .refused(refusal) }
        guard state.gathered.entries.count < maximumWaitingEntries, count <= maximumGroupEntries,
            state.gathered.bytes.count < maximumWaitingBytes
        else { return .refused(.full) }
        let mark = state.gathered.mark
        do {
            state.scratch.removeAll()
            try encode(input, &state.scratch, &state.gathered)
        } catch {
            state.gathered.rewind(to: mark)
            return .refused(.unwritable(error))
        }
        guard state.gathered.bytes.count - mark.bytes <= groupBytes else {
            state.gathered.rewind(to: mark)
            return .refused(.full)
        }
        state.gathered.waiters.append(waiter)
        switch state.gathered.waiters.count {
        case 1: return .first
        case enoughForACommit: return .enough
        default: return .more
        }
    }

    /// Takes all that has gathered; with a refusal, nothing is taken up afterwards.
    func take(refusing refusal: LedgerFailure? = nil) -> Gathered? {
        state.withLock { state in
            if let refusal, state.refusal == nil { state.refusal = refusal }
            guard !state.gathered.waiters.isEmpty else { return nil }
            let taken = state.gathered
            state.gathered = Gathered(reservingLike: taken)
            return taken
        }
    }
}

/// Who waits for one append.
enum Waiter: Sendable {
    case one(@Sendable (CommitLane.Outcome) -> Void)
    case many(Int, @Sendable (CommitLane.GroupOutcome) -> Void)

    func fail(_ failure: LedgerFailure) {
        switch self {
        case .one(let then): then(.failure(failure))
        case .many(_, let then): then(.failure(failure))
        }
    }
}

/// What a lane has gathered since the committer last took it.
struct Gathered: Sendable {
    struct Pending: Sendable {
        var stream: StreamID
        /// The framed entry's bytes.
        var length: Int
        var request: RecentRequests.Key?
    }

    /// Framed entries, one after the other.
    var bytes: [UInt8] = []
    var entries: [Pending] = []
    var waiters: [Waiter] = []

    init() {}

    /// Empty, with room for as much as the last time: a steady load then allocates once.
    init(reservingLike other: Gathered) {
        bytes.reserveCapacity(other.bytes.count)
        entries.reserveCapacity(other.entries.count)
        waiters.reserveCapacity(other.waiters.count)
    }

    var mark: (bytes: Int, entries: Int) { (bytes.count, entries.count) }

    mutating func rewind(to mark: (bytes: Int, entries: Int)) {
        bytes.removeLast(bytes.count - mark.bytes)
        entries.removeLast(entries.count - mark.entries)
    }

    /// Takes framed entries that were encoded before.
    mutating func take(_ frames: [UInt8]) {
        if bytes.isEmpty { bytes = frames } else { bytes.append(contentsOf: frames) }
    }

    mutating func take(_ writer: inout ByteWriter, stream: StreamID, request: RecentRequests.Key?) {
        let before = bytes.count
        unsafe writer.withBytes { unsafe bytes.append(contentsOf: $0) }
        entries.append(Pending(stream: stream, length: bytes.count - before, request: request))
        writer.removeAll()
    }
}
