import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// Patterns as a running service finds them.
@Suite("What looks unusual, over the wire", .timeLimit(.minutes(10)))
struct UnusualServiceTests {
    private func run(_ body: (TestService, PortvaktChannel) async throws -> Void) async throws {
        try await TestTown.run { service in
            let roles: [(String, EmploymentRole)] = [("ombud", .personvernombud), ("leder", .leder)]
            let records: [Record] = roles.flatMap { name, role -> [Record] in
                [
                    .person(Person(id: id("\(name)-p"), born: nil)),
                    .employment(Employment(id: id(name), person: id("\(name)-p"), unit: id("skole"), role: role)),
                ]
            }
            let _: RegisterRecordsResponse = try await service.channel(as: "journal").call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
            try await body(service, try service.channel(as: "officer"))
        }
    }

    @Test("Another controller's decisions are in no pattern, and what was erased stops nobody from looking")
    func scope() async throws {
        try await run { service, officer in
            let nabo = try service.channel(as: "nabo")
            for _ in 0..<20 { #expect(try await nabo.check(TestTown.reads(case: "sak-b")).effect == .deny) }
            let journal = try service.channel(as: "journal")
            let erased = try #require(try await journal.check(TestTown.reads()).entry)
            let none: UnusualResponse = try await officer.call(.unusual, UnusualRequest(time: .always))
            #expect(none.patterns.isEmpty && none.complete, "\(none.patterns)")
            for _ in 0..<20 { _ = try await journal.check(TestTown.reads(case: "no-such")) }
            let _: EraseResponse = try await officer.call(
                .erase,
                EraseRequest(
                    entries: [erased.reference], first: .employment(id("ombud")), second: .employment(id("leder")),
                    reason: "feil barn"))
            let own: UnusualResponse = try await officer.call(.unusual, UnusualRequest(time: .always))
            #expect(own.patterns.map(\.kind) == [.refusals] && own.patterns.first?.count == 20)
        }
    }

    @Test("A leder finds none, and who looked stands with the span that was looked at")
    func recorded() async throws {
        try await run { _, officer in
            func look(_ reader: String) async throws -> RPCStatus {
                try await status {
                    let request = UnusualRequest(
                        time: Validity(from: TestTown.start, until: TestTown.start.advanced(byMilliseconds: 1000)),
                        reader: StatedReader(actor: .employment(id(reader))))
                    let response: UnusualResponse = try await officer.call(.unusual, request)
                    return response
                }
            }
            #expect(try await look("ombud").code == .ok)
            let refused = try await look("leder")
            #expect(refused.code == .permissionDenied)
            #expect(refused.parsedDetails?.errorInfo?.reason == "READER_ROLE")
            let read: QueryResponse = try await officer.call(.queryAudit, QueryRequest(auditEntries: true))
            let texts = read.entries.compactMap { entry -> String? in
                if case .audit(let record) = entry.body, record.call == .unusual { record.text } else { nil }
            }
            let span = "from=2026-09-21T14:13:20Z until=2026-09-21T14:13:21Z"
            #expect(texts == ["refused: " + span, span])
        }
    }
}
