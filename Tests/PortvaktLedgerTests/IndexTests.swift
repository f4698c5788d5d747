import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("The index of a ledger")
struct IndexTests {
    private static let stream = StreamID("decisions/node-1")!

    /// A memory store with so many random decisions, and what they are, in order.
    private func recorded(_ count: Int, seed: UInt64) throws -> (MemoryStore, [DecisionRecord]) {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        var random = SeededGenerator(seed: seed)
        var records: [DecisionRecord] = []
        for number in 0..<count {
            var record = try LedgerBenchmark.sample(random.number(0...40))
            record.requestID = number.isMultiple(of: 3) ? try Identifier("r-\(random.number(0...count))") : nil
            record.system = try ID("system-\(random.number(1...3))")
            if random.number(0...9) == 0 {
                record.question.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5)
            }
            if random.number(0...4) == 0 { record.decision.subject = nil }
            records.append(record)
            lane.append(record) { answers.add($0) }
            if random.number(0...20) == 0 { #expect(loop.turn { answers.count == number + 1 }) }
        }
        #expect(loop.turn { answers.count == count })
        ledger.stop()
        return (store, records)
    }

    private func holds(_ key: IndexKey, _ record: DecisionRecord) -> Bool {
        switch key {
        case .subject(let id): record.decision.subject == id
        case .actor(let actor): record.question.actor == actor
        case .system(let id): record.system == id
        case .object(let object): record.question.object == object
        case .emergency: record.question.emergency != nil
        case .requestID(let id): record.requestID == id
        case .effect(let effect): record.decision.effect == effect
        default: false
        }
    }

    private func keys(_ random: inout SeededGenerator, _ records: [DecisionRecord]) -> [IndexKey] {
        let record = records[random.number(0...records.count - 1)]
        var keys: [IndexKey] = [.actor(record.question.actor), .system(record.system), .object(record.question.object)]
        if let subject = record.decision.subject { keys.append(.subject(subject)) }
        if let request = record.requestID { keys.append(.requestID(request)) }
        keys += [.emergency, .effect(.allow)]
        return [IndexKey](keys.shuffled(using: &random).prefix(random.number(1...3)))
    }

