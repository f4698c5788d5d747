internal import PortvaktCore

/// A file with signed checkpoints, one note after the other: a guard file, or the copy of one that somebody kept.
public struct CheckpointFile: Sendable {
    /// A checkpoint that one of the trusted keys has signed.
    public struct Signed: Equatable, Sendable {
        public var stream: StreamID
        public var checkpoint: Checkpoint
        /// The signed note, as it is.
        public var note: String

        public init(stream: StreamID, checkpoint: Checkpoint, note: String) {
            self.stream = stream
            self.checkpoint = checkpoint
            self.note = note
        }

        public var head: GuardedHead {
            GuardedHead(stream: stream, size: checkpoint.size, root: checkpoint.root)
        }
    }

    public let signed: [Signed]

    /// Reads a file and checks every signature in it.
    /// - Throws: when a note is signed by none of the keys, or names no stream of a ledger of one of them.
    public init(path: String, keys: KeyRing) throws(LedgerError) {
        var signed: [Signed] = []
        for note in try GuardFile(path: path).read() { signed.append(try Self.signed(note, keys, path)) }
        guard !signed.isEmpty else { throw .file(path: path, problem: "holds no checkpoint") }
        self.signed = signed
    }

    private static func signed(_ note: String, _ keys: KeyRing, _ path: String) throws(LedgerError) -> Signed {
        let checkpoint: Checkpoint
        do { checkpoint = try Checkpoint(note: note, verifiedBy: keys.keys) } catch {
            throw .file(
                path: path, problem: "cannot be trusted: \(error)" + Checkpoint.signers(of: note, besides: keys))
        }
        guard let stream = checkpoint.stream(of: keys) else {
            throw .file(path: path, problem: "is of another log: \(checkpoint.origin)")
        }
        return Signed(stream: stream, checkpoint: checkpoint, note: note)
    }
}

extension VerifierKey {
    /// The stream of this key's log that an origin names.
    func stream(ofOrigin origin: String) -> StreamID? { StreamID(origin: origin, log: name) }
}

extension StreamID {
    /// The stream that an origin names, when it is one of the log with this name: the log's name, a slash, the stream. A stream's name
    /// may have slashes of its own, so it is found by what stands before it.
    init?(origin: String, log name: String) {
        guard origin.hasPrefix(name + "/") else { return nil }
        self.init(String(origin.dropFirst(name.count + 1)))
    }
}

extension Checkpoint {
    /// The stream that it is the head of, when it is one of a log with one of these names.
    func stream(ofLogs names: [String]) -> StreamID? {
        names.lazy.compactMap { StreamID(origin: origin, log: $0) }.first
    }

    /// The stream that it is the head of, when its origin is one of a ledger of these keys.
    public func stream(of ring: KeyRing) -> StreamID? { stream(ofLogs: ring.keys.map(\.name)) }

    /// Who says to have signed a note: names and key ids.
    public static func signers(of note: String) -> [String] {
        SignedNote(note)?.signatures.map { "\($0.name)+\(VerifierKey.hexadecimal($0.keyID))" } ?? []
    }

    /// Says who has signed a note and who was trusted, for a person who has the wrong key.
    public static func signers(of note: String, besides ring: KeyRing) -> String {
        let signers = signers(of: note)
        guard !signers.isEmpty else { return "" }
        let trusted = ring.keys.map { "\($0.name)+\($0.idText)" }
        return " (signed by \(signers.joined(separator: ", ")); trusted: \(trusted.joined(separator: ", ")))"
    }
}
