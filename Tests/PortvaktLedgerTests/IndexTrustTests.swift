import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("What an index says that is not the ledger's")
struct IndexTrustTests {
    private static let stream = StreamID("decisions/node-1")!

    /// Adds decisions about some subjects, one block for each ten.
    private func append(_ count: Int, from first: Int, to ledger: Ledger) throws {
        let (loop, answers) = (TestLoop(), Answers())
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<count {
            lane.append(try LedgerBenchmark.sample(first + number)) { answers.add($0) }
            if number % 10 == 9 { #expect(loop.turn { answers.count == number + 1 }) }
        }
        #expect(loop.turn { answers.count == count })
    }

    private func places(of number: Int, _ search: LedgerSearch) throws -> [UInt64] {
        try search.page(matching: [.subject(try ID("barn-\(number)"))], in: Self.stream, limit: 100).indices
    }

    @Test("A ledger that is begun anew beside the index of an earlier one finds its own entries, and no other's")
    func begunAnew() throws {
        let earlier = MemoryStore()
        let first = try openLedger(earlier)
        try append(50, from: 0, to: first)
        first.stop()
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            try IndexFollower.build(index, from: earlier)
            let store = MemoryStore()
            let ledger = try openLedger(store)
            let follower = try IndexFollower(store: store, index: index)
            // It has looked at the index before the first entry is there.
            #expect(try follower.catchUp(Self.stream, to: 0, milliseconds: 20_000))
            #expect(try index.size(of: Self.stream) == 0)
            try append(20, from: 40, to: ledger)
            #expect(try follower.catchUp(Self.stream, to: 20, milliseconds: 20_000))
            #expect(try places(of: 5, ledger.search(index)) == [])
            #expect(try places(of: 45, ledger.search(index)) == [5])
            #expect(follower.failure == nil)
            follower.stop()
            ledger.stop()
        }
    }

