import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktSQLite
import PortvaktStoreTesting
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

    /// A ledger in which the officer read `ahead` times while the clock was 13 months ahead, and `after` times a day after the
    /// beginning, when it was right again; then the body with a service and its index, 12 months and two days after the beginning.
    private func clockSetRight(
        ahead: Int, after: Int, indexed: Bool, _ body: (PortvaktChannel) async throws -> Void
    ) async throws {
        let (store, folder) = (MemoryStore(), try TestFolder())
        let certificates = try await TestCertificates.make(TestTown.callers)
        for (months, days, count) in [(13, 0, ahead), (0, 1, after)] as [(Int, Int64, Int)] {
            let clock = ManualClock(TestTown.start)
            try await TestService.run(try await TestTown.setup(store, clock: clock, certificates: certificates)) {
                service in
                if months > 0 { try await TestTown.settle(service) }
                clock.set(
                    OsloTime.adding(months: months, to: TestTown.start).advanced(byMilliseconds: days * 86_400_000))
                for _ in 0..<count {
                    let _: QueryResponse = try await service.channel(as: "officer").call(.queryAudit, QueryRequest())
                }
            }
        }
        let clock = ManualClock(
            OsloTime.adding(months: 12, to: TestTown.start).advanced(byMilliseconds: 2 * 86_400_000))
        var setup = try await TestTown.setup(store, clock: clock, certificates: certificates)
        if indexed {
            let index = try SQLiteIndex.open(path: folder.file("index"))
            try IndexFollower.build(index, from: store)
            setup.index = index
        }
        try await TestService.run(setup) { service in try await body(try service.channel(as: "officer")) }
    }

    @Test(
        "What was done while the clock was ahead is found by its time after the clock was set right, and kept no longer than it may be",
        arguments: [(3, 20), (20, 3)], [false, true])
    func clockSetRight(_ counts: (ahead: Int, after: Int), indexed: Bool) async throws {
        try await clockSetRight(ahead: counts.ahead, after: counts.after, indexed: indexed) { officer in
            let ahead = OsloTime.adding(months: 13, to: TestTown.start)
            func found(from: Instant, size: Int = 100) async throws -> [Int64] {
                var times: [Int64] = []
                var request = QueryRequest(time: Validity(from: from), auditEntries: true)
                request.page.size = size
                while true {
                    let page: QueryResponse = try await officer.call(.queryAudit, request)
                    times += page.entries.map { ($0.time.milliseconds - TestTown.start.milliseconds) / 86_400_000 }
                    if page.page.complete { return times }
                    request.page.cursor = page.page.nextCursor
                }
            }
            let days = (ahead.milliseconds - TestTown.start.milliseconds) / 86_400_000
            let all = [Int64](repeating: 1, count: counts.after) + [Int64](repeating: days, count: counts.ahead)
            #expect(try await found(from: ahead) == all.suffix(counts.ahead))
            #expect(try await found(from: ahead, size: 2) == all.suffix(counts.ahead))
            let day = TestTown.start.advanced(byMilliseconds: 86_400_000)
            #expect(try await found(from: day).filter { $0 == 1 || $0 == days } == all)
            let unusual: UnusualResponse = try await officer.call(
                .unusual, UnusualRequest(time: Validity(from: ahead, until: ahead.advanced(byMilliseconds: 1000))))
            #expect(unusual.lookedAt >= UInt64(counts.ahead) && unusual.complete)
            let kept: RetainResponse = try await officer.call(.retain, RetainRequest(dryRun: true))
            #expect(kept.classes[1].count == UInt64(counts.after))
        }
    }

    @Test("Patterns before an end that is long past are those of the thirty days before it")
    func unusualBefore() async throws {
        let clock = ManualClock(TestTown.start)
        let day: Int64 = 86_400_000
        try await TestTown.run(clock: clock) { service in
            let journal = try service.channel(as: "journal")
            for _ in 0..<20 { _ = try await journal.check(TestTown.reads(case: "no-such")) }
            clock.set(TestTown.start.advanced(byMilliseconds: 400 * day))
            let officer = try service.channel(as: "officer")
            for (days, isFound) in [(Int64(1), true), (29, true), (31, false)] {
                let until = TestTown.start.advanced(byMilliseconds: days * day)
                let found: UnusualResponse = try await officer.call(
                    .unusual, UnusualRequest(time: Validity(until: until)))
                #expect(found.patterns.map(\.kind) == (isFound ? [.refusals] : []), "\(days)")
            }
            let now: UnusualResponse = try await officer.call(.unusual, UnusualRequest(time: .always))
            #expect(now.patterns.isEmpty)
            clock.set(TestTown.start.advanced(byMilliseconds: 401 * day))
            // An end to come does not move the beginning into it.
            for _ in 0..<20 { _ = try await journal.check(TestTown.reads(case: "no-such")) }
            let later: UnusualResponse = try await officer.call(
                .unusual, UnusualRequest(time: Validity(until: TestTown.start.advanced(byMilliseconds: 500 * day))))
            #expect(later.patterns.map(\.count) == [20])
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
