/// What a witness signs: that it has seen no other history of a log before a time (C2SP `tlog-cosignature`).
enum Cosignature {
    /// The bytes of the time before the signature.
    static let timeBytes = 8

    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    static func message(_ text: [UInt8], seconds: UInt64) -> [UInt8] {
        [UInt8]("cosignature/v1\ntime \(seconds)\n".utf8) + text
    }

    /// The line of a note.
    static func line(_ note: SignedNote, by key: SigningKey, seconds: UInt64) throws(LedgerError) -> String {
        let signature = try key.sign(message([UInt8](note.text.utf8), seconds: seconds))
        let time = (0..<timeBytes).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * UInt64($0))) }
        let witness = key.verifier.ofWitness
        return "\u{2014} \(witness.name) \(Base64.encode(witness.id + time + signature))\n"
    }
}

extension Checkpoint {
    /// The names of the witnesses among these keys that have cosigned a note as it is.
    public static func witnesses(of note: String, among keys: [VerifierKey]) -> [String] {
        guard let note = SignedNote(note) else { return [] }
        return keys.filter { $0.isWitness && note.isSigned(byOneOf: [$0]) }.map(\.name)
    }

    /// A note with more signature lines.
    /// - Returns: `nil` when the result is no signed note, or a line is not from one of the witnesses.
    public static func note(_ note: String, cosigned lines: String, by witnesses: [VerifierKey]) -> String? {
        let cosigned = note + lines
        guard let before = SignedNote(note), let after = SignedNote(cosigned), before.text == after.text,
            after.isSigned(byOneOf: witnesses.filter(\.isWitness))
        else { return nil }
        return cosigned
    }
}
