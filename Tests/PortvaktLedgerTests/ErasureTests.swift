import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("What an erasure leaves on the disk")
struct ErasureTests {
    private static let stream = StreamID("decisions/node-1")!
    /// Stands in an opening, and nowhere else.
    private static let secret = "what-was-erased"

    /// One entry with the secret in its opening, as a commit.
    private func commit() -> Commit {
        let opening = [UInt8](Self.secret.utf8)
        let payload = [0, 0, 0, 1, 0, 0, 0, UInt8(opening.count), 0, 0, 0, 0, 9] + opening
        return Commit(blocks: [
            Block(
                stream: Self.stream, sequence: 1, firstIndex: 0, count: 1, changesBefore: 0, root: .zero,
                payload: payload)
        ])
    }

    /// The files of a database that have a text in them.
    private func files(of path: String, holding text: String) throws -> [String] {
        try ["", "-wal"].filter { suffix in
            guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
            return try Data(contentsOf: URL(fileURLWithPath: path + suffix)).range(of: Data(text.utf8)) != nil
        }
    }

    /// Waits for what another thread does.
    private func comesTrue(_ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while try !condition() {
            if ContinuousClock.now > deadline { return false }
            sleepShortly()
        }
        return true
    }

    @Test("Nothing of it is left when nobody reads")
    func alone() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            try store.append(commit())
            #expect(try files(of: path, holding: Self.secret) == ["-wal"])
            #expect(try store.erase([0], of: Self.stream) == 1)
            #expect(try files(of: path, holding: Self.secret).isEmpty)
        }
    }

    @Test(
        "While somebody reads, the erasure does not wait, and the text goes when the reader has, though nothing is committed"
    )
    func reader() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            try store.append(commit())
            let reader = try Connection(path: path, access: .readOnly)
            try reader.execute("BEGIN; SELECT count(*) FROM blocks")
            let begun = ContinuousClock.now
            #expect(try store.erase([0], of: Self.stream) == 1)
            let took = ContinuousClock.now - begun
            #expect(took < .milliseconds(Int(Connection.busyTimeout) / 2), "it took \(took)")
            #expect(try files(of: path, holding: Self.secret) == ["-wal"], "the reader reads it there")
            try reader.execute("COMMIT")
            let isGone = try comesTrue { try files(of: path, holding: Self.secret).isEmpty }
            #expect(isGone)
            #expect(try store.heads().map(\.size) == [1])
        }
    }

    @Test("What stood in the log when a process ended is gone when the next has started, or when its reader has ended")
    func nextStart() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            try store.append(commit())
            let reader = try Connection(path: path, access: .readOnly)
            try reader.execute("BEGIN; SELECT count(*) FROM blocks")
            #expect(try store.erase([0], of: Self.stream) == 1)
            store.close()
            #expect(try files(of: path, holding: Self.secret) == ["-wal"])
            let second = try SQLiteStore.open(path: path)
            #expect(try files(of: path, holding: Self.secret) == ["-wal"])
            try reader.execute("COMMIT")
            let isGone = try comesTrue { try files(of: path, holding: Self.secret).isEmpty }
            #expect(isGone)
            second.close()
        }
    }

    @Test("The keys of an index leave its files when it is cleared, or when whoever reads it has ended")
    func index() throws {
        let subject = "barn-of-the-index"
        let source = MemoryStore()
        let ledger = try openLedger(source)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        var record = try LedgerBenchmark.sample(1)
        record.decision.subject = try ID(subject)
        lane.append(record) { answers.add($0) }
        #expect(loop.turn { answers.count == 1 })
        ledger.stop()
        try withFolder { folder in
            let path = folder + "/index"
            let index = try SQLiteIndex.open(path: path)
            try IndexFollower.build(index, from: source)
            #expect(try files(of: path, holding: subject) == ["-wal"])
            try index.clear()
            #expect(try files(of: path, holding: subject).isEmpty)

            try IndexFollower.build(index, from: source)
            let reader = try SQLiteIndex.openForReading(path: path)
            let follower = try IndexFollower(store: MemoryStore(), index: index)
            try follower.rebuild {}
            #expect(try files(of: path, holding: subject) == ["-wal"], "the reader reads it there")
            reader.close()
            let isGone = try comesTrue { try files(of: path, holding: subject).isEmpty }
            #expect(isGone)
            follower.stop()
        }
    }
}
