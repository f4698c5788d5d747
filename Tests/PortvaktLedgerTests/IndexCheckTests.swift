import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("An index compared with the ledger")
struct IndexCheckTests {
    private static let stream = StreamID("decisions/node-1")!
    private static let entries = 530
    /// Every eighth entry is looked up: in a debug build all of them would take ten seconds.
    private static let sample = 66

    /// A ledger of large blocks about many subjects, and an index of it with the trees' roots kept.
    private func made() throws -> HeldStore {
        let store = try largeBlocks(
            try (0..<Self.entries).map { number in
                var record = try LedgerBenchmark.sample(number)
                record.requestID = try Identifier("r-\(number)")
                return record
            })
        let large = store.blocks(of: Self.stream, from: 0, limit: 1000).filter { BlockDirectory($0) != nil }
        try #require(!large.isEmpty, "the log has large blocks")
        return store
    }

    @Test("What was changed in any of its tables is found, and said")
    func changed() throws {
        let store = try made()
        let root = "x'\(String(repeating: "00", count: 32))'"
        let changes = [
            ("UPDATE streams SET size = size + 5", "it reaches beyond the"),
            ("UPDATE streams SET last = \(root)", "the last entry of"),
            ("INSERT INTO streams VALUES (7, 'changes/x', 1, \(root))", "it has entries of a stream that"),
            ("UPDATE chains SET count = count + 1 WHERE ordinal = 300", "its chains of the subjects"),
            ("UPDATE chains SET end = \(root) WHERE ordinal = 3", "its chains of the subjects"),
            ("UPDATE chain_roots SET root = \(root) WHERE tile = 0", "its chains of the subjects"),
            ("UPDATE ordinals SET ordinal = 1 - ordinal WHERE ordinal < 2", "the chain of the subject of entry"),
            ("DELETE FROM ordinals WHERE ordinal = 8", "the chain of the subject of entry 8 "),
            (
                "INSERT INTO keys VALUES (99999, 15, ''); INSERT INTO postings VALUES (99999, 1, 5, x'')",
                "where the times of"
            ),
            ("UPDATE directories SET count = count - 1", "where it finds entry"),
            ("DELETE FROM directories", "where it finds entry"),
            ("UPDATE tiles SET roots = zeroblob(512) WHERE tile = 0", "where it finds entry 0 "),
            ("DELETE FROM requests WHERE first = 96", "what it finds for entry 96 "),
            ("DELETE FROM postings WHERE key = (SELECT number FROM keys WHERE sort = 3)", "what it finds for entry 0 "),
            (
                "UPDATE postings SET first = 95 WHERE key = (SELECT number FROM keys WHERE text = 'barn-96')",
                "what it finds for entry 96 "
            ),
        ]
        try withFolder { folder in
            let fresh = try SQLiteIndex.openTemporary(beside: folder + "/fresh")
            defer { fresh.close() }
            try IndexFollower.build(fresh, from: store)
            for (place, (change, said)) in changes.enumerated() {
                let path = "\(folder)/index-\(place)"
                let built = try SQLiteIndex.open(path: path)
                try IndexFollower.build(built, from: store)
                #expect(try place > 0 || IndexCheck.difference(built, fresh, store, sample: Self.sample) == nil)
                built.close()
                try Connection(path: path, access: .readWrite).execute(change)
                let index = try SQLiteIndex.openForReading(path: path)
                let found = try IndexCheck.difference(index, fresh, store, sample: Self.sample)
                #expect(found?.hasPrefix(said) == true, "\(change): \(found ?? "nothing")")
                index.close()
            }
        }
    }

    @Test("A request is found by its own id alone, however many ids share a list")
    func requests() throws {
        let store = try made()
        try withFolder { folder in
            let index = try SQLiteIndex.openTemporary(beside: folder + "/index")
            defer { index.close() }
            try IndexFollower.build(index, from: store)
            var all: Set<UInt64> = []
            for number in 0..<Self.entries {
                let found = try index.indices(
                    matching: [.requestID(try Identifier("r-\(number)"))], in: Self.stream,
                    before: UInt64(Self.entries), limit: 9)
                #expect(found?.count == 1, "r-\(number)")
                all.formUnion(found ?? [])
            }
            #expect(all.count == Self.entries)
        }
    }

    @Test("A damaged row is an error where entries are looked for, and none where it only says where they stand")
    func damagedRows() throws {
        let store = try made()
        try withFolder { folder in
            func read<Result>(_ damage: String, _ body: (SQLiteIndex) throws -> Result) throws -> Result {
                let path = folder + "/index"
                let built = try SQLiteIndex.open(path: path)
                try built.clear()
                try IndexFollower.build(built, from: store)
                built.close()
                try Connection(path: path, access: .readWrite).execute(damage)
                let index = try SQLiteIndex.openForReading(path: path)
                defer { index.close() }
                return try body(index)
            }
            // A step that leads around the largest number.
            let request = IndexKey.requestID(try Identifier("r-99"))
            _ = try read("UPDATE requests SET list = CAST(x'FFFFFFFFFFFFFFFFFF01' || list AS BLOB) WHERE first > 0") {
                index in
                #expect(throws: StoreError.self) {
                    try index.indices(matching: [request], in: Self.stream, before: UInt64(Self.entries), limit: 9)
                }
            }
            let all = [UInt64](0..<UInt64(Self.entries))
            for count in ["0", "-1", "9223372036854775807", "2147483648"] {
                let directories = try read("UPDATE directories SET count = \(count)") {
                    try $0.directories(of: Self.stream, holding: all)
                }
                #expect(directories == [], "\(count)")
            }
            let roots = try read("UPDATE tiles SET roots = zeroblob(500)") {
                try $0.groupRoots(ofTile: 0, of: Self.stream)
            }
            #expect(roots == nil)
        }
    }

    @Test("An index that has not come to the end is right as far as it reaches, and what is wrong before that is found")
    func partial() throws {
        let store = try made()
        let size = store.blocks(of: Self.stream, from: 270, limit: 1)[0].endIndex
        try #require(size < Self.entries)
        try withFolder { folder in
            let fresh = try SQLiteIndex.openTemporary(beside: folder + "/fresh")
            defer { fresh.close() }
            try IndexFollower.build(fresh, from: store)
            func difference(_ index: SQLiteIndex) throws -> String? {
                try IndexCheck.difference(index, fresh, store, sample: Self.sample)
            }
            for (place, change) in ["SELECT 1", "DELETE FROM requests", "DELETE FROM tiles"].enumerated() {
                let path = "\(folder)/index-\(place)"
                let index = try SQLiteIndex.open(path: path)
                try IndexFollower.build(index, from: store, upTo: { _ in size })
                try Connection(path: path, access: .readWrite).execute(change)
                #expect(try (difference(index) == nil) == (place == 0), "\(change)")
                // In two parts it becomes what it is in one.
                try IndexFollower.build(index, from: store)
                #expect(try (difference(index) == nil) == (place == 0), "\(change)")
                index.close()
            }
        }
    }
}
