internal import NIOCore
internal import PortvaktCore
internal import Synchronization

/// What decisions are made on: the state at a revision with the profiles. Never changes; a later one takes its place.
final class Published: Sendable {
    let state: Snapshot
    let profiles: ProfileShelf
    /// The profile when there is only one there can be, so that the common way compares no instants.
    private let only: PolicyProfile?

    init(state: Snapshot, profiles: ProfileShelf) {
        self.state = state
        self.profiles = profiles
        only = state.profileActivations.isEmpty ? profiles.initial : nil
    }

    /// The profile in force at an instant; `nil` when this node does not have it.
    func profile(at instant: Instant) -> PolicyProfile? { only ?? profiles.profile(at: instant, in: state) }
}

/// The published state, and who waits for a later one.
///
/// A reader takes it once for a request and holds no lock while deciding; the one writer (``ChangeWriter``) swaps it.
final class LiveState: Sendable {
    /// Requests that may wait for a revision: more, and the next is refused. Such a wait lasts a commit, so a few suffice.
    static let maximumWaiting = 1024
    /// Of these, requests of one system: one that asks for revisions that never come leaves the others half of the places.
    static let maximumWaitingOfOne = 512
    /// How long a request waits for a revision: what a receipt promised is published a commit later, and a revision that is still
    /// not there is none of this ledger's.
    static let longestWait = TimeAmount.seconds(5)

    /// What asking for a revision came to.
    enum Wait: Sendable, Equatable {
        /// It is there: the body was run.
        case over
        /// The body is run when it comes, unless ``giveUp(_:)`` is told this number before.
        case kept(UInt64)
        /// Too many wait: the body is never run.
        case refused(SharedPlaces.Refusal)
    }

    private struct State {
        var published: Published
        var waiting: [UInt64: Waiting] = [:]
        var places = SharedPlaces(limit: LiveState.maximumWaiting, limitOfOne: LiveState.maximumWaitingOfOne)
        var nextNumber: UInt64 = 0

        mutating func end(_ number: UInt64) -> Waiting? {
            guard let ended = waiting.removeValue(forKey: number) else { return nil }
            places.giveBack(ended.system)
            return ended
        }
    }

    private struct Waiting {
        var revision: Revision
        var system: SystemID
        var body: @Sendable () -> Void
    }

    private let state: Mutex<State>

    init(_ published: Published) { state = Mutex(State(published: published)) }

    var current: Published { state.withLock { $0.published } }

    /// Puts a state in the place of the one before, and lets go who waited for it.
    func publish(_ published: Published) {
        let ready = state.withLock { state -> [Waiting] in
            state.published = published
            guard !state.waiting.isEmpty else { return [] }
            let ready = state.waiting.filter { $0.value.revision <= published.state.revision }
            // In the order in which they came.
            return ready.keys.sorted().compactMap { state.end($0) }
        }
        for waiting in ready { waiting.body() }
    }

    /// Runs the body when the published state has reached the revision: at once when it has.
    func whenAtLeast(_ revision: Revision, of system: SystemID, _ body: @escaping @Sendable () -> Void) -> Wait {
        let wait = state.withLock { state -> Wait in
            if state.published.state.revision >= revision { return .over }
            do throws(SharedPlaces.Refusal) { try state.places.take(system) } catch { return .refused(error) }
            let number = state.nextNumber
            state.nextNumber += 1
            state.waiting[number] = Waiting(revision: revision, system: system, body: body)
            return .kept(number)
        }
        if wait == .over { body() }
        return wait
    }

    /// Ends a wait: its body is let go without being run.
    /// - Returns: whether it was still waiting.
    @discardableResult func giveUp(_ number: UInt64) -> Bool {
        state.withLock { $0.end(number) } != nil
    }
}