    @Test(
        "What is found is what reading everything finds, page by page, wherever the index ends", arguments: [1, 2, 3])
    func agreesWithReading(_ seed: UInt64) throws {
        let (store, records) = try recorded(700, seed: seed)
        var random = SeededGenerator(seed: seed + 100)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            let half = try HeldBackStore(store, size: UInt64(random.number(0...700)))
            for source in [half, store] as [any LedgerStore] {
                try IndexFollower.build(index, from: source)
                let search = LedgerSearch(store: store, index: index)
                for _ in 0..<40 {
                    let keys = keys(&random, records)
                    let expected = records.indices.reversed().filter { place in
                        keys.allSatisfy { holds($0, records[place]) }
                    }.map { UInt64($0) }
                    var found: [UInt64] = []
                    var before: UInt64?
                    repeat {
                        let page = try search.page(
                            matching: keys, in: Self.stream, before: before, limit: random.number(1...50))
                        found += page.indices
                        before = page.next
                    } while before != 0
                    #expect(found == expected, "seed \(seed), \(keys)")
                }
            }
        }
    }

    @Test(
        "Chains and their tree do not depend on how the ledger was cut into batches; proofs hold, and for nothing else")
    func chains() throws {
        let (store, records) = try recorded(600, seed: 7)
        try withFolder { folder in
            let whole = try SQLiteIndex.open(path: folder + "/whole")
            let parts = try SQLiteIndex.open(path: folder + "/parts")
            defer {
                whole.close()
                parts.close()
            }
            try IndexFollower.build(whole, from: store)
            for size in [1, 200, 201, 500] as [UInt64] {
                try IndexFollower.build(parts, from: try HeldBackStore(store, size: size))
            }
            try IndexFollower.build(parts, from: store)
            let tree = try whole.subjectTree(of: Self.stream)
            #expect(try parts.subjectTree(of: Self.stream) == tree)
            #expect(tree.streamSize == 600)
            let entries = try store.checkedBlocks(of: Self.stream, from: 0, limit: 10_000).flatMap { try $0.entries() }
            let subjects = Set(records.compactMap(\.decision.subject))
            #expect(tree.subjects == UInt64(subjects.count))
            for subject in subjects {
                let leaves = entries.indices.filter { records[$0].decision.subject == subject }.map { entries[$0].leaf }
                let proof = try #require(try whole.proveSubject(subject, in: Self.stream))
                #expect(proof.tree == tree)
                #expect(proof.holds(for: subject, over: leaves))
                #expect(!proof.holds(for: subject, over: leaves.dropLast()))
                #expect(!proof.holds(for: subject, over: [[UInt8]](leaves.reversed())) || leaves.count < 2)
                #expect(!proof.holds(for: try ID("another"), over: leaves))
            }
            #expect(try whole.proveSubject(try ID("nobody"), in: Self.stream) == nil)
        }
    }

    @Test("Where times go back is known as far as the index reaches, however the ledger was cut into batches")
    func timeOrder() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let (loop, answers) = (TestLoop(), Answers())
        let lane = ledger.lane { loop.enqueue($0) }
        // A little disorder is none; 10,000 seconds ahead, then right, then ahead again, then half a minute back.
        let seconds: [Int64] = [0, 5, 1, 10_000, 10_001, 9_995, 20, 21, 50_000, 50_001, 49_970, 49_971]
        for (place, second) in seconds.enumerated() {
            var record = try LedgerBenchmark.sample(place)
            record.at = Instant(milliseconds: 1_800_000_000_000 + second * 1000)
            lane.append(record) { answers.add($0) }
            #expect(loop.turn { answers.count == place + 1 })
        }
        ledger.stop()
        let size = UInt64(seconds.count)
        #expect(try LedgerSearch(store: store, index: nil).timeOrder(of: Self.stream).parts.map(\.range) == [0..<size])
        try withFolder { folder in
            for cuts in [[], [7], [6, 10], [UInt64](1..<size)] as [[UInt64]] {
                let index = try SQLiteIndex.open(path: folder + "/index-\(cuts.count)")
                defer { index.close() }
                for size in cuts { try IndexFollower.build(index, from: try HeldBackStore(store, size: size)) }
                let search = LedgerSearch(store: store, index: index)
                let reached = cuts.last ?? 0
                let early = try search.timeOrder(of: Self.stream)
                #expect(early.known == reached && early.steps == [6, 10].filter { $0 < reached })
                #expect(early.parts.last.map { !$0.isOrdered && $0.range == reached..<size } == true)
                try IndexFollower.build(index, from: store)
                let order = try search.timeOrder(of: Self.stream)
                #expect(order == TimeOrder(steps: [6, 10], known: size, size: size))
                #expect(order.parts.map(\.range) == [0..<6, 6..<10, 10..<size])
                #expect(order.parts.map(\.isOrdered) == [true, true, true])
            }
        }
    }

    @Test(
        "An index of another ledger, a damaged one and one of another version are built anew; another program's is kept"
    )
    func madeAnew() throws {
        let (store, _) = try recorded(300, seed: 8)
        let (other, _) = try recorded(200, seed: 9)
        try withFolder { folder in
            let path = folder + "/index"
            var index = try SQLiteIndex.open(path: path)
            try IndexFollower.build(index, from: other)
            try IndexFollower.build(index, from: store)
            #expect(try index.size(of: Self.stream) == 300)
            let tree = try index.subjectTree(of: Self.stream)
            index.close()
            try Connection(path: path, access: .readWrite).execute("PRAGMA user_version = 0")
            index = try SQLiteIndex.open(path: path)
            #expect(try index.size(of: Self.stream) == 0)
            try IndexFollower.build(index, from: store)
            #expect(try index.subjectTree(of: Self.stream) == tree)
            index.close()
            let program = try Connection(path: folder + "/program", access: .readWrite)
            try program.execute("CREATE TABLE t (x)")
            #expect(throws: StoreError.self) { try SQLiteIndex.open(path: folder + "/program") }
        }
    }

    @Test("Whoever waits for the index gets one of this ledger, and after a rebuilding is asked for, a new one")
    func waitsForTheRight() throws {
        let (store, _) = try recorded(300, seed: 8)
        let (other, _) = try recorded(290, seed: 9)
        try withFolder { folder in
            let right = try SQLiteIndex.open(path: folder + "/right")
            try IndexFollower.build(right, from: store)
            let tree = try right.subjectTree(of: Self.stream)
            right.close()
            for round in 0..<10 {
                let path = folder + "/index-\(round)"
                let foreign = try SQLiteIndex.open(path: path)
                try IndexFollower.build(foreign, from: other)
                foreign.close()
                let follower = try IndexFollower(store: store, index: try SQLiteIndex.open(path: path))
                // The foreign one is large enough for the first question.
                for size in [290, 300] as [UInt64] {
                    #expect(try follower.catchUp(Self.stream, to: size, milliseconds: 20_000))
                }
                #expect(try follower.index.subjectTree(of: Self.stream) == tree)
                try Connection(path: path, access: .readWrite).execute("DELETE FROM postings")
                #expect(try follower.rebuild { 7 } == 7)
                #expect(try follower.catchUp(Self.stream, to: 300, milliseconds: 20_000))
                let found = try follower.index.indices(
                    matching: [.effect(.allow)], in: Self.stream, before: 300, limit: 500)
                #expect(found?.isEmpty == false, "what was there before the rebuilding counted")
                #expect(try follower.index.subjectTree(of: Self.stream) == tree)
                #expect(follower.failure == nil)
                follower.stop()
            }
        }
    }

    @Test(
        "An index that is cleared in the middle of a search costs no result, however much of it is there again",
        arguments: [0, 1, 150, 300])
    func clearedMeanwhile(_ size: UInt64) throws {
        let (store, records) = try recorded(300, seed: 14)
        try withFolder { folder in
            let inner = try SQLiteIndex.open(path: folder + "/index")
            defer { inner.close() }
            for limit in [7, 500] {
                try IndexFollower.build(inner, from: store)
                let search = LedgerSearch(store: store, index: ClearedIndex(inner, of: store, until: size))
                let key = IndexKey.system(try ID("system-1"))
                let expected = records.indices.reversed().filter { holds(key, records[$0]) }.map { UInt64($0) }
                var found: [UInt64] = []
                var before: UInt64?
                repeat {
                    let page = try search.page(matching: [key], in: Self.stream, before: before, limit: limit)
                    found += page.indices
                    before = page.next
                } while before != 0
                #expect(found == expected)
            }
        }
    }

    @Test("The index is empty before anything is erased, and stays so until the erasure is over, also when it throws")
    func emptiedBeforeErasure() throws {
        struct Stopped: Error {}
        let (store, records) = try recorded(300, seed: 12)
        try withFolder { folder in
            let follower = try IndexFollower(store: store, index: try SQLiteIndex.open(path: folder + "/index"))
            defer { follower.stop() }
            let search = LedgerSearch(store: store, index: follower.index)
            func found(_ place: Int) throws -> [UInt64] {
                #expect(try follower.catchUp(Self.stream, to: 300, milliseconds: 20_000))
                return try search.page(
                    matching: [.actor(records[place].question.actor)], in: Self.stream, limit: 500
                ).indices
            }
            #expect(try found(7).contains(7))
            #expect(throws: Stopped.self) {
                try follower.rebuild { () throws -> Int in
                    #expect(try follower.index.size(of: Self.stream) == 0)
                    // Whoever waits for the index does not fill it from what is about to be erased.
                    #expect(try !follower.catchUp(Self.stream, to: 1, milliseconds: 50))
                    _ = try store.erase([7], of: Self.stream)
                    throw Stopped()
                }
            }
            #expect(try !found(7).contains(7))
            #expect(try found(8).contains(8))
        }
    }

    @Test(
        "Comparing an index reads each block once, however many entries are in it, and leaves no file behind while it does"
    )
    func compared() throws {
        let (memory, _) = try recorded(400, seed: 13)
        let blocks = memory.blocks(of: Self.stream, from: 0, limit: 1000).count
        try #require(blocks > 1 && blocks < 100)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try IndexFollower.build(index, from: memory)
            let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let fresh = try SQLiteIndex.openTemporary(beside: folder + "/index")
            defer { fresh.close() }
            try IndexFollower.build(fresh, from: memory)
            // However the process ends.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
            let store = FaultyStore(memory, fault: nil)
            #expect(try IndexCheck.difference(index, fresh, store) == nil)
            #expect(store.count(of: .read) <= 1 + blocks)
        }
    }

    @Test("A damaged list is an error, and no search without an end")
    func damagedLists() throws {
        let (store, records) = try recorded(200, seed: 12)
        let key = IndexKey.system(records[0].system)
        let damages = [
            "first = -1 - first", "list = CAST(x'FFFFFFFFFFFFFFFFFF01' || list AS BLOB)",
            "list = CAST(list || x'80' AS BLOB)",
        ]
        for damage in damages {
            try withFolder { folder in
                let path = folder + "/index"
                let built = try SQLiteIndex.open(path: path)
                try IndexFollower.build(built, from: store)
                built.close()
                try Connection(path: path, access: .readWrite).execute("UPDATE postings SET \(damage)")
                let index = try SQLiteIndex.openForReading(path: path)
                defer { index.close() }
                #expect(throws: StoreError.self, "\(damage)") {
                    try index.indices(matching: [key, .effect(.allow)], in: Self.stream, before: 200, limit: 500)
                }
            }
        }
    }

    @Test(
        "A tree of subjects is signed with the checkpoint, and a statement is proved complete by it",
        .timeLimit(.minutes(10)))
    func signedTree() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "log.example")
            let checkpoints = try Checkpointer(origin: "log.example", key: key, guardFile: folder + "/guard")
            let store = try SQLiteStore.open(path: folder + "/ledger.db")
            let ledger = try openLedger(store, checkpoints: checkpoints)
            let follower = try IndexFollower(
                store: store, index: try SQLiteIndex.open(path: folder + "/index"), onTree: { ledger.commit($0) })
            let loop = TestLoop()
            let answers = Answers()
            let lane = ledger.lane { loop.enqueue($0) }
            for number in 0..<200 { lane.append(try LedgerBenchmark.sample(number % 20)) { answers.add($0) } }
            #expect(loop.turn { answers.count == 200 })
            let tree = try #require(try follower.commitTree(of: Self.stream, to: 200, milliseconds: 20_000))
            func signed() throws -> SubjectTree? {
                guard let note = ledger.checkpoint(of: Self.stream) else { return nil }
                return SubjectTree(in: try Checkpoint(note: note, verifiedBy: [key.verifier]), of: Self.stream)
            }
            for _ in 0..<5000 where try signed() != tree { Monotonic.sleep(milliseconds: 2) }
            #expect(try signed() == tree)
            // What the family holds: the leaves, the proof, the note.
            let subject: PersonID = try ID("barn-7")
            let indices = try ledger.search(follower.index).page(
                matching: [.subject(subject)], in: Self.stream, limit: 99)
            let leaves = try indices.indices.reversed().map {
                try ledger.entries(of: Self.stream, from: $0, limit: 1).entries[0].leaf
            }
            let proof = try #require(try follower.index.proveSubject(subject, in: Self.stream))
            #expect(leaves.count == 10 && proof.tree == tree && proof.holds(for: subject, over: leaves))
            #expect(!proof.holds(for: subject, over: leaves.dropFirst() + [leaves[0]]))
            follower.stop()
            ledger.stop()
            // The last tree is signed at the end, and known after a new start.
            let again = try Checkpointer(origin: "log.example", key: key, guardFile: folder + "/guard")
            let note = try #require(again.note(of: Self.stream))
            #expect(
                SubjectTree(in: try Checkpoint(note: note, verifiedBy: [key.verifier]), of: Self.stream)?.streamSize
                    == 200)
        }
    }

    /// The niceness of each of this process' threads (proc(5), the 19th field of `stat`).
    static func niceness() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { thread in
            // A thread may have ended meanwhile.
            guard let stat = try? String(contentsOfFile: "/proc/self/task/\(thread)/stat", encoding: .utf8) else {
                return nil
            }
            // The second field, a name, is in parentheses and may hold anything.
            let rest = stat[stat.index(after: stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            return rest.count > 16 ? Int(rest[16]) : nil
        }
    }

    @Test("A follower that is far behind ends soon, and the next one goes on from there", .timeLimit(.minutes(10)))
    func endsSoon() throws {
        let count = 3 * IndexFollower.lastEntries
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let (loop, answers) = (TestLoop(), Answers())
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 1...count {
            lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) }
            if number.isMultiple(of: 1024) { #expect(loop.turn { answers.count == number }) }
        }
        ledger.stop()
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            let follower = try IndexFollower(store: store, index: index)
            // Whether it has begun or not: it adds nothing before it is stopping.
            let stopper = try follower.rebuild(after: {
                let stopper = try WorkerThread { follower.stop() }
                while !follower.isStopping { sleepShortly() }
                return stopper
            })
            stopper.join()
            let again = try SQLiteIndex.open(path: folder + "/index")
            let added = Int(try again.size(of: Self.stream))
            #expect((1..<count).contains(added), "\(added) of \(count)")
            try IndexFollower.build(again, from: store)
            #expect(try again.size(of: Self.stream) == UInt64(count))
            again.close()
        }
    }

    @Test("The follower keeps up with a ledger that is written to, and stops", .timeLimit(.minutes(10)))
    func follows() throws {
        try withFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/ledger.db")
            let ledger = try openLedger(store)
            let follower = try IndexFollower(store: store, index: try SQLiteIndex.open(path: folder + "/index"))
            let loop = TestLoop()
            let answers = Answers()
            let lane = ledger.lane { loop.enqueue($0) }
            for round in 1...5 {
                for number in 0..<100 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
                #expect(loop.turn { answers.count == 100 * round })
                #expect(try follower.catchUp(Self.stream, to: UInt64(100 * round), milliseconds: 20_000))
                let found = try ledger.search(follower.index).page(
                    matching: [.subject(try ID("barn-7"))], in: Self.stream, limit: 100)
                #expect(found == SearchPage(indices: (0..<UInt64(round)).reversed().map { 100 * $0 + 7 }, next: 0))
            }
            #expect(try !follower.catchUp(Self.stream, to: 501, milliseconds: 50))
            #expect(try Self.niceness().contains(Int(IndexFollower.niceness)), "no thread gives way to all others")
            #expect(follower.failure == nil)
            follower.stop()
            ledger.stop()
        }
    }
}

