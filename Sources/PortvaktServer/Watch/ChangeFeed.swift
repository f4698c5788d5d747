internal import PortvaktCore
internal import Synchronization

/// The newest changes, for those who watch: a ring of what each one touched, and the calls to wake.
final class ChangeFeed: Sendable {
    /// Changes that are held. A gate that was away for longer starts anew; this many take minutes at any rate seen.
    static let maximumHeld = 65_536
    /// Calls that may watch at one time: a few for each system, far above any municipality.
    static let maximumWatches = 1024
    /// Of these, calls of one system: a gate has one for each process, so one system that leaves streams open takes no other's place.
    static let maximumWatchesOfOne = 256

    /// One change, as it is held.
    struct Told: Sendable {
        var sequence: Revision
        var touch: Touch
    }

    /// What comes after a cursor.
    enum Next: Sendable {
        /// These, and everything up to the sequence number is told by them.
        case told([Told], upTo: Revision)
        /// What came after the cursor is no longer held.
        case tooOld
        /// No state of that number has been here.
        case unknown
    }

    fileprivate struct Watching {
        var watch: ChangeWatch
        var system: SystemID
    }

    fileprivate struct State {
        var ring: [Told] = []
        /// The place of the oldest one in a full ring.
        var start = 0
        /// Nothing before this is held, and nothing up to it needs to be.
        var floor: Revision
        var newest: Revision
        var watches: [ObjectIdentifier: Watching] = [:]
        var places = SharedPlaces(limit: ChangeFeed.maximumWatches, limitOfOne: ChangeFeed.maximumWatchesOfOne)
        var hasEnded = false
    }

    private let state: Mutex<State>

    /// - Parameter revision: of the state that the service starts with.
    init(from revision: Revision) { state = Mutex(State(floor: revision, newest: revision)) }

    /// Tells of changes that have been published. By the one writer, in the order of their revisions.
    /// - Parameter next: the state with the changes, and no later ones.
    func publish(_ changes: [Change], in next: Snapshot) {
        let first = next.revision.number + 1 - UInt64(changes.count)
        var told: [Told] = []
        for (offset, change) in changes.enumerated() {
            guard let touch = Touch(change, in: next) else { continue }
            told.append(Told(sequence: Revision(first + UInt64(offset)), touch: touch))
        }
        let watches = state.withLock { state in
            for change in told { state.keep(change) }
            state.newest = next.revision
            return state.watches.values.map(\.watch)
        }
        for watch in watches { watch.wake() }
    }

    /// The newest sequence number: where a stream without a cursor begins.
    var newest: Revision { state.withLock { $0.newest } }

    /// At most `limit` of what came after a cursor.
    func next(after cursor: Revision, limit: Int) -> Next {
        state.withLock { state in
            guard cursor <= state.newest else { return .unknown }
            guard cursor >= state.floor else { return .tooOld }
            let count = state.ring.count
            // The place of the first one after the cursor: the ring is in the order of the numbers.
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if state.at(middle).sequence > cursor { high = middle } else { low = middle + 1 }
            }
            let end = min(low + limit, count)
            let told = (low..<end).map { state.at($0) }
            return .told(told, upTo: end == count ? state.newest : told.last?.sequence ?? state.newest)
        }
    }

    /// Why nobody may begin to watch.
    enum Refusal: Error {
        case tooMany(SharedPlaces.Refusal)
        /// The service is about to stop.
        case ended
    }

    func add(_ watch: ChangeWatch, of system: SystemID) throws(Refusal) {
        try state.withLock { state throws(Refusal) in
            guard !state.hasEnded else { throw .ended }
            do throws(SharedPlaces.Refusal) { try state.places.take(system) } catch { throw .tooMany(error) }
            state.watches[ObjectIdentifier(watch)] = Watching(watch: watch, system: system)
        }
    }

    func remove(_ watch: ChangeWatch) {
        state.withLock { state in
            guard let removed = state.watches.removeValue(forKey: ObjectIdentifier(watch)) else { return }
            state.places.giveBack(removed.system)
        }
    }

    /// Calls that watch now.
    var watchCount: Int { state.withLock { $0.watches.count } }

    /// The service stops: every stream ends, and no new one begins.
    func end() {
        let watches = state.withLock { state in
            state.hasEnded = true
            return state.watches.values.map(\.watch)
        }
        for watch in watches { watch.end() }
    }
}

extension ChangeFeed.State {
    /// The change at a place, the oldest first.
    fileprivate func at(_ place: Int) -> ChangeFeed.Told { ring[(start + place) % ring.count] }

    fileprivate mutating func keep(_ told: ChangeFeed.Told) {
        guard ring.count == ChangeFeed.maximumHeld else { return ring.append(told) }
        floor = ring[start].sequence
        ring[start] = told
        start = (start + 1) % ring.count
    }
}
