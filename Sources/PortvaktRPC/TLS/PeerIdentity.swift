/// Who a peer proved to be: taken from a certificate whose chain, validity and revocation were verified.
///
/// Made only by ``UnverifiedPeer/verified(by:)``, so that holding one means the checks were done.
public struct PeerIdentity: Sendable, Equatable {
    /// Nine digits with a right check digit, from `organizationIdentifier` (OID 2.5.4.97, `NTRNO-…`).
    public let organizationNumber: String?
    /// The one `spiffe://` URI among the subject alternative names.
    public let spiffeID: String?
    /// SHA-256 over the certificate's DER, 32 bytes.
    public let fingerprint: [UInt8]
    /// The earliest end of validity in the chain, seconds since 1970 UTC. After it the connection is cut.
    public let notAfter: Int64

    init(organizationNumber: String?, spiffeID: String?, fingerprint: [UInt8], notAfter: Int64) {
        self.organizationNumber = organizationNumber
        self.spiffeID = spiffeID
        self.fingerprint = fingerprint
        self.notAfter = notAfter
    }
}

/// Why a peer's certificate gives no identity. Told to operators, never to the peer.
public enum PeerRefusal: Error, Sendable, Equatable {
    /// The peer presented no certificate.
    case noCertificate
    /// The chain did not verify: OpenSSL's `X509_V_ERR_*` code and its text.
    case chain(code: Int32, reason: String)
    /// Neither an organisation number nor a SPIFFE id.
    case noIdentity
    /// More than one `organizationIdentifier` or more than one `spiffe://` URI.
    case ambiguousIdentity
    /// `organizationIdentifier` is not `NTRNO-` and nine digits, or its check digit is wrong.
    case malformedOrganizationNumber
    /// The SPIFFE URI holds bytes outside printable ASCII, or has no trust domain.
    case malformedSPIFFE
}
