import PortvaktCore
import Testing

@testable import PortvaktWire

@Suite("The audit's messages go both ways")
struct AuditRoundTripTests {
    static let seeds = RecordRoundTripTests.seeds

    private func same<Message: WireMessage & Equatable>(_ message: Message, _ seed: UInt64) throws {
        try RecordRoundTripTests().same(message, seed)
    }

    @Test("Requests", arguments: seeds.prefix(20))
    func requests(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        func reader() -> StatedReader? {
            model.perhaps {
                StatedReader(
                    actor: $0.perhaps { $0.actor() }, controller: $0.perhaps { $0.id() },
                    why: $0.perhaps { $0.prose() } ?? "")
            }
        }
        try same(QueryRequest(reader: reader(), exported: model.flag(), auditEntries: model.flag()), seed)
        try same(ShowRequest(stream: "decisions/node-1", index: model.number(), reader: reader()), seed)
        try same(
            ReplayRequest(
                stream: "decisions/node-1", index: model.number(), asKnownNow: model.flag(), reader: reader()), seed)
        try same(
            StatementRequest(
                subject: model.id(), asker: model.actor(), assurance: model.word(), time: model.validity(),
                proofs: model.flag(), page: model.pageRequest()), seed)
        try same(AccessReviewRequest(caseID: model.id(), days: 90, reader: reader()), seed)
        try same(ReviewsRequest(done: model.flag(), reader: reader(), page: model.pageRequest()), seed)
        try same(
            ReviewRequest(
                stream: "decisions/node-1", index: model.number(), reviewer: model.actor(), outcome: model.word(),
                text: "tekst", requestID: model.perhaps { $0.identifier() }), seed)
        try same(UnusualRequest(time: model.validity(), reader: reader()), seed)
        try same(
            EraseRequest(
                entries: ["decisions/node-1#1"], subject: model.perhaps { $0.id() }, first: model.actor(),
                second: model.actor(), reason: "vedtak", dryRun: model.flag()), seed)
        try same(ProveRequest(stream: "decisions/node-1", index: model.number(), reader: reader()), seed)
        try same(
            CheckpointRequest(
                known: [KnownHead(stream: "decisions/node-1", size: model.number())], reader: reader()), seed)
        try same(
            RetainRequest(
                dryRun: model.flag(), first: model.perhaps { $0.actor() }, second: model.perhaps { $0.actor() },
                reader: reader()), seed)
    }

    @Test("Answers", arguments: seeds.prefix(20))
    func answers(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let text = [UInt8]("log.example/decisions/node-1\n1\n".utf8)
        try same(ProveResponse(proof: text), seed)
        try same(
            CheckpointResponse(heads: [
                SignedHead(stream: "decisions/node-1", note: text, path: [UInt8](repeating: 7, count: 64)),
                SignedHead(stream: "changes/kommune-1", note: text),
            ]), seed)
        let later = LaterFact(revision: Revision(model.number()), registeredAt: model.instant(), event: model.event())
        try same(
            ReplayResponse(
                entry: model.auditEntry(), again: model.decision(), identical: model.flag(), differences: ["effect"],
                knownNow: model.perhaps { $0.decision() }, later: [later], revision: Revision(model.number())), seed)
        let access = CaseAccess(
            actor: model.actor(), unit: model.perhaps { $0.id() }, action: model.word(), basis: model.word(),
            supports: [Support(kind: .consent, id: "s-1", by: model.perhaps { $0.party() })],
            until: model.perhaps { $0.instant() })
        try same(
            AccessReviewResponse(
                accesses: [access],
                endings: [
                    UpcomingEnd(kind: .consent, id: "s-1", age: 0, at: model.instant()),
                    UpcomingEnd(age: 16, breaks: access),
                ], at: model.instant(), revision: Revision(model.number())), seed)
        let review = RecordedReview(
            entry: model.entry(), reviewer: model.actor(), role: .leder, outcome: model.word(), time: model.instant(),
            text: model.prose())
        let task = ReviewTask(
            entry: model.entry(), time: model.instant(), actor: model.actor(), unit: model.perhaps { $0.id() },
            subject: model.perhaps { $0.id() }, caseID: model.perhaps { $0.id() },
            controller: model.perhaps { $0.id() }, reason: model.prose(), minutes: 30, deadline: model.instant(),
            overdue: model.flag(), reviewers: model.list { $0.id() }, reviews: [review], awaits: [.personvernombud])
        try same(ReviewsResponse(tasks: [task], page: model.page(), waiting: 3, overdue: 1), seed)
        try same(ReviewResponse(entry: model.entry(), awaits: [.leder]), seed)
        let pattern = Pattern(
            kind: model.word(), actor: model.perhaps { $0.actor() }, unit: model.perhaps { $0.id() }, count: 12,
            habitThousandths: 2500, threshold: 3, entries: ["decisions/node-1#7"])
        try same(UnusualResponse(patterns: [pattern], lookedAt: 99, complete: model.flag()), seed)
        try same(EraseResponse(count: 2, entry: model.perhaps { $0.entry() }), seed)
        let kept = RetentionClass(name: "decisions", kept: "5 years", count: 1, lookedAt: 9, before: model.instant())
        try same(RetainResponse(classes: [kept], entry: model.perhaps { $0.entry() }), seed)
    }

