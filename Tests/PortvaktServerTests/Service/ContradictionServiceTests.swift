import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Records that contradict each other, over the wire", .timeLimit(.minutes(10)))
struct ContradictionServiceTests {
    /// A contradiction: the records, and which of them is named, by which id and field.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var records: [Record]
        var place: Int
        var id: String
        var field: String

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        func authority(_ name: String, holder: String, over: String, _ change: (inout Authority) -> Void) -> Record {
            var authority = Authority(
                id: ID(TestTown.id(name)), holder: .person(ID(TestTown.id(holder))), over: ID(TestTown.id(over)))
            change(&authority)
            return .authority(authority)
        }
        let child = Record.person(Person(id: ID(TestTown.id("barn-ny")), born: CivilDate("2019-05-05")))
        let later = TestTown.start
        return [
            Case(
                name: "two sole holders of foreldreansvar",
                records: [
                    child, authority("fa-1", holder: "mor", over: "barn-ny") { $0.sole = true },
                    authority("fa-2", holder: "far", over: "barn-ny") { $0.sole = true },
                ], place: 2, id: "fa-2", field: "authority.sole"),
            Case(
                name: "an authority that ends before it begins",
                records: [
                    child,
                    authority("fa-1", holder: "mor", over: "barn-ny") {
                        $0.validity = Validity(from: later, until: later.advanced(byMilliseconds: -1))
                    },
                ], place: 1, id: "fa-1", field: "authority.validity.until"),
            Case(
                name: "a meeting without a case that is not anonymous",
                records: [
                    .meeting(
                        Meeting(id: ID(TestTown.id("mote-1")), type: .fagmote, convenedBy: ID(TestTown.id("larer"))))
                ], place: 0, id: "mote-1", field: "meeting.case_id"),
            Case(
                name: "an unknown person",
                records: [child, authority("fa-1", holder: "ukjent", over: "barn-ny") { _ in }], place: 1, id: "fa-1",
                field: "authority.holder"),
        ]
    }()

    private func check(_ ended: RPCStatus, _ wanted: Case) {
        #expect(ended.code == .failedPrecondition, "\(ended)")
        #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["records[\(wanted.place)].\(wanted.field)"])
        #expect(ended.message.contains(wanted.id), "\(ended.message)")
        #expect(!ended.message.contains("ukjent"), "an error shows nothing but the record's own id")
    }

    private func nothingIsThere(_ channel: PortvaktChannel, _ wanted: Case) async throws {
        for record in wanted.records {
            let ended = try await status {
                let response: GetRecordResponse = try await channel.call(
                    .getRecord, GetRecordRequest(kind: record.kind, id: record.identifier))
                return response
            }
            #expect(ended.code == .notFound, "\(record.kind.word) \(record.identifier)")
        }
    }

    @Test(
        "are refused when they are registered, naming the record and the field; nothing of them stays", arguments: cases
    )
    func registered(_ wanted: Case) async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let ended = try await status {
                let response: RegisterRecordsResponse = try await journal.call(
                    .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: wanted.records))
                return response
            }
            check(ended, wanted)
            try await nothingIsThere(journal, wanted)
        }
    }

    @Test(
        "are refused when they are imported, naming the record and the field; nothing of them stays", arguments: cases)
    func imported(_ wanted: Case) async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let importID = TestTown.id("i-1")
            let _: StageResponse = try await journal.call(
                .stage, StageRequest(importID: importID, chunk: 0, records: wanted.records))
            let ended = try await status {
                let response: CommitResponse = try await journal.call(
                    .commit,
                    CommitRequest(
                        header: TestTown.header(), importID: importID, chunks: 1, records: wanted.records.count))
                return response
            }
            check(ended, wanted)
            try await nothingIsThere(journal, wanted)
        }
    }
}
