import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Cursors of lists", .timeLimit(.minutes(5)))
struct CursorTests {
    private func list(
        _ channel: PortvaktChannel, _ kind: RecordKind, after cursor: [UInt8] = [], size: Int = 2
    ) async throws -> ListRecordsResponse {
        try await channel.call(
            .listRecords, ListRecordsRequest(kind: kind, page: PageRequest(size: size, cursor: cursor)))
    }

    private func refused(_ body: () async throws -> some Any) async throws {
        let ended = try await status(of: body)
        #expect(ended.code == .invalidArgument, "\(ended)")
        #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["page.cursor"])
        #expect(ended.message.contains("next_cursor"), "\(ended.message)")
    }

    @Test("One goes on with the question that it was given for, in pages of any size, and with no other")
    func bound() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let first = try await list(journal, .person)
            let cursor = first.page.nextCursor
            #expect(!first.page.complete && !cursor.isEmpty)
            let rest = try await list(journal, .person, after: cursor, size: 100)
            #expect(rest.page.complete && rest.page.nextCursor.isEmpty)
            let names = (first.records + rest.records).map(\.record.identifier)
            #expect(names == names.sorted() && Set(names).isSuperset(of: [TestTown.id("barn"), TestTown.id("mor")]))
            // Of these, what comes before the cursor would be missing without a word.
            try await refused { try await list(journal, .employment, after: cursor) }
            try await refused {
                let response: ListConsentsResponse = try await journal.call(
                    .listConsents,
                    ListConsentsRequest(of: .caseID(ID(TestTown.id("sak"))), page: PageRequest(cursor: cursor)))
                return response
            }
        }
    }

    @Test("One of the audit goes on for another reader, and not with another controller's entries")
    func readers() throws {
        func asked(_ why: String, _ controller: ControllerID?) -> [StatedReader?] {
            let reader = StatedReader(controller: controller, why: why)
            return [QueryRequest(reader: reader).asked.reader, ReviewsRequest(reader: reader).asked.reader]
        }
        let (one, other) = (try ControllerID("kommune-a"), try ControllerID("kommune-b"))
        #expect(asked("innsyn", one) == asked("klage", one))
        #expect(asked("innsyn", nil) == [nil, nil])
        for (mine, theirs) in zip(asked("innsyn", one), asked("innsyn", other)) { #expect(mine != theirs) }
    }

    @Test("One that was changed, cut short or made up is refused, with what to give")
    func altered() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let cursor = try await list(journal, .person).page.nextCursor
            for wrong in [Array("barn".utf8), [0xFF], Array(cursor.prefix(8)), Array(cursor.dropFirst()), [0] + cursor]
            {
                try await refused { try await list(journal, .person, after: wrong) }
            }
        }
    }
}
