internal import COpenSSL

/// Which end of a connection.
enum TLSRole: Sendable, Hashable {
    case server
    case client
}

/// One owner of an `SSL_CTX*`: TLS 1.3 only, ALPN `h2` (a server may allow `http/1.1` too), both sides with certificates, no resumption of any kind.
///
/// `@unchecked Sendable`: the context is configured in `init` and not changed afterwards; OpenSSL makes `SSL_new` and
/// chain verification safe on a context and its store that several threads share.
@safe final class TLSContext: @unchecked Sendable {
    /// Signature algorithms that we make and accept: no PKCS#1 v1.5, no SHA-1 (RFC 8446 section 4.2.3).
    static let signatureAlgorithms =
        "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ed25519:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384"
        + ":rsa_pss_pss_sha256:rsa_pss_pss_sha384"
    /// Key exchange groups, best first: the hybrid one needs OpenSSL 3.5.
    static let groupsWithHybrid = "X25519MLKEM768:X25519:P-256:P-384"
    static let groups = "X25519:P-256:P-384"
    /// OpenSSL's security level: 2 is 112 bits (RSA 2048, no SHA-1).
    static let securityLevel: Int32 = 2

    let role: TLSRole
    let files: TLSFiles
    let allowsHTTP1: Bool
    let ends: TLSEnds
    let pointer: OpaquePointer

    /// Reads the files and refuses what is missing, unreadable, mismatched or expired. Blocking.
    init(role: TLSRole, files: TLSFiles, allowsHTTP1: Bool = false) throws(TLSFileError) {
        guard let pointer = unsafe SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()) else {
            throw TLSFileError(path: files.certificateChain, problem: .refusedByLibrary(OpenSSL.takeError()))
        }
        self.role = role
        self.files = files
        self.allowsHTTP1 = allowsHTTP1
        unsafe self.pointer = pointer
        do throws(TLSFileError) {
            ends = try unsafe TLSContextLoader(
                pointer: pointer, role: role, files: files, allowsHTTP1: allowsHTTP1
            ).load()
        } catch {
            unsafe SSL_CTX_free(pointer)
            throw error
        }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// The certificates and revocation lists that peers are checked against.
    var store: OpaquePointer? { unsafe SSL_CTX_get_cert_store(pointer) }
}
