/// When what an endpoint was given ends, in seconds since 1970 UTC.
public struct TLSEnds: Equatable, Sendable {
    /// The first of the endpoint's own chain.
    public var certificate: Int64
    /// The first of the authorities that are trusted.
    public var authority: Int64
    /// The revocation list that is past its next update first: then everybody under it is refused. `nil` without a list, and when a stale
    /// one is accepted.
    public var revocationList: Int64?

    public init(certificate: Int64, authority: Int64, revocationList: Int64? = nil) {
        self.certificate = certificate
        self.authority = authority
        self.revocationList = revocationList
    }
}
