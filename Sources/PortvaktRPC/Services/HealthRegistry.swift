internal import Synchronization

/// What a service says of itself to load balancers and clients (grpc.health.v1).
public enum HealthStatus: Sendable, Hashable {
    case serving
    case notServing
}

/// The health of the services of a server, set by the host from any thread, read by ``HealthService``.
public final class HealthRegistry: Sendable {
    /// Watches of all callers together. Over it: RESOURCE_EXHAUSTED. Calls.
    public static let maxWatches = 1024
    /// Watches of one caller (one certificate identity), who would otherwise take everybody's. Over it: RESOURCE_EXHAUSTED. Calls.
    public static let maxWatchesPerCaller = 64

    private struct State {
        var services: [String: HealthStatus]
        var watches: [ObjectIdentifier: HealthWatch] = [:]
        /// How many of `watches` are each caller's.
        var callers: [String: Int] = [:]
        var isClosed = false
        var hasEndedWatches = false
    }

    private let state: Mutex<State>

    /// The services and their first status; the empty name is the server as a whole.
    public init(_ services: [String: HealthStatus] = ["": .notServing]) {
        state = Mutex(State(services: services))
    }

    /// Sets one service's status, also of one that was not known. Ignored after ``close()``.
    public func set(_ service: String, _ status: HealthStatus) {
        change { $0[service] = status }
    }

    /// Sets the status of all known services. Ignored after ``close()``.
    public func setAll(_ status: HealthStatus) {
        change { services in services = services.mapValues { _ in status } }
    }

    /// Nil: there is no such service.
    public func status(of service: String) -> HealthStatus? {
        state.withLock { $0.services[service] }
    }

    /// The server goes away: everything is NOT_SERVING, watchers are told, and nothing changes any more.
    public func close() {
        change { services in services = services.mapValues { _ in .notServing } }
        state.withLock { $0.isClosed = true }
    }

    /// Ends every watch with UNAVAILABLE, those that come later too, so that none keeps a draining connection open.
    public func endWatches() {
        let watches = state.withLock { state in
            state.hasEndedWatches = true
            defer { (state.watches, state.callers) = ([:], [:]) }
            return Array(state.watches.values)
        }
        for watch in watches { watch.end(Self.goesAway) }
    }

    /// Watches that are open.
    public var watchCount: Int { state.withLock { $0.watches.count } }

    private func change(_ body: (inout [String: HealthStatus]) -> Void) {
        let watches = state.withLock { state -> [HealthWatch] in
            guard !state.isClosed else { return [] }
            let old = state.services
            body(&state.services)
            return state.watches.values.filter { state.services[$0.service] != old[$0.service] }
        }
        // Each reads the status when it gets there, so changes cannot overtake each other.
        for watch in watches { watch.refreshLater() }
    }

    /// Nil: it is told from now on. Otherwise what its caller is refused with.
    func add(_ watch: HealthWatch) -> RPCStatus? {
        state.withLock { state in
            // Callers whose watch was ended ask again at once, before they have seen the GOAWAY.
            if state.hasEndedWatches { return Self.goesAway }
            guard state.watches.count < Self.maxWatches else {
                return RPCStatus(.resourceExhausted, "too many calls watch the server's health")
            }
            let own = state.callers[watch.caller, default: 0]
            guard own < Self.maxWatchesPerCaller else {
                return RPCStatus(.resourceExhausted, "too many calls of yours watch the server's health")
            }
            state.callers[watch.caller] = own + 1
            state.watches[ObjectIdentifier(watch)] = watch
            return nil
        }
    }

    private static let goesAway = RPCStatus(.unavailable, "the server goes away")

    func remove(_ watch: HealthWatch) {
        state.withLock { state in
            guard state.watches.removeValue(forKey: ObjectIdentifier(watch)) != nil else { return }
            let own = state.callers[watch.caller, default: 0]
            state.callers[watch.caller] = own > 1 ? own - 1 : nil
        }
    }
}
