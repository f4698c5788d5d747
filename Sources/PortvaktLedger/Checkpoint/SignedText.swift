/// A text of any kind, signed as a note (C2SP `signed-note`) so that whoever has the public key can check it without asking.
public enum SignedText {
    /// Signs a text whose first line says what it is, so that it can be taken for nothing else that the key signs.
    /// - Parameters:
    ///   - kind: the first line: one word that is no name of a log.
    ///   - body: without empty lines and without a line break at its end.
    /// - Returns: the note.
    public static func sign(kind: String, _ body: String, with key: SigningKey) throws(LedgerError) -> String {
        var note = SignedNote(text: "\(kind)\n\(body)\n")
        try note.sign(with: key)
        return note.description
    }

    /// Takes the text of a note that one of these keys has signed.
    /// - Returns: the body; `nil` when it is no note, of another kind, or not signed by any of them.
    public static func open(_ note: String, kind: String, keys: [VerifierKey]) -> String? {
        guard let note = SignedNote(note), note.isSigned(byOneOf: keys) else { return nil }
        let first = "\(kind)\n"
        guard note.text.hasPrefix(first), note.text.last == "\n" else { return nil }
        return String(note.text.dropFirst(first.count).dropLast())
    }
}
