internal import COpenSSL
internal import Glibc

/// One owner of an `X509*`.
///
/// `@unchecked Sendable`: the certificate is not changed after parsing; OpenSSL counts its references atomically and
/// guards its own cached extension data with a lock (`X509_check_purpose` on first use).
@safe final class X509Certificate: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe X509_free(pointer) }

    /// Another owner of the same certificate.
    static func retaining(_ pointer: OpaquePointer) -> X509Certificate {
        unsafe X509_up_ref(pointer)
        return unsafe X509Certificate(owning: pointer)
    }

    /// End of validity, seconds since 1970 UTC.
    var notAfter: Int64 { unsafe Self.seconds(X509_get0_notAfter(pointer)) ?? .min }

    /// Start of validity, seconds since 1970 UTC.
    var notBefore: Int64 { unsafe Self.seconds(X509_get0_notBefore(pointer)) ?? .max }

    /// Whether its extended key usage allows a server. Without one, it may be used for anything (RFC 5280 section 4.2.1.12).
    var isForServers: Bool {
        let usage = unsafe X509_get_extended_key_usage(pointer)
        return usage == .max || usage & UInt32(XKU_SSL_SERVER) != 0
    }

    /// Whether its basic constraints, and its key usage if it has one, are an authority's.
    var isAuthority: Bool { unsafe X509_check_ca(pointer) == 1 }

    /// Whether a revocation list is this authority's, by name and signature.
    func issued(_ list: OpaquePointer) -> Bool {
        defer { ERR_clear_error() }
        guard unsafe X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(pointer)) == 0 else { return false }
        return unsafe X509_CRL_verify(list, X509_get0_pubkey(pointer)) == 1
    }

    /// SHA-256 over the DER encoding, 32 bytes.
    var fingerprint: [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 32
        unsafe X509_digest(pointer, EVP_sha256(), &digest, &length)
        return digest
    }

    /// An ASN.1 time as seconds since 1970 UTC; nil when it is malformed.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard let time = unsafe time, unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe Int64(timegm(&parts))
    }
}

/// The wall clock in whole seconds since 1970 UTC.
func wallClockSeconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec)
}
