import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// Promise 4 of docs/ledger.md: nothing can be changed, removed or inserted without the first bad entry being named.
@Suite("Tampering with the database file")
struct TamperTests {
    /// A ledger file with a stream of decisions in several blocks, and changes of two controllers.
    private func makeLedger(_ path: String, _ random: inout SeededGenerator) throws {
        let ledger = try openLedger(try SQLiteStore.open(path: path))
        let answers = Answers()
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        var appended = 0
        for round in 0..<9 {
            for _ in 0..<[1, 40, 200][round % 3] {
                lane.append(random.decisionRecord()) { answers.add($0) }
                appended += 1
            }
            for _ in 0..<5 {
                lane.append(random.change(ofControllers: 2)) { answers.add($0) }
                appended += 1
            }
            #expect(loop.turn { answers.count == appended })
        }
        #expect(answers.failures.isEmpty)
        ledger.stop()
    }

    private func findings(_ path: String, signed: [GuardedHead] = []) throws -> [LedgerVerifier.Finding] {
        let store = try SQLiteStore.openForReading(path: path)
        defer { store.close() }
        return try LedgerVerifier(store: store, signed: signed).run().findings
    }

    private func change(_ path: String, _ sql: String) throws {
        try Connection(path: path, access: .readWrite).execute(sql)
    }

