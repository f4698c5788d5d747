import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("What a lane refuses, and what is left in it then")
struct LaneLimitTests {
    private let lane = CommitLane(
        decisions: StreamID("decisions/node-1")!, bell: Doorbell(), preparerBell: Doorbell(), refusal: nil,
        deliver: { $0() })

    /// What was refused at once.
    private final class Refusals: Sendable {
        private let all = Locked<[LedgerFailure]>([])
        var failures: [LedgerFailure] { all.withLock { $0 } }
        func add<Success>(_ outcome: Result<Success, LedgerFailure>) {
            if case .failure(let failure) = outcome { all.withLock { $0.append(failure) } }
        }
    }

    @Test(
        "Of many changes of which one cannot be written none is taken, and what stood before and comes after is whole")
    func oneUnwritable() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let (loop, answers, refused) = (TestLoop(), Answers(), Refusals())
        let lane = ledger.lane { loop.enqueue($0) }
        var random = SeededGenerator(seed: 41)
        let good = (0..<6).map { _ in random.change(ofControllers: 1) }
        var bad = good[5]
        bad.event = .profileActivated(
            name: try Identifier("p"), hash: [UInt8](repeating: 1, count: 32), from: bad.registeredAt,
            reason: String(repeating: "x", count: EntryCodec.maximumTextBytes + 1))
        lane.append(good[0]) { answers.add($0) }
        lane.append(contentsOf: [good[1], good[2], bad]) { refused.add($0) }
        lane.append(good[3]) { answers.add($0) }
        #expect(refused.failures.count == 1)
        #expect(loop.turn { answers.count == 2 })
        ledger.stop()
        #expect(answers.durable.map(\.index) == [0, 1])
        let entries = try store.blocks(of: StreamID("changes/kommune-1")!, from: 0, limit: 9).flatMap {
            try $0.entries()
        }
        #expect(try entries.map { try EntryCodec.body(of: $0) } == [.change(good[0]), .change(good[3])])
    }

    @Test("More changes than one append may have are refused as full, before one is encoded")
    func tooMany() throws {
        var random = SeededGenerator(seed: 42)
        let refused = Refusals()
        let changes = [Change](repeating: random.change(), count: CommitLane.maximumGroupEntries + 1)
        lane.append(contentsOf: changes) { refused.add($0) }
        #expect(refused.failures == [.full])
        #expect(lane.take() == nil)
    }

    @Test("Where as many bytes wait as may wait nothing more is taken, until they are")
    func manyBytes() throws {
        var record = try LedgerBenchmark.sample(1)
        record.question.necessity = String(repeating: "x", count: EntryCodec.maximumTextBytes)
        let refused = Refusals()
        let count = CommitLane.maximumWaitingBytes / EntryCodec.maximumTextBytes
        lane.append([record], at: [Int](repeating: 0, count: count)) { refused.add($0) }
        #expect(refused.failures == [])
        lane.append(record) { refused.add($0) }
        lane.append([record], at: [0]) { refused.add($0) }
        #expect(refused.failures == [.full, .full])
        #expect(lane.take()?.entries.count == count)
        lane.append(record) { refused.add($0) }
        #expect(refused.failures.count == 2 && lane.take()?.entries.count == 1)
    }
}
