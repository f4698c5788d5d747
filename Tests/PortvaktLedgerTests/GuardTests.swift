import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("The guard against an old copy")
struct GuardTests {
    private func append(_ count: Int, to ledger: Ledger) throws {
        let answers = Answers()
        let lane = ledger.lane { $0() }
        for number in 0..<count { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        while answers.count < count { sleepShortly() }
        #expect(answers.failures.isEmpty)
    }

    @Test("A ledger rolled back to yesterday's copy is refused; the newest one opens, and its checkpoint verifies")
    func rolledBack() throws {
        try withFolder { folder in
            let (path, guardFile) = (folder + "/ledger.db", folder + "/guard")
            let key = try SigningKey.generate(name: "portvakt.example")
            let stream = StreamID("decisions/node-1")!
            func open(_ path: String) throws -> (Ledger, Checkpointer) {
                let checkpoints = try Checkpointer(origin: "portvakt.example", key: key, guardFile: guardFile)
                let store = try SQLiteStore.open(path: path)
                do { return (try openLedger(store, checkpoints: checkpoints), checkpoints) } catch {
                    store.close()
                    throw error
                }
            }
            let (first, _) = try open(path)
            try append(300, to: first)
            first.stop()
            try FileManager.default.copyItem(atPath: path, toPath: folder + "/yesterday.db")
            let (second, _) = try open(path)
            try append(50, to: second)
            second.stop()
            #expect(throws: LedgerError.behindGuard(stream: stream, size: 300, guarded: 350)) {
                try open(folder + "/yesterday.db")
            }
            #expect(throws: LedgerError.behindGuard(stream: stream, size: 0, guarded: 350)) {
                try open(folder + "/new.db")
            }
            let (third, checkpoints) = try open(path)
            let note = try #require(third.checkpoint(of: stream))
            let checkpoint = try Checkpoint(note: note, verifiedBy: [key.verifier])
            #expect(try checkpoint.size == 350 && checkpoint.root == third.heads().first?.root)
            #expect(checkpoints.guarded.map(\.size) == [350])
            third.stop()
            // Another history of the same length.
            let other = try openLedger(try SQLiteStore.open(path: folder + "/other.db"))
            try append(400, to: other)
            other.stop()
            #expect(throws: LedgerError.differsFromGuard(stream: stream, guarded: 350)) {
                try open(folder + "/other.db")
            }
        }
    }

    @Test(
        "A start that is refused leaves the ledger and what stands beside it as they were: a log of another can be taken away again"
    )
    func refusedStart() throws {
        try withFolder { folder in
            let names = ["one", "other"].map { "\(folder)/\($0).db" }
            var open: [Ledger] = []
            for (path, count) in zip(names, [300, 500]) {
                let first = try openLedger(try SQLiteStore.open(path: path))
                try append(count, to: first)
                first.stop()
                open.append(try openLedger(try SQLiteStore.open(path: path)))
                try append(40, to: open[open.count - 1])
            }
            // As two processes leave them that are killed.
            let (path, log) = (folder + "/ledger.db", folder + "/ledger.db-wal")
            try FileManager.default.copyItem(atPath: names[0], toPath: path)
            try FileManager.default.copyItem(atPath: names[1] + "-wal", toPath: log)
            let before = try [path, log].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
            let store = try SQLiteStore.open(path: path)
            #expect(throws: LedgerError.self) { try openLedger(store) }
            store.close()
            #expect(try [path, log].map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
            try FileManager.default.removeItem(atPath: log)
            try FileManager.default.copyItem(atPath: names[0] + "-wal", toPath: log)
            let again = try SQLiteStore.open(path: path)
            let ledger = try openLedger(again)
            try ledger.begin()
            #expect(try again.heads().map(\.size) == [340])
            ledger.stop()
            for ledger in open { ledger.stop() }
        }
    }

    @Test("A guard file that was cut off anywhere but between two checkpoints is refused")
    func cutOff() throws {
        try withFolder { folder in
            let path = folder + "/guard"
            let key = try SigningKey.generate(name: "portvakt.example")
            let heads = ["changes/k", "decisions/n"].map { GuardedHead(stream: StreamID($0)!, size: 7, root: .zero) }
            try Checkpointer(origin: "portvakt.example", key: key, guardFile: path).sign(heads)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let first = try #require(whole.range(of: Data("portvakt.example/decisions".utf8))).lowerBound
            for length in 1..<whole.count where length != first {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: LedgerError.self, "\(length) of \(whole.count) bytes") {
                    try Checkpointer(origin: "portvakt.example", key: key, guardFile: path)
                }
            }
        }
    }

    @Test("A guard file that is changed, of another key or of another ledger is refused")
    func guardFiles() throws {
        try withFolder { folder in
            let path = folder + "/guard"
            let key = try SigningKey.generate(name: "portvakt.example")
            let ledger = try openLedger(
                MemoryStore(), checkpoints: Checkpointer(origin: "portvakt.example", key: key, guardFile: path))
            let answers = Answers()
            let lane = ledger.lane { $0() }
            var random = SeededGenerator(seed: 9)
            for _ in 0..<5 { lane.append(random.change(ofControllers: 3)) { answers.add($0) } }
            while answers.count < 5 { sleepShortly() }
            ledger.stop()
            let kept = try Checkpointer(origin: "portvakt.example", key: key, guardFile: path).guarded
            #expect(Set(kept.map(\.stream)) == Set(answers.durable.map(\.stream)))
            #expect(throws: LedgerError.self) {
                try Checkpointer(origin: "elsewhere.example", key: key, guardFile: path)
            }
            let stranger = try SigningKey.generate(name: "portvakt.example")
            #expect(throws: LedgerError.self) {
                try Checkpointer(origin: "portvakt.example", key: stranger, guardFile: path)
            }
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(throws: LedgerError.self) {
                try Checkpointer(origin: "portvakt.example", key: key, guardFile: path)
            }
        }
    }

    @Test(
        "A guard is one ledger's at a time: a second one that would sign into it is refused, and signs when the first has stopped"
    )
    func shared() throws {
        try withFolder { folder in
            let path = folder + "/guard"
            let key = try SigningKey.generate(name: "portvakt.example")
            func guarded() throws -> Checkpointer {
                try Checkpointer(origin: "portvakt.example", key: key, guardFile: path)
            }
            let first = try openLedger(MemoryStore(), checkpoints: try guarded())
            let error = #expect(throws: LedgerError.self) {
                try openLedger(MemoryStore(), checkpoints: try guarded())
            }
            #expect(
                error?.description.hasPrefix("\(path) is another ledger's, whose service runs: stop that one") == true)
            // Nor twice with one checkpointer, and the first keeps it.
            let twice = try Checkpointer(origin: "portvakt.example", key: key, guardFile: folder + "/own")
            let kept = try openLedger(MemoryStore(), checkpoints: twice)
            for _ in 0..<2 {
                #expect(throws: LedgerError.self) { try openLedger(MemoryStore(), checkpoints: twice) }
            }
            kept.stop()
            // Read before the first one's last words, and taken after them.
            let early = try guarded()
            try append(3, to: first)
            first.stop()
            #expect(
                throws: LedgerError.file(
                    path: path, problem: "was written by another while this one started: start again")
            ) {
                try openLedger(MemoryStore(), checkpoints: early)
            }
            #expect(try guarded().guarded.map(\.size) == [3])
            // Who was refused holds nothing.
            #expect(throws: LedgerError.behindGuard(stream: StreamID("decisions/node-1")!, size: 0, guarded: 3)) {
                try openLedger(MemoryStore(), checkpoints: try guarded())
            }
            #expect(throws: LedgerError.behindGuard(stream: StreamID("decisions/node-1")!, size: 0, guarded: 3)) {
                try openLedger(MemoryStore(), checkpoints: try guarded())
            }
        }
    }

    @Test("A checkpoint is made by itself within seconds of new entries")
    func madeByItself() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "portvakt.example")
            let checkpoints = try Checkpointer(origin: "portvakt.example", key: key, guardFile: folder + "/guard")
            let ledger = try openLedger(MemoryStore(), checkpoints: checkpoints)
            try append(3, to: ledger)
            let deadline = ContinuousClock.now + .seconds(10)
            while checkpoints.guarded.isEmpty, ContinuousClock.now < deadline { sleepShortly() }
            #expect(checkpoints.guarded.map(\.size) == [3])
            ledger.stop()
        }
    }

    @Test("A guard file that cannot be written breaks the ledger: no answer without its guard")
    func unwritableGuard() throws {
        try withFolder { folder in
            let place = folder + "/gone"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let key = try SigningKey.generate(name: "portvakt.example")
            let checkpoints = try Checkpointer(origin: "portvakt.example", key: key, guardFile: place + "/guard")
            let reported = Reported()
            let ledger = try openLedger(MemoryStore(), checkpoints: checkpoints, reported: reported)
            try FileManager.default.removeItem(atPath: place)
            try append(1, to: ledger)
            let deadline = ContinuousClock.now + .seconds(10)
            while reported.errors.isEmpty, ContinuousClock.now < deadline { sleepShortly() }
            #expect(reported.errors.count == 1)
            let answers = Answers()
            ledger.lane { $0() }.append(try LedgerBenchmark.sample(1)) { answers.add($0) }
            #expect(answers.failures == [.broken])
            ledger.stop()
        }
    }

    @Test("What was written last before a crash is signed by the next opening, and one that cannot sign refuses")
    func signedAtOpening() throws {
        try withFolder { folder in
            let (path, place) = (folder + "/ledger.db", folder + "/guards")
            let key = try SigningKey.generate(name: "portvakt.example")
            let unsigned = try openLedger(try SQLiteStore.open(path: path), checkpoints: nil)
            try append(3, to: unsigned)
            unsigned.stop()
            func open() throws -> Checkpointer {
                let checkpoints = try Checkpointer(origin: "portvakt.example", key: key, guardFile: place + "/guard")
                let store = try SQLiteStore.open(path: path)
                do {
                    let ledger = try openLedger(store, checkpoints: checkpoints)
                    defer { ledger.stop() }
                    #expect(checkpoints.guarded.map(\.size) == [3])
                    return checkpoints
                } catch {
                    store.close()
                    throw error
                }
            }
            #expect(throws: LedgerError.self) { try open() }
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            _ = try open()
        }
    }
}
