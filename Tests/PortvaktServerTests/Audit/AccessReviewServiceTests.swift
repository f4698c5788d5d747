import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Who can read a case, for the officer", .timeLimit(.minutes(10)))
struct AccessReviewServiceTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    /// The adviser's grant ends in a hundred days.
    private func run(_ body: (TestService, PortvaktChannel) async throws -> Void) async throws {
        try await TestTown.run { service in
            let grant = Grant(
                id: Self.id("deltar"), caseID: Self.id("sak"), to: .employment(Self.id("radgiver")),
                validity: Validity(until: OsloTime.adding(days: 100, to: TestTown.start)),
                grantedBy: .employment(Self.id("larer")))
            let records: [Record] = [
                .grant(grant), .person(Person(id: Self.id("leder-p"), born: nil)),
                .employment(
                    Employment(id: Self.id("leder"), person: Self.id("leder-p"), unit: Self.id("skole"), role: .leder)),
            ]
            let _: RegisterRecordsResponse = try await service.channel(as: "journal").call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
            try await body(service, try service.channel(as: "officer"))
        }
    }

    private func refused(_ officer: PortvaktChannel, _ request: AccessReviewRequest) async throws -> RPCStatus {
        try await status {
            let response: AccessReviewResponse = try await officer.call(.accessReview, request)
            return response
        }
    }

    @Test("Each access with its unit and whose consent it rests on; what ends within the days that were asked for")
    func review() async throws {
        try await run { _, officer in
            for (days, isListed) in [(UInt32(0), true), (101, true), (100, false), (1, false)] {
                let found: AccessReviewResponse = try await officer.call(
                    .accessReview, AccessReviewRequest(caseID: Self.id("sak"), days: days))
                #expect(found.endings.contains { $0.kind == .grant && $0.id == "deltar" } == isListed, "\(days)")
                let access = try #require(
                    found.accesses.first { $0.actor == .employment(Self.id("radgiver")) && $0.action == .logRead })
                #expect(access.unit == Self.id("ppt") && access.basis == .allowConsent)
                let consents = access.supports.filter { $0.kind == .consent }
                #expect(Set(consents.map(\.id)) == ["s-mor", "s-far"])
                #expect(Set(consents.map(\.by)) == [.person(Self.id("mor")), .person(Self.id("far"))])
                let grants = access.supports.filter { $0.kind == .grant }
                #expect(grants.map(\.id) == ["deltar"] && grants.map(\.by) == [.employment(Self.id("larer"))])
            }
        }
    }

    @Test("Another controller's case is as one that does not exist; a leder and too many days are refused")
    func refusals() async throws {
        try await run { _, officer in
            let unknown = try await refused(officer, AccessReviewRequest(caseID: Self.id("ingen"), days: 1))
            #expect(unknown.code == .notFound)
            #expect(try await refused(officer, AccessReviewRequest(caseID: Self.id("sak-b"), days: 1)) == unknown)
            let leader = StatedReader(actor: .employment(Self.id("leder")))
            #expect(
                try await refused(officer, AccessReviewRequest(caseID: Self.id("sak"), days: 1, reader: leader)).code
                    == .permissionDenied)
            let long = try await refused(officer, AccessReviewRequest(caseID: Self.id("sak"), days: 3661))
            #expect(long.code == .invalidArgument && long.parsedDetails?.fieldViolations.map(\.field) == ["days"])
            #expect(try await refused(officer, AccessReviewRequest(caseID: Self.id("sak"), days: 3660)).code == .ok)
        }
    }

    /// What the mother is told of readings of the audit about her child, in the order of time.
    private func told(_ service: TestService) async throws -> [StatementLine] {
        let request = StatementRequest(subject: Self.id("barn"), asker: .person(Self.id("mor")), assurance: .high)
        let found: StatementResponse = try await service.channel(as: "journal").call(.statement, request)
        try #require(found.answer.effect == .allow)
        return found.lines.filter { $0.purpose == .egen_sak && $0.reason != .allowParent }.reversed()
    }

    @Test("The family is told of a reading as one that was made, and of an attempt that was refused as a refusal")
    func statement() async throws {
        try await run { service, officer in
            let leader = StatedReader(actor: .employment(Self.id("leder")))
            _ = try await refused(officer, AccessReviewRequest(caseID: Self.id("sak"), days: 1, reader: leader))
            // What a reader states is no mark of the service's.
            let request = AccessReviewRequest(
                caseID: Self.id("sak"), days: 1, reader: StatedReader(why: "refused: nothing"))
            #expect(try await refused(officer, request).code == .ok)
            let lines = try await told(service)
            #expect(lines.map(\.effect) == [.deny, .allow])
            #expect(lines.map(\.reason) == [.denyRole, .allowIntraOrgan])
            #expect(lines.map(\.role) == [.leder, .personvernombud])
            #expect(lines.map(\.unit) == [Self.id("skole"), nil])
            // The entry says who was refused, and about whom; who reads about nobody in particular is recorded, too.
            let found: QueryResponse = try await officer.call(
                .queryAudit, QueryRequest(subject: Self.id("barn"), auditEntries: true))
            let texts = found.entries.compactMap { entry -> String? in
                guard case .audit(let audit) = entry.body, audit.call == .accessReview else { return nil }
                return audit.text
            }
            #expect(texts == ["why: refused: nothing", "refused: "])
        }
    }
}
