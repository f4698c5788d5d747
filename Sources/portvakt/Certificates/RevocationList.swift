internal import COpenSSL
internal import Glibc
internal import PortvaktCore

/// An owner of an `X509_CRL*`.
@safe final class RevocationList {
    /// Why a certificate is revoked (RFC 5280 section 5.3.1).
    enum Reason: CaseIterable, Sendable {
        case unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation

        /// Its number there. No raw value: the help would show it as what stands when none is given, and nobody can write it.
        var code: Int {
            switch self {
            case .unspecified: 0
            case .keyCompromise: 1
            case .affiliationChanged: 3
            case .superseded: 4
            case .cessationOfOperation: 5
            }
        }
    }

    /// Days until the next list is due when nothing else is asked for.
    static let standardDays = 30

    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe X509_CRL_free(pointer) }

    /// An empty list, not signed yet.
    static func empty(of authority: Certificate) throws -> RevocationList {
        let list = unsafe RevocationList(owning: try OpenSSLFailure.present(X509_CRL_new(), "make a revocation list"))
        // Version 2 is written as 1 (RFC 5280 section 5.1.2.1).
        try OpenSSLFailure.check(unsafe X509_CRL_set_version(list.pointer, 1), "set the version")
        try OpenSSLFailure.check(
            unsafe X509_CRL_set_issuer_name(list.pointer, X509_get_subject_name(authority.pointer)), "set the issuer")
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, authority.pointer, nil, nil, list.pointer, 0)
        let identifier = try unsafe OpenSSLFailure.present(
            X509V3_EXT_conf_nid(nil, &context, NID_authority_key_identifier, "keyid:always"), "make an extension")
        defer { unsafe X509_EXTENSION_free(identifier) }
        try OpenSSLFailure.check(unsafe X509_CRL_add_ext(list.pointer, identifier, -1), "add an extension")
        return list
    }

    static func load(_ path: String) throws -> RevocationList {
        let bio = try MemoryBIO(try CertificateFile.read(path))
        guard let pointer = unsafe PEM_read_bio_X509_CRL(bio.pointer, nil, nil, nil) else {
            ERR_clear_error()
            throw Failure("\(path) holds no revocation list in PEM form")
        }
        return unsafe RevocationList(owning: pointer)
    }

    func contains(_ certificate: Certificate) -> Bool {
        var entry: OpaquePointer?
        return unsafe X509_CRL_get0_by_cert(pointer, &entry, certificate.pointer) > 0
    }

    /// When the next list is due, seconds since 1970 UTC; `nil` when it does not say (RFC 5280 section 5.1.2.5 demands it).
    var nextUpdate: Int64? { unsafe ASN1Time.seconds(X509_CRL_get0_nextUpdate(pointer)) }

    /// The same, RFC 3339.
    var validUntil: String? { nextUpdate.map { Instant(milliseconds: $0 * 1000).rfc3339 } }

    /// Whether nobody may rely on it any more at an instant: from its next update on, as OpenSSL has it (`X509_cmp_time`), and always
    /// when it does not say until when.
    func isStale(at instant: Instant) -> Bool { nextUpdate.map { $0 * 1000 <= instant.milliseconds } ?? true }

    /// Whether it is this authority's, and its key signed it: only then it says who is revoked.
    func isSigned(by authority: Certificate) -> Bool {
        let names = unsafe (X509_CRL_get_issuer(pointer), X509_get_subject_name(authority.pointer))
        defer { ERR_clear_error() }
        return unsafe X509_NAME_cmp(names.0, names.1) == 0
            && X509_CRL_verify(pointer, X509_get0_pubkey(authority.pointer)) == 1
    }

    /// How many certificates it revokes.
    var count: Int {
        guard let entries = unsafe X509_CRL_get_REVOKED(pointer) else { return 0 }
        return unsafe Int(max(OPENSSL_sk_num(entries), 0))
    }

    /// Adds a certificate, as revoked now.
    func add(_ certificate: Certificate, reason: Reason) throws {
        let entry = try unsafe OpenSSLFailure.present(X509_REVOKED_new(), "revoke")
        let time = try unsafe OpenSSLFailure.present(X509_gmtime_adj(nil, 0), "tell the time")
        defer { unsafe ASN1_TIME_free(time) }
        do {
            let serial = unsafe X509_get_serialNumber(certificate.pointer)
            try OpenSSLFailure.check(unsafe X509_REVOKED_set_serialNumber(entry, serial), "revoke")
            try OpenSSLFailure.check(unsafe X509_REVOKED_set_revocationDate(entry, time), "revoke")
            if reason != .unspecified {
                let code = try unsafe OpenSSLFailure.present(ASN1_ENUMERATED_new(), "revoke")
                defer { unsafe ASN1_ENUMERATED_free(code) }
                try OpenSSLFailure.check(unsafe ASN1_ENUMERATED_set(code, reason.code), "revoke")
                try OpenSSLFailure.check(
                    unsafe X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, UInt(X509V3_ADD_DEFAULT)), "revoke"
                )
            }
            try OpenSSLFailure.check(unsafe X509_CRL_add0_revoked(pointer, entry), "revoke")
        } catch {
            unsafe X509_REVOKED_free(entry)
            throw error
        }
    }

    /// Signs it as the list that holds from now; the list's number grows by one.
    func sign(by authority: Certificate, key: PrivateKey, days: Int) throws {
        let now = try unsafe OpenSSLFailure.present(
            X509_gmtime_adj(nil, -CertificateRequest.backdating), "tell the time")
        defer { unsafe ASN1_TIME_free(now) }
        try OpenSSLFailure.check(unsafe X509_CRL_set1_lastUpdate(pointer, now), "date the list")
        // From now, and not from when the list says that it was made (X509_time_adj_ex(3)).
        guard unsafe X509_time_adj_ex(now, Int32(days), 0, nil) != nil else {
            throw OpenSSLFailure.make("date the list")
        }
        try OpenSSLFailure.check(unsafe X509_CRL_set1_nextUpdate(pointer, now), "date the list")
        let number = try unsafe OpenSSLFailure.present(ASN1_INTEGER_new(), "number the list")
        defer { unsafe ASN1_INTEGER_free(number) }
        try OpenSSLFailure.check(unsafe ASN1_INTEGER_set_int64(number, self.number + 1), "number the list")
        try OpenSSLFailure.check(
            unsafe X509_CRL_add1_ext_i2d(pointer, NID_crl_number, number, 0, UInt(X509V3_ADD_REPLACE)),
            "number the list")
        try OpenSSLFailure.check(unsafe X509_CRL_sort(pointer), "sort the list")
        try OpenSSLFailure.check(unsafe X509_CRL_sign(pointer, key.pointer, key.digest), "sign the list")
    }

    /// The list's number (RFC 5280 section 5.2.3); 0 when it has none.
    var number: Int64 {
        guard let decoded = unsafe X509_CRL_get_ext_d2i(pointer, NID_crl_number, nil, nil) else { return 0 }
        let integer = unsafe decoded.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { unsafe ASN1_INTEGER_free(integer) }
        var value: Int64 = 0
        return unsafe ASN1_INTEGER_get_int64(&value, integer) == 1 ? value : 0
    }

    func pem() throws -> [UInt8] {
        let bio = try MemoryBIO()
        try OpenSSLFailure.check(unsafe PEM_write_bio_X509_CRL(bio.pointer, pointer), "write a revocation list")
        return bio.takeBytes()
    }
}
