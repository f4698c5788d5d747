public import NIOCore

/// The limits of a server beyond those of HTTP/2. Over a limit the call or the connection ends, and the event is
/// counted.
public struct ServerLimits: Sendable, Equatable {
    /// One request message, uncompressed. Over it: RESOURCE_EXHAUSTED. Bytes.
    public var maxRequestMessage = 4 * 1024 * 1024
    /// One response message. A handler that exceeds it fails the call with RESOURCE_EXHAUSTED. Bytes.
    public var maxResponseMessage = 16 * 1024 * 1024
    /// Request bytes that one connection may have waiting in unfinished calls. Over it: RESOURCE_EXHAUSTED. Bytes.
    public var maxBufferedPerConnection = 8 * 1024 * 1024
    /// Response bytes that one connection may have waiting for the peer's windows. The call that exceeds it fails with
    /// RESOURCE_EXHAUSTED. Bytes.
    public var maxUnsentPerConnection = 32 * 1024 * 1024
    /// Response bytes that all connections of one caller together may have waiting for the peer's windows. The call that exceeds it fails
    /// as above: a caller that opens connections and does not read takes no more memory than this. Bytes.
    public var maxUnsentPerCaller = 128 * 1024 * 1024
    /// Calls of one connection whose handlers have not answered, cancelled ones included. Calls.
    public var maxUnansweredPerConnection = 512
    /// Connections of the whole server. Connections.
    public var maxConnections = 4096
    /// Connections of one caller (one certificate identity). Connections.
    public var maxConnectionsPerCaller = 64
    /// Connections from one address (of IPv6: one network of 64 bits) whose handshake is not finished. Connections.
    public var maxHandshakesPerAddress = 64
    /// From accept to the end of the TLS handshake.
    public var handshakeTimeout: TimeAmount = .seconds(10)
    /// From the first byte of a header list to its last, and from the handshake to the client's preface.
    public var headersTimeout: TimeAmount = .seconds(10)
    /// From the end of the header list to the end of the request.
    public var bodyTimeout: TimeAmount = .seconds(30)
    /// A response that the peer's window does not let out.
    public var stalledResponseTimeout: TimeAmount = .seconds(30)
    /// A connection without open streams. Closed with GOAWAY.
    public var idleTimeout: TimeAmount = .minutes(15)
    /// Age at which a connection is asked to go away (GOAWAY); up to a tenth is added at random.
    public var maxConnectionAge: TimeAmount = .minutes(60)
    /// Time for open calls after that GOAWAY.
    public var ageGrace: TimeAmount = .seconds(30)
    /// Time for the peer to close, from when the socket has taken what we sent last; then the socket is closed. It has
    /// `stalledResponseTimeout` to take it, unless the connection is cut.
    public var closeTimeout: TimeAmount = .seconds(1)
    /// Longest deadline that a `grpc-timeout` may set; longer ones are shortened to it.
    public var maxDeadline: TimeAmount = .hours(1)

    /// How often a living connection's certificate is verified again (a revocation list may have become stale).
    public var recheckInterval: TimeAmount = .minutes(5)
    /// How often time limits are looked at; they may be exceeded by as much. Deadlines of calls are exact.
    public var tick: TimeAmount = .milliseconds(250)
    /// What one connection writes before the event loop looks at the sockets of the others; what is left waits for that. Bytes.
    public var maxFlush = 256 * 1024
    /// Bytes that may wait in the socket before a connection stops reading and writing.
    public var socketHighWater = 256 * 1024

    public init() {}

    /// The values above.
    public static let defaults = ServerLimits()
}
