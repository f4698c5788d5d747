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
