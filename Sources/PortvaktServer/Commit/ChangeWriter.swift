internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

/// The one writer of changes: checks them against the tip, records them, publishes the state that contains them, answers.
///
/// Everything runs on `eventLoop`, which serves nothing else, so a large import delays no decision. The tip (the
/// published state and the changes whose block is not yet on disk) is never shown outside: see
/// `docs/decisions/0004-one-writer-of-changes.md`.
final class ChangeWriter: Sendable {
    /// Changes of one request, at most: what one append of the ledger takes.
    static let maximumChanges = CommitLane.maximumGroupEntries

    private struct State {
        var tip: Snapshot
        var remembered: RememberedRequests
    }

    let eventLoop: any EventLoop
    let lane: CommitLane
    private let live: LiveState
    private let feed: ChangeFeed
    let profiles: ProfileShelf
    private let state: NIOLoopBoundBox<State>

    init(
        eventLoop: any EventLoop, ledger: Ledger, live: LiveState, feed: ChangeFeed, profiles: ProfileShelf,
        remembered: sending RememberedRequests
    ) {
        self.eventLoop = eventLoop
        self.live = live
        self.feed = feed
        self.profiles = profiles
        lane = ledger.lane { work in eventLoop.execute(work) }
        state = .makeBoxSendingValue(State(tip: live.current.state, remembered: remembered), eventLoop: eventLoop)
    }

    /// The published state and the changes that wait for their block. On the writer's loop, and never to be answered from.
    var currentTip: Snapshot { state.value.tip }

    /// What a submission comes to.
    typealias Outcome = Result<[LedgerReceipt], ChangeFailure>

    /// Registers changes, all or none, in the order given. All must be of one system and carry one request id (or none).
    /// - Parameters:
    ///   - onlyRepeated: refuse what was not made before: the request's instant is past.
    ///   - then: called once, on the writer's loop, when they are durable and published, or refused.
    func submit(_ changes: [Change], onlyRepeated: Bool = false, then: @escaping @Sendable (Outcome) -> Void) {
        eventLoop.execute { self.register(changes, onlyRepeated: onlyRepeated, then: then) }
    }

    /// On the writer's loop: as ``submit(_:then:)``.
    func register(_ changes: [Change], onlyRepeated: Bool = false, then: @escaping @Sendable (Outcome) -> Void) {
        guard let first = changes.first, changes.count <= Self.maximumChanges else {
            return then(.failure(.badCount(limit: Self.maximumChanges)))
        }
        let key = RememberedRequests.Key(first)
        switch state.value.remembered.find(key, changes, then: then) {
        case .done(let receipts): return then(.success(receipts))
        case .other: return then(.failure(.requestIDReused))
        case .pending: return
        case .unknown: if onlyRepeated { return then(.failure(.past(first.registeredAt))) }
        }
        let next: Snapshot
        do throws(ChangeFailure) { next = try folded(changes) } catch { return then(.failure(error)) }
        state.value.remembered.begin(key, changes)
        record(changes, next) { outcome in
            let waiting = self.state.value.remembered.end(key, changes, outcome)
            then(outcome)
            for asked in waiting { asked(outcome) }
        }
    }

    /// Appends the changes, whose fold is `next`, and publishes it when they are durable.
    private func record(_ changes: [Change], _ next: Snapshot, then: @escaping @Sendable (Outcome) -> Void) {
        let before = state.value.tip
        state.value.tip = next
        lane.append(contentsOf: changes) { outcome in
            switch outcome {
            case .success(let entries):
                self.live.publish(Published(state: next, profiles: self.profiles))
                self.feed.publish(changes, in: next)
                then(.success(entries.compactMap(LedgerReceipt.init)))
            case .failure(let failure):
                // Refused at once: nothing was built on this tip. Any other failure is the last thing that happens here.
                if failure.isImmediate { self.state.value.tip = before }
                then(.failure(.unrecorded(failure)))
            }
        }
    }

    /// The tip with these changes in it.
    private func folded(_ changes: [Change]) throws(ChangeFailure) -> Snapshot {
        var next = state.value.tip
        for (position, change) in changes.enumerated() {
            do throws(ChangeRefusal) { try next.apply(change) } catch { throw .refused(error, position: position) }
        }
        return next
    }
}

extension LedgerFailure {
    /// The append was refused before it was queued; the ledger itself goes on.
    fileprivate var isImmediate: Bool {
        switch self {
        case .full, .unwritable: true
        case .broken, .stopped: false
        }
    }
}