    @Test("An older copy of a ledger from before one of its streams was there takes nothing of that stream over")
    func beforeTheStream() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        try append(30, from: 0, to: ledger)
        let older = MemoryStore()
        for block in store.blocks(of: Self.stream, from: 0, limit: 100) { try older.append(Commit(blocks: [block])) }
        let answers = Answers()
        var random = SeededGenerator(seed: 5)
        ledger.lane { $0() }.append(random.change(ofControllers: 1)) { answers.add($0) }
        ledger.stop()
        try #require(answers.durable.count == 1)
        let changes = StreamID("changes/kommune-1")!
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try IndexFollower.build(index, from: store)
            #expect(try index.size(of: changes) == 1)
            let fresh = try SQLiteIndex.openTemporary(beside: folder + "/index")
            defer { fresh.close() }
            try IndexFollower.build(fresh, from: older)
            #expect(
                try IndexCheck.difference(index, fresh, older)
                    == "it has entries of a stream that the ledger does not have")
            try IndexFollower.build(index, from: older)
            #expect(try index.size(of: changes) == 0 && index.size(of: Self.stream) == 30)
            #expect(try IndexCheck.difference(index, fresh, older) == nil)
        }
    }

    @Test("Whichever of the streams is another, the index is not this ledger's; nor is that of a longer one")
    func otherStreams() throws {
        var random = SeededGenerator(seed: 8)
        let change = random.change(ofControllers: 1)
        let changes = StreamID.changes(change.controller)
        // Two of the same, and every leaf of the one is another than the other's.
        let made = try (0..<2).map { _ in
            let store = MemoryStore()
            let ledger = try openLedger(store)
            try append(20, from: 0, to: ledger)
            ledger.lane { $0() }.append(change) { _ in }
            ledger.stop()
            return store
        }
        func joined(_ one: MemoryStore, _ other: MemoryStore, blocks: Int = 100) throws -> MemoryStore {
            let store = MemoryStore()
            for block in one.blocks(of: Self.stream, from: 0, limit: blocks)
                + other.blocks(of: changes, from: 0, limit: 9)
            {
                try store.append(Commit(blocks: [block]))
            }
            return store
        }
        let one = made[0]
        let stores = [try joined(one, made[1]), try joined(made[1], one), try joined(one, one, blocks: 1)]
        try withFolder { folder in
            for (place, store) in stores.enumerated() {
                let index = try SQLiteIndex.open(path: "\(folder)/index-\(place)")
                defer { index.close() }
                try IndexFollower.build(index, from: one)
                try IndexFollower.build(index, from: store)
                let fresh = try SQLiteIndex.open(path: "\(folder)/fresh-\(place)")
                defer { fresh.close() }
                try IndexFollower.build(fresh, from: store)
                for stream in [changes, Self.stream] {
                    #expect(try index.size(of: stream) == fresh.size(of: stream))
                    #expect(try index.lastLeaf(of: stream) == fresh.lastLeaf(of: stream))
                }
                #expect(try IndexCheck.difference(index, fresh, store) == nil)
            }
        }
    }

    @Test("After a rebuilding the new tree is given at once: what was signed of the old one cannot be derived any more")
    func treeOfRebuilding() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        try append(20, from: 0, to: ledger)
        ledger.stop()
        try withFolder { folder in
            let trees = Locked<[SubjectTree]>([])
            let follower = try IndexFollower(
                store: store, index: try SQLiteIndex.open(path: folder + "/index"),
                onTree: { tree in trees.withLock { $0.append(tree) } })
            defer { follower.stop() }
            #expect(try follower.catchUp(Self.stream, to: 20, milliseconds: 20_000))
            #expect(try follower.rebuild { try store.erase([3, 4], of: Self.stream) } == 2)
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            while trees.withLock({ $0.isEmpty }), ContinuousClock.now < deadline { sleepShortly() }
            #expect(trees.withLock { $0.map(\.subjects) } == [18])
        }
    }

    @Test("At its end a follower has indexed what was written last, and gives the tree of it")
    func theEnd() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        try append(10, from: 0, to: ledger)
        try withFolder { folder in
            let trees = Locked<[SubjectTree]>([])
            let follower = try IndexFollower(
                store: store, index: try SQLiteIndex.open(path: folder + "/index"),
                onTree: { tree in trees.withLock { $0.append(tree) } })
            #expect(try follower.catchUp(Self.stream, to: 10, milliseconds: 20_000))
            try append(10, from: 10, to: ledger)
            ledger.stop()
            follower.stop()
            #expect(trees.withLock { $0.last?.streamSize } == 20)
            let index = try SQLiteIndex.openForReading(path: folder + "/index")
            defer { index.close() }
            #expect(try index.size(of: Self.stream) == 20)
        }
    }

    @Test("A directory whose groups stand a place too far gives no other decision for the one that was asked for")
    func shifted() throws {
        let store = try largeBlocks(try (0..<400).map(LedgerBenchmark.sample))
        let blocks = store.blocks(of: Self.stream, from: 0, limit: 1000)
        let directories = blocks.compactMap { BlockDirectory($0) }
        try #require(!directories.isEmpty, "the log has large blocks")
        let lying = StatedIndex(size: 400) { _ in
            directories.map { directory in
                BlockDirectory(
                    first: directory.first, count: directory.count,
                    ends: directory.ends.dropFirst() + directory.ends.suffix(1))
            }
        }
        let all = try blocks.flatMap { try $0.entries() }
        for hashing in [false, true] {
            let picked = try EntryPicker(of: Self.stream, store, lying).entries(
                at: all.map(\.index), hashing: hashing)
            #expect(picked.map(\.entry) == all)
        }
    }

    @Test("A directory with too few groups, or with one that ends before it begins, has no part")
    func noParts() {
        let few = BlockDirectory(first: 0, count: 100, ends: [10, 20])
        #expect(few.part(holding: 17)?.part.bytes == 10..<20)
        #expect(few.part(holding: 32) == nil && few.part(holding: 99) == nil && few.part(holding: 100) == nil)
        let falling = BlockDirectory(first: 0, count: 48, ends: [20, 10, 30])
        #expect(falling.part(holding: 17) == nil)
        #expect(falling.part(holding: 33)?.part.bytes == 10..<30)
    }

    @Test("One call reads so many entries outside the index and no more, and says where to go on")
    func scans() throws {
        let store = EmptyEntries(size: LedgerSearch.maximumScan + 50_000)
        let search = LedgerSearch(store: store, index: nil)
        let first = try search.page(matching: [.emergency], in: Self.stream, limit: 10)
        #expect(first == SearchPage(indices: [], next: 50_000))
        let second = try search.page(matching: [.emergency], in: Self.stream, before: first.next, limit: 10)
        #expect(second == SearchPage(indices: [], next: 0))
    }

    @Test("Where times went back more often than is told apart, nothing is known of their order")
    func manySteps() throws {
        let store = EmptyEntries(size: 10_000)
        for (count, known) in [(LedgerSearch.maximumSteps - 1, 10_000), (LedgerSearch.maximumSteps, 0)] {
            let index = StatedIndex(size: 10_000, found: (1...UInt64(count)).reversed())
            let order = try LedgerSearch(store: store, index: index).timeOrder(of: Self.stream)
            #expect(order.known == UInt64(known) && order.size == 10_000)
            #expect(order.parts.last?.isOrdered == (known > 0))
        }
    }

    @Test("Of an index that states more than the ledger has, no entry beyond the end is given")
    func beyondTheEnd() throws {
        let store = EmptyEntries(size: 100)
        let search = LedgerSearch(store: store, index: StatedIndex(size: 500, found: [499, 100, 99, 7]))
        for end in [nil, 100, 400] as [UInt64?] {
            let page = try search.page(matching: [.emergency], in: Self.stream, before: end, limit: 10)
            #expect(page == SearchPage(indices: [99, 7], next: 0))
        }
        #expect(try search.timeOrder(of: Self.stream).known == 100)
    }
}

