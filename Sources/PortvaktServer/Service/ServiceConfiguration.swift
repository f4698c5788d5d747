public import PortvaktCore
public import PortvaktLedger
public import PortvaktRPC

/// Everything that one running service needs.
public struct ServiceConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0: any free one.
    public var port = 0
    /// Where `/metrics`, `/ready` and `/live` are served; `nil`: nowhere.
    public var metrics: (host: String, port: Int)?
    public var tls: TLSFiles
    /// Names this node's stream of decisions.
    public var node: Identifier
    /// May register systems before any is registered.
    public var administrator: System.Identity?
    public var profiles: ProfileShelf
    /// Signs the heads of the streams and guards against an old copy of the ledger.
    public var checkpoints: Checkpointer?
    /// Where entries of the ledger are looked up; `nil`: the ledger itself is read. The service closes it.
    public var index: (any LedgerIndex)?
    /// Signs receipts of consents; `nil`: there are none. The same key as the checkpoints'.
    public var signingKey: SigningKey?
    public var clock: any Clock
    public var eventLoops = 1
    public var limits = ServerLimits.defaults
    /// Told of everything an operator should know; called on any thread.
    public var onEvent: @Sendable (ServiceEvent) -> Void = { _ in }

    public init(tls: TLSFiles, node: Identifier, profiles: ProfileShelf, clock: any Clock = WallClock()) {
        self.tls = tls
        self.node = node
        self.profiles = profiles
        self.clock = clock
    }

    /// Loads the TLS files as a start does, and looks up the addresses; listens on none. Blocks.
    /// - Throws: the sentence that a start would end with.
    public func check() throws {
        try tls.checkForServer()
        try ListenError.check(.listen, host: host, port: port)
        if let metrics { try ListenError.check(.metrics, host: metrics.host, port: metrics.port) }
    }
}
