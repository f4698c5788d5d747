import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("Stores")
struct StoreTests {
    @Test("The memory store keeps the contract", arguments: StoreConformance.cases)
    func memory(_ promise: StoreConformance.Case) throws {
        try promise.run(.init(isDurable: false) { MemoryStore() })
    }

    @Test("The SQLite store keeps the contract", arguments: StoreConformance.cases)
    func sqlite(_ promise: StoreConformance.Case) throws {
        try withFolder { folder in
            try promise.run(.init(isDurable: true) { try SQLiteStore.open(path: folder + "/ledger.db") })
        }
    }

    @Test("SQLite syncs at every commit: synchronous is FULL after opening, also the second time")
    func synchronousIsFull() throws {
        try withFolder { folder in
            for _ in 0..<2 {
                let store = try SQLiteStore.open(path: folder + "/ledger.db")
                #expect(try store.synchronousSetting() == 2)
                store.close()
            }
        }
    }

    @Test("A ledger that is open is refused by any other name, and when the file of its lock was taken away")
    func otherNames() throws {
        try withFolder { folder in
            let (path, link) = (folder + "/ledger.db", folder + "/link.db")
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            try FileManager.default.linkItem(atPath: path, toPath: folder + "/hard.db")
            try FileManager.default.removeItem(atPath: path + ".lock")
            for name in [path, link, folder + "/hard.db"] {
                let error = #expect(throws: StoreError.self) { try SQLiteStore.open(path: name) }
                #expect(error?.kind == .inUse)
            }
        }
    }

