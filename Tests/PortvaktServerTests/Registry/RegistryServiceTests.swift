import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Records over the wire", .timeLimit(.minutes(10)))
struct RegistryServiceTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    private func get(_ channel: PortvaktChannel, _ kind: RecordKind, _ name: String) async throws -> RPCStatus {
        try await status {
            let response: GetRecordResponse = try await channel.call(
                .getRecord, GetRecordRequest(kind: kind, id: TestTown.id(name)))
            return response
        }
    }

    private func names(_ channel: PortvaktChannel, _ kind: RecordKind) async throws -> [Identifier] {
        let response: ListRecordsResponse = try await channel.call(.listRecords, ListRecordsRequest(kind: kind))
        return response.records.map(\.record.identifier)
    }

    @Test("Another controller's record is read as one that does not exist, and stands in no list")
    func foreign() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let nabo = try service.channel(as: "nabo")
            let unknown = try await get(journal, .caseRecord, "ingen")
            #expect(unknown.code == .notFound)
            for (kind, own, other) in [
                (RecordKind.caseRecord, "sak", "sak-b"), (.person, "barn", "barn-b"), (.employment, "larer", "larer-b"),
            ] {
                let read = try await get(journal, kind, own)
                #expect(read.code == .ok, "\(kind)")
                let foreign = try await get(journal, kind, other)
                #expect(foreign == unknown, "\(kind)")
                let listed = try await names(journal, kind)
                #expect(listed.contains(TestTown.id(own)) && !listed.contains(TestTown.id(other)), "\(kind)")
                let theirs = try await names(nabo, kind)
                #expect(theirs.contains(TestTown.id(other)) && !theirs.contains(TestTown.id(own)), "\(kind)")
            }
        }
    }

    @Test("What an administrator registers is read by an administrator")
    func permissions() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            for (kind, name) in [(RecordKind.unit, "skole"), (.controller, "kommune-a")] {
                let read = try await get(journal, kind, name)
                #expect(read.code == .permissionDenied, "\(kind)")
                let listed = try await status { try await names(journal, kind) }
                #expect(listed.code == .permissionDenied, "\(kind)")
                let administrator = try await get(try service.channel(as: "administrator"), kind, name)
                #expect(administrator.code == .ok, "\(kind)")
            }
        }
    }

    @Test("Two systems stage under one id of an import each its own, and a commit that comes again is the same one")
    func imports() async throws {
        try await TestTown.run { service in
            for name in ["journal", "nabo"] {
                let record = Record.person(Person(id: Self.id("p-\(name)"), born: nil))
                let _: StageResponse = try await service.channel(as: name).call(
                    .stage, StageRequest(importID: TestTown.id("i-1"), chunk: 0, records: [record]))
            }
            for (name, controller) in [("journal", "kommune-a"), ("nabo", "kommune-b")] {
                let channel = try service.channel(as: name)
                let header = ChangeHeader(requestID: TestTown.id("r-1"), controller: Self.id(controller))
                let request = CommitRequest(header: header, importID: TestTown.id("i-1"), chunks: 1, records: 1)
                let first: CommitResponse = try await channel.call(.commit, request)
                let again: CommitResponse = try await channel.call(.commit, request)
                #expect(first == again)
                let read = try await get(channel, .person, "p-\(name)")
                #expect(read.code == .ok)
            }
        }
    }
}
