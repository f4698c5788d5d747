import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// Promises 1 to 3 of docs/ledger.md: recorded before answered, nothing acknowledged is lost, no writing after a
/// failure.
@Suite("Failing stores")
struct FaultTests {
    private static let rounds = 12

    static let faults: [FaultyStore.Fault] = FaultyStore.Fault.Moment.allCases.flatMap { moment in
        (1...rounds).flatMap { number in
            [
                FaultyStore.Fault(.append, moment, number: number),
                FaultyStore.Fault(.append, moment, number: number, kind: .full),
                FaultyStore.Fault(.maintain, moment, number: number),
            ]
        }
    }

    @Test(
        "Whichever write fails, no entry is answered as durable that is not there, and all answered ones are",
        arguments: faults)
    func sweep(_ fault: FaultyStore.Fault) throws {
        var random = SeededGenerator(seed: UInt64(fault.number))
        let kept = MemoryStore()
        let faulty = FaultyStore(kept, fault: fault)
        let reported = Reported()
        let ledger = try openLedger(faulty, reported: reported)
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        let answers = Answers()
        var appended = 0
        for _ in 0..<Self.rounds {
            for _ in 0..<random.number(1...5) {
                lane.append(random.decisionRecord()) { answers.add($0) }
                lane.append(random.change(ofControllers: 2)) { answers.add($0) }
                appended += 2
            }
            #expect(loop.turn { answers.count == appended }, "everything is answered, also after the failure")
        }
        #expect(faulty.hasFailed)
        ledger.stop()
        #expect(reported.errors.count == 1)
        #expect(answers.failures.allSatisfy { $0 == .broken })
        #expect(faulty.count(of: .append) == fault.number, "nothing is written after a failure")
        try expect(answers.durable, areIn: kept)
        #expect(try LedgerVerifier(store: kept).run().findings.isEmpty)
        // A new start reads what is there and goes on behind it.
        let again = try openLedger(kept)
        let later = Answers()
        again.lane { $0() }.append(random.decisionRecord()) { later.add($0) }
        while later.count == 0 { sleepShortly() }
        #expect(later.durable.count == 1)
        again.stop()
        #expect(try LedgerVerifier(store: kept).run().findings.isEmpty)
    }

    @Test(
        "An erasure that fails breaks the ledger: nothing more is written or answered as durable",
        arguments: FaultyStore.Fault.Moment.allCases)
    func erasure(_ moment: FaultyStore.Fault.Moment) throws {
        var random = SeededGenerator(seed: 3)
        let kept = MemoryStore()
        // The first call is the append's, the second the erasure's.
        let faulty = FaultyStore(kept, fault: FaultyStore.Fault(.append, moment, number: 2))
        let reported = Reported()
        let ledger = try openLedger(faulty, reported: reported)
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        let answers = Answers()
        lane.append(random.decisionRecord()) { answers.add($0) }
        #expect(loop.turn { answers.count == 1 })
        #expect(throws: LedgerError.self) { try ledger.erase([0], of: ledger.decisions) }
        lane.append(random.decisionRecord()) { answers.add($0) }
        #expect(loop.turn { answers.count == 2 })
        #expect(answers.failures == [.broken])
        #expect(throws: LedgerError.ended) { try ledger.erase([0], of: ledger.decisions) }
        ledger.stop()
        #expect(reported.errors.count == 1)
        #expect(faulty.count(of: .append) == 2, "nothing is written after a failure")
        let entry = try #require(kept.blocks(of: ledger.decisions, from: 0, limit: 1).first?.entries().first)
        #expect(entry.isErased == (moment == .after))
    }

    private func expect(_ durable: [DurableEntry], areIn store: MemoryStore) throws {
        let hasher = try TreeHasher()
        for entry in durable {
            let block = try #require(store.blocks(of: entry.stream, from: entry.index, limit: 1).first)
            let found = try block.entries()[Int(entry.index - block.firstIndex)]
            #expect(hasher.leaf(found.leaf) == entry.leafHash)
        }
    }

    @Test("A copy of the files taken in the middle of a run holds all that was acknowledged before it")
    func copies() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let ledger = try openLedger(try SQLiteStore.open(path: path))
            let loop = TestLoop()
            let lane = ledger.lane { loop.enqueue($0) }
            let answers = Answers()
            for round in 0..<25 {
                for number in 0..<20 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
                #expect(loop.turn { answers.count >= round * 20 + 3 })
                let acknowledged = answers.durable
                let copy = folder + "/copy-\(round).db"
                try FileManager.default.copyItem(atPath: path, toPath: copy)
                try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
                let store = try SQLiteStore.open(path: copy)
                #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
                #expect((try store.heads().first?.size ?? 0) >= UInt64(acknowledged.count))
                store.close()
            }
            ledger.stop()
        }
    }

    @Test("A store with a damaged end, a missing node or an unreadable block is not opened")
    func damaged() throws {
        let stream = StreamID("decisions/node-1")!
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<600 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        #expect(loop.turn { answers.count == 600 })
        ledger.stop()
        let blocks = store.blocks(of: stream, from: 0, limit: 1000)
        let nodes = store.nodes(of: stream, level: 8, from: 0, limit: 10)
        #expect(nodes.count == 2)
        for damage in 0..<3 {
            let other = MemoryStore()
            for (number, block) in blocks.enumerated() {
                var block = block
                if number == blocks.count - 1, damage == 0 { block.payload[block.payload.count - 10] ^= 1 }
                if number == blocks.count - 1, damage == 1 { block.root.words.0 ^= 1 }
                try other.append(Commit(blocks: [block]))
            }
            for (position, hash) in nodes.enumerated() where damage != 2 {
                let node = StoredNode(level: 8, position: UInt64(position), hash: hash)
                try other.append(Commit(blocks: [], nodes: [.init(stream: stream, node: node)]))
            }
            if damage == 0 {
                // An opening is outside the tree: it does not keep the ledger from opening, and is found by a
                // verification.
                let findings = try LedgerVerifier(store: other).run().findings
                #expect(findings.count == 1)
            } else {
                #expect(throws: LedgerError.self) { try openLedger(other) }
            }
        }
    }
}