    @Test("A ledger without a byte, as a start that ended too early leaves it, is right to a check and to a start")
    func emptyFile() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try Data().write(to: URL(fileURLWithPath: path))
            try SQLiteStore.check(path: path)
            try SQLiteStore.open(path: path).close()
        }
    }

    @Test("An index whose file is no database is made anew, and another program's database is not")
    func overwrittenIndex() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db.index"
            try Data(repeating: 0x5A, count: 5000).write(to: URL(fileURLWithPath: path))
            let index = try SQLiteIndex.open(path: path)
            #expect(try index.size(of: StreamID("decisions/node-1")!) == 0)
            index.close()
            let other = folder + "/other.index"
            try Connection(path: other, access: .readWrite).execute("CREATE TABLE t (x)")
            #expect(throws: StoreError.self) { try SQLiteIndex.open(path: other) }
        }
    }

    @Test("Another program's database, a text file and a folder are refused, and not changed")
    func otherFiles() throws {
        try withFolder { folder in
            let other = folder + "/other.db"
            let connection = try Connection(path: other, access: .readWrite)
            try connection.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
            #expect(throws: StoreError.self) { try SQLiteStore.open(path: other) }
            #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)
            let text = folder + "/text"
            try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: text))
            #expect(throws: StoreError.self) { try SQLiteStore.open(path: text) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: text)) == Data(repeating: 0x41, count: 5000))
            #expect(throws: StoreError.self) { try SQLiteStore.openForReading(path: folder + "/none") }
            // No word of the disk, which SQLite would blame.
            let ofFolder = [
                #expect(throws: StoreError.self) { try SQLiteStore.open(path: folder) },
                #expect(throws: StoreError.self) { try SQLiteStore.openForReading(path: folder) },
                #expect(throws: StoreError.self) { try SQLiteStore.check(path: folder) },
                #expect(throws: StoreError.self) { try SQLiteIndex.open(path: folder) },
            ]
            for error in ofFolder { #expect(error?.kind == .notALedger && error?.place == folder) }
        }
    }

    @Test("A file that a newer program wrote is refused by name")
    func newerVersion() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            try SQLiteStore.open(path: path).close()
            try Connection(path: path, access: .readWrite).execute("PRAGMA user_version = 99")
            do {
                _ = try SQLiteStore.open(path: path)
                Issue.record("it was opened")
            } catch let error as StoreError {
                #expect(error.kind == .newerVersion)
            }
        }
    }

    @Test("A full disk is an error of its own, and what was durable before is still read")
    func full() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            try store.limitPages(to: 40)
            let stream = StreamID("decisions/node-1")!
            var kept: UInt64 = 0
            var refusal: StoreError?
            while refusal == nil, kept < 1000 {
                let block = Block(
                    stream: stream, sequence: kept + 1, firstIndex: kept, count: 1, changesBefore: 0, root: .zero,
                    payload: [0, 0, 15, 160, 0, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 4000))
                do throws(StoreError) {
                    try store.append(Commit(blocks: [block]))
                    kept += 1
                } catch { refusal = error }
            }
            #expect(refusal?.kind == .full)
            #expect(kept > 10)
            store.close()
            let again = try SQLiteStore.open(path: path)
            #expect(try again.heads().first?.size == kept)
            again.close()
        }
    }

    @Test("A reader opens a ledger that another opening writes to, and cannot write")
    func reading() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let writer = try SQLiteStore.open(path: path)
            let reader = try SQLiteStore.openForReading(path: path)
            let block = Block(
                stream: StreamID("decisions/n")!, sequence: 1, firstIndex: 0, count: 1, changesBefore: 0, root: .zero,
                payload: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9])
            try writer.append(Commit(blocks: [block]))
            #expect(try reader.heads().map(\.size) == [1])
            #expect(throws: StoreError.self) { try reader.append(Commit(blocks: [block])) }
            reader.close()
            writer.close()
        }
    }

    @Test("A reader of one moment sees nothing of what is written after its opening; a verification needs that")
    func oneMoment() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let ledger = try openLedger(try SQLiteStore.open(path: path))
            _ = try LedgerBenchmark.run(ledger, entries: 600, waiting: 50)
            let moment = try SQLiteStore.openForReading(path: path, atOneMoment: true)
            let later = try SQLiteStore.openForReading(path: path)
            _ = try LedgerBenchmark.run(ledger, entries: 600, waiting: 50)
            #expect(try moment.heads().map(\.size) == [600])
            #expect(try later.heads().map(\.size) == [1200])
            let report = try LedgerVerifier(store: moment).run()
            #expect(report.isGood && report.entries == 600, "\(report.findings)")
            moment.close()
            later.close()
            ledger.stop()
        }
    }

    @Test("The write-ahead log is moved into the database while commits go on, and begins anew")
    func logIsMoved() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            let stream = StreamID("decisions/n")!
            let largest = try largestLog(of: store, path, commits: 70, entryBytes: 1_000_000)
            #expect(largest < 55_000_000, "of 70 MB the log never held more than \(largest) bytes")
            #expect(try store.heads().map(\.size) == [70])
            store.close()
            let again = try SQLiteStore.open(path: path)
            // The first that reach the limit of a call's bytes, and not all of them.
            #expect(try again.blocks(of: stream, from: 0, limit: 1000).count == Reader.maximumBytes / 1_000_012 + 1)
            #expect(try again.heads().map(\.size) == [70])
            again.close()
        }
    }

    /// Makes commits of one entry and a node of the tree each.
    /// - Returns: bytes that the write-ahead log had at most, looked at after every 100 KB of entries or every commit.
    private func largestLog(
        of store: SQLiteStore, _ path: String, commits: UInt64, entryBytes: Int
    ) throws -> Int {
        let stream = StreamID("decisions/n")!
        let length = (0..<4).map { UInt8(truncatingIfNeeded: entryBytes >> (24 - 8 * $0)) }
        let payload = length + [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 7, count: entryBytes)
        let stride = UInt64(max(1, 100_000 / entryBytes))
        var largest = 0
        for number in 0..<commits {
            let node = Commit.Node(stream: stream, node: StoredNode(level: 0, position: number, hash: .zero))
            let block = Block(
                stream: stream, sequence: number + 1, firstIndex: number, count: 1, changesBefore: 0, root: .zero,
                payload: payload)
            try store.append(Commit(blocks: [block], nodes: [node]))
            try store.maintain()
            guard number % stride == 0 else { continue }
            let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
            largest = max(largest, size)
        }
        return largest
    }

    @Test("The log has an end also where each commit writes little: its pages count, not what is in them")
    func logOfLittleCommits() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            let largest = try largestLog(of: store, path, commits: 9000, entryBytes: 2000)
            // 18 MB of payload in pages of 4 KiB, two or three a commit: without a limit more than 70 MB.
            #expect(largest > 30_000_000 && largest < 55_000_000, "the log held \(largest) bytes")
            #expect(try store.heads().map(\.size) == [9000])
            store.close()
        }
    }

    @Test("The files that a ledger and its index make are their owner's alone; one that was opened to others is named")
    func modes() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            let index = try SQLiteIndex.open(path: SQLiteIndex.path(besideLedger: path))
            _ = try store.heads()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let expected = ["", ".index", ".index-shm", ".index-wal", "-shm", "-wal", ".lock"].map { "ledger.db\($0)" }
            #expect(names == expected.sorted())
            for name in names { #expect(try mode(folder + "/" + name) == 0o600, "\(name)") }
            #expect(SQLiteStore.filesOpenToOthers(path: path).isEmpty)
            index.close()
            store.close()
            // Whoever opened it to a group meant it: it stays so, and so do the files beside it.
            chmod(path, 0o640)
            let again = try SQLiteStore.open(path: path)
            _ = try again.heads()
            #expect(SQLiteStore.filesOpenToOthers(path: path) == ["", "-wal", "-shm"].map { path + $0 })
            #expect(try mode(path) == 0o640)
            again.close()
        }
    }

    /// SQLite's shared lock on a database, which says to other programs that its write-ahead log is in use.
    @Test("Whatever is opened and closed beside a ledger that is written to, its file stays locked")
    func staysLocked() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            _ = try largestLog(of: store, path, commits: 3, entryBytes: 100)
            // Closed last: closing a file drops the process's locks on it.
            let file = open(path, O_RDWR)
            try #require(file >= 0)
            defer { close(file) }
            #expect(isLocked(file))
            try SQLiteStore.openForReading(path: path).close()
            #expect(try SQLiteStore.structureProblem(path: path) == nil)
            try SQLiteStore.backup(from: path, to: folder + "/copy.db")
            try SQLiteStore.check(path: path)
            #expect(isLocked(file))
            store.close()
        }
    }

    /// Whether somebody, also this process, holds the lock that SQLite's file format calls SHARED.
    private func isLocked(_ file: Int32) -> Bool {
        // F_OFD_GETLK, which also sees this process's own.
        let query: Int32 = 36
        var lock = flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0x4000_0002, l_len: 510, l_pid: 0)
        return fcntl(file, query, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    /// A ledger with some entries that are in its write-ahead log only, as a process that was killed leaves it, and a backup of before.
    private func killed(in folder: String) throws -> (path: String, backup: String) {
        let (path, backup) = (folder + "/ledger.db", folder + "/backup.db")
        let store = try SQLiteStore.open(path: folder + "/live.db")
        defer { store.close() }
        for number in UInt64(0)..<20 {
            let block = Block(
                stream: StreamID("decisions/n")!, sequence: number + 1, firstIndex: number, count: 1, changesBefore: 0,
                root: .zero, payload: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9])
            try store.append(Commit(blocks: [block]))
            if number == 9 { try SQLiteStore.backup(from: folder + "/live.db", to: backup) }
        }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder + "/live.db" + suffix, toPath: path + suffix)
        }
        return (path, backup)
    }

    /// What opens a ledger, in each way.
    private static let openings: [@Sendable (String) throws -> Void] = [
        { try SQLiteStore.open(path: $0).close() }, { try SQLiteStore.openForReading(path: $0).close() },
        { try SQLiteStore.check(path: $0) }, { try SQLiteStore.backup(from: $0, to: $0 + ".copy") },
    ]

    @Test("A backup beside the write-ahead log of the file that it replaces is refused: the log would be put into it")
    func backupBesideLog() throws {
        try withFolder { folder in
            let (path, backup) = try killed(in: folder)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: backup, toPath: path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            for open in Self.openings {
                let error = #expect(throws: StoreError.self) { try open(path) }
                #expect(error?.kind == .foreignLog && error?.description.contains("(-wal)") == true)
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            try FileManager.default.removeItem(atPath: path + "-wal")
            let store = try SQLiteStore.open(path: path)
            #expect(try store.heads().map(\.size) == [10])
            store.close()
        }
    }

    @Test(
        "Where a ledger was moved away from, its write-ahead log stays for it: nothing is begun there, and nothing lost"
    )
    func movedAway() throws {
        try withFolder { folder in
            let (path, _) = try killed(in: folder)
            try FileManager.default.moveItem(atPath: path, toPath: folder + "/away.db")
            #expect(throws: StoreError.self) { try SQLiteStore.checkNew(path: path) }
            for open in Self.openings { #expect(throws: StoreError.self) { try open(path) } }
            #expect(!FileManager.default.fileExists(atPath: path))
            // As a start of an earlier version has left it.
            try Data().write(to: URL(fileURLWithPath: path))
            for open in Self.openings { #expect(throws: StoreError.self) { try open(path) } }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: folder + "/away.db", toPath: path)
            let store = try SQLiteStore.open(path: path)
            #expect(try store.heads().map(\.size) == [20])
            store.close()
        }
    }

    @Test("An index is built anew where only its write-ahead log was left")
    func indexTakenAway() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db.index"
            try Data(repeating: 0x5A, count: 5000).write(to: URL(fileURLWithPath: path + "-wal"))
            let index = try SQLiteIndex.open(path: path)
            #expect(try index.size(of: StreamID("decisions/node-1")!) == 0)
            index.close()
        }
    }

    @Test("A backup that fails in the middle leaves no file, under its name or another")
    func failedBackup() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            _ = try largestLog(of: store, path, commits: 40, entryBytes: 20_000)
            store.close()
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            // Of a b-tree, far behind the first pages.
            try file.seek(toOffset: 300_000)
            try file.write(contentsOf: Data(repeating: 0xFF, count: 200_000))
            try file.close()
            let before = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("copy") }
            #expect(throws: StoreError.self) { try SQLiteStore.backup(from: path, to: folder + "/copy.db") }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("copy") }
            #expect(before.isEmpty && left.isEmpty, "\(left)")
        }
    }

    @Test("A ledger is not restored where a service has one, nor beside what an earlier one has left")
    func restored() throws {
        try withFolder { folder in
            let (path, backup) = try killed(in: folder)
            let new = folder + "/new.db"
            let kind = { #expect(throws: StoreError.self) { try SQLiteStore.restore(from: backup, to: new) }?.kind }
            let store = try SQLiteStore.open(path: new)
            for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: new + suffix) }
            #expect(kind() == .inUse)
            store.close()
            for left in ["-wal", "-journal"] {
                try FileManager.default.copyItem(atPath: path + "-wal", toPath: new + left)
                #expect(kind() == .exists)
                try FileManager.default.removeItem(atPath: new + left)
            }
            #expect(!FileManager.default.fileExists(atPath: new))
            try SQLiteStore.restore(from: backup, to: new)
            let restored = try SQLiteStore.open(path: new)
            #expect(try restored.heads().map(\.size) == [10])
            restored.close()
        }
    }

    @Test(
        "A backup taken while the ledger is written to is whole, verifies and opens; an existing file is not written over"
    )
    func backup() throws {
        try withFolder { folder in
            let (path, copy) = (folder + "/ledger.db", folder + "/copy.db")
            let ledger = try openLedger(try SQLiteStore.open(path: path))
            let loop = TestLoop()
            let answers = Answers()
            let lane = ledger.lane { loop.enqueue($0) }
            for number in 0..<300 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
            #expect(loop.turn { answers.count == 300 })
            for number in 300..<600 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
            try SQLiteStore.backup(from: path, to: copy)
            #expect(loop.turn { answers.count == 600 })
            ledger.stop()
            let again = #expect(throws: StoreError.self) { try SQLiteStore.backup(from: path, to: copy) }
            #expect(again?.kind == .exists && again?.description.contains("is there already") == true)
            #expect(try mode(copy) == 0o600, "as personal as the ledger")
            let store = try SQLiteStore.open(path: copy)
            #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
            #expect(try store.heads().map { $0.size >= 300 } == [true])
            let reopened = try openLedger(store)
            reopened.stop()
        }
    }
}
