internal import COpenSSL

/// Signs notes with Ed25519 (C2SP `signed-note`). Made by `generate`, kept in a file that only its owner may read.
public struct SigningKey: Sendable {
    /// Ed25519, in the format's numbering of algorithms.
    static let algorithm: UInt8 = 1
    /// Ed25519 of a witness, with a time.
    static let cosigning: UInt8 = 4
    static let seedBytes = 32

    private let seed: [UInt8]
    /// What checks this key's signatures.
    public let verifier: VerifierKey

    /// - Parameters:
    ///   - name: names the signer in its notes; not empty, without spaces and plus signs.
    ///   - seed: 32 random bytes (RFC 8032 section 5.1.5).
    package init(name: String, seed: [UInt8]) throws(LedgerError) {
        guard seed.count == Self.seedBytes, VerifierKey.isName(name) else {
            throw .cryptography("taking a signing key")
        }
        self.seed = seed
        var publicKey = [UInt8](repeating: 0, count: VerifierKey.publicKeyBytes)
        var length = publicKey.count
        guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            throw .cryptography("taking a signing key")
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe EVP_PKEY_get_raw_public_key(key, &publicKey, &length) == 1 else {
            throw .cryptography("deriving a public key")
        }
        verifier = VerifierKey(name: name, publicKey: publicKey)
    }

    /// A new key.
    public static func generate(name: String) throws(LedgerError) -> SigningKey {
        var seed = [UInt8](repeating: 0, count: seedBytes)
        guard unsafe RAND_priv_bytes(&seed, Int32(seed.count)) == 1 else { throw .cryptography("making a key") }
        return try SigningKey(name: name, seed: seed)
    }

    /// Reads a key file: one line, `PRIVATE+KEY+<name>+<key id>+<base64>`.
    /// - Throws: also when others than its owner may read or write the file.
    public static func load(path: String) throws(LedgerError) -> SigningKey {
        let file = try SmallFile.read(path, ownerOnly: true)
        let text = String(decoding: file, as: UTF8.self).split(separator: "\n").first ?? ""
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY", let data = Base64.decode(parts[4]),
            data.count == seedBytes + 1, data[0] == algorithm,
            let key = try? SigningKey(name: String(parts[2]), seed: [UInt8](data.dropFirst())),
            key.verifier.idText == parts[3]
        else { throw .file(path: path, problem: "is no signing key: make one, or restore it") }
        return key
    }

    /// Writes a new key file, readable by its owner only. Never over an existing one.
    public func save(path: String) throws(LedgerError) {
        try SmallFile.create(path, fileBytes)
    }

    var fileBytes: [UInt8] {
        let data = Base64.encode([Self.algorithm] + seed)
        return [UInt8]("PRIVATE+KEY+\(verifier.name)+\(verifier.idText)+\(data)\n".utf8)
    }

    /// The signature of a text, 64 bytes.
    func sign(_ text: [UInt8]) throws(LedgerError) -> [UInt8] {
        guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count),
            let context = unsafe EVP_MD_CTX_new()
        else { throw .cryptography("signing") }
        defer {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_PKEY_free(key)
        }
        var signature = [UInt8](repeating: 0, count: VerifierKey.signatureBytes)
        var length = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &length, text, text.count) == 1, length == signature.count
        else { throw .cryptography("signing") }
        return signature
    }
}

/// Checks signatures of notes: a public key with the name of its owner, written `<name>+<key id>+<base64>`.
public struct VerifierKey: Equatable, Sendable, CustomStringConvertible {
    static let publicKeyBytes = 32
    static let signatureBytes = 64

    public let name: String
    /// A log's key signs notes; a witness's cosigns them, with the time (C2SP `tlog-cosignature`).
    public let isWitness: Bool
    let publicKey: [UInt8]

    init(name: String, publicKey: [UInt8], isWitness: Bool = false) {
        self.name = name
        self.publicKey = publicKey
        self.isWitness = isWitness
    }

    /// The same public key as a witness's.
    public var ofWitness: VerifierKey { VerifierKey(name: name, publicKey: publicKey, isWitness: true) }

    private var algorithm: UInt8 { isWitness ? SigningKey.cosigning : SigningKey.algorithm }

    /// Reads `<name>+<key id>+<base64>`; `nil` when it is no such key, or its id does not fit.
    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let data = Base64.decode(parts[2]), let algorithm = data.first,
            [SigningKey.algorithm, SigningKey.cosigning].contains(algorithm), data.count == Self.publicKeyBytes + 1,
            Self.isName(parts[0])
        else { return nil }
        self.init(
            name: String(parts[0]), publicKey: [UInt8](data.dropFirst()), isWitness: algorithm == SigningKey.cosigning)
        guard idText == parts[1] else { return nil }
    }

    public var description: String { "\(name)+\(idText)+\(Base64.encode([algorithm] + publicKey))" }

    /// The first four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ public key).
    var id: [UInt8] {
        guard let hasher = try? TreeHasher() else { return [] }
        return [UInt8](hasher.plain([UInt8](name.utf8) + [0x0A, algorithm] + publicKey).bytes.prefix(4))
    }

    /// The id in hexadecimal.
    var idText: String { Self.hexadecimal(id) }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    func isValid(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard isWitness else { return isPlainlyValid(signature, of: text) }
        guard signature.count > Cosignature.timeBytes else { return false }
        let time = signature.prefix(Cosignature.timeBytes).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return isPlainlyValid(
            [UInt8](signature.dropFirst(Cosignature.timeBytes)), of: Cosignature.message(text, seconds: time))
    }

    private func isPlainlyValid(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard signature.count == Self.signatureBytes,
            let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, text, text.count) == 1
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" }
    }
}
