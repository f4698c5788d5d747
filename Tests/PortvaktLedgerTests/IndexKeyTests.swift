import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("The keys of an index")
struct IndexKeyTests {
    private static let stream = StreamID("decisions/node-1")!

    /// The entries that some appends become.
    private func entries(_ append: (CommitLane) throws -> Void) throws -> [Entry] {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        try append(ledger.lane { $0() })
        ledger.stop()
        return try store.heads().flatMap { try store.checkedBlocks(of: $0.stream, from: 0, limit: 1000) }
            .flatMap { try $0.entries() }
    }

    private func keys(_ entry: Entry) throws -> [IndexKey] {
        var keys: [IndexKey] = []
        try IndexKey.forEach(of: entry) { keys.append($0) }
        #expect(Set(keys).count == keys.count, "each once")
        return keys
    }

    private func decision() throws -> DecisionRecord {
        var record = try LedgerBenchmark.sample(3)
        record.question.object = .meeting(try ID("mote-1"))
        record.question.emergency = Emergency(reason: "fare", anonymisedInsufficient: true, minutes: 5)
        record.requestID = try Identifier("r-1")
        return record
    }

    @Test("A decision is found by everything that it names, and once it is erased by what its leaf says")
    func decisions() throws {
        let record = try decision()
        var entry = try #require(try entries { $0.append(record) { _ in } }.first)
        let leaf: Set<IndexKey> = [
            .system(try ID("system-1")), .kind(.decision), .effect(.allow), .reason(.allowConsent), .action(.logRead),
        ]
        let opening: Set<IndexKey> = [
            .actor(.employment(try ID("ansatt-3"))), .object(.meeting(try ID("mote-1"))), .subject(try ID("barn-3")),
            .unit(try ID("skole-1")), .caseID(try ID("sak-3")), .controller(try ID("kommune-1")), .emergency,
            .requestID(try Identifier("r-1")),
        ]
        #expect(Set(try keys(entry)) == leaf.union(opening))
        entry = entry.with(opening: [])
        #expect(Set(try keys(entry)) == leaf)
        entry = entry.with(opening: [1, 2, 3])
        #expect(throws: EntryError.self) { try keys(entry) }
    }

    @Test("A reading of the audit is found by who read, and by everybody whom it was about")
    func readings() throws {
        let record = AuditRecord(
            call: .erased, system: try ID("officer"), at: Instant(milliseconds: 1_790_000_000_000),
            revision: Revision(1), actor: .person(try ID("ombud")),
            subjects: [try ID("barn-1"), try ID("barn-2"), try ID("barn-1")], caseID: try ID("sak-1"),
            controller: try ID("kommune-1"), requestID: try Identifier("r-1"))
        var entry = try #require(try entries { $0.append(record) { _ in } }.first)
        let leaf: Set<IndexKey> = [.system(try ID("officer")), .kind(.audit), .call(.erased)]
        let opening: Set<IndexKey> = [
            .actor(.person(try ID("ombud"))), .subject(try ID("barn-1")), .subject(try ID("barn-2")),
            .caseID(try ID("sak-1")), .controller(try ID("kommune-1")), .requestID(try Identifier("r-1")),
        ]
        #expect(Set(try keys(entry)) == leaf.union(opening))
        entry = entry.with(opening: [])
        #expect(Set(try keys(entry)) == leaf)
    }

    @Test("A change is found by its controller, its system, who registered it and the request")
    func changes() throws {
        var random = SeededGenerator(seed: 6)
        var change = random.change()
        change.actor = .employment(try ID("ansatt-1"))
        change.requestID = try Identifier("r-1")
        let entry = try #require(try entries { $0.append(change) { _ in } }.first)
        #expect(
            Set(try keys(entry)) == [
                .system(change.system), .kind(.change), .controller(change.controller),
                .actor(.employment(try ID("ansatt-1"))), .requestID(try Identifier("r-1")),
            ])
    }

    @Test("The same text as the id of one thing and of another are two keys, in a batch and in the file")
    func sameTexts() throws {
        let objects: [Object] = [
            .caseID(try ID("x")), .meeting(try ID("x")), .person(try ID("x")), .controller(try ID("x")),
        ]
        let actors: [Actor] = [.employment(try ID("x")), .person(try ID("x")), .proxy(try ID("x"))]
        let all = try entries { lane in
            for number in 0..<60 {
                var record = try LedgerBenchmark.sample(0)
                record.question.object = objects[number % 4]
                record.question.actor = actors[number % 3]
                let (has, id) = (number / 12, "x")
                record.system = try ID(has == 0 ? id : "y")
                record.decision.subject = has == 1 ? try ID(id) : nil
                record.decision.unit = has == 2 ? try ID(id) : nil
                record.decision.caseID = has == 3 ? try ID(id) : nil
                record.decision.controller = has == 4 ? try ID(id) : nil
                lane.append(record) { _ in }
            }
        }
        try #require(all.count == 60)
        var expected: [IndexKey: [UInt64]] = [:]
        var batch = IndexBatch(stream: Self.stream, first: 0)
        let hasher = try TreeHasher()
        for entry in all {
            for key in try keys(entry) { expected[key, default: []].append(entry.index) }
            batch.add(entry, hasher)
        }
        #expect(batch.postings.count == expected.count)
        for posting in batch.postings { #expect(posting.indices == expected[posting.key], "\(posting.key)") }
        try withFolder { folder in
            let index = try SQLiteIndex.open(path: folder + "/index")
            defer { index.close() }
            try index.add(batch)
            for (key, indices) in expected {
                let found = try index.indices(matching: [key], in: Self.stream, before: 60, limit: 100)
                #expect(found == indices.reversed(), "\(key)")
            }
        }
    }
}
