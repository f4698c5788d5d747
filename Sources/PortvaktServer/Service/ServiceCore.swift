internal import NIOCore
internal import NIOPosix
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import Synchronization

/// What the handlers share: the published state, the writer of changes, the desk that decides, the ledger.
final class ServiceCore: Sendable {
    let live: LiveState
    /// Tells watching systems what has changed.
    let feed: ChangeFeed
    let writer: ChangeWriter
    let desk: DecisionDesk
    let ledger: Ledger
    /// Keeps the index up with the ledger; `nil` without an index.
    let follower: IndexFollower?
    let clock: any Clock
    let counters: DecisionCounters
    /// Whom the settings name.
    let administrator: PortvaktCore.System.Identity?
    /// Signs receipts of consents.
    let signingKey: SigningKey?
    private let writerGroup: MultiThreadedEventLoopGroup
    private let health: LedgerHealth
    let toolbox: LoopToolbox
    /// What systems have staged for imports.
    let imports = ImportShelf()
    /// Blocking reads of the ledger run here, a few at a time.
    private let readings = ReadingRoom()

    private init(
        ledger: Ledger, follower: IndexFollower?, health: LedgerHealth, live: LiveState,
        remembered: sending RememberedRequests,
        writerGroup: MultiThreadedEventLoopGroup, configuration: ServiceConfiguration
    ) {
        self.ledger = ledger
        self.follower = follower
        self.health = health
        self.live = live
        self.writerGroup = writerGroup
        toolbox = LoopToolbox(ledger: ledger)
        clock = configuration.clock
        counters = DecisionCounters()
        administrator = configuration.administrator
        signingKey = configuration.signingKey
        feed = ChangeFeed(from: live.current.state.revision)
        writer = ChangeWriter(
            eventLoop: writerGroup.next(), ledger: ledger, live: live, feed: feed, profiles: configuration.profiles,
            remembered: remembered)
        desk = DecisionDesk(live: live, writer: writer, clock: configuration.clock, counters: counters)
    }

    /// Opens the ledger and folds every change in it. Blocks: not to be called on an event loop.
    /// - Parameter onLedgerFailure: called once, when nothing can be recorded any more.
    static func open(
        _ configuration: ServiceConfiguration, store: any LedgerStore, onLedgerFailure: @escaping @Sendable () -> Void
    ) throws -> ServiceCore {
        let health = LedgerHealth()
        let opening = Ledger.Configuration(node: configuration.node) { error in
            health.fail()
            configuration.onEvent(.ledgerFailed(error.description))
            onLedgerFailure()
        }
        let guarded = (configuration.checkpoints?.guarded).map { Set($0.map(\.stream)) }
        let ledger = try Ledger.open(store: store, checkpoints: configuration.checkpoints, configuration: opening)
        do {
            if let guarded { tellGuard(guarded, try ledger.heads(), configuration) }
            let begun = ContinuousClock.now
            let replay = try StateReplay(ledger: ledger)
            let took = begun.duration(to: .now)
            configuration.onEvent(
                .replayed(changes: replay.state.revision.number, milliseconds: Int(took / .milliseconds(1))))
            reach(replay.newest, configuration)
            try checkActivations(replay.state, configuration.profiles)
            tellProfile(replay.state, configuration)
            tellNodes(try ledger.heads(), configuration)
            try ledger.begin()
            let follower = try configuration.index.map { index in
                try IndexFollower(
                    store: store, index: index, onTree: { ledger.commit($0) },
                    onProblem: { configuration.onEvent(.indexFailed($0.description)) },
                    onRenewal: { configuration.onEvent(.indexRenewed(path: $0.place, problem: $0.detail)) })
            }
            return ServiceCore(
                ledger: ledger, follower: follower, health: health,
                live: LiveState(Published(state: replay.state, profiles: configuration.profiles)),
                remembered: replay.remembered, writerGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1),
                configuration: configuration)
        } catch {
            ledger.stop()
            throw error
        }
    }

    /// What was registered has happened, whatever the machine's clock says after a restart: decided for an earlier instant, a consent
    /// would count again that has been withdrawn.
    private static func reach(_ newest: Instant, _ configuration: ServiceConfiguration) {
        configuration.clock.reach(newest)
        let behind = configuration.clock.millisecondsBehind
        if behind > toleratedClockLag { configuration.onEvent(.clockBehind(seconds: behind / 1000)) }
    }

    /// A clock may have been set right by so much without a word. Milliseconds.
    private static let toleratedClockLag: Int64 = 1000

    /// A profile that was activated must be here: otherwise every decision would be `refer.config`.
    private static func checkActivations(_ state: Snapshot, _ profiles: ProfileShelf) throws(ServiceStartError) {
        for activation in state.profileActivations where profiles[activation.hash] == nil {
            throw ServiceStartError(
                "the policy profile \(activation.name) was activated in another version than the one in the folder of policies: "
                    + "put the file that was activated back, or activate this one under another name")
        }
    }

    /// - Parameter guarded: the streams that the guard knew before this start signed anything.
    private static func tellGuard(
        _ guarded: Set<StreamID>, _ heads: [StreamHead], _ configuration: ServiceConfiguration
    ) {
        let lacking = heads.map(\.stream).filter { !guarded.contains($0) }
        guard !lacking.isEmpty else { return }
        configuration.onEvent(
            guarded.isEmpty ? .guardWasMissing : .guardLacks(lacking.map(\.description).sorted()))
    }

    /// Each node's audit is of its own stream: one that was given another name would answer officers as if nothing had been decided before.
    private static func tellNodes(_ heads: [StreamHead], _ configuration: ServiceConfiguration) {
        let own = StreamID.decisions(node: configuration.node)
        let others = heads.map(\.stream).filter { $0.kind == .decisions && $0 != own }
        guard !others.isEmpty else { return }
        configuration.onEvent(.otherNodes(others.map(\.owner.text).sorted()))
    }

    /// A file that was edited decides from the next start on, under the same name: the log says which it was.
    private static func tellProfile(_ state: Snapshot, _ configuration: ServiceConfiguration) {
        let now = configuration.clock.now()
        guard let profile = configuration.profiles.profile(at: now, in: state) else { return }
        let isActivated = state.profileActivation(at: now) != nil
        configuration.onEvent(
            .decidesUnder(profile: profile.name, hash: profile.hash, isActivated: isActivated))
    }

    /// Finds entries of the ledger. Blocks.
    var search: LedgerSearch { ledger.search(follower?.index) }

    /// Whether entries can be recorded, and callers should come.
    var isReady: Bool { !health.hasFailed && !health.isLeaving }
    var hasFailed: Bool { health.hasFailed }

    /// From here on callers should go elsewhere.
    func leave() { health.leave() }

    /// Runs blocking work of a call on a thread for it, when it is its system's turn. `then` is called on that thread, or at once when too
    /// much waits; never when the call has ended before. On the call's event loop.
    func blocking<Value: Sendable>(
        for call: AdmittedCall, _ work: @escaping @Sendable () throws -> Value,
        then: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let readings = readings
        switch readings.read(for: .system(call.registered.asking.id), Self.work(work, then)) {
        case .kept(let number): call.rpc.onCancel { readings.giveUp(number) }
        case .refused(let refusal): then(.failure(Failures.noPlace(refusal)))
        }
    }

    /// Runs blocking work of the service's own: what it has promised by an entry, whether or not somebody waits. `then` is called on
    /// the work's thread.
    func blocking<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value, then: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        _ = readings.read(for: .service, Self.work(work, then))
    }

    private static func work<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value, _ then: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) -> ReadingRoom.Work {
        { isClosing in then(isClosing ? .failure(Failures.unrecorded) : Result { try work() }) }
    }

    /// Writes what has gathered and closes the store. Blocks on a thread of its own.
    func close() async {
        let (ledger, follower) = (ledger, follower)
        try? await NIOThreadPool.singleton.runIfActive {
            follower?.stop()
            ledger.stop()
        }
        await readings.close()
        try? await writerGroup.shutdownGracefully()
    }
}