/// An index that is cleared, and built again up to a size, between the question for its size and the one for entries.
private struct ClearedIndex: LedgerIndex {
    let inner: SQLiteIndex
    let store: MemoryStore
    let size: UInt64

    init(_ inner: SQLiteIndex, of store: MemoryStore, until size: UInt64) {
        (self.inner, self.store, self.size) = (inner, store, size)
    }

    func size(of stream: StreamID) throws(StoreError) -> UInt64 { try inner.size(of: stream) }
    func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest? { try inner.lastLeaf(of: stream) }
    func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool {
        try inner.hasStreams(besides: streams)
    }
    func add(_ batch: IndexBatch) throws(StoreError) { try inner.add(batch) }

    func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]? {
        try inner.clear()
        do {
            try IndexFollower.build(inner, from: store, upTo: { _ in size })
        } catch {
            throw StoreError(.damaged, place: "the test", detail: "\(error)")
        }
        return try inner.indices(matching: keys, in: stream, before: index, limit: limit)
    }

    func directories(of stream: StreamID, holding indices: [UInt64]) throws(StoreError) -> [BlockDirectory] {
        try inner.directories(of: stream, holding: indices)
    }

    func groupRoots(ofTile tile: UInt64, of stream: StreamID) throws(StoreError) -> [Digest]? {
        try inner.groupRoots(ofTile: tile, of: stream)
    }

    func chains(of stream: StreamID, holding subject: PersonID?, kept: Bool) throws(StoreError) -> SubjectChains {
        try inner.chains(of: stream, holding: subject, kept: kept)
    }

    func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) {}
    func clear() throws(StoreError) { try inner.clear() }
    func close() {}
}

/// A store as it was when its stream had fewer entries.
private struct HeldBackStore: LedgerStore {
    let blocks: [Block]

    init(_ store: any LedgerStore, size: UInt64) throws {
        var blocks: [Block] = []
        for block in try store.checkedBlocks(of: StreamID("decisions/node-1")!, from: 0, limit: 100_000)
        where block.endIndex <= size {
            blocks.append(block)
        }
        self.blocks = blocks
    }

    func heads() -> [StreamHead] { blocks.last.map { [StreamHead(after: $0)] } ?? [] }
    func append(_ commit: Commit) {}
    func blocks(of stream: StreamID, from index: UInt64, limit: Int) -> [Block] {
        [Block](blocks.filter { $0.endIndex > index }.prefix(limit))
    }
    func changeBlocks(after sequence: UInt64, limit: Int) -> [Block] { [] }
    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) -> [Digest] { [] }
    func close() {}
}
