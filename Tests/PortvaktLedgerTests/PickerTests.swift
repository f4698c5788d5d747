import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("Reading and proving single entries of a large log")
struct PickerTests {
    private static let stream = StreamID("decisions/node-1")!
    private static let entries = 5_000

    /// A ledger of large blocks, small ones between and after them, with its index and what was signed.
    private struct Made {
        let store: SQLiteStore
        let index: SQLiteIndex
        let note: String
        let key: SigningKey
        let all: [Entry]
    }

    private func withLedger(_ body: (Made) throws -> Void) throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "log.example")
            let checkpoints = try Checkpointer(origin: "log.example", key: key, guardFile: folder + "/guard")
            let store = try SQLiteStore.open(path: folder + "/ledger.db")
            let ledger = try openLedger(store, checkpoints: checkpoints)
            for (count, waiting) in [(10, 1), (Self.entries - 40, 1000), (30, 3)] {
                _ = try LedgerBenchmark.run(ledger, entries: count, waiting: waiting)
            }
            ledger.stop()
            let reading = try SQLiteStore.openForReading(path: folder + "/ledger.db")
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer {
                index.close()
                reading.close()
            }
            try IndexFollower.build(index, from: reading)
            let note = try #require(ledger.checkpoint(of: Self.stream))
            let all = try reading.checkedBlocks(of: Self.stream, from: 0, limit: 10_000).flatMap { try $0.entries() }
            try #require(all.count == Self.entries)
            try body(Made(store: reading, index: index, note: note, key: key, all: all))
        }
    }

    @Test("What is picked is what reading everything gives, in the order that was asked for; what is not there is said")
    func picks() throws {
        try withLedger { made in
            let directories = try made.index.directories(of: Self.stream, holding: [UInt64](0..<UInt64(Self.entries)))
            #expect(directories.contains { $0.count >= 64 }, "the log has large blocks")
            var random = SeededGenerator(seed: printedSeed("picks"))
            for index in [made.index, nil] as [SQLiteIndex?] {
                for _ in 0..<20 {
                    let picker = try EntryPicker(of: Self.stream, made.store, index)
                    let wanted = (0..<random.number(1...60)).map { _ in UInt64(random.number(0...Self.entries - 1)) }
                    let picked = try picker.entries(at: wanted, hashing: random.number(0...1) == 0)
                    #expect(picked.map(\.entry) == wanted.map { made.all[Int($0)] })
                }
                let picker = try EntryPicker(of: Self.stream, made.store, index)
                #expect(throws: LedgerError.self) { try picker.entries(at: [0, UInt64(Self.entries)]) }
            }
        }
    }

    @Test("A directory that does not fit its block is not believed: the block is read whole")
    func wrongDirectories() throws {
        try withLedger { made in
            let wrong = LyingIndex(made.index)
            let wanted = stride(from: UInt64(0), to: UInt64(Self.entries), by: 37).map { $0 }
            let picker = try EntryPicker(of: Self.stream, made.store, wrong)
            #expect(try picker.entries(at: wanted, hashing: true).map(\.entry) == wanted.map { made.all[Int($0)] })
            // The roots in it lie, too: the proofs are made from the ledger itself.
            guard var maker = try ProofMaker(of: Self.stream, made.store, checkpoint: made.note, picker: picker) else {
                Issue.record("the note is no checkpoint")
                return
            }
            for index in wanted.prefix(20) {
                let found = try maker.proof(of: index, leaf: made.all[Int(index)].leaf)
                let proof = try #require(found)
                _ = try proof.verify(by: [made.key.verifier])
            }
        }
    }

    @Test("An index that cannot be read holds nothing up: entries and proofs come from the ledger")
    func unreadableIndex() throws {
        try withLedger { made in
            made.index.close()
            let picker = try EntryPicker(of: Self.stream, made.store, made.index)
            #expect(try picker.entries(at: [4000, 3]).map(\.entry) == [made.all[4000], made.all[3]])
            guard var maker = try ProofMaker(of: Self.stream, made.store, checkpoint: made.note, picker: picker) else {
                Issue.record("the note is no checkpoint")
                return
            }
            let proof = try maker.proof(of: 4000, leaf: made.all[4000].leaf)
            _ = try #require(proof).verify(by: [made.key.verifier])
        }
    }

    @Test("An erasure moves what stands after it in the block: the index from before still finds the entries")
    func erased() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        _ = try LedgerBenchmark.run(ledger, entries: 2_000, waiting: 800)
        ledger.stop()
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try IndexFollower.build(index, from: store)
            _ = try store.erase([700, 701, 1200], of: Self.stream)
            let all = try store.checkedBlocks(of: Self.stream, from: 0, limit: 10_000).flatMap { try $0.entries() }
            let picked = try EntryPicker(of: Self.stream, store, index).entries(at: [UInt64](0..<2_000))
            #expect(picked.map(\.entry) == all)
            #expect(picked[700].entry.isErased && !picked[702].entry.isErased)
        }
    }

    @Test("Proofs of many lines are the proofs that are made one by one, wherever in the log")
    func proofs() throws {
        try withLedger { made in
            let picker = try EntryPicker(of: Self.stream, made.store, made.index)
            guard var maker = try ProofMaker(of: Self.stream, made.store, checkpoint: made.note, picker: picker) else {
                Issue.record("the note is no checkpoint")
                return
            }
            let wanted = [0, 1, 9, 10, 15, 16, 255, 256, 257, 4095, 4096, 4864, 4865, 4990, 4999].map { UInt64($0) }
            _ = try picker.entries(at: wanted, hashing: true)
            for index in wanted {
                let found = try maker.proof(of: index, leaf: made.all[Int(index)].leaf)
                let proof = try #require(found)
                let single = try ProofFile(of: index, in: Self.stream, made.store, checkpoint: made.note)
                #expect(proof == single)
                _ = try proof.verify(by: [made.key.verifier])
            }
            let beyond = try maker.proof(of: UInt64(Self.entries), leaf: made.all[0].leaf)
            #expect(beyond == nil)
            var refused = false
            do throws(LedgerError) { _ = try maker.proof(of: 7, leaf: made.all[8].leaf) } catch { refused = true }
            #expect(refused, "another entry's leaf is not proved")
        }
    }

    @Test("The tree of subjects is the same with what was kept, without it, and after more entries")
    func keptRoots() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            for part in 0..<4 {
                // 997 subjects in the first parts, more of them with each.
                _ = try LedgerBenchmark.run(ledger, entries: 600, waiting: 200) {
                    var record = (try? LedgerBenchmark.sample(0))!
                    record.decision.subject = try? ID("barn-\((part * 600 + $0) % 1300)")
                    return record
                }
                try IndexFollower.build(index, from: store)
                let tree = try index.subjectTree(of: Self.stream, kept: false)
                for _ in 0..<2 { #expect(try index.subjectTree(of: Self.stream) == tree) }
                for number in [0, 255, 256, 300, 599] {
                    let subject: PersonID = try ID("barn-\(number)")
                    let proof = try #require(try index.proveSubject(subject, in: Self.stream))
                    #expect(proof.tree == tree)
                    let path = InclusionProof(
                        index: proof.chain.ordinal, treeSize: tree.subjects, path: proof.path)
                    #expect(path.leads(from: try TreeHasher().leaf(proof.chain.leaf), to: tree.root))
                }
            }
            let chains = try index.chains(of: Self.stream, holding: nil, kept: true)
            #expect(chains.subjects == 1300 && chains.tiles.count == 6)
            #expect(chains.tiles.dropLast().allSatisfy { if case .kept = $0 { true } else { false } })
        }
        ledger.stop()
    }
}

