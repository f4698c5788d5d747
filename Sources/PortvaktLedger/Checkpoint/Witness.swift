internal import PortvaktCore

/// Cosigns the checkpoints of logs that only ever grow: the decisions of the C2SP `tlog-witness` protocol, without its HTTP.
///
/// It remembers the last checkpoint of every log that it has cosigned, durably, before it says so: two histories of one log
/// never both get its signature. All calls block.
public final class Witness: Sendable {
    /// Bytes of a request at most: a path of 63 hashes and a note.
    public static let maximumRequestBytes = 256 * 1024
    /// Hashes of a consistency proof at most.
    static let maximumPath = 63

    /// What a request is answered: a status and a body of HTTP.
    public struct Answer: Equatable, Sendable {
        public var status: Int
        public var contentType: String
        public var body: String

        init(_ status: Int, _ body: String, contentType: String = "text/plain; charset=utf-8") {
            self.status = status
            self.body = body
            self.contentType = contentType
        }
    }

    private let key: SigningKey
    private let logs: KeyRing
    private let file: GuardFile
    /// By origin: what was cosigned last.
    private let seen: Locked<[String: (checkpoint: Checkpoint, note: String)]>

    /// What checks this witness's cosignatures.
    public var verifier: VerifierKey { key.verifier.ofWitness }

    /// - Parameters:
    ///   - logs: the keys of the logs that it cosigns: of each, every stream whose origin begins with the key's name.
    ///   - stateFile: what it has cosigned; made when it is not there. Losing it is losing what a witness is for.
    public init(key: SigningKey, logs: KeyRing, stateFile: String) throws(LedgerError) {
        self.key = key
        self.logs = logs
        file = GuardFile(path: stateFile)
        var seen: [String: (Checkpoint, String)] = [:]
        for note in try file.read() {
            do {
                let checkpoint = try Checkpoint(note: note, verifiedBy: logs.keys)
                seen[checkpoint.origin] = (checkpoint, note)
            } catch {
                throw .file(path: stateFile, problem: "cannot be trusted: \(error); restore it")
            }
        }
        self.seen = Locked(seen)
    }

    /// Answers a request `add-checkpoint`.
    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    public func addCheckpoint(_ body: [UInt8], seconds: UInt64) -> Answer {
        guard body.count <= Self.maximumRequestBytes, let request = WitnessRequest(body) else {
            return Answer(
                400, "the request is not: old SIZE, the hashes of a proof, an empty line, a signed checkpoint\n")
        }
        guard let note = SignedNote(request.note), let unverified = Checkpoint(unverified: note) else {
            return Answer(400, "what stands after the empty line is no signed checkpoint\n")
        }
        guard unverified.stream(of: logs) != nil else { return Answer(404, "this log is not known here\n") }
        guard let checkpoint = try? Checkpoint(note: request.note, verifiedBy: logs.keys) else {
            return Answer(403, "none of the log's known keys has signed it\n")
        }
        guard request.old <= checkpoint.size else { return Answer(400, "it is smaller than the old one\n") }
        return seen.withLock { seen in
            let last = seen[checkpoint.origin]?.checkpoint
            if let refusal = Self.refusal(of: request, checkpoint, after: last) { return refusal }
            do {
                let line = try Cosignature.line(note, by: key, seconds: seconds)
                var next = seen
                next[checkpoint.origin] = (checkpoint, request.note)
                try file.write(next.ordered { $0.key < $1.key }.map(\.value.note))
                seen = next
                return Answer(200, line)
            } catch {
                return Answer(500, "nothing is cosigned, since it could not be remembered\n")
            }
        }
    }

    private static func refusal(
        of request: WitnessRequest, _ checkpoint: Checkpoint, after last: Checkpoint?
    ) -> Answer? {
        guard request.old == last?.size ?? 0 else {
            return Answer(409, "\(last?.size ?? 0)\n", contentType: "text/x.tlog.size")
        }
        if let last, last.size == checkpoint.size {
            guard last.root == checkpoint.root else {
                return Answer(409, "\(last.size)\n", contentType: "text/x.tlog.size")
            }
            return request.path.isEmpty ? nil : Answer(422, "the same size needs no proof\n")
        }
        guard let last, last.size > 0 else {
            return request.path.isEmpty ? nil : Answer(422, "from size 0 there is no proof\n")
        }
        let proof = ConsistencyProof(olderSize: last.size, newerSize: checkpoint.size, path: request.path)
        return proof.joins(last.root, checkpoint.root)
            ? nil : Answer(422, "it does not begin with what was cosigned before\n")
    }
}

/// The body of an `add-checkpoint`.
public struct WitnessRequest: Equatable, Sendable {
    /// The size that the witness is thought to have cosigned last; 0: none.
    public var old: UInt64
    /// The consistency proof from there.
    public var path: [Digest]
    /// The signed checkpoint.
    public var note: String

    /// Reads a body; `nil` when it is none.
    init?(_ body: [UInt8]) {
        guard let text = String(validating: body, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines[0].hasPrefix("old "), let old = UInt64(lines[0].dropFirst(4)), String(old) == lines[0].dropFirst(4),
            let blank = lines.firstIndex(of: ""), blank - 1 <= Witness.maximumPath
        else { return nil }
        var path: [Digest] = []
        for line in lines[1..<blank] {
            guard let bytes = Base64.decode(line), let hash = Digest(bytes) else { return nil }
            path.append(hash)
        }
        self.old = old
        self.path = path
        note = lines[(blank + 1)...].joined(separator: "\n")
    }

    /// Asks for a checkpoint of a store's stream to be cosigned by a witness that has seen another size of it. Blocks.
    /// - Returns: `nil` when there is no proof: the witness has seen more than the checkpoint covers.
    public init?(
        _ store: any LedgerStore, stream: StreamID, note: String, from old: UInt64
    ) throws(LedgerError) {
        guard let checkpoint = SignedNote(note).flatMap({ Checkpoint(unverified: $0) }), old <= checkpoint.size else {
            return nil
        }
        self.old = old
        self.note = note
        path = []
        if old > 0, old < checkpoint.size {
            var prover = try TreeProver(store: store, stream: stream, size: checkpoint.size)
            guard let proof = try prover.consistency(from: old) else { return nil }
            path = proof.path
        }
    }

    /// The body as it is sent.
    public var text: String { "old \(old)\n" + path.map { Base64.encode($0.bytes) + "\n" }.joined() + "\n" + note }
}
