import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// What every entry verifies with, and a service stumbles over.
@Suite("The structure of a ledger's file")
struct StructureTests {
    /// A ledger with a stored node.
    private func makeLedger(_ path: String) throws {
        let ledger = try openLedger(try SQLiteStore.open(path: path))
        _ = try LedgerBenchmark.run(ledger, entries: 600, waiting: 100)
        ledger.stop()
    }

    private func verifies(_ path: String) throws -> Bool {
        let store = try SQLiteStore.openForReading(path: path)
        defer { store.close() }
        return try LedgerVerifier(store: store).run().isGood
    }

    @Test("A whole file has no problem and no stray row, also after statistics were gathered and as a backup")
    func whole() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try makeLedger(path)
            try Connection(path: path, access: .readWrite).execute("ANALYZE")
            try SQLiteStore.backup(from: path, to: path + ".copy")
            for path in [path, path + ".copy"] {
                #expect(try SQLiteStore.structureProblem(path: path) == nil)
                #expect(try SQLiteStore.strayRow(path: path) == nil)
            }
        }
    }

    @Test(
        "A table or index that is missing, changed or somebody else's, and a stream's name that makes no sense, are named",
        arguments: [
            ("DROP INDEX change_order", "index change_order is missing"),
            (
                "DROP INDEX change_order; CREATE INDEX change_order ON blocks (sequence)",
                "index change_order is not as this program makes it"
            ),
            ("CREATE TABLE notes (text TEXT)", "no ledger's: table notes"),
            ("CREATE TRIGGER t AFTER INSERT ON blocks BEGIN SELECT 1; END", "no ledger's: trigger t"),
            ("INSERT INTO streams VALUES (99, 'nonsense')", "the name of stream 99 makes no sense"),
        ])
    func problems(_ sql: String, _ what: String) throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try makeLedger(path)
            try Connection(path: path, access: .readWrite).execute(sql)
            #expect(try verifies(path), "the entries are all there")
            let problem = try #require(try SQLiteStore.structureProblem(path: path))
            #expect(problem.contains(what), "\(problem)")
        }
    }

    @Test("A table's own index that has lost its rows is damage, although every row of the table is there")
    func lostRows() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try makeLedger(path)
            let connection = try Connection(path: path, access: .readOnly)
            let root = try connection.integer(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_streams_1'")
            let page = try connection.integer("PRAGMA page_size")
            _ = consume connection
            // In SQLite's file format: how many cells the page has.
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seek(toOffset: UInt64((root - 1) * page + 3))
            try file.write(contentsOf: Data([0, 0]))
            try file.close()
            let problem = try #require(try SQLiteStore.structureProblem(path: path))
            #expect(problem.contains("structure is damaged"), "\(problem)")
        }
    }

    @Test(
        "A row that no entry leads to is named: a service that came to it would stop",
        arguments: [
            ("INSERT INTO nodes VALUES (1, 8, 7, zeroblob(32))", "node 7 of level 8 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (1, 16, 3, zeroblob(32))", "node 3 of level 16 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (1, 9, 0, zeroblob(32))", "node 0 of level 9 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (1, 0, 0, zeroblob(32))", "node 0 of level 0 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (1, 64, 0, zeroblob(32))", "node 0 of level 64 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (1, 8, -1, zeroblob(32))", "node -1 of level 8 of decisions/node-1"),
            ("INSERT INTO nodes VALUES (7, 8, 0, zeroblob(32))", "node 0 of level 8 of no stream"),
            ("INSERT INTO streams VALUES (99, 'decisions/node-9')", "the stream decisions/node-9 has no entry"),
            (
                "INSERT INTO blocks SELECT place + (5 << 40), count, 999, changes_before, root, payload FROM blocks LIMIT 1",
                "is of no stream"
            ),
        ])
    func strays(_ sql: String, _ what: String) throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try makeLedger(path)
            try Connection(path: path, access: .readWrite).execute(sql)
            #expect(try verifies(path), "no entry leads to it")
            #expect(try SQLiteStore.structureProblem(path: path) == nil)
            let stray = try #require(try SQLiteStore.strayRow(path: path))
            #expect(stray.contains(what), "\(stray)")
        }
    }
}
