internal import NIOCore

/// Makes the header lists of one connection's requests (grpc/doc/PROTOCOL-HTTP2.md, "Requests"), and keeps the last:
/// calls of one method with the same time-out have the same list.
struct RequestFields {
    private let authority: String
    private let userAgent: String
    private var route: RPCRoute?
    private var timeout: TimeAmount?
    private var fields = HTTP2Fields()

    init(target: RPCTarget, userAgent: String) {
        let name = target.expectedName
        authority = name.contains(":") ? "[\(name)]:\(target.port)" : "\(name):\(target.port)"
        self.userAgent = userAgent
    }

    mutating func make(_ route: RPCRoute, timeout: TimeAmount?, metadata: Metadata) -> HTTP2Fields {
        if self.route !== route || self.timeout != timeout {
            self.route = route
            self.timeout = timeout
            fields.removeAll()
            fields.append(":method", "POST")
            fields.append(":scheme", "https")
            fields.append(":path", route.path)
            fields.append(":authority", authority)
            if let timeout { fields.append("grpc-timeout", GRPCTimeout.format(Self.rounded(timeout))) }
            fields.append("te", "trailers")
            fields.append("content-type", "application/grpc")
            fields.append("grpc-accept-encoding", "identity,gzip")
            fields.append("user-agent", userAgent)
        }
        guard !metadata.isEmpty else { return fields }
        var withMetadata = fields
        for entry in metadata.entries {
            withMetadata.append(entry.name.utf8, Metadata.wireValue(of: entry), isSensitive: true)
        }
        return withMetadata
    }

    /// Rounded up to whole milliseconds, so that the header compression table is not filled with distinct values. The
    /// caller's own timer is exact.
    static func rounded(_ time: TimeAmount) -> TimeAmount {
        let millisecond: Int64 = 1_000_000
        guard time.nanoseconds > 0, time.nanoseconds < .max - millisecond else { return time }
        return .nanoseconds((time.nanoseconds + millisecond - 1) / millisecond * millisecond)
    }
}