/// Whether the ledger has failed, and whether the service is about to stop. Once it is so, it stays so.
final class LedgerHealth: Sendable {
    private let failed = Atomic<Bool>(false)
    private let leaving = Atomic<Bool>(false)

    var isLeaving: Bool { leaving.load(ordering: .acquiring) }

    func leave() { leaving.store(true, ordering: .releasing) }

    var hasFailed: Bool { failed.load(ordering: .acquiring) }

    func fail() { failed.store(true, ordering: .releasing) }
}

/// The state folded from a ledger's changes, and the requests that made them.
struct StateReplay: ~Copyable {
    private(set) var state = Snapshot.empty
    private(set) var remembered = RememberedRequests()
    /// When the newest change was registered.
    private(set) var newest = Instant.distantPast

    init(ledger: Ledger) throws {
        var group = RequestGroup()
        try ledger.replay { recorded in
            guard let change = recorded.change else {
                throw ServiceStartError(
                    "change \(recorded.revision.number) has been erased: the state cannot be folded")
            }
            do throws(ChangeRefusal) { try state.apply(change) } catch {
                throw ServiceStartError("change \(recorded.revision.number) of the ledger cannot be folded: \(error)")
            }
            newest = max(newest, change.registeredAt)
            group.add(change, LedgerReceipt(recorded), to: &remembered)
        }
        group.end(&remembered)
        // Nobody else holds the state yet.
        state.settle()
    }
}

/// Neighbouring changes of one request, while a ledger is read.
private struct RequestGroup {
    private var key: RememberedRequests.Key?
    private var changes: [Change] = []
    private var receipts: [LedgerReceipt] = []

    mutating func add(_ change: Change, _ receipt: LedgerReceipt, to remembered: inout RememberedRequests) {
        let key = RememberedRequests.Key(change)
        if key == nil || key != self.key { end(&remembered) }
        guard key != nil else { return }
        self.key = key
        changes.append(change)
        receipts.append(receipt)
    }

    mutating func end(_ remembered: inout RememberedRequests) {
        _ = remembered.end(key, changes, .success(receipts))
        self = RequestGroup()
    }
}
