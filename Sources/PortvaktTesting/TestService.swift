public import PortvaktClient
public import PortvaktCore
public import PortvaktLedger
public import PortvaktRPC
public import PortvaktServer
internal import PortvaktYAML
internal import Synchronization

/// A whole Portvakt in the test's own process: TLS, gRPC, decisions and ledger, on a free port of loopback.
///
/// ```swift
/// try await TestService.run(TestService.Setup(store: MemoryStore(), profile: profile, certificates: certificates)) { service in
///     let gate = try service.gate(as: "journal", handling: [])
///     let ruling = await gate.check(question)
/// }
/// ```
public final class TestService: Sendable {
    /// What a service is started with.
    public struct Setup: Sendable {
        public var store: any LedgerStore
        public var profile: PolicyProfile
        public var certificates: TestCertificates
        /// A ``ManualClock``, usually.
        public var clock: any Clock
        /// The caller that may set the service up; `nil`: nobody.
        public var administrator: PortvaktCore.System.Identity?
        /// Names the stream of decisions.
        public var node: Identifier
        public var checkpoints: Checkpointer?
        /// Finds what officers ask for; `nil`: the ledger is read.
        public var index: (any LedgerIndex)?
        /// Signs receipts of consents.
        public var signingKey: SigningKey?
        public var eventLoops = 1
        public var limits = ServerLimits.defaults
        /// Serve `/metrics`, `/ready` and `/live`, on another free port.
        public var servesMetrics = false

        public init(
            store: any LedgerStore, profile: PolicyProfile, certificates: TestCertificates, clock: any Clock,
            administrator: PortvaktCore.System.Identity? = nil, node: Identifier
        ) {
            self.store = store
            self.profile = profile
            self.certificates = certificates
            self.clock = clock
            self.administrator = administrator
            self.node = node
        }
    }

    /// Reads a profile from a folder of profiles, as the daemon does.
    /// - Parameter folder: the path of the repository's `policies`, which a test finds from its `#filePath`.
    public static func profile(named name: String, in folder: String) throws -> PolicyProfile {
        try ProfileFolder(path: folder).profile(named: name)
    }

    private let service: PortvaktService
    private let certificates: TestCertificates
    private let log: EventLog
    private let opened = Mutex(Opened())

    private struct Opened {
        var channels: [PortvaktChannel] = []
        var gates: [Gate] = []
        var isStopped = false
    }

    private init(_ service: PortvaktService, _ certificates: TestCertificates, _ log: EventLog) {
        self.service = service
        self.certificates = certificates
        self.log = log
    }

    /// Starts a service. Whoever starts it stops it: ``run(_:_:)`` does both.
    /// - Throws: as `PortvaktService.start`.
    public static func start(_ setup: Setup) async throws -> TestService {
        let log = EventLog()
        var configuration = ServiceConfiguration(
            tls: setup.certificates.server, node: setup.node, profiles: ProfileShelf(initial: setup.profile),
            clock: setup.clock)
        configuration.administrator = setup.administrator
        configuration.checkpoints = setup.checkpoints
        configuration.index = setup.index
        configuration.signingKey = setup.signingKey
        configuration.eventLoops = setup.eventLoops
        configuration.limits = setup.limits
        if setup.servesMetrics { configuration.metrics = (host: "127.0.0.1", port: 0) }
        configuration.onEvent = { log.add($0) }
        let service = try await PortvaktService.start(configuration, store: setup.store)
        return TestService(service, setup.certificates, log)
    }

    /// Starts a service, runs the body with it, and stops it, whatever the body does.
    public static func run<Value: Sendable>(
        _ setup: Setup, _ body: (TestService) async throws -> Value
    ) async throws -> Value {
        let service = try await start(setup)
        do {
            let value = try await body(service)
            await service.stop()
            return value
        } catch {
            await service.stop()
            throw error
        }
    }

    /// Where the callers connect to, on 127.0.0.1.
    public var port: Int { service.port }
    /// Where `/metrics` is, on 127.0.0.1, when it is served.
    public var metricsPort: Int? { service.metricsPort }
    /// What the service has told its operator, in order.
    public var events: [ServiceEvent] { log.events }
    /// Nothing can be recorded any more.
    public var hasLedgerFailed: Bool {
        events.contains { event in
            if case .ledgerFailed = event { true } else { false }
        }
    }

    /// A new connection of a caller, for typed calls. It is closed with the service.
    /// - Throws: when no certificate was made for the caller.
    public func channel(as caller: String) throws -> PortvaktChannel {
        let channel = try PortvaktChannel(try configuration(for: caller))
        opened.withLock { $0.channels.append(channel) }
        return channel
    }

    /// The gate of a caller, on a connection of its own. It is closed with the service.
    /// - Parameter obligations: those that the caller carries out.
    /// - Throws: when no certificate was made for the caller.
    public func gate(as caller: String, handling obligations: Set<Obligation>) throws -> Gate {
        let gate = try Gate(Gate.Configuration(channel: try configuration(for: caller), handling: obligations))
        opened.withLock { $0.gates.append(gate) }
        return gate
    }

    private func configuration(for caller: String) throws -> RPCChannelConfiguration {
        RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: port)], tls: try certificates.caller(caller))
    }

    /// Stops as an operator would: says NOT_SERVING, lingers, lets open calls finish, closes the store.
    public func drain(lingerSeconds: Int = 0) async {
        guard beginsToStop() else { return }
        await service.drain(lingerSeconds: lingerSeconds)
        await closeCallers()
    }

    /// Stops as the program does when the ledger has failed: nobody lingers.
    public func abort() async {
        guard beginsToStop() else { return }
        await service.abort()
        await closeCallers()
    }

    /// Stops now and closes every connection that was opened here. Does nothing the second time.
    public func stop() async {
        await closeCallers()
        guard beginsToStop() else { return }
        await service.drain(lingerSeconds: 0)
    }

    private func beginsToStop() -> Bool {
        opened.withLock { opened in
            defer { opened.isStopped = true }
            return !opened.isStopped
        }
    }

    private func closeCallers() async {
        let (channels, gates) = opened.withLock { opened in
            defer { (opened.channels, opened.gates) = ([], []) }
            return (opened.channels, opened.gates)
        }
        for channel in channels { await channel.close() }
        for gate in gates { await gate.close() }
    }
}

/// What a service said.
private final class EventLog: Sendable {
    private let list = Mutex<[ServiceEvent]>([])

    var events: [ServiceEvent] { list.withLock { $0 } }

    func add(_ event: ServiceEvent) { list.withLock { $0.append(event) } }
}
