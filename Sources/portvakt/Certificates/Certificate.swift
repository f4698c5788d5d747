internal import COpenSSL
internal import Glibc
internal import PortvaktCore

/// An owner of an `X509*`.
@safe final class Certificate {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe X509_free(pointer) }

    /// The first certificate of a PEM file.
    static func load(_ path: String) throws -> Certificate {
        let bio = try MemoryBIO(try CertificateFile.read(path))
        guard let pointer = unsafe PEM_read_bio_X509(bio.pointer, nil, nil, nil) else {
            ERR_clear_error()
            throw Failure("\(path) holds no certificate in PEM form")
        }
        return unsafe Certificate(owning: pointer)
    }

    func pem() throws -> [UInt8] {
        let bio = try MemoryBIO()
        try OpenSSLFailure.check(unsafe PEM_write_bio_X509(bio.pointer, pointer), "write a certificate")
        return bio.takeBytes()
    }

    /// End of validity, seconds since 1970 UTC.
    var notAfter: Int64 { unsafe ASN1Time.seconds(X509_get0_notAfter(pointer)) ?? 0 }

    /// End of validity, RFC 3339.
    var validUntil: String { Instant(milliseconds: notAfter * 1000).rfc3339 }

    /// Whether nobody takes it any more at an instant, whoever signed it: from its last instant on, as OpenSSL has it (`X509_cmp_time`).
    func hasEnded(at instant: Instant) -> Bool { notAfter * 1000 <= instant.milliseconds }

    /// SHA-256 over the DER encoding, in hexadecimal.
    var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 32
        unsafe X509_digest(pointer, EVP_sha256(), &digest, &length)
        return Hexadecimal.text(digest)
    }

    /// The serial number in hexadecimal.
    var serial: String {
        let number = unsafe X509_get0_serialNumber(pointer)
        guard let start = unsafe ASN1_STRING_get0_data(number) else { return "" }
        return unsafe Hexadecimal.text(Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(number)))))
    }

    /// The subject in the form of RFC 2253.
    var subject: String {
        guard let bio = try? MemoryBIO() else { return "" }
        // XN_FLAG_RFC2253 without escaping of what is not ASCII (openssl/x509.h, openssl/asn1.h).
        let flags = UInt(XN_FLAG_SEP_COMMA_PLUS) | UInt(ASN1_STRFLGS_ESC_2253) | UInt(ASN1_STRFLGS_ESC_CTRL)
        unsafe X509_NAME_print_ex(bio.pointer, X509_get_subject_name(pointer), 0, flags)
        return String(decoding: bio.takeBytes(), as: UTF8.self)
    }

    /// Whether this key signed it.
    func isSigned(by issuer: Certificate) -> Bool {
        let key = unsafe X509_get0_pubkey(issuer.pointer)
        defer { ERR_clear_error() }
        return unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK && X509_verify(pointer, key) == 1
    }
}

/// Times as certificates and lists write them.
enum ASN1Time {
    /// Seconds since 1970 UTC; `nil` for one that is not there or cannot be read.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard let time = unsafe time, unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe Int64(timegm(&parts))
    }
}

enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
