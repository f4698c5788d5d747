import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("Salt and commitment")
struct EntrySealTests {
    @Test("Entries that are alike have each a salt of their own, whether they came one by one or many at once")
    func salts() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let (lane, record) = (ledger.lane { loop.enqueue($0) }, try LedgerBenchmark.sample(1))
        let group = Locked<[DurableEntry]?>(nil)
        lane.append([record], at: [0, 0, 0, 0]) { outcome in group.withLock { $0 = try? outcome.get() } }
        for _ in 0..<4 { lane.append(record) { answers.add($0) } }
        #expect(loop.turn { answers.count == 4 && group.withLock { $0 != nil } })
        ledger.stop()
        let entries = try store.blocks(of: ledger.decisions, from: 0, limit: 9).flatMap { try $0.entries() }
        #expect(entries.count == 8)
        let salts = Set(entries.map { Array($0.opening.prefix(EntryCodec.saltBytes)) })
        #expect(salts.count == 8 && !salts.contains([UInt8](repeating: 0, count: EntryCodec.saltBytes)))
        // The commitment stands at the end of the leaf. All openings say the same but for the salt.
        #expect(Set(entries.map { Array($0.leaf.suffix(Digest.byteCount)) }).count == 8)
        #expect(Set(entries.map { Array($0.opening.dropFirst(EntryCodec.saltBytes)) }).count == 1)
        let hasher = try TreeHasher()
        for entry in entries {
            #expect(hasher.plain(entry.opening).bytes == Array(entry.leaf.suffix(Digest.byteCount)))
        }
        #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
    }
}
