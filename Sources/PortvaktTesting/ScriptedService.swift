internal import NIOCore
public import PortvaktClient
public import PortvaktCore
internal import PortvaktRPC
public import PortvaktServer
internal import PortvaktWire
internal import Synchronization

/// A service whose answers a host's test writes: it speaks the wire rightly, decides nothing and records nothing.
///
/// ```swift
/// let service = try await ScriptedService.start(certificates, clock: clock) { question in
///     question.action == .logRead ? .allow() : .deny([.denyNoConsent])
/// }
/// let gate = try service.gate(as: "journal", handling: [.log])
/// ```
public final class ScriptedService: Sendable {
    /// What a question is answered.
    public enum Reply: Sendable {
        /// An allow that holds for so long, with these obligations.
        case allow(reason: Reason = .allowConsent, obligations: [Obligation] = [], milliseconds: Int64 = 60_000)
        /// The first reason is the primary one.
        case deny([Reason])
        case notFound
        /// A deny that could not be recorded.
        case unrecorded
        /// Nothing, until the caller's time is up.
        case silence
        /// A gRPC status, by its number.
        case status(Int)
        /// Bytes that are no answer.
        case nonsense
    }

    public typealias Script = @Sendable (Question) -> Reply

    private struct State {
        var script: Script
        var asked: [Question] = []
        var sequence: UInt64 = 1
        var watches: [ServerCall] = []
        var held: [ServerCall] = []
    }

    private let state: Mutex<State>
    private let clock: any Clock
    private let certificates: TestCertificates
    private let servers = Mutex<(server: RPCServer, port: Int)?>(nil)
    private let gates = Mutex<[Gate]>([])

    private init(_ certificates: TestCertificates, _ clock: any Clock, _ script: @escaping Script) {
        self.certificates = certificates
        self.clock = clock
        state = Mutex(State(script: script))
    }

    /// Starts on a free port of loopback. Whoever starts it stops it.
    public static func start(
        _ certificates: TestCertificates, clock: any Clock, _ script: @escaping Script
    ) async throws -> ScriptedService {
        let made = ScriptedService(certificates, clock, script)
        try await made.listen()
        return made
    }

    private final class AnyCaller: CallerContext {}

    private struct Everybody: CallerPolicy {
        func admit(_ peer: PeerIdentity) -> Admission { .admitted(AnyCaller()) }
    }

    private func listen() async throws {
        let methods = [
            RPCMethod(path: RPC.check.path, kind: .unary) { [weak self] in self?.check($0, $1) },
            RPCMethod(path: RPC.checkEach.path, kind: .serverStreaming) { [weak self] in self?.checkEach($0, $1) },
            RPCMethod(path: RPC.watchChanges.path, kind: .serverStreaming) { [weak self] call, _ in self?.watch(call) },
        ]
        let server = try RPCServer(
            configuration: .init(tls: certificates.server), methods: methods, callerPolicy: Everybody())
        let port = try await server.start(host: "127.0.0.1", port: 0).port ?? 0
        servers.withLock { $0 = (server, port) }
    }

    /// Where the gates connect to, on 127.0.0.1.
    public var port: Int { servers.withLock { $0?.port } ?? 0 }
    /// Every question that was asked, in order.
    public var asked: [Question] { state.withLock { $0.asked } }
    /// Gates that watch for changes now.
    public var watching: Int { state.withLock { $0.watches.count } }

    /// Changes what is answered from now on.
    public func script(_ script: @escaping Script) { state.withLock { $0.script = script } }

