internal import Synchronization

/// Who holds how many connections of a server: refuses those over a limit.
final class ConnectionCensus: Sendable {
    private struct State {
        var total = 0
        var handshakes: [String: Int] = [:]
        var callers: [String: Int] = [:]
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

    /// A caller proved its identity. Returns the limit that it exceeds; then it is not counted.
    func admit(caller: String) -> ServerEvent? {
        state.withLock { state in
            let open = state.callers[caller, default: 0]
            guard open < limits.maxConnectionsPerCaller else { return .tooManyConnectionsOfCaller }
            state.callers[caller] = open + 1
            return nil
        }
    }

    func left(caller: String) {
        state.withLock { Self.decrement(&$0.callers, caller) }
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
