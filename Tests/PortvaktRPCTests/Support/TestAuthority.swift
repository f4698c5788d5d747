import COpenSSL
import Foundation

@testable import PortvaktRPC

/// A certification authority in memory.
final class TestAuthority {
    private let key: OpaquePointer
    let certificate: OpaquePointer

    /// A root that signs itself. Takes over `key`.
    init(commonName: String, key: OpaquePointer) throws {
        self.key = key
        var request = TestPKI.Request()
        request.isAuthority = true
        certificate = try Self.make(
            commonName, request, serial: 1, subjectKey: key, issuer: nil, issuerKey: key)
    }

    /// An authority below `issuer`. `notAfter` in seconds from now.
    init(commonName: String, below issuer: TestAuthority, serial: Int, notAfter: Int) throws {
        key = try TestPKI.makeKey(.p256)
        var request = TestPKI.Request()
        request.isAuthority = true
        request.notAfter = notAfter
        certificate = try issuer.sign(key, commonName: commonName, request, serial: serial)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// The number that its own issuer gave it.
    var serial: Int { ASN1_INTEGER_get(X509_get_serialNumber(certificate)) }

    func sign(
        _ subjectKey: OpaquePointer, commonName: String, _ request: TestPKI.Request, serial: Int
    ) throws -> OpaquePointer {
        try Self.make(
            commonName, request, serial: serial, subjectKey: subjectKey, issuer: certificate, issuerKey: key)
    }

    func writeCertificate(to path: String) throws {
        try TestPKI.writePEM(path, mode: 0o644) { PEM_write_bio_X509($0, certificate) }
    }

    func writeRevocationList(to path: String, serials: [Int], nextUpdate: Int) throws {
        let list = X509_CRL_new()
        defer { X509_CRL_free(list) }
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
        let time = ASN1_TIME_new()
        defer { ASN1_TIME_free(time) }
        X509_gmtime_adj(time, min(-60, nextUpdate - 60))
        X509_CRL_set1_lastUpdate(list, time)
        for serial in serials {
            let entry = X509_REVOKED_new()
            let number = ASN1_INTEGER_new()
            ASN1_INTEGER_set(number, serial)
            X509_REVOKED_set_serialNumber(entry, number)
            X509_REVOKED_set_revocationDate(entry, time)
            ASN1_INTEGER_free(number)
            X509_CRL_add0_revoked(list, entry)
        }
        X509_gmtime_adj(time, nextUpdate)
        X509_CRL_set1_nextUpdate(list, time)
        guard X509_CRL_sign(list, key, Self.digest(key)) > 0 else {
            throw TestPKI.Failure.openSSL(OpenSSL.takeError())
        }
        try TestPKI.writePEM(path, mode: 0o644) { PEM_write_bio_X509_CRL($0, list) }
    }

    private static func digest(_ key: OpaquePointer) -> OpaquePointer? {
        EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
    }

    private static func make(
        _ commonName: String, _ request: TestPKI.Request, serial: Int, subjectKey: OpaquePointer,
        issuer: OpaquePointer?, issuerKey: OpaquePointer
    ) throws -> OpaquePointer {
        guard let certificate = X509_new() else { throw TestPKI.Failure.openSSL("X509_new") }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), request.notBefore)
        X509_gmtime_adj(X509_getm_notAfter(certificate), request.notAfter)
        let name = X509_NAME_new()
        defer { X509_NAME_free(name) }
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_FLAG, commonName, -1, -1, 0)
        for identifier in request.organizationIdentifiers {
            X509_NAME_add_entry_by_txt(name, "2.5.4.97", MBSTRING_FLAG, identifier, -1, -1, 0)
        }
        X509_set_subject_name(certificate, name)
        X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0) } ?? name)
        X509_set_pubkey(certificate, subjectKey)
        for (nid, value) in extensions(request) {
            try add(nid, value, to: certificate, issuer: issuer ?? certificate)
        }
        guard X509_sign(certificate, issuerKey, digest(issuerKey)) > 0 else {
            throw TestPKI.Failure.openSSL(OpenSSL.takeError())
        }
        return certificate
    }

    private static func extensions(_ request: TestPKI.Request) -> [(Int32, String)] {
        var list: [(Int32, String)] = []
        if request.isAuthority {
            list.append((NID_basic_constraints, "critical,CA:TRUE"))
            list.append((NID_key_usage, "critical,keyCertSign,cRLSign"))
        } else {
            list.append((NID_basic_constraints, "critical,CA:FALSE"))
            list.append((NID_key_usage, "critical,digitalSignature"))
            let usages = [request.isServer ? "serverAuth" : nil, request.isClient ? "clientAuth" : nil]
            let stated = usages.compactMap { $0 }
            if !stated.isEmpty { list.append((NID_ext_key_usage, stated.joined(separator: ","))) }
        }
        list.append((NID_subject_key_identifier, "hash"))
        if !request.alternativeNames.isEmpty {
            list.append((NID_subject_alt_name, request.alternativeNames.joined(separator: ",")))
        }
        return list
    }

    private static func add(
        _ nid: Int32, _ value: String, to certificate: OpaquePointer, issuer: OpaquePointer
    ) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let added = X509V3_EXT_conf_nid(nil, &context, nid, value) else {
            throw TestPKI.Failure.openSSL(OpenSSL.takeError())
        }
        X509_add_ext(certificate, added, -1)
        X509_EXTENSION_free(added)
    }
}
