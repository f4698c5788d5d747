/// Public keys of a log that a verifier trusts: the present one and those it has replaced.
public struct KeyRing: Equatable, Sendable {
    /// Keys of one ring at most: a key for each year of a long life.
    static let maximumKeys = 64

    public let keys: [VerifierKey]

    public init(_ keys: [VerifierKey]) { self.keys = keys }

    /// Reads keys, one `<name>+<key id>+<base64>` a line; empty lines and those that begin with `#` are passed over.
    /// - Returns: `nil` when a line is no key, or there is none.
    public init?(_ text: String) {
        var keys: [VerifierKey] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.allSatisfy(\.isWhitespace) {
            guard let key = VerifierKey(String(line)), keys.count < Self.maximumKeys else { return nil }
            keys.append(key)
        }
        guard !keys.isEmpty else { return nil }
        self.init(keys)
    }

    /// Reads a file of keys.
    public static func load(path: String) throws(LedgerError) -> KeyRing {
        guard let text = String(validating: try SmallFile.read(path), as: UTF8.self), let ring = KeyRing(text) else {
            throw .file(path: path, problem: "holds no public keys: one <name>+<id>+<base64> a line")
        }
        return ring
    }

    /// The keys, one a line.
    public var text: String { keys.map { "\($0)\n" }.joined() }
}

extension SigningKey {
    /// Where the public keys of a key file's predecessors stand.
    static func retiredPath(_ path: String) -> String { path + ".retired" }

    /// The public key of a key file, and those that it has replaced, newest first. Checkpoints that a replaced key has signed
    /// stay good.
    public static func ring(path: String) throws(LedgerError) -> KeyRing {
        var keys = [try load(path: path).verifier]
        let retired = retiredPath(path)
        if try SmallFile.readIfThere(retired) != nil { keys += try KeyRing.load(path: retired).keys.reversed() }
        return KeyRing(keys)
    }

    /// Replaces a key file with a new key of the same name, and keeps the old public key beside it. Restart the daemon
    /// afterwards.
    /// - Returns: the new key.
    public static func rotate(path: String) throws(LedgerError) -> SigningKey {
        let old = try load(path: path)
        let retired = retiredPath(path)
        let before = try SmallFile.readIfThere(retired) ?? []
        let new = try generate(name: old.verifier.name)
        // First the public key: whatever happens in between, nothing that was signed becomes unverifiable.
        try SmallFile.replace(retired, before + [UInt8]("\(old.verifier)\n".utf8))
        try SmallFile.replace(path, new.fileBytes)
        return new
    }
}
