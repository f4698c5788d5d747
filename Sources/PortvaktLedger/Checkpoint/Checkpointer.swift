internal import PortvaktCore

/// The head of a stream that was signed last.
public struct GuardedHead: Equatable, Sendable {
    public var stream: StreamID
    public var size: UInt64
    public var root: Digest

    public init(stream: StreamID, size: UInt64, root: Digest) {
        self.stream = stream
        self.size = size
        self.root = root
    }
}

/// Signs the heads of the streams, and keeps the last signed ones outside the store: the guard against an old copy of
/// it.
public final class Checkpointer: Sendable {
    /// While there are new entries, a checkpoint is made at least so often, in nanoseconds.
    static let interval: UInt64 = 1_000_000_000

    private struct State {
        var heads: [StreamID: GuardedHead] = [:]
        var notes: [StreamID: String] = [:]
        /// The trees of subjects that are signed with the checkpoints, and those of them that are not signed yet.
        var trees: [StreamID: SubjectTree] = [:]
        var unsigned: Set<StreamID> = []
    }

    private let origin: String
    private let key: SigningKey
    private let file: GuardFile
    private let state: Locked<State>
    /// Held while a ledger signs with this.
    private let lock = Locked<FileLock?>(nil)

    /// Reads the guard file, if there is one, and checks its signatures.
    ///
    /// - Parameters:
    ///   - origin: names this installation in its checkpoints, as a schema-less URL (C2SP `tlog-checkpoint`); a
    ///     stream's origin is this, a slash, and the stream.
    ///   - retired: public keys that this one has replaced: the guard file may still be signed by one of them.
    ///   - guardFile: outside the folder of the store; written with every checkpoint.
    /// - Throws: when the guard file cannot be read, or says something that none of the keys has signed.
    public init(
        origin: String, key: SigningKey, retired: [VerifierKey] = [], guardFile: String
    ) throws(LedgerError) {
        self.origin = origin
        self.key = key
        file = GuardFile(path: guardFile)
        var state = State()
        for note in try file.read() {
            let checkpoint: Checkpoint
            do { checkpoint = try Checkpoint(note: note, verifiedBy: [key.verifier] + retired) } catch {
                throw .file(path: guardFile, problem: "cannot be trusted: \(error)")
            }
            guard let stream = Self.stream(checkpoint.origin, under: origin) else {
                throw .file(path: guardFile, problem: "is the guard of another ledger: \(checkpoint.origin)")
            }
            state.heads[stream] = GuardedHead(stream: stream, size: checkpoint.size, root: checkpoint.root)
            state.notes[stream] = note
            state.trees[stream] = SubjectTree(in: checkpoint, of: stream)
        }
        self.state = Locked(state)
    }

    /// Keeps the guard for one ledger: two that sign into it would each take the other's heads away, and sign two histories.
    /// - Throws: when another opening, of whatever process, has it, or one has written it since it was read.
    func take() throws(LedgerError) {
        let path = file.path
        do throws(StoreError) {
            try lock.withLock { (lock) throws(StoreError) in lock = try FileLock(path: path + ".lock") }
        } catch {
            throw .file(
                path: path,
                problem: error.kind == .inUse
                    ? "is another ledger's, whose service runs: stop that one, or give this one a guard of its own"
                    : "cannot be signed into: \(path).lock could not be made (\(error.detail)); make its folder, and let the "
                        + "service's user write to it")
        }
        do throws(LedgerError) {
            guard Set(try file.read()) != state.withLock({ Set($0.notes.values) }) else { return }
        } catch {
            release()
            throw error
        }
        release()
        throw .file(path: path, problem: "was written by another while this one started: start again")
    }

    /// The ledger signs no more.
    func release() { lock.withLock { $0 = nil } }

    /// The heads that were signed last.
    public var guarded: [GuardedHead] { state.withLock { [GuardedHead]($0.heads.values) } }

    func note(of stream: StreamID) -> String? { state.withLock { $0.notes[stream] } }

    /// Has a tree of subjects signed with the next checkpoint of its stream.
    func commit(_ tree: SubjectTree) {
        state.withLock { state in
            guard state.trees[tree.stream] != tree else { return }
            state.trees[tree.stream] = tree
            state.unsigned.insert(tree.stream)
        }
    }

    /// Whether a tree waits to be signed.
    var hasUnsigned: Bool { state.withLock { !$0.unsigned.isEmpty } }

    /// Signs the heads that have moved, and writes the guard file. From one thread.
    /// - Parameter heads: those of all streams, as they are on disk.
    func sign(_ heads: some Sequence<GuardedHead>) throws(LedgerError) {
        var state = self.state.withLock { state in
            defer { state.unsigned = [] }
            return state
        }
        for head in heads
        where state.heads[head.stream]?.size != head.size || state.unsigned.contains(head.stream) {
            var checkpoint = Checkpoint(origin: "\(origin)/\(head.stream)", size: head.size, root: head.root)
            if let tree = state.trees[head.stream], tree.streamSize <= head.size { checkpoint.extensions = [tree.line] }
            state.heads[head.stream] = head
            state.notes[head.stream] = try checkpoint.signed(by: key)
        }
        try file.write(state.notes.ordered { $0.key.description < $1.key.description }.map(\.value))
        let (signed, notes) = (state.heads, state.notes)
        self.state.withLock { state in
            state.heads = signed
            state.notes = notes
        }
    }

    private static func stream(_ text: String, under origin: String) -> StreamID? {
        guard text.hasPrefix(origin + "/") else { return nil }
        return StreamID(String(text.dropFirst(origin.count + 1)))
    }
}
