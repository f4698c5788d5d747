public import NIOCore

/// One address of a service.
public struct RPCTarget: Sendable, Equatable, CustomStringConvertible {
    /// A name or an IP address.
    public var host: String
    public var port: Int
    /// The name or IP address that the server's certificate must carry; nil: `host`.
    public var serverName: String?

    public init(host: String, port: Int, serverName: String? = nil) {
        self.host = host
        self.port = port
        self.serverName = serverName
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// What the certificate is checked against.
    var expectedName: String { serverName ?? host }
}

/// What a channel needs and which limits it keeps.
public struct RPCChannelConfiguration: Sendable {
    /// In order of preference; the first that answers is used until it is lost or cannot be connected to, then the next.
    public var targets: [RPCTarget]
    public var tls: TLSFiles
    /// Asked after the chain and the host name were verified; false: the connection is not used. Nil: the host name is
    /// enough. With it a certificate without organisation number and SPIFFE id is refused.
    public var isExpectedPeer: (@Sendable (PeerIdentity) -> Bool)?
    /// Deadline of unary calls that state none.
    public var defaultTimeout: TimeAmount = .seconds(10)
    /// Calls made while no address can be reached wait for their deadline instead of failing with UNAVAILABLE at once.
    public var waitsForReady = false
    /// One response message, uncompressed. Over it: RESOURCE_EXHAUSTED. Bytes.
    public var maxResponseMessage = 4 * 1024 * 1024
    /// One request message. Over it: RESOURCE_EXHAUSTED, and nothing is sent. Bytes.
    public var maxRequestMessage = 4 * 1024 * 1024
    /// Calls that wait for a connection or for the server's limit of streams. Over it: RESOURCE_EXHAUSTED. Calls.
    public var maxWaitingCalls = 16 * 1024
    /// How often a call that the server says it did not process is sent again.
    public var maxRetries = 3
    /// From the first packet to the server's SETTINGS, for each address.
    public var connectTimeout: TimeAmount = .seconds(5)
    public var backoff = ConnectBackoff.Limits()
    /// Keepalive PINGs are sent while no call is open too.
    public var keepsAliveWhenIdle = true
    /// How often time limits are looked at; they may be exceeded by as much. Deadlines of calls are exact.
    public var tick: TimeAmount = .milliseconds(250)
    /// How often the TLS files are looked at for changes; nil: only ``RPCChannel/reload()`` loads them again.
    public var fileCheckInterval: TimeAmount? = .seconds(10)
    /// Told of every reload that was not asked for with ``RPCChannel/reload()``. Runs on some thread.
    public var onReload: (@Sendable (Result<Void, TLSFileError>) -> Void)?
    public var http2 = HTTP2Limits.defaults
    /// Bytes that may wait in the socket before no more is written to it. Bytes.
    public var socketHighWater = 256 * 1024
    /// Sent as `user-agent`.
    public var userAgent = "portvakt-rpc"

    public init(targets: [RPCTarget], tls: TLSFiles) {
        self.targets = targets
        self.tls = tls
    }
}
