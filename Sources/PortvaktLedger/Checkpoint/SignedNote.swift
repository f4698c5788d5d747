/// A text with signatures, as C2SP `signed-note` has it: the text, an empty line, and a line for each signature.
struct SignedNote: Sendable {
    /// Bytes of a note that are looked at: room for sixteen signatures of the longest kind that the format speaks of.
    static let maximumBytes = 128 * 1024

    /// Ends with a newline.
    var text: String
    var signatures: [Signature]

    struct Signature: Sendable {
        var name: String
        /// Four bytes.
        var keyID: [UInt8]
        var bytes: [UInt8]
    }

    /// What a line with a signature begins with.
    static let dash = "\u{2014} "

    init(text: String, signatures: [Signature] = []) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note; `nil` when it is none.
    init?(_ note: String) {
        guard note.utf8.count <= Self.maximumBytes, note.utf8.last == 0x0A,
            note.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\n" })
        else { return nil }
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let blank = lines.lastIndex(of: ""), blank > 0 else { return nil }
        text = lines[..<blank].map { $0 + "\n" }.joined()
        signatures = []
        for line in lines[(blank + 1)...] {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard line.hasPrefix(Self.dash), parts.count == 3, VerifierKey.isName(parts[1]),
                let data = Base64.decode(parts[2]), data.count > 4
            else { return nil }
            let bytes = [UInt8](data.dropFirst(4))
            signatures.append(Signature(name: String(parts[1]), keyID: [UInt8](data.prefix(4)), bytes: bytes))
        }
        guard !signatures.isEmpty else { return nil }
    }

    /// The note as it is written.
    var description: String {
        text + "\n"
            + signatures.map { "\(Self.dash)\($0.name) \(Base64.encode($0.keyID + $0.bytes))\n" }.joined()
    }

    mutating func sign(with key: SigningKey) throws(LedgerError) {
        let signature = try key.sign([UInt8](text.utf8))
        signatures.append(Signature(name: key.verifier.name, keyID: key.verifier.id, bytes: signature))
    }

    /// Whether one of these keys has signed it, and no signature of one of them is wrong. Signatures of others are
    /// ignored.
    func isSigned(byOneOf keys: [VerifierKey]) -> Bool {
        var found = false
        for signature in signatures {
            guard let key = keys.first(where: { $0.name == signature.name && $0.id == signature.keyID }) else {
                continue
            }
            guard key.isValid(signature.bytes, of: [UInt8](text.utf8)) else { return false }
            found = true
        }
        return found
    }
}
