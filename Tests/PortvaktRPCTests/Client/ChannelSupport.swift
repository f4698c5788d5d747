import NIOCore
import Synchronization

@testable import PortvaktRPC

extension TestPKI {
    /// A channel of a fresh caller to these ports on loopback.
    func channel(
        _ ports: [Int], name: String = "client", _ request: Request = .client(TestServer.organizationNumber),
        configure: (inout RPCChannelConfiguration) -> Void = { _ in }
    ) throws -> RPCChannel {
        var configuration = RPCChannelConfiguration(
            targets: ports.map { RPCTarget(host: "127.0.0.1", port: $0) },
            tls: files(try issue(name, request), revocation: false))
        configuration.backoff.initial = .milliseconds(20)
        configuration.backoff.maximum = .milliseconds(100)
        configuration.tick = .milliseconds(20)
        configure(&configuration)
        return try RPCChannel(configuration: configuration)
    }
}

extension RPCChannel {
    /// A unary call whose bytes are text.
    func text(_ path: String, _ text: String, timeout: TimeAmount? = nil) async throws -> String {
        let answer = try await unary(
            path, ByteBuffer(string: text), deadline: timeout.map { .now() + $0 })
        return String(buffer: answer)
    }

    /// Lends a channel and closes it.
    func closing<Value>(_ body: (RPCChannel) async throws -> Value) async throws -> Value {
        do {
            let value = try await body(self)
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }
}

/// The status that a call ends with; OK when it does not throw.
func status(_ body: () async throws -> Void) async -> RPCStatus {
    do {
        try await body()
        return .ok
    } catch {
        return error as? RPCStatus ?? RPCStatus(.unknown, "not a status: \(error)")
    }
}

/// Keeps what calls on the event loop came to.
final class Outcomes: RPCReceiver, Sendable {
    struct Outcome: Sendable {
        let token: UInt64
        let status: RPCStatus
        let message: [UInt8]?
    }

    let ended = Mutex<[Outcome]>([])
    let messages = Mutex<[[UInt8]]>([])

    var count: Int { ended.withLock { $0.count } }

    func rpcMessage(_ message: UnsafeRawBufferPointer, token: UInt64) {
        messages.withLock { $0.append(Array(message)) }
    }

    func rpcEnd(_ status: RPCStatus, message: UnsafeRawBufferPointer?, token: UInt64) {
        ended.withLock { $0.append(Outcome(token: token, status: status, message: message.map { Array($0) })) }
    }
}
