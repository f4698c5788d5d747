internal import COpenSSL

/// The certificates that a peer presented. Nothing is known of them until ``verified(by:)`` says so.
struct UnverifiedPeer: Sendable {
    /// The peer's own certificate first, then what it sent with it; at most ``maxChainLength``.
    let chain: [X509Certificate]

    /// Certificates kept of what a peer sent.
    static let maxChainLength = 10

    /// Takes the certificates of a finished handshake.
    init(connection ssl: OpaquePointer, role: TLSRole) {
        var chain: [X509Certificate] = []
        if let leaf = unsafe SSL_get1_peer_certificate(ssl) { unsafe chain.append(X509Certificate(owning: leaf)) }
        if let sent = unsafe SSL_get_peer_cert_chain(ssl) {
            // A client's list holds the leaf too, a server's does not (SSL_get_peer_cert_chain(3)).
            let first: Int32 = role == .client ? 1 : 0
            let count = unsafe min(OPENSSL_sk_num(sent), Int32(Self.maxChainLength) - 1 + first)
            for index in stride(from: first, to: count, by: 1) {
                guard let raw = unsafe OPENSSL_sk_value(sent, index) else { continue }
                unsafe chain.append(X509Certificate.retaining(OpaquePointer(raw)))
            }
        }
        self.chain = chain
    }

    /// For tests and tools: certificates that came some other way.
    init(chain: [X509Certificate]) {
        self.chain = chain
    }

    /// Verifies chain, validity and revocation against what `context` trusts now, and takes the identity.
    ///
    /// Called at the handshake, although OpenSSL has verified there (the trust may have been reloaded meanwhile), and
    /// again for living connections whenever trust changes.
    func verified(by context: TLSContext) throws(PeerRefusal) -> PeerIdentity {
        guard let leaf = chain.first else { throw .noCertificate }
        let notAfter = try verifyChain(leaf, context)
        let number = try PeerNames.organizationNumber(of: leaf)
        let spiffe = try PeerNames.spiffeID(of: leaf)
        guard number != nil || spiffe != nil else { throw .noIdentity }
        return PeerIdentity(
            organizationNumber: number, spiffeID: spiffe, fingerprint: leaf.fingerprint, notAfter: notAfter)
    }

    private func verifyChain(_ leaf: X509Certificate, _ context: TLSContext) throws(PeerRefusal) -> Int64 {
        guard let work = unsafe X509_STORE_CTX_new(), let others = unsafe OPENSSL_sk_new_null() else {
            throw .chain(code: X509_V_ERR_OUT_OF_MEM, reason: "out of memory")
        }
        defer {
            unsafe X509_STORE_CTX_free(work)
            unsafe OPENSSL_sk_free(others)
            ERR_clear_error()
        }
        for certificate in chain.dropFirst() {
            unsafe OPENSSL_sk_push(others, UnsafeRawPointer(certificate.pointer))
        }
        guard unsafe X509_STORE_CTX_init(work, context.store, leaf.pointer, others) == 1,
            unsafe X509_STORE_CTX_set_default(work, context.role == .server ? "ssl_client" : "ssl_server") == 1
        else { throw .chain(code: X509_V_ERR_UNSPECIFIED, reason: OpenSSL.takeError()) }
        unsafe X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(work), TLSContext.securityLevel)
        guard unsafe X509_verify_cert(work) == 1 else {
            let code = unsafe X509_STORE_CTX_get_error(work)
            throw unsafe .chain(code: code, reason: String(cString: X509_verify_cert_error_string(Int(code))))
        }
        return unsafe earliestEnd(X509_STORE_CTX_get0_chain(work))
    }

    private func earliestEnd(_ verified: OpaquePointer?) -> Int64 {
        var earliest = Int64.max
        for index in 0..<(unsafe max(OPENSSL_sk_num(verified), 0)) {
            guard let raw = unsafe OPENSSL_sk_value(verified, index) else { continue }
            earliest = unsafe min(earliest, X509Certificate.retaining(OpaquePointer(raw)).notAfter)
        }
        return earliest
    }
}
