import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("A commit that is put together while the one before it is written")
struct PreparerTests {
    let stream = StreamID("decisions/node-1")!

    /// A preparer with its thread, and one lane.
    private final class Bench: Sendable {
        let preparer: CommitPreparer
        let lane: CommitLane
        let prepared = Locked(0)
        private let thread: Locked<WorkerThread?>

        init(_ stream: StreamID) throws {
            let preparer = try CommitPreparer(StreamTable())
            let lane = CommitLane(
                decisions: stream, bell: Doorbell(), preparerBell: preparer.bell, refusal: nil, deliver: { $0() })
            let prepared = prepared
            thread = Locked(
                try WorkerThread {
                    preparer.run {
                        [lane]
                    } onPrepared: {
                        prepared.withLock { $0 += 1 }
                    }
                })
            (self.preparer, self.lane) = (preparer, lane)
        }

        /// Appends a group; its ring finds no committer that waits, so that it rings the preparer, too.
        func append(_ count: Int) throws {
            lane.append([try LedgerBenchmark.sample(count)], at: [Int](repeating: 0, count: count)) { _ in }
        }

        func waitForPrepared(_ count: Int) -> Bool {
            let deadline = ContinuousClock.now + .seconds(10)
            while prepared.withLock({ $0 }) < count, ContinuousClock.now < deadline { sleepShortly() }
            return prepared.withLock { $0 } == count
        }

        /// The sizes and first indices of the next commit's blocks.
        func next() -> [Range<UInt64>]? {
            switch preparer.next([lane], refusing: nil) {
            case nil: nil
            case .failed: nil
            case .prepared(let prepared): prepared.commit.blocks.map { $0.firstIndex..<$0.endIndex }
            }
        }

        func join() { thread.withLock { $0.take() }?.join() }
    }

    @Test("Each large group is a commit of its own, in order; what came meanwhile is put together when it is its turn")
    func order() throws {
        let bench = try Bench(stream)
        #expect(bench.next() == nil)
        try bench.append(300)
        #expect(bench.waitForPrepared(1))
        try bench.append(CommitPreparer.worthPreparing - 1)
        // A second large one waits until the first is taken, and takes the small one with it.
        try bench.append(400)
        #expect(bench.next() == [0..<300])
        #expect(bench.waitForPrepared(2))
        #expect(bench.next() == [300..<955])
        #expect(bench.next() == nil)
        // A small one is put together by whoever asks for it.
        try bench.append(5)
        #expect(bench.next() == [955..<960])
        #expect(bench.prepared.withLock { $0 } == 2)
        #expect(bench.preparer.end().isEmpty)
        bench.join()
    }

    @Test("At the end it gives back what was prepared, and prepares nothing more")
    func end() throws {
        let bench = try Bench(stream)
        try bench.append(300)
        #expect(bench.waitForPrepared(1))
        // Rung while one is prepared, it would go on with this one.
        try bench.append(400)
        #expect(bench.preparer.end().map(\.gathered.entries.count) == [300])
        bench.join()
        #expect(bench.prepared.withLock { $0 } == 1)
    }

    static let faults: [FaultyStore.Fault] = FaultyStore.Fault.Moment.allCases.flatMap { moment in
        (1...6).map { FaultyStore.Fault(.append, moment, number: $0) }
    }

    @Test(
        "Whichever write fails, large groups are durable whole or refused whole, each once, and nothing is signed that is not on disk",
        arguments: faults)
    func sweep(_ fault: FaultyStore.Fault) throws {
        try withFolder { folder in
            let (path, groups, size) = (folder + "/ledger.db", 40, 300)
            let key = try SigningKey.generate(name: "portvakt.example")
            func guarding() throws -> Checkpointer {
                try Checkpointer(origin: "portvakt.example", key: key, guardFile: folder + "/guard")
            }
            let faulty = FaultyStore(try SQLiteStore.open(path: path), fault: fault)
            let reported = Reported()
            let ledger = try openLedger(faulty, checkpoints: guarding(), reported: reported)
            let loop = TestLoop()
            let lane = ledger.lane { loop.enqueue($0) }
            let outcomes = Locked<[Int: [CommitLane.GroupOutcome]]>([:])
            for group in 0..<groups {
                lane.append([try LedgerBenchmark.sample(group)], at: [Int](repeating: 0, count: size)) { outcome in
                    outcomes.withLock { $0[group, default: []].append(outcome) }
                }
                // A tree to sign has the heads signed at once, in the middle of everything.
                ledger.commit(SubjectTree(stream: stream, streamSize: 0, subjects: UInt64(group) + 1, root: .zero))
                _ = loop.turn { true }
                #expect(loop.turn { outcomes.withLock { $0.count } > group - 4 })
            }
            #expect(loop.turn { outcomes.withLock { $0.count } == groups })
            ledger.stop()
            #expect(faulty.hasFailed && reported.errors.count == 1)
            #expect(faulty.count(of: .append) == fault.number, "nothing is written after a failure")
            let all = outcomes.withLock { $0 }
            #expect(all.values.allSatisfy { $0.count == 1 })
            let durable = (0..<groups).compactMap { try? all[$0]?.first?.get() }
            #expect(durable.allSatisfy { $0.count == size })
            #expect(durable.flatMap { $0 }.map(\.index) == (0..<UInt64(durable.count * size)).map { $0 })

            // It would not open where the guard is ahead of the store.
            let store = try SQLiteStore.open(path: path)
            let checkpoints = try guarding()
            let again = try openLedger(store, checkpoints: checkpoints)
            #expect(try store.heads().allSatisfy { $0.size >= UInt64(durable.count * size) })
            #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
            again.stop()
        }
    }
}
