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

    private struct State {
        var published: Published
        var waiting: [Waiting] = []
    }

    private struct Waiting {
        var revision: Revision
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
            let revision = published.state.revision
            let ready = state.waiting.filter { $0.revision <= revision }
            state.waiting.removeAll { $0.revision <= revision }
            return ready
        }
        for waiting in ready { waiting.body() }
    }

    /// Runs the body when the published state has reached the revision: at once when it has.
    /// - Returns: false when too many wait; the body is not run then.
    func whenAtLeast(_ revision: Revision, _ body: @escaping @Sendable () -> Void) -> Bool {
        enum Way { case now, later, refused }
        let way = state.withLock { state -> Way in
            if state.published.state.revision >= revision { return .now }
            guard state.waiting.count < Self.maximumWaiting else { return .refused }
            state.waiting.append(Waiting(revision: revision, body: body))
            return .later
        }
        if way == .now { body() }
        return way != .refused
    }
}
