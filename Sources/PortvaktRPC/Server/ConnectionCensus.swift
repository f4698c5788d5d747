internal import NIOCore
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

    /// A connection from `address`, which is an ``origin(of:)``, was accepted. Returns the limit that it exceeds; then it is not counted.
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

    /// Who counts as one before anybody has proved who they are: an address of IPv4, and of IPv6 its network of 64 bits, in which
    /// whoever has one address has them all (RFC 4291 section 2.5.4). An IPv4 address that is written as one of IPv6 is what it is.
    static func origin(of address: SocketAddress?) -> String {
        guard let address, case .v6 = address else { return address?.ipAddress ?? "" }
        // Family, port and flow stand before the address (RFC 3493 section 3.3).
        let bytes = unsafe address.withSockAddr { start, size in
            unsafe Array(UnsafeRawBufferPointer(start: start, count: size).dropFirst(8).prefix(16))
        }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        if bytes.starts(with: mapped) { return bytes.dropFirst(mapped.count).map(String.init).joined(separator: ".") }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }

    private static func decrement(_ counts: inout [String: Int], _ key: String) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
