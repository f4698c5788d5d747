import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Questions over the wire", .timeLimit(.minutes(10)))
struct AccessTests {
    @Test("A registered system's question is answered, and stands in the ledger at the index that the answer says")
    func recorded() async throws {
        let store = MemoryStore()
        var answers: [Answer] = []
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            answers.append(try await journal.check(TestTown.reads(), requestID: "q-1"))
            answers.append(try await journal.check(TestTown.reads(case: "no-such"), requestID: "q-2"))
            answers.append(try await journal.check(TestTown.reads(), requestID: "q-3"))
        }
        #expect(answers.map(\.effect) == [.allow, .deny, .allow])
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        #expect(ledger.report.isGood)
        #expect(ledger.decisions.count == answers.count)
        for (number, answer) in answers.enumerated() {
            let entry = try #require(answer.entry)
            #expect(entry.stream == "decisions/node-1")
            let record = ledger.decisions[Int(entry.index)]
            #expect(record.requestID == TestTown.id("q-\(number + 1)"))
            #expect(record.decision.effect == answer.effect)
            #expect(record.decision.reasons.first == answer.reasons.first || answer.external == .not_found)
            #expect(record.revision == answer.revision && record.at == answer.decidedAt)
            #expect(record.policyHash == answer.policyHash)
        }
    }

    @Test(
        "An explanation of a refusal tells what would make it an allow; an allow and another's case have nothing of it")
    func remedies() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            func explained(_ question: Question) async throws -> ExplainResponse {
                try await journal.call(.explain, ExplainRequest(question))
            }
            let allowed = try await explained(TestTown.reads())
            #expect(allowed.answer.effect == .allow && allowed.remedies.sets.isEmpty)
            _ = try await journal.withdraw("s-far")
            let refused = try await explained(TestTown.reads())
            #expect(refused.answer.effect == .deny)
            let far = Party.person(ID(TestTown.id("far")))
            #expect(refused.remedies.isComplete && refused.remedies.sets.count == 1)
            #expect(refused.remedies.sets.first?.map(\.givers) == [[far]])
            guard case .consent(let from, let purpose, _, _)? = refused.remedies.sets.first?.first?.missing else {
                Issue.record("no consent is missing")
                return
            }
            #expect(from == far && purpose == .samordning)
            // It was only thought: nothing has been registered by it.
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
            let foreign = try await explained(TestTown.reads(case: "sak-b"))
            #expect(foreign.remedies == Remedies(sets: [], isComplete: false))
        }
    }

    @Test("An explanation says that an allow carries one use, as the check does, and leaves the one-time consent to it")
    func explainsOnce() async throws {
        try await TestTown.run(once: true) { service in
            let journal = try service.channel(as: "journal")
            for _ in 0..<2 {
                let explained: ExplainResponse = try await journal.call(.explain, ExplainRequest(TestTown.reads()))
                #expect(explained.answer.effect == .allow && explained.answer.singleUse)
            }
            let used = try await journal.check(TestTown.reads())
            #expect(used.effect == .allow && used.singleUse)
            let explained: ExplainResponse = try await journal.call(.explain, ExplainRequest(TestTown.reads()))
            #expect(explained.answer.effect == .deny && !explained.answer.singleUse)
        }
    }

    @Test("A caller whom nobody has registered is told not_found, and the attempt is recorded as deny.auth")
    func stranger() async throws {
        let store = MemoryStore()
        try await TestTown.run(store) { service in
            let answer = try await service.channel(as: "stranger").check(TestTown.reads())
            #expect(answer.effect == .deny && answer.external == .not_found)
            #expect(answer.entry?.index == 0)
        }
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        #expect(ledger.decisions.map(\.decision.primary) == [.denyAuth])
        #expect(ledger.decisions.map(\.question) == [TestTown.reads()])
    }

    @Test("Another controller's case is answered byte for byte like one that does not exist")
    func indistinguishable() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            // An index of 0 would not be on the wire at all.
            _ = try await journal.check(TestTown.reads())
            var answers: [[UInt8]] = []
            for name in ["sak-b", "sak-x"] {
                answers.append(try await journal.raw(.check, CheckRequest(TestTown.reads(case: name))))
            }
            #expect(answers[0].count == answers[1].count)
            // The entry's index and its block: each one byte while the numbers are small.
            let different = zip(answers[0], answers[1]).filter { $0 != $1 }
            #expect(different.count == 2, "\(answers)")
            #expect(different.allSatisfy { $0 + 1 == $1 })
        }
    }

    @Test(
        "An explanation of what is another controller's shows no more than one of what does not exist: the answer alone",
        arguments: [
            (Object.caseID(ID(TestTown.id("sak-b"))), Object.caseID(ID(TestTown.id("sak-x")))),
            (.person(ID(TestTown.id("barn-b"))), .person(ID(TestTown.id("barn-x")))),
            (.controller(ID(TestTown.id("kommune-b"))), .controller(ID(TestTown.id("kommune-x")))),
        ])
    func explainsNothingOfOthers(_ foreign: Object, _ missing: Object) async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            for object in [foreign, missing] {
                let question = Question(
                    actor: .employment(ID(TestTown.id("larer"))), action: .accessLogRead, object: object)
                let explained: ExplainResponse = try await journal.call(.explain, ExplainRequest(question))
                #expect(explained == ExplainResponse(explained.answer), "\(object)")
                #expect(explained.answer.effect == .deny)
            }
        }
    }

    @Test("What another controller's system asks about its own case is answered from its own records")
    func otherController() async throws {
        try await TestTown.run { service in
            let nabo = try service.channel(as: "nabo")
            var question = TestTown.reads(case: "sak-b")
            question.actor = .employment(ID(TestTown.id("larer-b")))
            question.entry = EntryLabels(
                category: .education, about: [ID(TestTown.id("barn-b"))], author: ID(TestTown.id("skole-b")))
            #expect(try await nabo.check(question).external != .not_found)
            #expect(try await nabo.check(TestTown.reads()).external == .not_found)
        }
    }

    @Test("CheckMany answers every id, in the order of the questions, at one revision")
    func many() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let names = (0..<100).map { TestTown.id("i-\(99 - $0)") }
            let items = names.enumerated().map { number, name in
                CheckManyRequest.Item(
                    id: name, .question(TestTown.reads(case: number.isMultiple(of: 3) ? "no-such" : "sak")))
            }
            let response: CheckManyResponse = try await journal.call(.checkMany, CheckManyRequest(items: items))
            #expect(response.answers.map(\.id) == names)
            for (number, answered) in response.answers.enumerated() {
                #expect(answered.answer.effect == (number.isMultiple(of: 3) ? .deny : .allow))
            }
            #expect(Set(response.answers.map(\.answer.revision)).count == 1)
            #expect(Set(response.answers.compactMap(\.answer.entry?.index)).count == 100)
        }
    }

    @Test("A question at a revision to come waits for it, and is answered on a state that has it")
    func waitsForRevision() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let now = try await journal.check(TestTown.reads()).revision
            async let later = journal.check(TestTown.reads(), atLeastAsFresh: Revision(now.number + 1))
            try await Task.sleep(for: .milliseconds(50))
            let receipt = try await journal.withdraw("s-far")
            let answer = try await later
            #expect(answer.revision == receipt.revision)
            #expect(answer.effect == .deny && answer.reasons.contains(.denyConsentWithdrawn))
        }
    }

    @Test("A question at a revision that does not come ends by its deadline, and is not recorded")
    func deadline() async throws {
        let store = MemoryStore()
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            let ended = try await status {
                let response: CheckResponse = try await journal.call(
                    .check, CheckRequest(TestTown.reads(), atLeastAsFresh: Revision(1_000_000)),
                    timeout: .milliseconds(100))
                return response
            }
            #expect(ended.code == .deadlineExceeded)
            #expect(try await journal.check(TestTown.reads()).entry?.index == 0)
        }
        #expect(try RecordedLedger(reading: store, node: TestTown.node).decisions.count == 1)
    }

    @Test(
        "Whoever stops waiting for a revision leaves room for the next: more waits than may be at a time, one after the other"
    )
    func endedWaits() async throws {
        try await TestTown.run { service in
            let never = CheckRequest(TestTown.reads(), atLeastAsFresh: Revision(1 << 62))
            // Each connection may end a thousand calls early.
            for _ in 0..<11 {
                let channel = try service.channel(as: "journal")
                let codes = try await withThrowingTaskGroup(of: StatusCode.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            try await status {
                                let response: CheckResponse = try await channel.call(
                                    .check, never, timeout: .milliseconds(50))
                                return response
                            }.code
                        }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(codes == [.deadlineExceeded])
            }
            let journal = try service.channel(as: "journal")
            let now = try await journal.check(TestTown.reads()).revision
            async let later = journal.check(TestTown.reads(), atLeastAsFresh: Revision(now.number + 1))
            try await Task.sleep(for: .milliseconds(50))
            _ = try await journal.withdraw("s-far")
            #expect(try await later.effect == .deny)
        }
    }

    @Test("A revision that does not come in five seconds is none of this service's")
    func foreignRevision() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let ended = try await status {
                let response: CheckResponse = try await journal.call(
                    .check, CheckRequest(TestTown.reads(), atLeastAsFresh: Revision(1 << 62)), timeout: .seconds(60))
                return response
            }
            #expect(ended.code == .failedPrecondition)
            #expect(ended.parsedDetails?.errorInfo?.reason == "REVISION_UNKNOWN")
        }
    }
}

extension PortvaktChannel {
    /// The bytes of the answer to a request.
    func raw(_ method: RPC, _ request: some WireMessage) async throws -> [UInt8] {
        try await raw(method, bytes: Self.bytes(of: request))
    }

    func raw(_ method: RPC, bytes: [UInt8]) async throws -> [UInt8] {
        do {
            return Array((try await rpc.unary(method.path, ByteBuffer(bytes: bytes))).readableBytesView)
        } catch {
            throw ChannelFailure.status(error)
        }
    }

    static func bytes(of request: some WireMessage) -> [UInt8] {
        unsafe WireCoder().encode(request) { unsafe [UInt8]($0) }
    }
}
