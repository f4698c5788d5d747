public import PortvaktCore
internal import Synchronization

/// Measures a ledger the way event loops use it: appends of a fixed size of group, each waited for.
public enum LedgerBenchmark {
    /// What a run came to.
    public struct Result: Sendable {
        public var entries: Int
        public var seconds: Double
        public var medianCommitNanoseconds: UInt64

        public var entriesPerSecond: Double { Double(entries) / seconds }
    }

    /// A decision of ordinary size: about 220 bytes of entry.
    public static func sample(_ number: Int) throws -> DecisionRecord {
        DecisionRecord(
            question: Question(
                actor: .employment(try ID("ansatt-\(number % 997)")), action: .logRead,
                object: .caseID(try ID("sak-\(number % 4999)"))),
            decision: Decision(
                effect: .allow, reasons: [.allowConsent], external: .allow, obligations: [.log],
                evidence: [
                    Evidence(kind: .consent, id: try Identifier("samtykke-\(number % 9973)"), version: Revision(17))
                ],
                subject: try ID("barn-\(number % 4999)"), caseID: try ID("sak-\(number % 4999)"),
                controller: try ID("kommune-1"), unit: try ID("skole-1"), role: .medarbeider,
                holdsUntil: Instant(milliseconds: 1_800_000_000_000)),
            system: try ID("system-1"), at: Instant(milliseconds: 1_790_000_000_000 + Int64(number)),
            revision: Revision(4711), policyHash: [UInt8](repeating: 0x5A, count: Digest.byteCount))
    }

    /// Records so many decisions from one lane, `waiting` of them at a time: each answer is followed by the next
    /// append, so that a block holds about half of them while the other half is on its way.
    public static func run(_ ledger: Ledger, entries: Int, waiting: Int) throws -> Result {
        let records = try (0..<1024).map(sample)
        return try run(ledger, entries: entries, waiting: waiting) { records[$0 % records.count] }
    }

    /// The same with records that are made as they are needed.
    /// - Parameter progress: told now and then how many have been answered.
    public static func run(
        _ ledger: Ledger, entries: Int, waiting: Int, progress: (Int) -> Void = { _ in },
        record: @escaping @Sendable (Int) -> DecisionRecord
    ) throws -> Result {
        let loop = BenchmarkLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        let load = BenchmarkLoad(lane: lane, record: record, entries: entries)
        let started = Monotonic.now
        loop.enqueue { for _ in 0..<min(waiting, entries) { load.append() } }
        while !load.isDone {
            loop.turn()
            progress(load.done)
        }
        guard !load.hasFailed else { throw LedgerFailure.broken }
        let seconds = Double(Monotonic.now - started) / Double(Monotonic.second)
        return Result(
            entries: entries, seconds: seconds, medianCommitNanoseconds: ledger.metrics.medianCommitNanoseconds)
    }
}

/// The least that an event loop is: work from any thread, run by one.
private final class BenchmarkLoop: Sendable {
    private let work = Locked<[@Sendable () -> Void]>([])
    private let bell = Doorbell()

    func enqueue(_ one: @escaping @Sendable () -> Void) {
        work.withLock { $0.append(one) }
        bell.ring()
    }

    func turn() {
        let now = work.withLock { work in
            defer { work = [] }
            return work
        }
        if now.isEmpty { bell.wait(until: nil) }
        for one in now { one() }
    }
}

/// Appends until enough have been answered.
private final class BenchmarkLoad: Sendable {
    private let lane: CommitLane
    private let record: @Sendable (Int) -> DecisionRecord
    private let entries: Int
    private let appended = Atomic(0)
    private let answered = Atomic(0)
    private let failed = Atomic(false)

    init(lane: CommitLane, record: @escaping @Sendable (Int) -> DecisionRecord, entries: Int) {
        self.lane = lane
        self.record = record
        self.entries = entries
    }

    var done: Int { answered.load(ordering: .relaxed) }
    var isDone: Bool { hasFailed || done >= entries }
    var hasFailed: Bool { failed.load(ordering: .relaxed) }

    func append() {
        let number = appended.add(1, ordering: .relaxed).oldValue
        guard number < entries else { return }
        lane.append(record(number)) { [self] outcome in
            if case .failure = outcome { failed.store(true, ordering: .relaxed) }
            answered.add(1, ordering: .relaxed)
            append()
        }
    }
}
