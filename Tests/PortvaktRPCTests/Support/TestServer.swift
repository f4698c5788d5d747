import Foundation
import NIOCore
import Synchronization

@testable import PortvaktRPC

/// A server with methods for tests, its certificates, and one caller's.
final class TestServer: Sendable {
    enum Path {
        /// Answers with the message.
        static let echo = "/test.Echo/Unary"
        /// Answers later, from the event loop, with the message.
        static let later = "/test.Echo/Later"
        /// Never answers; counts cancellations.
        static let hold = "/test.Echo/Hold"
        /// Fails with FAILED_PRECONDITION, a message and details.
        static let fail = "/test.Echo/Fail"
        /// Streams as many messages as the first byte says, each 1,000 times the second byte long.
        static let stream = "/test.Echo/Stream"
        /// Answers with the value of the metadata `probe-bin`.
        static let metadata = "/test.Echo/Metadata"
    }

    final class Context: CallerContext {}

    /// Admits what its set does not hold.
    final class Policy: CallerPolicy {
        let refused = Mutex<Set<String>>([])

        func admit(_ peer: PeerIdentity) -> Admission {
            let key = peer.organizationNumber ?? peer.spiffeID ?? ""
            return refused.withLock { $0.contains(key) } ? .refused : .admitted(Context())
        }
    }

    let server: RPCServer
    let port: Int
    let policy = Policy()
    let cancellations: Mutex<Int>
    let trustAnchors: String
    let credential: TestPKI.Credential

    /// Two organisation numbers with a right check digit that belong to nobody we know.
    static let organizationNumber = "999999999"
    static let otherOrganizationNumber = "123456785"

    /// Starts a server, lends it and the certificates to `body`, and drains it.
    static func with<Value>(
        limits: ServerLimits = .defaults, http2: HTTP2Limits = .defaults, pages: [HTTPPage] = [],
        configure: (inout RPCServer.Configuration) -> Void = { _ in },
        _ body: (TestServer, TestPKI) async throws -> Value
    ) async throws -> Value {
        let pki = try TestPKI()
        var configuration = RPCServer.Configuration(tls: pki.files(try pki.issue("server", .server)))
        configuration.limits = limits
        configuration.limits.tick = .milliseconds(20)
        configuration.limits.ageGrace = .seconds(2)
        configuration.http2 = http2
        configure(&configuration)
        let test = try await TestServer(configuration, pki, pages)
        do {
            let value = try await body(test, pki)
            try await test.server.drain(linger: .zero)
            return value
        } catch {
            try? await test.server.drain(linger: .zero)
            throw error
        }
    }

    private init(_ configuration: RPCServer.Configuration, _ pki: TestPKI, _ pages: [HTTPPage]) async throws {
        credential = try pki.issue("caller", .client(Self.organizationNumber))
        trustAnchors = pki.trustAnchors
        cancellations = Mutex(0)
        let methods = TestMethods()
        server = try RPCServer(configuration: configuration, methods: methods.all, pages: pages, callerPolicy: policy)
        methodsOfServer = methods
        port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
    }

    private let methodsOfServer: TestMethods

    /// Calls of ``Path/hold`` that were cancelled.
    var cancelled: Int { methodsOfServer.cancelled.load(ordering: .relaxed) }
    /// Messages of ``Path/stream`` that the handler has given away.
    var sent: Int { methodsOfServer.sent.load(ordering: .relaxed) }
    /// Calls of ``Path/hold`` that were started.
    var held: Int { methodsOfServer.held.load(ordering: .relaxed) }

    /// A TLS connection of the usual caller, or of another, or without a certificate.
    func tls(_ options: RawTLSClient.Options = .init()) throws -> RawTLSClient {
        try RawTLSClient(port: port, trustAnchors: trustAnchors, credential: credential, options: options)
    }

    /// An HTTP/2 connection of the usual caller.
    func client(start: Bool = true, initialWindow: UInt32? = nil) throws -> RawHTTP2Client {
        try RawHTTP2Client(try tls(), start: start, initialWindow: initialWindow)
    }

    /// Whether calls are answered on `other` and on a connection that is made now.
    func stillAnswers(_ other: RawHTTP2Client) async throws -> Bool {
        try await onThread { [self] in
            let old = try other.call(Path.echo, [1])
            let new = try client().call(Path.echo, [2])
            return old.messages == [[1]] && new.messages == [[2]]
        }
    }

    /// Whether a connection with this certificate gets no answer. A refusal after the handshake shows only then, since
    /// a TLS 1.3 client has finished the handshake before the server has looked at its certificate.
    func isTurnedAway(_ credential: TestPKI.Credential?, options: RawTLSClient.Options = .init()) -> Bool {
        let answer = try? RawHTTP2Client(
            RawTLSClient(port: port, trustAnchors: trustAnchors, credential: credential, options: options)
        ).call(Path.echo, [1])
        return answer?.grpcStatus != 0
    }

    /// ``isTurnedAway(_:options:)`` for tasks.
    func turnsAway(_ credential: TestPKI.Credential?, options: RawTLSClient.Options = .init()) async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: self.isTurnedAway(credential, options: options)) }
        }
    }

    /// The status of an echo on `client`.
    func echoStatus(_ client: RawHTTP2Client) async throws -> Int? {
        try await onThread { try client.call(Path.echo, [1]).grpcStatus }
    }

    func events(_ event: ServerEvent) -> UInt64 { server.metrics.events[event] ?? 0 }
}

/// The handlers of the test server.
final class TestMethods: Sendable {
    let cancelled = Atomic<Int>(0)
    let held = Atomic<Int>(0)
    /// Messages of ``TestServer/Path/stream`` that the handler has given away.
    let sent = Atomic<Int>(0)

    var all: [RPCMethod] {
        [
            RPCMethod(path: TestServer.Path.echo, kind: .unary) { call, message in call.respond(message) },
            RPCMethod(path: TestServer.Path.later, kind: .unary) { call, message in
                let copy = ByteBuffer(bytes: message)
                call.eventLoop.scheduleTask(in: .milliseconds(20)) { call.respond(copy) }
            },
            RPCMethod(path: TestServer.Path.hold, kind: .unary) { [self] call, _ in
                held.wrappingAdd(1, ordering: .relaxed)
                call.onCancel { [self] in cancelled.wrappingAdd(1, ordering: .relaxed) }
            },
            RPCMethod(path: TestServer.Path.fail, kind: .unary) { call, _ in
                call.fail(RPCStatus(.failedPrecondition, "ikke nå: 100 %", details: [1, 2, 3]))
            },
            RPCMethod(path: TestServer.Path.stream, kind: .serverStreaming) { [self] call, message in
                stream(call, message)
            },
            RPCMethod(path: TestServer.Path.metadata, kind: .unary) { call, _ in
                call.respond(ByteBuffer(bytes: call.metadata("probe-bin") ?? []))
            },
        ]
    }

    /// Sends while the caller keeps up, and goes on when it does again.
    private func stream(_ call: ServerCall, _ message: UnsafeRawBufferPointer) {
        guard message.count == 2 else {
            return call.fail(RPCStatus(.invalidArgument, "the message must be two bytes: count and size"))
        }
        let piece = ByteBuffer(repeating: 7, count: 1000 * Int(message[1]))
        var left = Int(message[0])
        let go = { [self] in
            while left > 0 {
                left -= 1
                sent.wrappingAdd(1, ordering: .relaxed)
                if !call.send(piece) { break }
            }
            if left == 0 { call.finish() }
        }
        call.onWritable(go)
        go()
    }
}
