internal import ArgumentParser
internal import COpenSSL

/// The kinds of key that are made. What the server accepts is wider (RSA-PSS, Ed25519).
enum KeyAlgorithm: String, CaseIterable, ExpressibleByArgument {
    case p256
    case p384

    /// The name of the group in OpenSSL 3.
    var group: String {
        switch self {
        case .p256: "P-256"
        case .p384: "P-384"
        }
    }
}

/// An owner of an `EVP_PKEY*` with a private part.
@safe final class PrivateKey {
    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    static func generate(_ algorithm: KeyAlgorithm) throws -> PrivateKey {
        let context = try unsafe OpenSSLFailure.present(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil), "make a key")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try OpenSSLFailure.check(unsafe EVP_PKEY_keygen_init(context), "make a key")
        try OpenSSLFailure.check(unsafe EVP_PKEY_CTX_set_group_name(context, algorithm.group), "choose the key's group")
        var made: OpaquePointer?
        try OpenSSLFailure.check(unsafe EVP_PKEY_generate(context, &made), "make a key")
        return unsafe PrivateKey(owning: try OpenSSLFailure.present(made, "make a key"))
    }

    /// An unencrypted key from a PEM file.
    static func load(_ path: String) throws -> PrivateKey {
        let bio = try MemoryBIO(try CertificateFile.read(path))
        guard let pointer = unsafe PEM_read_bio_PrivateKey(bio.pointer, nil, refusePassphrase, nil) else {
            ERR_clear_error()
            throw Failure("\(path) holds no private key in PEM form without a passphrase")
        }
        return unsafe PrivateKey(owning: pointer)
    }

    /// PKCS #8, PEM, unencrypted: for a file that only its owner reads.
    func pem() throws -> [UInt8] {
        let bio = try MemoryBIO()
        try OpenSSLFailure.check(
            unsafe PEM_write_bio_PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil), "write a key")
        return bio.takeBytes()
    }

    /// The hash to sign with: as strong as the key (SEID, RFC 5480 section 4).
    var digest: OpaquePointer? {
        unsafe EVP_PKEY_get_bits(pointer) > 256 ? EVP_sha384() : EVP_sha256()
    }
}

/// A key with a passphrase is refused instead of asked for on the terminal.
private func refusePassphrase(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