/// An index whose directories and roots are of other blocks.
private struct LyingIndex: LedgerIndex {
    let inner: SQLiteIndex

    init(_ inner: SQLiteIndex) { self.inner = inner }

    func size(of stream: StreamID) throws(StoreError) -> UInt64 { try inner.size(of: stream) }
    func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest? { try inner.lastLeaf(of: stream) }
    func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool {
        try inner.hasStreams(besides: streams)
    }
    func add(_ batch: IndexBatch) {}
    func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]? { try inner.indices(matching: keys, in: stream, before: index, limit: limit) }

    func directories(of stream: StreamID, holding indices: [UInt64]) throws(StoreError) -> [BlockDirectory] {
        try inner.directories(of: stream, holding: indices).map { directory in
            var wrong = directory
            // Every second group ends a byte too late, and the payload's size is as it is.
            for place in wrong.ends.indices.dropLast() where place.isMultiple(of: 2) { wrong.ends[place] += 1 }
            return wrong
        }
    }

    func groupRoots(ofTile tile: UInt64, of stream: StreamID) throws(StoreError) -> [Digest]? {
        try inner.groupRoots(ofTile: tile, of: stream)?.reversed()
    }

    func chains(of stream: StreamID, holding subject: PersonID?, kept: Bool) throws(StoreError) -> SubjectChains {
        try inner.chains(of: stream, holding: subject, kept: kept)
    }

    func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) {}
    func clear() {}
    func close() {}
}
