import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Queries of the audit, over the wire", .timeLimit(.minutes(5)))
struct QueryTests {
    @Test("What was read and done in the audit takes no filter that only decisions have: it would pass over it")
    func decisionsOnly() async throws {
        try await TestTown.run { service in
            let officer = try service.channel(as: "officer")
            let wrong: [(QueryRequest, String)] = [
                (QueryRequest(unit: ID(TestTown.id("skole")), auditEntries: true), "unit"),
                (QueryRequest(object: .caseID(ID(TestTown.id("sak"))), auditEntries: true), "object"),
                (QueryRequest(effects: [.deny], auditEntries: true), "effects"),
                (QueryRequest(reasons: [.denyAuth], auditEntries: true), "reasons"),
                (QueryRequest(actions: [.logRead], auditEntries: true), "actions"),
                (QueryRequest(emergenciesOnly: true, auditEntries: true), "emergencies_only"),
            ]
            for (request, field) in wrong {
                let ended = try await status {
                    let response: QueryResponse = try await officer.call(.queryAudit, request)
                    return response
                }
                #expect(ended.code == .invalidArgument, "\(ended)")
                #expect(ended.parsedDetails?.fieldViolations.map(\.field) == [field])
            }
            let taken: QueryResponse = try await officer.call(
                .queryAudit, QueryRequest(caseID: ID(TestTown.id("sak")), auditEntries: true))
            #expect(taken.page.complete)
        }
    }

    @Test("A span with no instant in it is refused: what is empty would read as that nothing happened")
    func emptySpan() async throws {
        try await TestTown.run { service in
            let officer = try service.channel(as: "officer")
            for until in [TestTown.start, TestTown.start.advanced(byMilliseconds: -1)] {
                let span = Validity(from: TestTown.start, until: until)
                let calls: [() async throws -> Void] = [
                    { let _: QueryResponse = try await officer.call(.queryAudit, QueryRequest(time: span)) },
                    { let _: UnusualResponse = try await officer.call(.unusual, UnusualRequest(time: span)) },
                    {
                        let request = StatementRequest(
                            subject: ID(TestTown.id("barn")), asker: .person(ID(TestTown.id("mor"))), assurance: .high,
                            time: span)
                        let _: StatementResponse = try await officer.call(.statement, request)
                    },
                ]
                for call in calls {
                    let ended = try await status(of: call)
                    #expect(ended.code == .invalidArgument, "\(ended)")
                    #expect(ended.parsedDetails?.fieldViolations.map(\.field) == ["time.until"])
                }
            }
        }
    }
}