/// A store with so many entries of which none can be read.
private struct EmptyEntries: LedgerStore {
    private static let width: UInt64 = 4096
    let size: UInt64

    func heads() -> [StreamHead] {
        [StreamHead(stream: StreamID("decisions/node-1")!, size: size, root: .zero, sequence: 1, revision: 0)]
    }
    func blocks(of stream: StreamID, from index: UInt64, limit: Int) -> [Block] {
        guard index < size else { return [] }
        let first = index / Self.width * Self.width
        let count = Int(min(Self.width, size - first))
        let payload = [UInt8](repeating: 0, count: EntryCodec.frameBytes * count)
        return [
            Block(
                stream: stream, sequence: 1, firstIndex: first, count: count, changesBefore: 0, root: .zero,
                payload: payload)
        ]
    }
    func append(_ commit: Commit) {}
    func changeBlocks(after sequence: UInt64, limit: Int) -> [Block] { [] }
    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) -> [Digest] { [] }
    func close() {}
}

/// An index that says what the test says.
private struct StatedIndex: LedgerIndex {
    let size: UInt64
    var found: [UInt64] = []
    var directories: @Sendable ([UInt64]) -> [BlockDirectory] = { _ in [] }

    init(
        size: UInt64, found: [UInt64] = [],
        directories: @escaping @Sendable ([UInt64]) -> [BlockDirectory] = { _ in [] }
    ) {
        (self.size, self.found, self.directories) = (size, found, directories)
    }

    func size(of stream: StreamID) -> UInt64 { size }
    func indices(matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int) -> [UInt64]? {
        index > size ? nil : [UInt64](found.filter { $0 < index }.prefix(limit))
    }
    func directories(of stream: StreamID, holding indices: [UInt64]) -> [BlockDirectory] { directories(indices) }
    func lastLeaf(of stream: StreamID) -> Digest? { nil }
    func hasStreams(besides streams: Set<StreamID>) -> Bool { false }
    func add(_ batch: IndexBatch) {}
    func groupRoots(ofTile tile: UInt64, of stream: StreamID) -> [Digest]? { nil }
    func chains(of stream: StreamID, holding subject: PersonID?, kept: Bool) -> SubjectChains {
        SubjectChains(streamSize: 0, subjects: 0, chain: nil, tiles: [])
    }
    func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) {}
    func clear() {}
    func close() {}
}
