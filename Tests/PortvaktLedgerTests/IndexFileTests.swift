import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("What an index's file takes")
struct IndexFileTests {
    private static let stream = StreamID("decisions/node-1")!

    /// Entries of so many decisions, each about a subject of its own, in one block.
    private func entries(_ count: Int) throws -> [Entry] {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let lane = ledger.lane { $0() }
        for number in 0..<count { lane.append(try LedgerBenchmark.sample(number)) { _ in } }
        ledger.stop()
        let entries = try store.blocks(of: Self.stream, from: 0, limit: 1000).flatMap { try $0.entries() }
        try #require(entries.count == count)
        return entries
    }

    private func batch(_ entries: ArraySlice<Entry>) throws -> IndexBatch {
        let hasher = try TreeHasher()
        var batch = IndexBatch(stream: Self.stream, first: entries[entries.startIndex].index)
        for entry in entries { batch.add(entry, hasher) }
        return batch
    }

    private func found(_ index: SQLiteIndex, _ number: Int) throws -> [UInt64]? {
        let size = try index.size(of: Self.stream)
        return try index.indices(
            matching: [.subject(try ID("barn-\(number)"))], in: Self.stream, before: size, limit: 100)
    }

    @Test(
        "Of a batch that fails nothing is there, and the next one is whole: no key is remembered that was not written")
    func failedBatch() throws {
        let entries = try entries(30)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try index.add(try batch(entries[..<10]))
            var failing = try batch(entries[10..<20])
            // Two of one place: the second cannot be written, after everything else was.
            let directory = BlockDirectory(first: 10, count: 10, ends: [1])
            failing.directories = [directory, directory]
            #expect(throws: StoreError.self) { try index.add(failing) }
            #expect(try index.size(of: Self.stream) == 10)
            #expect(try found(index, 15) == [] && found(index, 5) == [5])
            try index.add(try batch(entries[10..<20]))
            try index.add(try batch(entries[20...]))
            for number in 0..<30 { #expect(try found(index, number) == [UInt64(number)]) }
            let whole = try SQLiteIndex.open(path: folder + "/whole")
            defer { whole.close() }
            try whole.add(try batch(entries[...]))
            #expect(try index.subjectTree(of: Self.stream) == whole.subjectTree(of: Self.stream))
        }
    }

    @Test("A batch that does not join what is there is refused, and changes nothing")
    func joining() throws {
        let entries = try entries(30)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            #expect(throws: StoreError.self) { try index.add(try batch(entries[5...])) }
            try index.add(try batch(entries[..<10]))
            let tree = try index.subjectTree(of: Self.stream)
            for range in [0..<10, 9..<20, 11..<20] {
                #expect(throws: StoreError.self, "\(range)") { try index.add(try batch(entries[range])) }
            }
            #expect(try index.size(of: Self.stream) == 10 && index.subjectTree(of: Self.stream) == tree)
            try index.add(try batch(entries[10...]))
            #expect(try index.size(of: Self.stream) == 30)
        }
    }

    @Test(
        "Roots that were computed before the last entries are not kept, and kept ones are gone when their subjects have new entries"
    )
    func keptRoots() throws {
        let entries = try entries(600)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try index.add(try batch(entries[..<300]))
            try index.add(try batch(entries[300...]))
            index.keep([0: .zero], of: Self.stream, size: 300)
            let kept = try index.subjectTree(of: Self.stream)
            #expect(try index.subjectTree(of: Self.stream, kept: false) == kept)
            let root = try TreeHasher().leaf([1])
            index.keep([0: root], of: Self.stream, size: 600)
            let chains = try index.chains(of: Self.stream, holding: nil, kept: true)
            #expect(chains.tiles.first == .kept(root) && chains.tiles.count == 3)
            // An entry of one of its subjects, and the root is another.
            try index.add(try batch([entries[3].with(index: 600)][...]))
            #expect(try index.subjectTree(of: Self.stream) == index.subjectTree(of: Self.stream, kept: false))
        }
    }

    @Test(
        "A proof of a chain holds for its tree, its place and its length alone; a chain begins with its stream and its subject"
    )
    func proofs() throws {
        let entries = try entries(300)
        let subject: PersonID = try ID("barn-7")
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try index.add(try batch(entries[...]))
            let good = try #require(try index.proveSubject(subject, in: Self.stream))
            let leaves = [entries[7].leaf]
            #expect(good.holds(for: subject, over: leaves))
            for change in [
                { $0.tree.root = .zero }, { $0.tree.subjects = 4 }, { $0.path[0] = .zero }, { $0.path.removeLast() },
                { $0.path = [] }, { $0.chain.ordinal = 8 }, { $0.chain.count = 2 }, { $0.chain.end = .zero },
                { $0.tree.stream = StreamID("decisions/node-2")! },
            ] as [(inout SubjectProof) -> Void] {
                var proof = good
                change(&proof)
                #expect(!proof.holds(for: subject, over: leaves), "\(proof)")
            }
            #expect(!good.holds(for: subject, over: leaves + leaves) && !good.holds(for: subject, over: []))
            let hasher = try TreeHasher()
            let begin = hasher.plain([UInt8]("portvakt subject chain v1\ndecisions/node-1\nbarn-7\n".utf8))
            #expect(good.chain.end == hasher.node(begin, hasher.leaf(leaves[0])))
            #expect(good.chain.leaf == good.chain.end.bytes + [0, 0, 0, 0, 0, 0, 0, 1])
        }
    }

    @Test("An index that was emptied finds what it is given then, whatever it knew before")
    func emptied() throws {
        let entries = try entries(40)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try index.add(try batch(entries[...]))
            try index.clear()
            #expect(try index.size(of: Self.stream) == 0 && index.lastLeaf(of: Self.stream) == nil)
            #expect(try index.subjectTree(of: Self.stream).subjects == 0)
            // In another order the keys have other numbers.
            for (first, end) in [(0, 1), (1, 30), (30, 40)] { try index.add(try batch(entries[first..<end])) }
            for number in 0..<40 { #expect(try found(index, number) == [UInt64(number)]) }
            // Of what it does not reach it says nothing.
            let all = try index.indices(matching: [.effect(.allow)], in: Self.stream, before: 41, limit: 100)
            #expect(all == nil)
        }
    }
}
