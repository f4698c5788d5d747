import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktScenarios
import Testing

@testable import PortvaktServer

@Suite("The shelf of staged imports")
struct ImportShelfTests {
    private let shelf = ImportShelf()
    private let start = Instant(milliseconds: 1_700_000_000_000)

    private func system(_ name: String) throws -> SystemID { try SystemID(name) }
    private func records(_ count: Int, from first: Int = 0) throws -> [Record] {
        try (first..<first + count).map { .controller(Controller(id: try ControllerID("c-\($0)"))) }
    }

    @Test("gives back everything in the order of the chunks, whatever order they came in")
    func order() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        let second = try records(2, from: 3)
        let first = try records(3)
        _ = try shelf.stage(second, chunk: 1, importID: importID, system: system, at: start)
        let count = try shelf.stage(first, chunk: 0, importID: importID, system: system, at: start)
        #expect(count == 5)
        #expect(
            try shelf.take(importID: importID, system: system, chunks: 2, records: 5, again: false, at: start) == first
                + second)
    }

    @Test("is empty after taking, and another system sees nothing of it")
    func isolation() throws {
        let importID = try Identifier("import-1")
        _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system("plan"), at: start)
        #expect(throws: ImportShelf.Refusal.unknown) {
            try shelf.take(importID: importID, system: system("log"), chunks: 1, records: 1, again: false, at: start)
        }
        _ = try shelf.take(importID: importID, system: system("plan"), chunks: 1, records: 1, again: false, at: start)
        #expect(throws: ImportShelf.Refusal.unknown) {
            try shelf.take(importID: importID, system: system("plan"), chunks: 1, records: 1, again: false, at: start)
        }
    }

    @Test("gives the same again to who may ask again, until something else is staged")
    func again() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        let staged = try records(2)
        _ = try shelf.stage(staged, chunk: 0, importID: importID, system: system, at: start)
        for _ in 0..<2 {
            #expect(
                try shelf.take(importID: importID, system: system, chunks: 1, records: 2, again: true, at: start)
                    == staged)
        }
        // Another chunk of the same import begins anew, too: what was taken is not registered twice.
        #expect(try shelf.stage(records(1), chunk: 1, importID: importID, system: system, at: start) == 1)
        #expect(try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start) == 2)
        _ = try shelf.take(importID: importID, system: system, chunks: 2, records: 2, again: true, at: start)
        #expect(try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start) == 1)
        // What is only kept for a second time makes room for what comes anew.
        _ = try shelf.take(importID: importID, system: system, chunks: 1, records: 1, again: false, at: start)
    }

    @Test("is empty after a commit that says other counts, also of who may ask again")
    func otherCounts() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        for (chunks, records) in [(1, 1), (2, 2)] {
            _ = try shelf.stage(self.records(2), chunk: 0, importID: importID, system: system, at: start)
            #expect(throws: ImportShelf.Refusal.otherCounts(chunks: 1, records: 2)) {
                try shelf.take(
                    importID: importID, system: system, chunks: chunks, records: records, again: true, at: start)
            }
            #expect(throws: ImportShelf.Refusal.unknown) {
                try shelf.take(importID: importID, system: system, chunks: 1, records: 2, again: true, at: start)
            }
        }
    }

    @Test("takes and discards the import that is named, and no other")
    func named() throws {
        let (importID, other) = (try Identifier("import-1"), try Identifier("import-2"))
        let system = try system("plan")
        _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start)
        #expect(throws: ImportShelf.Refusal.unknown) {
            try shelf.take(importID: other, system: system, chunks: 1, records: 1, again: false, at: start)
        }
        shelf.discard(importID: other, system: system)
        #expect(
            try shelf.take(importID: importID, system: system, chunks: 1, records: 1, again: false, at: start)
                == records(1))
        _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start)
        shelf.discard(importID: importID, system: system)
        #expect(throws: ImportShelf.Refusal.unknown) {
            try shelf.take(importID: importID, system: system, chunks: 1, records: 1, again: false, at: start)
        }
    }

    @Test("waits from the last chunk on, and makes room for a new import by what was taken already")
    func patience() throws {
        let importID = try Identifier("import-1")
        let almost = start.advanced(byMilliseconds: ImportShelf.patience - 1)
        for at in [start, almost] {
            _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system("plan"), at: at)
        }
        let later = almost.advanced(byMilliseconds: 1)
        for number in 1..<ImportShelf.maximumOpen {
            _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system("s-\(number)"), at: later)
        }
        #expect(throws: ImportShelf.Refusal.tooManyImports(limit: ImportShelf.maximumOpen)) {
            try shelf.stage(records(1), chunk: 0, importID: importID, system: system("late"), at: later)
        }
        _ = try shelf.take(importID: importID, system: system("s-1"), chunks: 1, records: 1, again: true, at: start)
        #expect(try shelf.stage(records(1), chunk: 0, importID: importID, system: system("late"), at: later) == 1)
        _ = try shelf.take(importID: importID, system: system("plan"), chunks: 1, records: 1, again: false, at: start)
    }

    @Test("is given up for who commits too late, also when nobody has staged anything since", arguments: [false, true])
    func lateCommit(again: Bool) throws {
        let importID = try Identifier("import-1")
        let late = start.advanced(byMilliseconds: ImportShelf.patience)
        let almost = late.advanced(byMilliseconds: -1)
        for (name, at) in [("in-time", almost), ("late", late)] {
            let system = try system(name)
            _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start)
            let taken = try? shelf.take(
                importID: importID, system: system, chunks: 1, records: 1, again: again, at: at)
            #expect((taken != nil) == (at == almost), "\(name)")
        }
    }

    @Test("replaces a chunk that is sent again")
    func replaces() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        _ = try shelf.stage(records(5), chunk: 0, importID: importID, system: system, at: start)
        #expect(try shelf.stage(records(2), chunk: 0, importID: importID, system: system, at: start) == 2)
    }

    @Test("names the chunk that is missing")
    func gap() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system, at: start)
        _ = try shelf.stage(records(1, from: 1), chunk: 2, importID: importID, system: system, at: start)
        #expect(throws: ImportShelf.Refusal.missingChunk(1)) {
            try shelf.take(importID: importID, system: system, chunks: 2, records: 2, again: false, at: start)
        }
    }

    @Test("takes no more records than one append of the ledger takes")
    func limitOfRecords() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        let many = [Record](repeating: try records(1)[0], count: ImportShelf.maximumRecords)
        _ = try shelf.stage(many, chunk: 0, importID: importID, system: system, at: start)
        #expect(throws: ImportShelf.Refusal.tooManyRecords(limit: ImportShelf.maximumRecords)) {
            try shelf.stage(records(1), chunk: 1, importID: importID, system: system, at: start)
        }
    }

    @Test("takes no more bytes than its limit, counts a chunk that is sent again once, and says what to do")
    func limitOfBytes() throws {
        let importID = try Identifier("import-1")
        let system = try system("plan")
        // As large as a record of many parts can be: a few thousand of them are an import's limit, far below its limit of records.
        let circle = try (0..<2000).map { try EmploymentID("somebody-of-the-circle-\($0)") }
        let large = Record.person(Person(id: try PersonID("p-1"), born: nil, circle: circle))
        let bytes = EntryCodec.byteCount(of: [.registered(large)])
        let full = ImportShelf.maximumBytes / bytes
        #expect(full < ImportShelf.maximumRecords)
        for chunk in 0..<2 {
            let records = [Record](repeating: large, count: full / 2)
            _ = try shelf.stage(records, chunk: UInt32(chunk), importID: importID, system: system, at: start)
            _ = try shelf.stage(records, chunk: UInt32(chunk), importID: importID, system: system, at: start)
        }
        let refusal = #expect(throws: ImportShelf.Refusal.self) {
            try shelf.stage([large, large], chunk: 2, importID: importID, system: system, at: start)
        }
        #expect(refusal == .tooManyBytes(limit: ImportShelf.maximumBytes))
        let status = Failures.staged(try #require(refusal))
        #expect(status.code == .resourceExhausted)
        #expect(status.message.contains("64 MiB") && status.message.contains("import the rest"))
        // What was staged before is still there, and can be registered.
        let taken = try shelf.take(
            importID: importID, system: system, chunks: 2, records: full / 2 * 2, again: false, at: start)
        #expect(taken.count == full / 2 * 2)
    }

    @Test("has room for the bytes of a municipality's records, as many as an import may have, twice over")
    func ordinaryRecords() {
        let municipality = Municipality(.init(seed: 1, subjects: 2000, now: start, casesPerThousand: 100))
        let events = municipality.changes.map(\.event)
        let bytes = EntryCodec.byteCount(of: events)
        #expect(
            2 * bytes / events.count * ImportShelf.maximumRecords <= ImportShelf.maximumBytes,
            "\(bytes) of \(events.count)")
    }

    @Test("holds a few imports at a time, and gives up those that nobody goes on with")
    func limitOfImports() throws {
        let importID = try Identifier("import-1")
        for number in 0..<ImportShelf.maximumOpen {
            _ = try shelf.stage(records(1), chunk: 0, importID: importID, system: system("s-\(number)"), at: start)
        }
        #expect(throws: ImportShelf.Refusal.tooManyImports(limit: ImportShelf.maximumOpen)) {
            try shelf.stage(records(1), chunk: 0, importID: importID, system: system("late"), at: start)
        }
        let later = start.advanced(byMilliseconds: ImportShelf.patience)
        #expect(try shelf.stage(records(1), chunk: 0, importID: importID, system: system("late"), at: later) == 1)
    }
}