    /// A copy of a good file, changed, and what the verification says of it.
    private func after(_ good: String, _ signed: [GuardedHead] = [], _ sql: String) throws -> [LedgerVerifier.Finding] {
        let copy = good + ".copy"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: good, toPath: copy)
        try change(copy, sql)
        return try findings(copy, signed: signed)
    }

    @Test("A start does not fold a part of the changes: where the newest are not found, or none, it says so")
    func changesNotFound() throws {
        for kept in [0, 30] {
            try withFolder { folder in
                var random = SeededGenerator(seed: printedSeed("changes not found"))
                let path = folder + "/ledger.db"
                try makeLedger(path, &random)
                try change(path, indexOfAnotherMoment(kept))
                let ledger = try openLedger(try SQLiteStore.open(path: path))
                defer { ledger.stop() }
                var folded = 0
                let error = #expect(throws: LedgerError.self) { try ledger.replay { _ in folded += 1 } }
                #expect(error?.description.contains("it is not found among the changes") == true)
                #expect(folded == kept)
            }
        }
    }

    /// The database's own index over the blocks of changes then lacks those from an entry on, and nobody sees it by its definition.
    private func indexOfAnotherMoment(_ kept: Int) -> String {
        let definition = "CREATE UNIQUE INDEX change_order ON blocks (sequence) WHERE changes_before IS NOT NULL"
        return """
            DROP INDEX change_order;
            \(definition) AND changes_before < \(kept);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = '\(definition)' WHERE name = 'change_order';
            """
    }

    @Test("Each byte that is changed in a block's payload is found, and its entry is named")
    func bytes() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("bytes"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            #expect(try findings(path).isEmpty)
            let store = try SQLiteStore.openForReading(path: path)
            let stream = StreamID("decisions/node-1")!
            let blocks = try store.blocks(of: stream, from: 0, limit: 1000)
            for _ in 0..<80 {
                let block = try #require(blocks.randomElement(using: &random))
                let place = random.number(0...block.payload.count - 1)
                var payload = block.payload
                payload[place] ^= 1 << UInt8(random.number(0...7))
                var end = 0
                var index = block.firstIndex
                for entry in try block.entries() {
                    end += EntryCodec.frameBytes + entry.leaf.count + entry.opening.count
                    if place < end { break }
                    index += 1
                }
                let hex = payload.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                let found = try after(
                    path, [],
                    "UPDATE blocks SET payload = x'\(hex)' WHERE sequence = \(block.sequence)")
                #expect(
                    found.map(\.stream) == [stream] && found.map(\.index) == [index],
                    "byte \(place) of \(block.firstIndex)")
            }
            store.close()
        }
    }

    @Test("A block that states more entries than its bytes can hold is found and named, and takes no memory for them")
    func hugeCounts() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: 30)
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let store = try SQLiteStore.openForReading(path: path)
            let stream = StreamID("decisions/node-1")!
            let blocks = try store.blocks(of: stream, from: 0, limit: 1000)
            store.close()
            for var block in [blocks[0], blocks[blocks.count / 2], blocks[blocks.count - 1]] {
                let sql = "UPDATE blocks SET count = 1073741824 WHERE sequence = \(block.sequence)"
                let found = try after(path, [], sql)
                #expect(found.map(\.stream) == [stream] && found.map(\.index) == [block.endIndex])
                block.count = 1 << 30
                #expect(throws: EntryError.self) { try block.entries() }
            }
        }
    }

    @Test("Each row and column that is changed, removed, doubled, moved or renamed is found")
    func rows() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("rows"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let signed = try SQLiteStore.openForReading(path: path).heads()
                .map { GuardedHead(stream: $0.stream, size: $0.size, root: $0.root) }
            #expect(try findings(path, signed: signed).isEmpty)
            let store = try SQLiteStore.openForReading(path: path)
            let count = try store.heads().map(\.sequence).max() ?? 0
            store.close()
            for sequence in stride(from: 1, through: count, by: Int(count / 12 + 1)) {
                let row = "WHERE sequence = \(sequence)"
                for sql in [
                    "DELETE FROM blocks \(row)", "UPDATE blocks SET count = count + 1 \(row)",
                    "UPDATE blocks SET place = place + 100000 \(row)", "UPDATE blocks SET root = zeroblob(32) \(row)",
                    "UPDATE blocks SET sequence = sequence + 100000 \(row)",
                    "UPDATE blocks SET payload = CAST(payload || x'00' AS BLOB) \(row)",
                    """
                    INSERT INTO blocks SELECT place + 100000, count, sequence + 200000, changes_before, root, payload
                    FROM blocks \(row)
                    """,
                ] { #expect(try !after(path, signed, sql).isEmpty, "\(sql)") }
            }
            for sql in [
                "UPDATE streams SET name = 'decisions/node-2' WHERE name = 'decisions/node-1'",
                "UPDATE nodes SET hash = zeroblob(32) WHERE position = 1", "DELETE FROM nodes WHERE position = 0",
                "INSERT INTO nodes SELECT stream, level, max(position) + 1, hash FROM nodes",
                "UPDATE blocks SET changes_before = changes_before + 1 WHERE changes_before IS NOT NULL",
                "DELETE FROM blocks; DELETE FROM nodes",
                """
                UPDATE blocks SET payload =
                    (SELECT payload FROM blocks AS other WHERE other.sequence = blocks.sequence + 4)
                WHERE sequence = 1
                """,
            ] { #expect(try !after(path, signed, sql).isEmpty, "\(sql)") }
        }
    }

    @Test("A row that cannot be read is named by its own entry, and so is one of changes that does not say so")
    func rowsWithoutSense() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("rowsWithoutSense"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let store = try SQLiteStore.openForReading(path: path)
            let streams = try store.heads().map(\.stream)
            let all = try streams.map { (stream: $0, blocks: try store.blocks(of: $0, from: 0, limit: 1000)) }
            store.close()
            for (stream, blocks) in all where blocks.count > 2 {
                // The last row of a stream is read before any other: TamperTests.lastRow.
                for block in [blocks[0], blocks[blocks.count / 2]] {
                    let other = stream.kind == .changes ? "NULL" : "0"
                    for change in ["count = 0", "root = zeroblob(5)", "sequence = -1", "changes_before = \(other)"] {
                        let sql = "UPDATE blocks SET \(change) WHERE sequence = \(block.sequence)"
                        let found = try after(path, [], sql)
                        #expect(
                            found.map(\.stream) == [stream] && found.map(\.index) == [block.firstIndex],
                            "\(sql): \(found)")
                    }
                }
            }
        }
    }

    @Test("A last row of a stream that cannot be read is named, although nothing can be verified without it")
    func lastRow() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("lastRow"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let store = try SQLiteStore.openForReading(path: path)
            let heads = try store.heads()
            store.close()
            for head in heads {
                let error = #expect(throws: LedgerError.self) {
                    try after(path, [], "UPDATE blocks SET count = 0 WHERE sequence = \(head.sequence)")
                }
                #expect(error?.description.contains("of \(head.stream) makes no sense") == true, "\(error as Any)")
            }
        }
    }

    @Test("An entry removed, doubled or moved inside a block is named")
    func entries() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("entries"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let store = try SQLiteStore.openForReading(path: path)
            let block = try #require(
                try store.blocks(of: StreamID("decisions/node-1")!, from: 0, limit: 1000).max { $0.count < $1.count })
            store.close()
            let frames = try frames(of: block)
            for _ in 0..<30 {
                let place = random.number(0...frames.count - 2)
                var (removed, doubled, moved) = (frames, frames, frames)
                removed.remove(at: place)
                doubled.insert(frames[place], at: place + 1)
                moved.swapAt(place, place + 1)
                for (changed, bad) in [(removed, place), (doubled, place + 1), (moved, place)] {
                    let hex = changed.joined().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                    let found = try after(
                        path, [],
                        """
                        UPDATE blocks SET count = \(changed.count), payload = x'\(hex)'
                        WHERE sequence = \(block.sequence)
                        """
                    )
                    #expect(found.map(\.index) == [block.firstIndex + UInt64(bad)])
                }
            }
        }
    }

    private func frames(of block: Block) throws -> [[UInt8]] {
        var offset = 0
        return try block.entries().map { entry in
            let length = EntryCodec.frameBytes + entry.leaf.count + entry.opening.count
            defer { offset += length }
            return [UInt8](block.payload[offset..<offset + length])
        }
    }

    @Test("An opening that is erased leaves everything verifiable, when the erasure is recorded")
    func erased() throws {
        try withFolder { folder in
            var random = SeededGenerator(seed: printedSeed("erased"))
            let path = folder + "/ledger.db"
            try makeLedger(path, &random)
            let store = try SQLiteStore.openForReading(path: path)
            let block = try #require(try store.blocks(of: StreamID("decisions/node-1")!, from: 0, limit: 1).first)
            store.close()
            let entry = try #require(try block.entries().first)
            var first = [UInt8](block.payload[0..<EntryCodec.frameBytes + entry.leaf.count])
            for place in 4..<8 { first[place] = 0 }
            let rest = try frames(of: block).dropFirst().joined()
            let hex = (first + rest).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            let erasing = "UPDATE blocks SET payload = x'\(hex)' WHERE sequence = \(block.sequence)"
            #expect(try after(path, [], erasing).map(\.index) == [0], "nobody has recorded that it was erased")
            try recordErasure(of: 0, path)
            #expect(try after(path, [], erasing).isEmpty)
        }
    }

    /// The act that the service records before it erases.
    private func recordErasure(of index: UInt64, _ path: String) throws {
        let ledger = try openLedger(try SQLiteStore.open(path: path))
        try ledger.begin()
        let answers = Answers()
        let act = AuditRecord(
            call: .erased, system: try SystemID("officer"), at: Instant(milliseconds: 1_790_000_000_000),
            revision: Revision(1), entries: [.init(stream: ledger.decisions, index: index)])
        ledger.lane { $0() }.append(act) { answers.add($0) }
        while answers.count < 1 { sleepShortly() }
        #expect(answers.failures.isEmpty)
        ledger.stop()
    }
}
