internal import Synchronization

/// What the connections of one caller have together, on whatever event loops.
final class CallerAccount: Sendable {
    /// Response bytes that wait for the peer's windows. Each connection adds what it has more, or less, than it told before. Bytes.
    let unsent = Atomic<Int>(0)
}

/// Who holds how many connections of a server: refuses those over a limit.
final class ConnectionCensus: Sendable {
    private struct State {
        var total = 0
        var handshakes: [String: Int] = [:]
        var callers: [String: Present] = [:]
    }

    private struct Present {
        var connections = 0
        let account = CallerAccount()
    }

    private let limits: ServerLimits
    private let state = Mutex(State())

    init(limits: ServerLimits) {
        self.limits = limits
    }

    /// A connection from `address` was accepted. Returns the limit that it exceeds; then it is not counted.
    func accept(address: String) -> ServerEvent? {
        state.withLock { state in
            guard state.total < limits.maxConnections else { return .tooManyConnections }
            let open = state.handshakes[address, default: 0]
            guard open < limits.maxHandshakesPerAddress else { return .tooManyHandshakesOfAddress }
            state.total += 1
            state.handshakes[address] = open + 1
            return nil
        }
    }

    /// The handshake of an accepted connection ended, well or not.
    func handshakeEnded(address: String) {
        state.withLock { Self.decrement(&$0.handshakes, address) }
    }

    /// A caller proved its identity. Returns what its connections have together; `nil` when it has too many, and then this one is not
    /// counted.
    func admit(caller: String) -> CallerAccount? {
        state.withLock { state in
            var present = state.callers[caller] ?? Present()
            guard present.connections < limits.maxConnectionsPerCaller else { return nil }
            present.connections += 1
            state.callers[caller] = present
            return present.account
        }
    }

    func left(caller: String) {
        state.withLock { state in
            guard let present = state.callers[caller] else { return }
            state.callers[caller]?.connections -= 1
            if present.connections == 1 { state.callers[caller] = nil }
        }
    }

    /// An accepted connection closed.
    func closed() {
        state.withLock { $0.total -= 1 }
    }

    private static func decrement(_ counts: inout [String: Int], _ key: String) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