    @Test("A statement", arguments: seeds.prefix(20))
    func statement(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let line = StatementLine(
            entry: model.entry(), time: model.instant(), unit: model.perhaps { $0.id() },
            service: try Service("ppt"), role: model.perhaps { $0.word() }, employment: model.perhaps { $0.id() },
            person: model.perhaps { $0.id() }, action: model.word(), purpose: model.word(), effect: model.word(),
            reason: model.word(), emergency: model.flag(), consents: model.list { $0.id() }, proof: "c2sp.org/…",
            leafHash: model.flag() ? model.hash() : [])
        try same(line, seed)
        try same(Untold(after: 7, leafHash: model.hash()), seed)
        let completeness = Completeness(
            count: model.number(), end: model.hash(), ordinal: model.number(), path: model.hash() + model.hash(),
            streamSize: model.number(), subjects: model.number(), root: model.hash())
        try same(completeness, seed)
    }

    @Test(
        "A signed text is taken for no national identity number, whatever size and count stand side by side in it; it has its bounds"
    )
    func notes() throws {
        let numbers = try #require((10_000..<100_000).lazy.map { "418100 \($0)" }.first(where: NationalID.occurs))
        let note = "portvakt.example/decisions/node-1\n418100\nroot\nportvakt-subjects/v1 \(numbers) root\n"
        var model = RandomModel(seed: 1)
        func line(_ proof: String) -> StatementLine {
            StatementLine(
                entry: model.entry(), time: model.instant(), action: .logRead, purpose: .samordning, effect: .allow,
                reason: .allowConsent, proof: proof)
        }
        let response = StatementResponse(
            lines: [line(note)], page: Page(nextCursor: [], complete: true, revision: Revision(1)),
            answer: model.answer(), checkpoint: note, completeTo: 1, completeToTime: model.instant(), awaitingReview: 0)
        try same(response, 1)
        func refusal(_ proof: String) -> WireError? {
            let bytes = WireCoder().encode(line(proof)) { unsafe [UInt8]($0) }
            return PortvaktWireTests.refusal(of: StatementLine.self, bytes)
        }
        #expect(refusal(String(repeating: "a", count: WireLimits.noteBytes)) == nil)
        #expect(
            refusal(String(repeating: "a", count: WireLimits.noteBytes + 1))
                == WireError(.tooLong(limit: WireLimits.noteBytes), field: "proof"))
        #expect(refusal("a\u{1}") == WireError(.controlCharacter, field: "proof"))
    }

    @Test("An entry of the audit itself", arguments: seeds.prefix(20))
    func entries(seed: UInt64) throws {
        var model = RandomModel(seed: seed)
        let body = RecordedAudit(
            call: model.word(), actor: model.perhaps { $0.actor() }, second: model.perhaps { $0.actor() },
            subjects: model.list { $0.id() }, caseID: model.perhaps { $0.id() },
            controller: model.perhaps { $0.id() }, entries: ["decisions/node-1#7"],
            outcome: model.perhaps { $0.word() }, text: "subject=barn", erased: model.flag())
        try same(
            AuditEntry(
                entry: model.entry(), time: model.instant(), system: model.id(), revision: Revision(model.number()),
                body: .audit(body)), seed)
    }
}
