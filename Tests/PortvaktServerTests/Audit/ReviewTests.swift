import Foundation
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

/// What takes days and years: deadlines of reviews, and retention, with a clock that is set.
@Suite("Reviews and retention over time", .timeLimit(.minutes(10)))
struct ReviewTests {
    static let day: Int64 = 86_400_000

    private static let records: [Record] = [
        .person(Person(id: ID(TestTown.id("ombud-p")), born: nil)),
        .person(Person(id: ID(TestTown.id("leder-p")), born: nil)),
        .employment(
            Employment(
                id: ID(TestTown.id("ombud")), person: ID(TestTown.id("ombud-p")), unit: ID(TestTown.id("skole")),
                role: .personvernombud)),
        .employment(
            Employment(
                id: ID(TestTown.id("leder")), person: ID(TestTown.id("leder-p")), unit: ID(TestTown.id("ppt")),
                role: .leder)),
        .employment(
            Employment(
                id: ID(TestTown.id("vikar")), person: ID(TestTown.id("vikar-p")), unit: ID(TestTown.id("ppt")))),
    ]

    private static func emergency() -> Question {
        Question(
            actor: .employment(ID(TestTown.id("vikar"))), action: .logRead, object: .caseID(ID(TestTown.id("sak"))),
            emergency: Emergency(reason: "fare for livet", anonymisedInsufficient: true, minutes: 30))
    }

