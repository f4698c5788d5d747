import COpenSSL
import Foundation

@testable import PortvaktRPC

/// Certificates made for one test in a temporary folder, which goes away with the object.
///
/// Made with OpenSSL's own functions, so that nothing of what is tested makes them.
final class TestPKI {
    enum Failure: Error {
        case openSSL(String)
    }

    enum KeyKind {
        case p256
        case p384
        case ed25519
        case rsa2048
        /// Weaker than we take.
        case rsa1024
    }

    /// What a certificate says.
    struct Request {
        var organizationIdentifiers: [String] = []
        /// As `openssl x509v3_config` writes them: `URI:spiffe://…`, `IP:127.0.0.1`, `DNS:…`.
        var alternativeNames: [String] = []
        var isServer = false
        var isClient = true
        var isAuthority = false
        var key = KeyKind.p256
        /// Seconds from now.
        var notBefore = -3600
        var notAfter = 86400

        static func client(_ organizationNumber: String) -> Request {
            Request(organizationIdentifiers: ["NTRNO-\(organizationNumber)"])
        }

        static func spiffe(_ id: String) -> Request { Request(alternativeNames: ["URI:\(id)"]) }

        static let server = Request(
            alternativeNames: ["IP:127.0.0.1", "DNS:localhost"], isServer: true, isClient: false)
    }

    /// A certificate and its key, in files.
    struct Credential {
        let certificate: String
        let key: String
        let serial: Int
    }

    let folder: String
    let authority: TestAuthority
    private var serial = 1

    init(authorityKey: KeyKind = .p256) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("rpc-" + UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        authority = try TestAuthority(commonName: "root", key: Self.makeKey(authorityKey))
        try authority.writeCertificate(to: folder + "/ca.pem")
        try writeRevocationList()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var trustAnchors: String { folder + "/ca.pem" }
    var revocationLists: String { folder + "/crl.pem" }

    /// The files of a server or client that uses `credential`.
    func files(_ credential: Credential, revocation: Bool = true) -> TLSFiles {
        TLSFiles(
            certificateChain: credential.certificate, privateKey: credential.key, trustAnchors: trustAnchors,
            revocationLists: revocation ? revocationLists : nil)
    }

    /// Makes a key and a certificate signed by `issuer` (the root when nil) and writes both.
    func issue(_ name: String, _ request: Request, by issuer: TestAuthority? = nil) throws -> Credential {
        serial += 1
        let key = try Self.makeKey(request.key)
        defer { EVP_PKEY_free(key) }
        let certificate = try (issuer ?? authority).sign(key, commonName: name, request, serial: serial)
        defer { X509_free(certificate) }
        let credential = Credential(
            certificate: folder + "/\(name).pem", key: folder + "/\(name).key", serial: serial)
        try Self.writePEM(credential.certificate, mode: 0o644) { PEM_write_bio_X509($0, certificate) }
        try Self.writePEM(credential.key, mode: 0o600) { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        return credential
    }

    /// An authority below the root. Its certificate is in what it issues; its revocation list follows the root's. `notAfter` in seconds
    /// from now.
    func makeIntermediate(notAfter: Int = 86400) throws -> TestAuthority {
        serial += 1
        return try TestAuthority(commonName: "intermediate", below: authority, serial: serial, notAfter: notAfter)
    }

    /// Puts more certificates behind the first in a file.
    func append(_ authorities: [TestAuthority], to path: String) throws {
        var text = try String(contentsOfFile: path, encoding: .utf8)
        for authority in authorities {
            try authority.writeCertificate(to: folder + "/part.pem")
            text += try String(contentsOfFile: folder + "/part.pem", encoding: .utf8)
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Writes the lists of the root and of `intermediate` into one file.
    /// - Parameter isRevoked: the root has revoked the intermediate itself.
    func writeRevocationLists(
        _ intermediate: TestAuthority, revoked: [Credential] = [], isRevoked: Bool = false
    ) throws {
        try intermediate.writeRevocationList(to: revocationLists, serials: revoked.map(\.serial), nextUpdate: 3600)
        let below = try String(contentsOfFile: revocationLists, encoding: .utf8)
        try authority.writeRevocationList(
            to: revocationLists, serials: isRevoked ? [intermediate.serial] : [], nextUpdate: 3600)
        let root = try String(contentsOfFile: revocationLists, encoding: .utf8)
        try (root + below).write(toFile: revocationLists, atomically: true, encoding: .utf8)
    }

    /// Writes the root's revocation list. `nextUpdate` in seconds from now.
    func writeRevocationList(revoked: [Credential] = [], nextUpdate: Int = 3600) throws {
        try authority.writeRevocationList(
            to: revocationLists, serials: revoked.map(\.serial), nextUpdate: nextUpdate)
    }

    static func makeKey(_ kind: KeyKind) throws -> OpaquePointer {
        let id =
            switch kind {
            case .p256, .p384: EVP_PKEY_EC
            case .ed25519: EVP_PKEY_ED25519
            case .rsa2048, .rsa1024: EVP_PKEY_RSA
            }
        let work = EVP_PKEY_CTX_new_id(id, nil)
        defer { EVP_PKEY_CTX_free(work) }
        EVP_PKEY_keygen_init(work)
        switch kind {
        case .p256: EVP_PKEY_CTX_set_ec_paramgen_curve_nid(work, NID_X9_62_prime256v1)
        case .p384: EVP_PKEY_CTX_set_ec_paramgen_curve_nid(work, NID_secp384r1)
        case .rsa2048: EVP_PKEY_CTX_set_rsa_keygen_bits(work, 2048)
        case .rsa1024: EVP_PKEY_CTX_set_rsa_keygen_bits(work, 1024)
        case .ed25519: break
        }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen(work, &key) == 1, let key else { throw Failure.openSSL(OpenSSL.takeError()) }
        return key
    }

    static func writePEM(_ path: String, mode: Int, _ write: (OpaquePointer?) -> Int32) throws {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw Failure.openSSL(OpenSSL.takeError()) }
        var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(bio)))
        BIO_read(bio, &bytes, Int32(bytes.count))
        // Written whole and renamed, as an operator's tool would.
        let draft = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: draft, contents: Data(bytes), attributes: [.posixPermissions: mode]),
            rename(draft, path) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }
}
