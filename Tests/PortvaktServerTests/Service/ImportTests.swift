import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("An import over the wire", .timeLimit(.minutes(10)))
struct ImportTests {
    private func persons(_ numbers: Range<Int>) throws -> [Record] {
        try numbers.map { .person(Person(id: try PersonID("p-\($0)"), born: CivilDate("2015-01-01"))) }
    }

    private func stage(_ channel: PortvaktChannel, _ chunk: Int, _ records: [Record]) async throws {
        let _: StageResponse = try await channel.call(
            .stage, StageRequest(importID: TestTown.id("i-1"), chunk: chunk, records: records))
    }

    private func commit(_ channel: PortvaktChannel, chunks: Int, records: Int) async throws -> CommitResponse {
        try await channel.call(
            .commit,
            CommitRequest(
                header: TestTown.header(), importID: TestTown.id("i-1"), chunks: chunks, records: records))
    }

    private func exists(_ channel: PortvaktChannel, _ person: String) async throws -> Bool {
        try await status {
            let response: GetRecordResponse = try await channel.call(
                .getRecord, GetRecordRequest(kind: .person, id: TestTown.id(person)))
            return response
        }.code == .ok
    }

    @Test("is seen by nobody until it is committed, and then it is there as a whole, in the order of the chunks")
    func committed() async throws {
        let store = MemoryStore()
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            try await stage(journal, 1, persons(50..<100))
            try await stage(journal, 0, persons(0..<50))
            #expect(try await exists(journal, "p-0") == false)
            let response = try await commit(journal, chunks: 2, records: 100)
            #expect(response.records == 100)
            #expect(response.last.revision.number == response.first.revision.number + 99)
            for person in ["p-0", "p-50", "p-99"] { #expect(try await exists(journal, person)) }
        }
        let changes = try RecordedLedger(reading: store, node: TestTown.node).changes.suffix(100)
        #expect(changes.map(\.change?.event) == (try persons(0..<100)).map(Event.registered))
    }

    @Test("with one record that contradicts what is known registers nothing, and names the record and its field")
    func allOrNothing() async throws {
        let store = MemoryStore()
        var before = 0
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            before = Int(try await journal.check(TestTown.reads()).revision.number)
            let bad = Record.employment(
                Employment(id: ID(TestTown.id("e-1")), person: ID(TestTown.id("p-0")), unit: ID(TestTown.id("no-such")))
            )
            try await stage(journal, 0, persons(0..<7) + [bad] + persons(7..<20))
            let ended = try await status { try await commit(journal, chunks: 1, records: 21) }
            #expect(ended.code == .failedPrecondition)
            #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["records[7].employment.unit"])
            for person in ["p-0", "p-19"] { #expect(try await exists(journal, person) == false) }
            // Gone from the shelf too.
            #expect(
                try await status { try await commit(journal, chunks: 1, records: 21) }.code == .failedPrecondition)
        }
        #expect(try RecordedLedger(reading: store, node: TestTown.node).changes.count == before)
    }

    @Test("that has other counts than its commit says registers nothing")
    func otherCounts() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            try await stage(journal, 0, persons(0..<5))
            #expect(try await status { try await commit(journal, chunks: 1, records: 6) }.code == .failedPrecondition)
            #expect(try await exists(journal, "p-0") == false)
        }
    }
}