    private func register(_ service: TestService) async throws {
        let journal = try service.channel(as: "journal")
        let persons: [Record] = [.person(Person(id: ID(TestTown.id("vikar-p")), born: nil))]
        let _: RegisterRecordsResponse = try await journal.call(
            .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: persons + Self.records))
    }

    private func use(_ service: TestService) async throws -> EntryReference {
        let journal = try service.channel(as: "journal")
        let response: CheckResponse = try await journal.call(.check, CheckRequest(Self.emergency()))
        try #require(response.answer.effect == .allow)
        return try #require(response.answer.entry)
    }

    @Test("A review is overdue after the profile's hours, the earliest first; a new start finds it again")
    func overdue() async throws {
        let store = MemoryStore()
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(store, clock: clock) { service in
            try await register(service)
            let first = try await use(service)
            clock.advance(byMilliseconds: Self.day / 2)
            let second = try await use(service)
            let officer = try service.channel(as: "officer")
            var found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
            #expect(found.tasks.map(\.entry) == [first, second])
            #expect(found.tasks.first?.deadline == TestTown.start.advanced(byMilliseconds: Self.day))
            #expect(found.waiting == 2 && found.overdue == 0)
            clock.advance(byMilliseconds: Self.day / 2)
            found = try await officer.call(.reviews, ReviewsRequest())
            #expect(found.overdue == 1)
            #expect(found.tasks.map(\.overdue) == [true, false])
            let review = ReviewRequest(
                stream: first.stream, index: first.index, reviewer: .employment(ID(TestTown.id("leder"))),
                outcome: .unjustified)
            let recorded: ReviewResponse = try await officer.call(.review, review)
            #expect(recorded.awaits == [.personvernombud])
        }
        let certificates = try await TestCertificates.make(TestTown.callers)
        let setup = try await TestTown.setup(store, clock: clock, certificates: certificates)
        try await TestService.run(setup) { service in
            let officer = try service.channel(as: "officer")
            let found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
            #expect(found.tasks.map(\.awaits) == [[.personvernombud], [.leder, .personvernombud]])
            #expect(found.tasks.first?.reviews.map(\.outcome) == [.unjustified])
        }
    }

    @Test(
        "A review that is sent again with its request id is answered as before, after a new start too, and recorded once"
    )
    func retry() async throws {
        let store = MemoryStore()
        let certificates = try await TestCertificates.make(TestTown.callers)
        func review(_ used: EntryReference, _ requestID: String?, _ change: (inout ReviewRequest) -> Void = { _ in })
            -> ReviewRequest
        {
            var request = ReviewRequest(
                stream: used.stream, index: used.index, reviewer: .employment(ID(TestTown.id("leder"))),
                outcome: .justified, text: "endte i tide", requestID: requestID.map(TestTown.id))
            change(&request)
            return request
        }
        func answer(_ service: TestService, _ request: ReviewRequest) async throws -> ReviewResponse {
            try await service.channel(as: "officer").call(.review, request)
        }
        func again(_ service: TestService, _ used: EntryReference, _ first: ReviewResponse) async throws {
            #expect(try await answer(service, review(used, "r-1")) == first)
            // Anything else is another review by a role that has reviewed.
            let others: [ReviewRequest] = [
                review(used, "r-2"), review(used, nil), review(used, "r-1") { $0.outcome = .unjustified },
                review(used, "r-1") { $0.text = "" },
            ]
            for other in others {
                let refused = try await status { try await answer(service, other) }
                #expect(refused.parsedDetails?.errorInfo?.reason == "REVIEWED", "\(refused)")
            }
            let done: ReviewsResponse = try await service.channel(as: "officer").call(.reviews, ReviewsRequest())
            #expect(done.tasks.map(\.reviews.count) == [1])
        }
        var kept: (used: EntryReference, first: ReviewResponse)?
        try await TestService.run(try await TestTown.setup(store, certificates: certificates)) { service in
            try await TestTown.settle(service)
            try await register(service)
            let used = try await use(service)
            let first = try await answer(service, review(used, "r-1"))
            #expect(first.awaits == [.personvernombud])
            try await again(service, used, first)
            kept = (used, first)
        }
        let (used, first) = try #require(kept)
        try await TestService.run(try await TestTown.setup(store, certificates: certificates)) { service in
            try await again(service, used, first)
        }
    }

    @Test("What waits and what is done are two lists, each by deadline and in pages of any size, with nothing left out")
    func lists() async throws {
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            try await register(service)
            let officer = try service.channel(as: "officer")
            var entries: [EntryReference] = []
            for _ in 0..<5 {
                entries.append(try await use(service))
                clock.advance(byMilliseconds: 1)
            }
            func listed(isDone: Bool, size: Int) async throws -> [[String]] {
                try await pages { cursor in
                    let found: ReviewsResponse = try await officer.call(
                        .reviews, ReviewsRequest(done: isDone, page: PageRequest(size: size, cursor: cursor)))
                    return (found.tasks.map { "\($0.entry.index)" }, found.page)
                }
            }
            let names = entries.map { "\($0.index)" }
            for size in 1...5 {
                #expect(try await listed(isDone: false, size: size) == chunks(names, of: size), "by \(size)")
            }
            for role in ["leder", "ombud"] {
                let _: ReviewResponse = try await officer.call(
                    .review,
                    ReviewRequest(
                        stream: entries[1].stream, index: entries[1].index,
                        reviewer: .employment(ID(TestTown.id(role))), outcome: .justified))
            }
            clock.advance(byMilliseconds: 2 * Self.day)
            #expect(try await listed(isDone: true, size: 5) == [[names[1]]])
            #expect(try await listed(isDone: false, size: 5) == [[names[0]] + names[2...]])
            // What was reviewed in time is not overdue afterwards.
            let done: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest(done: true))
            #expect(done.tasks.map(\.overdue) == [false] && done.waiting == 4 && done.overdue == 4)
        }
    }

    @Test(
        "The profile says who reviews: a role that it does not name is neither awaited nor taken",
        arguments: [("leder", "ombud"), ("ombud", "leder")])
    func profileRoles(_ reviewer: String, _ other: String) async throws {
        let folder = try TestFolder()
        let named = reviewer == "ombud" ? "personvernombud" : reviewer
        let text = try String(contentsOfFile: TestTown.policies + "/nasjonal.yaml", encoding: .utf8)
        let changed = text.replacingOccurrences(of: "{value: [leder, personvernombud],", with: "{value: [\(named)],")
        try #require(changed != text)
        try changed.write(toFile: folder.file("nasjonal.yaml"), atomically: true, encoding: .utf8)
        var setup = try await TestTown.setup(MemoryStore())
        setup.profile = try TestService.profile(named: "nasjonal", in: folder.path)
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            try await register(service)
            let officer = try service.channel(as: "officer")
            let access = try await use(service)
            let found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
            #expect(found.tasks.map(\.reviewers) == [[ID(TestTown.id(reviewer))]])
            #expect(found.tasks.map(\.awaits.count) == [1])
            func review(_ name: String) async throws -> RPCStatus {
                try await status {
                    let request = ReviewRequest(
                        stream: access.stream, index: access.index, reviewer: .employment(ID(TestTown.id(name))),
                        outcome: .justified)
                    return try await officer.call(.review, request, as: ReviewResponse.self)
                }
            }
            #expect(try await review(other).parsedDetails?.errorInfo?.reason == "REVIEWER")
            #expect(try await review(reviewer).code == .ok)
            let waiting: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
            #expect(waiting.tasks.isEmpty && waiting.waiting == 0)
        }
    }

    @Test("What is erased by two persons is named whole or refused, waits for its review, is recorded, and is gone")
    func erasure() async throws {
        try await TestTown.run { service in
            try await register(service)
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            let check: CheckResponse = try await journal.call(.check, CheckRequest(TestTown.reads()))
            let plain = try #require(check.answer.entry)
            let access = try await use(service)
            func request(
                _ entries: [String], subject: String? = nil, reason: String = "feil barn", dryRun: Bool = false
            ) -> EraseRequest {
                EraseRequest(
                    entries: entries, subject: subject.map { ID(TestTown.id($0)) },
                    first: .employment(ID(TestTown.id("ombud"))), second: .employment(ID(TestTown.id("leder"))),
                    reason: reason, dryRun: dryRun)
            }
            func isErased(_ entry: AuditEntry) -> Bool { if case .erasedDecision = entry.body { true } else { false } }
            func ended(_ request: EraseRequest) async throws -> [String] {
                let status = try await status {
                    let response: EraseResponse = try await officer.call(.erase, request)
                    return response
                }
                let details = status.parsedDetails
                return ["\(status.code)"] + (details?.fieldViolations.map(\.field) ?? [])
                    + (details?.errorInfo.map { [$0.reason] } ?? [])
            }
            let (name, emergency) = ("\(plain.stream)#\(plain.index)", "\(access.stream)#\(access.index)")
            #expect(try await ended(request([name], reason: "")).contains("reason"))
            #expect(try await ended(request([])).contains("subject"))
            #expect(try await ended(request([name], subject: "barn")).contains("subject"))
            #expect(try await ended(request([name, name])).contains("entries[1]"))
            #expect(try await ended(request(["changes/kommune-a#0"])).contains("entries[0]"))
            #expect(try await ended(request(["\(plain.stream)#100000"])).contains("\(StatusCode.notFound)"))
            // Neither named nor found by its subject is an emergency erased that somebody has yet to look at.
            #expect(try await ended(request([name, emergency])).contains("AWAITS_REVIEW"))
            #expect(try await ended(request([], subject: "barn")).contains("AWAITS_REVIEW"))

            var response: EraseResponse = try await officer.call(.erase, request([name], dryRun: true))
            #expect(response.count == 1 && response.entry == nil)
            let before: ShowResponse = try await officer.call(
                .showAudit, ShowRequest(stream: plain.stream, index: plain.index))
            #expect(isErased(before.entry) == false)
            response = try await officer.call(.erase, request([name]))
            #expect(response.count == 1)
            let place = try #require(response.entry)
            let after: ShowResponse = try await officer.call(
                .showAudit, ShowRequest(stream: plain.stream, index: plain.index))
            #expect(isErased(after.entry))
            let recorded: ShowResponse = try await officer.call(
                .showAudit, ShowRequest(stream: place.stream, index: place.index))
            guard case .audit(let audit) = recorded.entry.body else {
                Issue.record("\(recorded.entry)")
                return
            }
            #expect(audit.call == .erased && audit.controller == ID(TestTown.id("kommune-a")))
            #expect(audit.entries == [name] && audit.text == "feil barn")
            #expect(audit.second == .employment(ID(TestTown.id("leder"))))
            // There is nothing more to erase, and nothing is said to have been.
            response = try await officer.call(.erase, request([name]))
            #expect(response.count == 0 && response.entry == nil)
        }
    }

    @Test(
        "What the profile's time has run out for is erased by two persons, class by class, and every tree still comes out"
    )
    func retention() async throws {
        let store = MemoryStore()
        let clock = ManualClock(TestTown.start)
        let two: (Actor, Actor) = (
            .employment(ID(TestTown.id("ombud"))), .employment(ID(TestTown.id("leder")))
        )
        try await TestTown.run(store, clock: clock) { service in
            try await register(service)
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            let _: CheckResponse = try await journal.call(.check, CheckRequest(TestTown.reads()))
            let access = try await use(service)
            let _: QueryResponse = try await officer.call(.queryAudit, QueryRequest())

            clock.set(OsloTime.adding(months: 14, to: TestTown.start))
            var run: RetainResponse = try await officer.call(.retain, RetainRequest(dryRun: true))
            #expect(run.classes.map(\.name) == ["decisions", "security", "emergency"])
            #expect(run.classes.map(\.count) == [0, 1, 0], "the reading is a year old; the case is not closed")
            run = try await officer.call(.retain, RetainRequest(dryRun: false, first: two.0, second: two.1))
            #expect(run.classes.map(\.count) == [0, 1, 0])

            clock.set(OsloTime.adding(months: 12 * 11, to: TestTown.start))
            run = try await officer.call(.retain, RetainRequest(dryRun: true))
            #expect(run.classes.last?.count == 0, "an emergency access that awaits its review stays")
            for role in ["leder", "ombud"] {
                let _: ReviewResponse = try await officer.call(
                    .review,
                    ReviewRequest(
                        stream: access.stream, index: access.index, reviewer: .employment(ID(TestTown.id(role))),
                        outcome: .justified))
            }
            run = try await officer.call(.retain, RetainRequest(dryRun: false, first: two.0, second: two.1))
            #expect(run.classes.last?.count == 1)
            let shown: ShowResponse = try await officer.call(
                .showAudit, ShowRequest(stream: access.stream, index: access.index))
            guard case .erasedDecision(let erased) = shown.entry.body else {
                Issue.record("it has not been erased")
                return
            }
            #expect(erased.reasons == [.allowBreakGlass])
        }
        let report = try LedgerVerifier(store: store).run()
        #expect(report.findings.isEmpty)
    }

    @Test(
        "A review's day and a retention's years end at their instant: before it, at it, after it",
        arguments: [
            // The night on which winter begins has 25 hours: a review's 24 hours are hours.
            "2026-10-24T12:00:00+02:00", "2026-03-28T12:00:00+01:00", "2026-11-25T00:00:00+01:00",
        ])
    func boundaries(_ text: String) async throws {
        let start = try #require(Instant(rfc3339: text))
        let clock = ManualClock(start)
        try await TestTown.run(clock: clock) { service in
            try await register(service)
            let officer = try service.channel(as: "officer")
            let journal = try service.channel(as: "journal")
            _ = try await use(service)
            let _: CheckResponse = try await journal.call(.check, CheckRequest(TestTown.reads()))
            let _: QueryResponse = try await officer.call(.queryAudit, QueryRequest())
            var closed = Case(
                id: ID(TestTown.id("sak")), subject: ID(TestTown.id("barn")), controller: ID(TestTown.id("kommune-a")),
                level: 2, log: .closed, closedAt: start)
            closed.holder = ID(TestTown.id("larer"))
            let _: RegisterRecordsResponse = try await journal.call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: [.caseRecord(closed)]))
            for (offset, overdue) in [(-1, 0), (0, 1), (1, 1)] as [(Int64, UInt64)] {
                clock.set(start.advanced(byMilliseconds: Self.day + offset))
                let found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
                #expect(found.waiting == 1 && found.overdue == overdue, "\(offset)")
            }
            // Twelve months of the security class, five years of decisions after the case has ended: what is older goes.
            for (months, kind) in [(12, 1), (60, 0)] {
                for (offset, isOver) in [(-1, false), (0, false), (1, true)] as [(Int64, Bool)] {
                    clock.set(OsloTime.adding(months: months, to: start).advanced(byMilliseconds: offset))
                    let run: RetainResponse = try await officer.call(.retain, RetainRequest(dryRun: true))
                    #expect((run.classes[kind].count > 0) == isOver, "\(run.classes[kind].name) at \(offset)")
                }
            }
        }
    }
}
