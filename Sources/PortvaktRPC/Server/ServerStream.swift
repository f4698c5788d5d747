internal import NIOCore

/// One call's stream: its protocol state and what was received of it. Reused by its connection.
///
/// `@exclusivity(unchecked)` stands where a value is changed for every field or frame by methods that call nothing of
/// ours: such changes cannot overlap, and checking that at run time cost a tenth of a call.
final class ServerStream: HTTP2Stream {
    @exclusivity(unchecked) var head = RequestHead()
    @exclusivity(unchecked) var state = ServerStreamState()
    @exclusivity(unchecked) var body = RequestBody()
    /// The messages of a bidirectional call.
    var messages = MessageDeframer(maxMessageSize: 0)
    /// The fields that are not gRPC's own.
    @exclusivity(unchecked) var metadata = HTTP2Fields()
    /// The handler's call, from the end of the request to the end of the answer.
    var call: ServerCall?
    /// The request of a page; nil for a call.
    var page: PageRequest?
    var headEndedAt = NIODeadline.uptimeNanoseconds(0)
    var deadline = NIODeadline.distantFuture
    /// Body bytes held that count against the connection's limit.
    var buffered = 0
    /// ``HTTP2Stream/progress`` as it was at `progressAt`.
    var progressSeen = 0
    var progressAt = NIODeadline.uptimeNanoseconds(0)

    func opened(at now: NIODeadline) {
        headEndedAt = now
        progressAt = now
    }

    /// Makes it as new, keeping its storage.
    func recycle() {
        resetForReuse()
        unsafe head = RequestHead()
        unsafe state = ServerStreamState()
        unsafe body.reset()
        if messages.bufferedBytes > 0 || !messages.isAtBoundary { messages.reset() }
        if unsafe !metadata.isEmpty { unsafe metadata.removeAll() }
        call = nil
        page = nil
        deadline = .distantFuture
        buffered = 0
        progressSeen = 0
    }
}

/// A verified peer that the policy let in.
final class AdmittedCaller: Sendable {
    let peer: PeerIdentity
    let context: any CallerContext

    init(peer: PeerIdentity, context: any CallerContext) {
        self.peer = peer
        self.context = context
    }

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
