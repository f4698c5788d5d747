internal import PortvaktCore
internal import PortvaktWire
internal import Synchronization

/// Keeps nobody alive: the task that watches ends when its gate goes away.
private final class Unowned: Sendable {
    weak let reuse: Reuse?

    init(reuse: Reuse) { self.reuse = reuse }
}

/// The allows of one gate that may be used again, and the task that watches for changes.
final class Reuse: Sendable {
    private struct State {
        var cache: AllowCache
        var watching: Task<Void, Never>?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let channel: PortvaktChannel
    private let heartbeat: Duration
    /// The first wait after a lost stream, and the longest.
    static let shortestWait = Duration.milliseconds(50)
    static let longestWait = Duration.seconds(5)

    init(_ channel: PortvaktChannel, heartbeat: Duration) {
        self.channel = channel
        self.heartbeat = heartbeat
        state = Mutex(State(cache: AllowCache(heartbeat: heartbeat)))
    }

    /// Starts to watch, unless it does.
    func begin() {
        state.withLock { state in
            guard state.watching == nil, !state.isClosed else { return }
            let reuse = Unowned(reuse: self)
            state.watching = Task { await Self.watch { reuse.reuse } }
        }
    }

    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            state.cache.lost()
            return state.watching
        }
        task?.cancel()
    }

    deinit { state.withLock { $0.watching }?.cancel() }

    func find(_ question: Question) -> Receipt? {
        let now = ContinuousClock.now
        return state.withLock { $0.cache.find(question, now: now) }
    }

    func keep(_ receipt: Receipt, for question: Question, until: ContinuousClock.Instant) {
        guard AllowCache.mayKeep(question, receipt) else { return }
        let now = ContinuousClock.now
        state.withLock { $0.cache.keep(receipt, for: question, until: until, now: now) }
    }

    /// Whether allows may be used again now.
    var isAlive: Bool {
        let now = ContinuousClock.now
        return state.withLock { $0.cache.isAlive(at: now) }
    }

    /// The wait after another stream that never began, or that ended with its first message.
    static func wait(after wait: Duration) -> Duration { min(wait * 2, longestWait) }

    /// What the server is asked for: as often as it may be, or as seldom. Milliseconds.
    static func asked(_ heartbeat: Duration) -> UInt32 {
        let range = WireLimits.heartbeats
        let asked = min(max(heartbeat, .milliseconds(range.lowerBound)), .milliseconds(range.upperBound))
        return UInt32(clamping: Int64(asked / .milliseconds(1)))
    }

    /// Watches until the gate goes away: each stream from its own beginning, as nothing is kept between two.
    private static func watch(_ reuse: @Sendable () -> Reuse?) async {
        var wait = shortestWait
        while !Task.isCancelled {
            guard let channel = reuse()?.channel, let heartbeat = reuse()?.heartbeat else { return }
            let request = WatchChangesRequest(heartbeat: asked(heartbeat))
            var stream = channel.stream(.watchChanges, request, as: WatchChangesResponse.self).makeAsyncIterator()
            var hasBegun = false
            while let message = try? await stream.next() {
                guard let reuse = reuse() else { return }
                let now = ContinuousClock.now
                reuse.state.withLock { state in
                    guard !state.isClosed else { return }
                    if hasBegun {
                        state.cache.heard(message.touched, upTo: message.sequence, now: now)
                    } else {
                        state.cache.began(at: message.sequence, now: now)
                    }
                }
                // Not at the first: a server that begins a stream and ends it would be asked without a pause.
                if hasBegun { wait = shortestWait }
                hasBegun = true
            }
            reuse()?.state.withLock { $0.cache.lost() }
            try? await Task.sleep(for: wait * Double.random(in: 0.8...1.2))
            wait = Self.wait(after: wait)
        }
    }
}
