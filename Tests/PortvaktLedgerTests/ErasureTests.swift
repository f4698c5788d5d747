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

    /// Entries with the secret in each opening, one unless it is said, as a commit.
    private func commit(_ count: Int = 1) -> Commit {
        let opening = [UInt8](Self.secret.utf8)
        let entry = [0, 0, 0, 1, 0, 0, 0, UInt8(opening.count), 0, 0, 0, 0, 9] + opening
        return Commit(blocks: [
            Block(
                stream: Self.stream, sequence: 1, firstIndex: 0, count: count, changesBefore: 0, root: .zero,
                payload: (0..<count).flatMap { _ in entry })
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

    @Test("Nothing of it is left in pages that a large block needs no more")
    func freedPages() throws {
        try withFolder { folder in
            let path = folder + "/ledger.db"
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            try store.append(commit(5000))
            #expect(try store.erase(Set(0..<5000), of: Self.stream) == 5000)
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
            try second.begin()
            #expect(try files(of: path, holding: Self.secret) == ["-wal"])
            try reader.execute("COMMIT")
            let isGone = try comesTrue { try files(of: path, holding: Self.secret).isEmpty }
            #expect(isGone)
            second.close()
        }
    }

    @Test("A copy of the ledger has nothing of what was erased, also where the ledger's pages were split")
    func copy() throws {
        try withFolder { folder in
            let (path, copy) = (folder + "/ledger.db", folder + "/copy.db")
            let store = try SQLiteStore.open(path: path)
            defer { store.close() }
            // Several streams grow in turn, so pages in the middle are split, which leaves parts of rows where they stood.
            let streams = [StreamID("changes/a")!, Self.stream, StreamID("changes/b")!]
            var random = SeededGenerator(seed: 7)
            var sizes = [UInt64](repeating: 0, count: streams.count)
            for number in 0..<3000 {
                let place = random.number(0...streams.count - 1)
                let isErased = streams[place].kind == .decisions
                let word = [UInt8]("\(isErased ? Self.secret : "kept")-\(number).".utf8)
                let opening = [UInt8]((0..<random.number(10...100)).map { _ in word }.joined())
                let length = [UInt8(opening.count >> 8), UInt8(opening.count & 0xFF)]
                let block = Block(
                    stream: streams[place], sequence: UInt64(number + 1), firstIndex: sizes[place], count: 1,
                    changesBefore: 0, root: .zero, payload: [0, 0, 0, 1, 0, 0] + length + [0, 0, 0, 0, 9] + opening)
                try store.append(Commit(blocks: [block]))
                try store.maintain()
                sizes[place] += 1
            }
            #expect(try store.erase(Set(0..<sizes[1]), of: Self.stream) == Int(sizes[1]))
            try SQLiteStore.backup(from: path, to: copy)
            #expect(try files(of: copy, holding: Self.secret).isEmpty)
            #expect(try files(of: copy, holding: "kept-") == [""])
            let copied = try SQLiteStore.openForReading(path: copy)
            #expect(try copied.heads().map(\.size).sorted() == sizes.sorted())
            copied.close()
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
            // Where it could not leave before the process ended, the next start sees to it.
            let ending = try SQLiteIndex.open(path: path)
            try IndexFollower.build(ending, from: source)
            let other = try SQLiteIndex.openForReading(path: path)
            try ending.clear()
            ending.close()
            other.close()
            #expect(try files(of: path, holding: subject) == ["-wal"])
            let next = try SQLiteIndex.open(path: path)
            #expect(try files(of: path, holding: subject).isEmpty)
            next.close()
        }
    }
}
