internal import NIOCore

/// One call's stream: its protocol state and what was received of it. Reused by its connection.
final class ServerStream: HTTP2Stream {
    var head = RequestHead()
    var state = ServerStreamState()
    var body = RequestBody()
    /// The messages of a bidirectional call.
    var messages = MessageDeframer(maxMessageSize: 0)
    /// The fields that are not gRPC's own.
    var metadata = HTTP2Fields()
    /// The handler's call, from the end of the request to the end of the answer.
    var call: ServerCall?
    var openedAt = NIODeadline.uptimeNanoseconds(0)
    var headEndedAt = NIODeadline.uptimeNanoseconds(0)
    var deadline = NIODeadline.distantFuture
    /// Body bytes held that count against the connection's limit.
    var buffered = 0
    /// ``HTTP2Stream/progress`` as it was at `progressAt`.
    var progressSeen = 0
    var progressAt = NIODeadline.uptimeNanoseconds(0)

    func opened(at now: NIODeadline) {
        openedAt = now
        headEndedAt = now
        progressAt = now
    }

    /// Makes it as new, keeping its storage.
    func recycle() {
        resetForReuse()
        head = RequestHead()
        state = ServerStreamState()
        body.reset()
        messages.reset()
        metadata.removeAll()
        call = nil
        deadline = .distantFuture
        buffered = 0
        progressSeen = 0
    }
}

/// A verified peer that the policy let in.
struct AdmittedCaller {
    let peer: PeerIdentity
    let context: any CallerContext
    /// Under which its connections are counted.
    var censusKey: String { peer.organizationNumber ?? peer.spiffeID ?? "" }
}

/// What every connection of a server shares.
struct ServerShared: Sendable {
    let tls: TLSConfigurationSource
    let methods: MethodTable
    let policy: any CallerPolicy
    let limits: ServerLimits
    let http2: HTTP2Limits
    let counters: ServerCounters
    let census: ConnectionCensus
    /// Seconds since 1970 UTC, for the end of certificates.
    let wallClock: @Sendable () -> Int64
}
