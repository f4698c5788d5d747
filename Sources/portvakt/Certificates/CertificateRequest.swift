internal import COpenSSL
internal import Glibc
internal import PortvaktCore

/// What a certificate shall say.
struct CertificateRequest {
    /// What its holder may use it for.
    enum Use: Sendable {
        case authority
        case server(hosts: [String])
        case client(System.Identity)
    }

    /// Days that a certificate holds when nothing else is asked for.
    static let standardDays = 90
    /// Longest validity. Days.
    static let maximumDays = 3650
    /// Seconds by which validity begins in the past: clocks differ.
    static let backdating = 300

    let commonName: String
    let use: Use
    let days: Int

    /// Makes the certificate, for the key and signed by the issuer; without an issuer it signs itself. It never ends after its issuer:
    /// nobody would take it any more, whatever it said.
    func sign(key: PrivateKey, issuer: (certificate: Certificate, key: PrivateKey)?) throws -> Certificate {
        let certificate = unsafe Certificate(owning: try OpenSSLFailure.present(X509_new(), "make a certificate"))
        let pointer = unsafe certificate.pointer
        // Version 3 is written as 2 (RFC 5280 section 4.1.2.1).
        try OpenSSLFailure.check(unsafe X509_set_version(pointer, 2), "set the version")
        try SerialNumber.random().write(to: certificate)
        let start = unsafe X509_gmtime_adj(X509_getm_notBefore(pointer), -Self.backdating)
        let end = unsafe X509_time_adj_ex(X509_getm_notAfter(pointer), Int32(days), 0, nil)
        guard unsafe start != nil, unsafe end != nil else { throw OpenSSLFailure.make("set the validity") }
        if let last = unsafe issuer.map({ unsafe X509_get0_notAfter($0.certificate.pointer) }),
            unsafe ASN1_TIME_compare(X509_get0_notAfter(pointer), last) > 0
        {
            try OpenSSLFailure.check(unsafe X509_set1_notAfter(pointer, last), "set the validity")
        }
        try setNames(of: certificate, issuer: issuer?.certificate)
        try OpenSSLFailure.check(unsafe X509_set_pubkey(pointer, key.pointer), "set the key")
        try CertificateExtensions(certificate: certificate, issuer: issuer?.certificate ?? certificate).add(for: use)
        let signer = issuer?.key ?? key
        try OpenSSLFailure.check(unsafe X509_sign(pointer, signer.pointer, signer.digest), "sign the certificate")
        return certificate
    }

    private func setNames(of certificate: Certificate, issuer: Certificate?) throws {
        let name = try unsafe OpenSSLFailure.present(X509_NAME_new(), "make a name")
        defer { unsafe X509_NAME_free(name) }
        try unsafe Self.add(NID_commonName, commonName, to: name)
        if case .client(.organizationNumber(let digits)) = use {
            // ETSI EN 319 412-1 section 5.1.4: the national trade register of Norway.
            try unsafe Self.add(NID_organizationIdentifier, "NTRNO-" + digits, to: name)
        }
        try OpenSSLFailure.check(unsafe X509_set_subject_name(certificate.pointer, name), "set the subject")
        let issuerName = unsafe issuer.map { unsafe X509_get_subject_name($0.pointer) } ?? name
        try OpenSSLFailure.check(unsafe X509_set_issuer_name(certificate.pointer, issuerName), "set the issuer")
    }

    private static func add(_ field: Int32, _ text: String, to name: OpaquePointer) throws {
        try OpenSSLFailure.check(
            unsafe X509_NAME_add_entry_by_NID(name, field, MBSTRING_FLAG, text, -1, -1, 0), "write a name")
    }
}

/// A certificate's serial number: 16 random bytes, positive (RFC 5280 section 4.1.2.2).
struct SerialNumber {
    private let bytes: [UInt8]

    static func random() throws -> SerialNumber {
        var bytes = [UInt8](repeating: 0, count: 16)
        try OpenSSLFailure.check(unsafe RAND_bytes(&bytes, 16), "get random bytes")
        // Neither negative nor with a leading zero, which DER would not keep.
        bytes[0] = bytes[0] & 0x3F | 0x40
        return SerialNumber(bytes: bytes)
    }

    func write(to certificate: Certificate) throws {
        let number = unsafe X509_get_serialNumber(certificate.pointer)
        try OpenSSLFailure.check(unsafe ASN1_STRING_set(number, bytes, Int32(bytes.count)), "set the serial number")
    }
}
