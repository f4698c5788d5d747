/// The head of a log, as C2SP `tlog-checkpoint` has it: origin, size and root, one line each.
public struct Checkpoint: Equatable, Sendable {
    /// Names the log.
    public var origin: String
    /// The number of entries.
    public var size: UInt64
    public var root: Digest
    /// Lines after the root: none empty, none with a line break. C2SP leaves their meaning to the log.
    public var extensions: [String]

    public init(origin: String, size: UInt64, root: Digest, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Why a note is no checkpoint that can be trusted.
    public enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        case notANote
        case notSigned
        case notACheckpoint
        /// It was signed by the key of another log than the one that its origin names.
        case otherLog

        public var description: String {
            switch self {
            case .notANote: "it is no signed note"
            case .notSigned: "none of the trusted keys has signed it as it is"
            case .notACheckpoint: "its text is no checkpoint (origin, size, root)"
            case .otherLog: "the trusted key that has signed it is not the key of the log that it names"
            }
        }
    }

    /// Reads a signed checkpoint.
    /// - Parameter keys: at least one must have signed it, and bear the name that the origin begins with: the key of one known
    ///   log does not speak for another. Keys that have been replaced may stand among them.
    public init(note text: String, verifiedBy keys: [VerifierKey]) throws(Problem) {
        guard let note = SignedNote(text) else { throw .notANote }
        // A witness vouches for what it saw before, not for the log: its key alone makes no checkpoint of the log's.
        let keys = keys.filter { !$0.isWitness }
        guard note.isSigned(byOneOf: keys) else { throw .notSigned }
        guard let checkpoint = Checkpoint(unverified: note) else { throw .notACheckpoint }
        guard note.isSigned(byOneOf: keys.filter { $0.stream(ofOrigin: checkpoint.origin) != nil }) else {
            throw .otherLog
        }
        self = checkpoint
    }

    /// What the text says, whoever signed it; `nil` when it is no checkpoint.
    init?(unverified note: SignedNote) {
        let lines = note.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, !lines[0].isEmpty, let size = UInt64(lines[1]), String(size) == lines[1],
            let bytes = Base64.decode(lines[2]), let root = Digest(bytes)
        else { return nil }
        // In a file of notes, a line of the text that looks like a signature would end its note.
        guard !lines.contains(where: { $0.hasPrefix(SignedNote.dash) }) else { return nil }
        let extensions = lines[3...].dropLast()
        guard lines.last == "", !extensions.contains("") else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root, extensions: extensions.map { String($0) })
    }

    /// The lines that are signed.
    var text: String {
        "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" + extensions.map { $0 + "\n" }.joined()
    }

    /// The checkpoint as a signed note.
    public func signed(by key: SigningKey) throws(LedgerError) -> String {
        var note = SignedNote(text: text)
        try note.sign(with: key)
        return note.description
    }
}
