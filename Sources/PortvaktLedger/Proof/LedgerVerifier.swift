internal import PortvaktCore

/// Walks everything that a store holds and computes it again: entries, openings, roots, stored nodes, the order of
/// commits.
///
/// It trusts nothing in the store. What it cannot know is whether the store is the newest: for that it is given signed
/// heads.
public struct LedgerVerifier: Sendable {
    /// The first thing that is wrong in a stream.
    public struct Finding: Equatable, Sendable, CustomStringConvertible {
        public var stream: StreamID
        /// The first entry that is wrong, or that what is wrong belongs to.
        public var index: UInt64
        public var what: String

        public init(stream: StreamID, index: UInt64, what: String) {
            self.stream = stream
            self.index = index
            self.what = what
        }

        public var description: String { "entry \(index) of \(stream): \(what)" }
    }

    /// What a verification has found.
    public struct Report: Equatable, Sendable {
        /// Every stream with its size and computed root, as far as it is good.
        public var heads: [GuardedHead] = []
        /// Entries that were looked at.
        public var entries: UInt64 = 0
        /// At most one for each stream; empty when everything is as it must be.
        public var findings: [Finding] = []

        public init() {}

        public var isGood: Bool { findings.isEmpty }
    }

    private let store: any LedgerStore
    private let signed: [GuardedHead]

    /// - Parameter signed: heads from checkpoints whose signatures have been checked; the store must hold them.
    public init(store: any LedgerStore, signed: [GuardedHead] = []) {
        self.store = store
        self.signed = signed
    }

    /// Verifies the whole store. Blocks.
    /// - Parameter progress: called now and then with the number of entries so far.
    public func run(progress: (UInt64) -> Void = { _ in }) throws(LedgerError) -> Report {
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        var report = Report()
        var order = CommitOrder()
        let streams = Set(heads.map(\.stream)).union(signed.map(\.stream)).ordered { $0.description < $1.description }
        for stream in streams {
            let signedHere = signed.filter { $0.stream == stream }
            let head = heads.first { $0.stream == stream }
            var walk = try StreamWalk(store: store, stream: stream, head: head, signed: signedHere)
            let before = report.entries
            try walk.run(&order) { progress(before + $0) }
            report.entries += walk.size
            report.heads.append(GuardedHead(stream: stream, size: walk.size, root: walk.root))
            if let finding = walk.finding { report.findings.append(finding) }
        }
        if report.isGood, let finding = order.finding() { report.findings.append(finding) }
        return report
    }
}

extension LedgerVerifier {
    /// The root of a stream's tree at a size, from the stored hashes. Blocks.
    public static func root(
        of stream: StreamID, size: UInt64, in store: any LedgerStore
    ) throws(LedgerError) -> Digest {
        let hasher = try TreeHasher()
        return try TreeReader(store: store, stream: stream).frontier(size: size, hasher).root(hasher)
    }

    /// Verifies the entries of a range, and that the tree over what stands before them leads through them to the head that is stored, and
    /// is that of every head that was signed, earlier or later. Entries outside are trusted as far as their hashes go. Blocks.
    public func run(
        _ range: Range<UInt64>, of stream: StreamID, progress: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> Report {
        let head: StreamHead?
        do { head = try store.heads().first { $0.stream == stream } } catch { throw .store(error) }
        let hasher = try TreeHasher()
        var report = Report()
        guard let head, range.lowerBound < head.size, !range.isEmpty else {
            report.findings = [
                .init(stream: stream, index: range.lowerBound, what: "it is missing: the stream has \(head?.size ?? 0)")
            ]
            return report
        }
        let first = try store.checkedBlocks(of: stream, from: range.lowerBound, limit: 1).first?.firstIndex ?? 0
        let start = try TreeReader(store: store, stream: stream).frontier(size: first, hasher)
        var walk = try StreamWalk(store: store, stream: stream, head: head, signed: [], from: start)
        if first > 0 {
            let before = try store.checkedBlocks(of: stream, from: first - 1, limit: 1).first
            if before?.root != start.root(hasher) {
                walk.fail(first - 1, "it, or one before it, is not what the root of its block says")
            }
        }
        var order = CommitOrder()
        try walk.run(&order, until: min(range.upperBound, head.size)) { progress($0 - first) }
        let heads =
            signed.filter { $0.stream == stream } + [GuardedHead(stream: stream, size: head.size, root: head.root)]
        for other in heads where walk.finding == nil {
            if other.size > head.size {
                walk.fail(head.size, "it is missing: \(other.size) entries were signed")
            } else if other.size >= walk.size {
                if try !leads(from: (walk.size, walk.root), to: other) {
                    walk.fail(first, "the tree over it does not lead to the head of \(other.size) entries")
                }
            } else if other.size > 0 {
                let walked = GuardedHead(stream: stream, size: walk.size, root: walk.root)
                if try !leads(from: (other.size, other.root), to: walked) {
                    walk.fail(
                        other.size - 1, "it, or one before it, is not what was signed at size \(other.size)")
                }
            }
        }
        report.entries = walk.size - first
        report.heads = [GuardedHead(stream: stream, size: walk.size, root: walk.root)]
        if let finding = walk.finding { report.findings = [finding] }
        return report
    }

    /// Whether the tree of the larger size begins with that of the smaller one.
    private func leads(
        from smaller: (size: UInt64, root: Digest), to larger: GuardedHead
    ) throws(LedgerError) -> Bool {
        var prover = try TreeProver(store: store, stream: larger.stream, size: larger.size)
        guard let proof = try prover.consistency(from: smaller.size) else { return false }
        return proof.joins(smaller.root, larger.root)
    }
}

/// The order of the blocks of all streams: sequences without gaps, revisions without gaps.
struct CommitOrder {
    private struct Place {
        var sequence: UInt64
        var stream: StreamID
        var index: UInt64
        var changesBefore: UInt64
        var changes: UInt64
    }

    private var places: [Place] = []

    mutating func add(_ block: Block) {
        places.append(
            Place(
                sequence: block.sequence, stream: block.stream, index: block.firstIndex,
                changesBefore: block.changesBefore,
                changes: block.stream.kind == .changes ? UInt64(block.count) : 0))
    }

    /// The first block that is out of order.
    func finding() -> LedgerVerifier.Finding? {
        var revision: UInt64 = 0
        var last: [StreamID: UInt64] = [:]
        for (number, place) in places.ordered(by: { $0.sequence < $1.sequence }).enumerated() {
            guard place.sequence == UInt64(number) + 1 else {
                return .init(
                    stream: place.stream, index: place.index,
                    what: "its block has the number \(place.sequence) where \(number + 1) must come")
            }
            guard place.changes == 0 || place.changesBefore == revision else {
                return .init(
                    stream: place.stream, index: place.index,
                    what: "its revision follows \(place.changesBefore) where it must follow \(revision)")
            }
            revision += place.changes
            guard last[place.stream] ?? 0 <= place.index else {
                return .init(
                    stream: place.stream, index: place.index,
                    what: "its block has the number \(place.sequence), after that of a block that stands behind it")
            }
            last[place.stream] = place.index
        }
        return nil
    }
}
