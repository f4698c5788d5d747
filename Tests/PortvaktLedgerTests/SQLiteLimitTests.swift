import Foundation
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("Where a ledger's file has its limits")
struct SQLiteLimitTests {
    private static let stream = StreamID("decisions/node-1")!

    private func block(_ first: UInt64, _ sequence: UInt64) -> Block {
        Block(
            stream: Self.stream, sequence: sequence, firstIndex: first, count: 1, changesBefore: 0, root: .zero,
            payload: [UInt8](repeating: 0, count: EntryCodec.frameBytes))
    }

    @Test("An entry whose index has no room in its place is refused as too many, and never written as another stream's")
    func lastIndex() throws {
        try withFolder { folder in
            let (path, end) = (folder + "/ledger.db", UInt64(1) << 40)
            let last = block(end - 2, 1)
            for first in [end - 2, end - 1, end, end + 5] {
                let store = try SQLiteStore.open(path: path)
                defer { store.close() }
                if first == last.firstIndex {
                    try store.append(Commit(blocks: [last]))
                } else {
                    let error = #expect(throws: StoreError.self) { try store.append(Commit(blocks: [block(first, 2)])) }
                    #expect(error?.kind == .full)
                }
                #expect(try store.blocks(of: Self.stream, from: 0, limit: 9) == [last])
                #expect(try store.blocks(of: Self.stream, from: end, limit: 9).isEmpty)
            }
        }
    }

    @Test("A file of an older program's version, or an empty one that bears any, is refused and left as it is")
    func otherVersions() throws {
        try withFolder { folder in
            let (old, empty) = (folder + "/old.db", folder + "/empty.db")
            try SQLiteStore.open(path: old).close()
            try Connection(path: old, access: .readWrite).execute("PRAGMA user_version = 0")
            try Connection(path: empty, access: .readWrite).execute("PRAGMA user_version = 5")
            for path in [old, empty] {
                let version = try Connection(path: path, access: .readWrite).integer("PRAGMA user_version")
                let error = #expect(throws: StoreError.self, "\(path)") { try SQLiteStore.open(path: path) }
                #expect(error?.kind == .notALedger)
                #expect(throws: StoreError.self) { try SQLiteStore.openForReading(path: path) }
                #expect(try Connection(path: path, access: .readWrite).integer("PRAGMA user_version") == version)
            }
        }
    }

    @Test("A move of the write-ahead log that fails is the error of a later upkeep: the ledger ends by it")
    func failedMove() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            let length = 1_000_000
            let frame =
                [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + [UInt8](repeating: 0, count: 8)
            for number in 0..<UInt64(LogUpkeep.moveBytes / length + 2) {
                var large = block(number, number + 1)
                large.payload = frame + [UInt8](repeating: 7, count: length)
                try store.append(Commit(blocks: [large]))
            }
            // As a disk that gives back less than was written.
            try #require(truncate(path + "-wal", 100_000) == 0)
            var failure: StoreError?
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            while failure == nil, ContinuousClock.now < deadline {
                do throws(StoreError) { try store.maintain() } catch { failure = error }
                sleepShortly()
            }
            #expect(failure?.kind == .inputOutput)
        }
    }

    @Test("Stored nodes are given up to the first that is missing, and changes whose number makes no sense are damage")
    func damagedRows() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            let nodes = (0..<5).map {
                Commit.Node(stream: Self.stream, node: StoredNode(level: 8, position: $0, hash: .zero))
            }
            var changes = block(0, 2)
            changes.stream = StreamID("changes/kommune-1")!
            try store.append(Commit(blocks: [block(0, 1), changes], nodes: nodes))
            let writing = try Connection(path: path, access: .readWrite)
            try writing.execute("DELETE FROM nodes WHERE position = 2")
            for (position, limit, count) in [(0, 5, 2), (0, 1, 1), (1, 5, 1), (2, 5, 0), (3, 5, 2)]
                as [(UInt64, Int, Int)]
            {
                let found = try store.nodes(of: Self.stream, level: 8, from: position, limit: limit)
                #expect(found.count == count, "from \(position)")
            }
            #expect(try store.changeBlocks(after: 0, limit: 9).count == 1)
            for value in ["-1", "NULL"] {
                try writing.execute("UPDATE blocks SET changes_before = \(value) WHERE sequence = 2")
                let error = #expect(throws: StoreError.self, "\(value)") { try store.heads() }
                #expect(error?.kind == .damaged)
            }
        }
    }

    @Test("A look at a ledger that nobody has open leaves nothing beside it")
    func looked() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            try store.append(Commit(blocks: [block(0, 1)]))
            store.close()
            let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            try SQLiteStore.check(path: path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
        }
    }

    @Test("What is put in its place takes nobody else's, whenever that came")
    func place() throws {
        try withFolder { folder in
            let (path, name) = (folder + "/new", folder + "/ledger.db")
            try Data("new".utf8).write(to: URL(fileURLWithPath: path))
            try Data("old".utf8).write(to: URL(fileURLWithPath: name))
            let error = #expect(throws: StoreError.self) { try DatabaseFile.place(path, at: name) }
            #expect(error?.kind == .exists)
            #expect(try Data(contentsOf: URL(fileURLWithPath: name)) == Data("old".utf8))
            try FileManager.default.removeItem(atPath: name)
            try DatabaseFile.place(path, at: name)
            #expect(try Data(contentsOf: URL(fileURLWithPath: name)) == Data("new".utf8))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
