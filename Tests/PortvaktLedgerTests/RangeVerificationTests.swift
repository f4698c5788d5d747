import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("The verification of a part of a stream")
struct RangeVerificationTests {
    private let stream = StreamID("decisions/node-1")!
    private let blocks = [1, 40, 200, 1, 250, 64]
    private let size: UInt64 = 556
    private let ranges: [Range<UInt64>] = [0..<556, 0..<1, 5..<6, 41..<241, 100..<400, 555..<556, 0..<10_000]
    private let signedSizes: [UInt64] = [1, 41, 100, 241, 300, 492, 556]

    private func fill(_ store: any LedgerStore, _ label: String) throws {
        var random = SeededGenerator(seed: printedSeed(label))
        let ledger = try openLedger(store)
        let answers = Answers()
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        var appended = 0
        for count in blocks {
            for _ in 0..<count { lane.append(random.decisionRecord()) { answers.add($0) } }
            appended += count
            #expect(loop.turn { answers.count == appended })
        }
        ledger.stop()
    }

    private func head(_ size: UInt64, _ store: any LedgerStore) throws -> GuardedHead {
        GuardedHead(
            stream: stream, size: size, root: try LedgerVerifier.root(of: stream, size: size, in: store))
    }

    private func findings(
        _ range: Range<UInt64>, _ store: any LedgerStore, _ signed: [GuardedHead] = []
    ) throws -> [LedgerVerifier.Finding] {
        try LedgerVerifier(store: store, signed: signed).run(range, of: stream).findings
    }

    @Test("What was signed before, in and after a part is the stream's own, or the first that is not is told")
    func signed() throws {
        let (store, other) = (MemoryStore(), MemoryStore())
        try fill(store, "a stream")
        try fill(other, "another history")
        let own = try signedSizes.map { try head($0, store) }
        for range in ranges {
            #expect(try findings(range, store) == [])
            #expect(try findings(range, store, own) == [], "\(range)")
            // Another history is whole in itself; what was signed of the first shows that it is another.
            #expect(try findings(range, other) == [])
            for head in own {
                #expect(try findings(range, other, [head]).count == 1, "\(range), signed at \(head.size)")
                #expect(try LedgerVerifier(store: other, signed: [head]).run().findings.count == 1)
            }
        }
        let early = try findings(0..<size, other, [own[2]])
        #expect(early.map(\.index) == [99])
        #expect(early.first?.what == "it, or one before it, is not what was signed at size 100")
        // A head of another stream says nothing of this one.
        var foreign = own[2]
        foreign.stream = try #require(StreamID("decisions/node-2"))
        #expect(try findings(0..<size, other, [foreign]) == [])
    }

    @Test("A part that is not there, and entries that were signed and are not there, are missing")
    func missing() throws {
        let store = MemoryStore()
        try fill(store, "a stream")
        #expect(try findings(556..<557, store).map(\.what) == ["it is missing: the stream has 556"])
        for range in ranges {
            let later = GuardedHead(stream: stream, size: 557, root: .zero)
            let found = try findings(range, store, [later])
            #expect(found.map(\.index) == [556] && found.first?.what == "it is missing: 557 entries were signed")
        }
    }

    @Test("What stands before a part leads to it by the roots of the blocks, and the part leads to the stream's head")
    func neighbours() throws {
        try withFolder { folder in
            func store(_ name: String, _ sql: String) throws -> any LedgerStore {
                let path = "\(folder)/\(name).db"
                try fill(try SQLiteStore.open(path: path), "a stream")
                try Connection(path: path, access: .readWrite).execute(sql)
                return try SQLiteStore.openForReading(path: path)
            }
            // The second block ends with entry 40; the part that is looked at begins with the third.
            let root = "UPDATE blocks SET root = zeroblob(32) WHERE place = (SELECT min(place) + 1 FROM blocks)"
            let before = try store("before", root)
            defer { before.close() }
            let found = try findings(41..<42, before)
            #expect(found.map(\.index) == [40])
            #expect(found.first?.what == "it, or one before it, is not what the root of its block says")
            #expect(try findings(300..<301, before) == [], "the block before it is as it was")

            let after = try store("after", "UPDATE nodes SET hash = zeroblob(32) WHERE position = 1")
            defer { after.close() }
            let led = try findings(0..<1, after)
            #expect(led.map(\.what) == ["the tree over it does not lead to the head of 556 entries"])
        }
    }
}