    /// A gate to this service. It is closed with it.
    /// - Parameter configure: what else the host sets.
    public func gate(
        as caller: String, handling obligations: Set<Obligation>,
        _ configure: (inout Gate.Configuration) -> Void = { _ in }
    ) throws -> Gate {
        let channel = RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: port)], tls: try certificates.caller(caller))
        var configuration = Gate.Configuration(channel: channel, handling: obligations)
        configure(&configuration)
        let gate = try Gate(configuration)
        gates.withLock { $0.append(gate) }
        return gate
    }

    /// Stops, and closes its gates.
    public func stop() async {
        let gates = gates.withLock { gates in
            defer { gates = [] }
            return gates
        }
        for gate in gates { await gate.close() }
        let server = servers.withLock { server in
            defer { server = nil }
            return server?.server
        }
        state.withLock { ($0.held, $0.watches) = ([], []) }
        try? await server?.drain(linger: .zero)
    }

    // MARK: Changes

    /// Tells the watching gates that something has changed: about these cases and persons, or about everything.
    public func change(cases: [CaseID] = [], persons: [PersonID] = []) {
        let touched: Touched = cases.isEmpty && persons.isEmpty ? .everything : .these(cases: cases, persons: persons)
        tell(touched)
    }

    /// Tells the watching gates that nothing has changed. A gate that hears nothing uses no allow again.
    public func beat() { tell(nil) }

    private func tell(_ touched: Touched?) {
        let (sequence, watches) = state.withLock { state in
            if touched != nil { state.sequence += 1 }
            return (state.sequence, state.watches)
        }
        for call in watches {
            call.eventLoop.execute {
                Self.send(WatchChangesResponse(sequence: Revision(sequence), touched: touched), on: call)
            }
        }
    }

    private func watch(_ call: ServerCall) {
        let sequence = state.withLock { state in
            state.watches.append(call)
            return state.sequence
        }
        call.onCancel { [weak self] in self?.state.withLock { $0.watches.removeAll { $0 === call } } }
        Self.send(WatchChangesResponse(sequence: Revision(sequence)), on: call)
    }

    private static func send(_ message: some WireMessage, on call: ServerCall) {
        WireCoder().encode(message) { bytes in _ = unsafe call.send(bytes) }
    }

    // MARK: Questions

    private func check(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer) {
        let coder = WireCoder()
        guard let request = try? unsafe coder.decode(CheckRequest.self, from: bytes) else {
            return call.fail(RPCStatus(.invalidArgument, "no question"))
        }
        let reply = reply(to: request.question)
        guard let answer = answer(reply, request.question) else { return fail(call, reply) }
        coder.encode(CheckResponse(answer)) { unsafe call.respond($0) }
    }

    private func checkEach(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer) {
        guard let request = try? unsafe WireCoder().decode(CheckManyRequest.self, from: bytes) else {
            return call.fail(RPCStatus(.invalidArgument, "no questions"))
        }
        var response = CheckEachResponse()
        for item in request.items {
            guard let question = request.question(of: item) else { continue }
            let reply = reply(to: question)
            guard let answer = answer(reply, question) else { return fail(call, reply) }
            response.add(item.id, answer)
        }
        Self.send(response, on: call)
        call.finish()
    }

    private func reply(to question: Question) -> Reply {
        let script = state.withLock { state in
            state.asked.append(question)
            return state.script
        }
        return script(question)
    }

    /// - Returns: `nil` for what is no answer.
    private func answer(_ reply: Reply, _ question: Question) -> Answer? {
        let now = clock.now()
        let (count, sequence) = state.withLock { (UInt64($0.asked.count), $0.sequence) }
        func answer(
            _ effect: Effect, _ external: ExternalAnswer, _ reasons: [Reason], _ obligations: [Obligation] = [],
            milliseconds: Int64 = 0, isRecorded: Bool = true
        ) -> Answer {
            Answer(
                effect: effect, external: external, reasons: reasons, obligations: obligations,
                holdsUntil: now.advanced(byMilliseconds: milliseconds), decidedAt: now, revision: Revision(sequence),
                entry: isRecorded ? EntryReference(stream: "decisions/scripted", index: count, block: count) : nil,
                policyHash: [UInt8](repeating: 0, count: WireLimits.hashBytes))
        }
        return switch reply {
        case .allow(let reason, let obligations, let milliseconds):
            answer(.allow, .allow, [reason], obligations, milliseconds: milliseconds)
        case .deny(let reasons): answer(.deny, .deny, reasons)
        case .notFound: answer(.deny, .not_found, [.denyNotFound])
        case .unrecorded: answer(.deny, .deny, [.denyUnrecorded], isRecorded: false)
        case .silence, .status, .nonsense: nil
        }
    }

    private func fail(_ call: ServerCall, _ reply: Reply) {
        switch reply {
        case .status(let number):
            call.fail(RPCStatus(StatusCode(rawValue: UInt8(clamping: number)) ?? .unknown, "scripted"))
        case .nonsense:
            let bytes = ByteBuffer(bytes: [UInt8](repeating: 0xFF, count: 64))
            if call.path == RPC.check.path { return call.respond(bytes) }
            _ = call.send(bytes)
            call.finish()
        default: state.withLock { $0.held.append(call) }
        }
    }
}
