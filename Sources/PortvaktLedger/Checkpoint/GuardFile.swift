/// The file with the last signed checkpoint of every stream: notes one after the other, replaced as a whole.
struct GuardFile: Sendable {
    let path: String

    /// The notes; none when there is no file yet.
    func read() throws(LedgerError) -> [String] {
        guard let bytes = try SmallFile.readIfThere(path) else { return [] }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .file(path: path, problem: "is no guard file: restore it")
        }
        // Each note ends with a line. What is cut off in the middle of one would be read as if it had never been written.
        guard text.isEmpty || text.utf8.last == UInt8(ascii: "\n") else {
            throw .file(path: path, problem: "is cut off: restore it")
        }
        return Self.notes(in: text)
    }

    /// Splits at the first line after signature lines that is none.
    private static func notes(in text: String) -> [String] {
        var notes: [String] = []
        var current = ""
        var isAmongSignatures = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let isSignature = line.hasPrefix(SignedNote.dash)
            if isAmongSignatures, !isSignature {
                notes.append(current)
                current = ""
            }
            isAmongSignatures = isSignature
            current += line + "\n"
        }
        if !current.isEmpty { notes.append(current) }
        return notes
    }

    /// Writes the notes and returns when they, and the name of the file, are durable.
    func write(_ notes: [String]) throws(LedgerError) {
        try SmallFile.replace(path, [UInt8](notes.joined().utf8))
    }
}
