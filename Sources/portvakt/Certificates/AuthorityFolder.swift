internal import COpenSSL
internal import Glibc
internal import PortvaktCore

/// A folder with a development authority and what it has issued:
/// `ca.pem`, `ca.key`, `crl.pem`, and `NAME.pem` with `NAME.key` for every holder.
struct AuthorityFolder {
    static let authorityName = "ca"
    static let listName = "crl"
    /// Longest name of a holder. Bytes.
    static let maximumNameLength = 64

    let path: String

    var certificatePath: String { file(Self.authorityName, "pem") }
    var keyPath: String { file(Self.authorityName, "key") }
    var listPath: String { file(Self.listName, "pem") }

    func file(_ name: String, _ kind: String) -> String {
        (path.hasSuffix("/") ? path : path + "/") + name + "." + kind
    }

    /// What a command made.
    struct Issued {
        var name: String
        var certificatePath: String
        var keyPath: String
        var certificate: Certificate
        /// What it identifies its holder as: the host names, `NTRNO-…`, a `spiffe://` URI.
        var identity: String
        /// It ends with its authority, earlier than was asked for.
        var isShortened = false
    }

    /// A holder to make a key and a certificate for.
    struct Holder {
        var name: String
        var use: CertificateRequest.Use
        /// Days until the certificate ends; earlier when its authority does.
        var days: Int
    }

    private typealias File = (path: String, bytes: [UInt8], mode: mode_t)

    /// Makes the authority, an empty revocation list and the first holders: all of it, or nothing.
    func make(algorithm: KeyAlgorithm, days: Int, listDays: Int, holders: [Holder]) throws -> [Issued] {
        let key = try PrivateKey.generate(algorithm)
        let name = "Portvakt development authority"
        let certificate = try CertificateRequest(commonName: name, use: .authority, days: days).sign(
            key: key, issuer: nil)
        let list = try RevocationList.empty(of: certificate)
        try list.sign(by: certificate, key: key, days: listDays)
        var issued = [
            Issued(
                name: Self.authorityName, certificatePath: certificatePath, keyPath: keyPath, certificate: certificate,
                identity: name)
        ]
        var files: [File] = [
            (keyPath, try key.pem(), 0o600), (certificatePath, try certificate.pem(), 0o644),
            (listPath, try list.pem(), 0o644),
        ]
        for holder in holders {
            let made = try made(holder, algorithm, by: (certificate, key))
            issued.append(made.issued)
            files += made.files
        }
        try CertificateFile.makeFolder(path)
        try CertificateFile.createAll(files)
        return issued
    }

    /// Makes a key and a certificate for a holder.
    func issue(_ name: String, use: CertificateRequest.Use, algorithm: KeyAlgorithm, days: Int) throws -> Issued {
        try Self.check(name)
        let made = try made(Holder(name: name, use: use, days: days), algorithm, by: loadAuthority())
        try CertificateFile.createAll(made.files)
        return made.issued
    }

    private func made(
        _ holder: Holder, _ algorithm: KeyAlgorithm, by authority: (certificate: Certificate, key: PrivateKey)
    ) throws -> (issued: Issued, files: [File]) {
        let now = WallTime.now
        guard !authority.certificate.hasEnded(at: now) else {
            throw Failure(
                "\(certificatePath) ended at \(authority.certificate.validUntil), and nobody takes what it issues: make another "
                    + "authority with portvakt certs init, in a folder of its own")
        }
        let key = try PrivateKey.generate(algorithm)
        let certificate = try CertificateRequest(commonName: holder.name, use: holder.use, days: holder.days)
            .sign(key: key, issuer: authority)
        let asked = now.milliseconds / 1000 + Int64(holder.days) * 86_400
        let issued = Issued(
            name: holder.name, certificatePath: file(holder.name, "pem"), keyPath: file(holder.name, "key"),
            certificate: certificate, identity: Self.identity(holder.use),
            isShortened: certificate.notAfter < asked - Int64(CertificateRequest.backdating))
        return (
            issued,
            [(issued.keyPath, try key.pem(), 0o600), (issued.certificatePath, try certificate.pem(), 0o644)]
        )
    }

    /// Revokes certificates and signs the list anew; with none, only renews it.
    /// - Returns: how many certificates the list revokes now.
    func revoke(_ paths: [String], reason: RevocationList.Reason, listDays: Int) throws -> Int {
        let (certificate, key) = try loadAuthority()
        let list = try RevocationList.load(listPath)
        // Signed anew it would be this authority's, with what another one or nobody has written into it.
        guard list.isSigned(by: certificate) else {
            throw Failure(
                "\(listPath) was not signed by \(certificatePath): put the authority's own list there, the newest that there is"
            )
        }
        for path in paths {
            let revoked = try Certificate.load(path)
            guard revoked.isSigned(by: certificate) else {
                throw Failure("\(path) was not issued by \(certificatePath): only its own authority can revoke it")
            }
            // Everything that it has issued would be refused for good: nothing is taken off a list.
            guard revoked.fingerprint != certificate.fingerprint else {
                throw Failure(
                    "\(path) is the authority itself: take it out of the files that trust it, and make another (portvakt certs init)"
                )
            }
            guard !list.contains(revoked) else { throw Failure("\(path) is revoked already", status: .no) }
            try list.add(revoked, reason: reason)
        }
        try list.sign(by: certificate, key: key, days: listDays)
        try CertificateFile.replace(listPath, try list.pem(), mode: 0o644)
        return list.count
    }

    private func loadAuthority() throws -> (certificate: Certificate, key: PrivateKey) {
        guard CertificateFile.exists(certificatePath) else {
            throw Failure("\(path) has no authority: make one with portvakt certs init \(path)")
        }
        let certificate = try Certificate.load(certificatePath)
        let key = try PrivateKey.load(keyPath)
        guard unsafe X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            ERR_clear_error()
            throw Failure("\(keyPath) is not the key of \(certificatePath)")
        }
        return (certificate, key)
    }

    private static func check(_ name: String) throws {
        let isName = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard isName, (1...maximumNameLength).contains(name.utf8.count), name != authorityName, name != listName else {
            throw Failure(
                "\"\(name)\" names no holder: use 1 to \(maximumNameLength) of a-z, 0-9 and hyphens, and neither ca nor crl",
                status: .usage)
        }
    }

    private static func identity(_ use: CertificateRequest.Use) -> String {
        switch use {
        case .authority: ""
        case .server(let hosts): hosts.joined(separator: ", ")
        case .client(let identity): identity.text
        }
    }
}
