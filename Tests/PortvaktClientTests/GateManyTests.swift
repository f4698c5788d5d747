import NIOCore
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@testable import PortvaktClient

@Suite("The gate and the answers to many questions", .timeLimit(.minutes(2)))
struct GateManyTests {
    private static let decided = Instant(milliseconds: 1_760_000_000_000)

    private static func allow(for milliseconds: Int64 = 60_000) -> Answer {
        Answer(
            effect: .allow, external: .allow, reasons: [.allowConsent], obligations: [],
            holdsUntil: decided.advanced(byMilliseconds: milliseconds), decidedAt: decided, revision: Revision(1),
            entry: EntryReference(stream: "decisions/node-1", index: 1, block: 1),
            policyHash: [UInt8](repeating: 7, count: 32))
    }

    private func questions(_ count: Int) throws -> [(id: Identifier, question: Question)] {
        let question = Question(
            actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(try CaseID("sak")))
        return try (0..<count).map { (id: try Identifier("q-\($0)"), question: question) }
    }

    private func run(_ script: @escaping ScriptedServer.Script, _ body: (Gate) async throws -> Void) async throws {
        let certificates = try await TestCertificates.make(["journal": .organizationNumber("312345676")])
        let server = try await ScriptedServer(certificates, script: script)
        let gate = try server.gate()
        do { try await body(gate) } catch { Issue.record("\(error)") }
        await gate.close()
        await server.stop()
    }

    @Test("An answer to what this request did not ask is none, though the next one would have asked it")
    func beyond() async throws {
        let questions = try questions(Gate.maximumBatch + 1)
        let script: ScriptedServer.Script = { call, bytes in
            let coder = WireCoder()
            let ids = (try? coder.decode(CheckManyRequest.self, from: bytes))?.items.map(\.id) ?? []
            // The last of these comes with the one after it.
            for part in [ids.dropLast(), ids.suffix(1) + questions.suffix(1).map(\.id)] {
                var response = CheckEachResponse()
                for id in part { response.add(id, Self.allow()) }
                coder.encode(response) { _ = call.send($0) }
            }
            call.finish()
        }
        try await run(script) { gate in
            let rulings = await gate.checkMany(questions)
            let refused = questions.suffix(2).map { rulings[$0.id] }
            #expect(refused.allSatisfy { $0 == .refused(.unanswered(.mismatch)) })
            #expect(rulings.count == questions.count && gate.statistics.allowed == UInt64(Gate.maximumBatch - 1))
        }
    }

    @Test("An allow that has run out while it waited to be taken is none, and counts as that")
    func waiting() async throws {
        let span: Int64 = 1000
        try await run(ScriptedServer.answering(Self.allow(for: span))) { gate in
            var rulings = gate.checkEach(try questions(2)).makeAsyncIterator()
            // Whether the first came in time is the machine's to say.
            _ = await rulings.next()
            try await Task.sleep(for: .milliseconds(span))
            #expect(await rulings.next()?.ruling == .refused(.unanswered(.expired)))
            #expect(await rulings.next() == nil)
            #expect(gate.statistics.total == 2 && gate.statistics.allowed < 2)
        }
    }

    @Test("The id of a request goes with each of the requests that a long list takes")
    func requestID() async throws {
        let asked = Mutex<[Identifier?]>([])
        let answering = ScriptedServer.answering(Self.allow())
        let id = try Identifier("request-1")
        try await run { call, bytes in
            let request = try? WireCoder().decode(CheckManyRequest.self, from: bytes)
            asked.withLock { $0.append(request?.requestID) }
            answering(call, bytes)
        } _: { gate in
            _ = await gate.checkMany(try questions(Gate.maximumBatch + 1), requestID: id)
            #expect(asked.withLock { $0 } == [id, id])
            let labels = EntryLabels(category: .health, about: [], author: try UnitID("skole"))
            let common = try questions(1)[0].question
            for await _ in gate.checkEach(common, entries: [(id: id, labels: labels)], requestID: id) {}
            #expect(asked.withLock { $0 } == [id, id, id])
        }
    }

    @Test("The id, the revision and the time that a caller states go with the question, alone and of many")
    func stated() async throws {
        struct Asked: Equatable {
            var requestID: Identifier?
            var atLeastAsFresh = Revision.zero
            /// The gate's own time is 20 seconds.
            var waitsForMinutes = false
        }
        let asked = Mutex<[Asked]>([])
        let answering = ScriptedServer.answering(Self.allow())
        try await run { call, bytes in
            var one = Asked()
            if let request = try? WireCoder().decode(CheckRequest.self, from: bytes) {
                (one.requestID, one.atLeastAsFresh) = (request.requestID, request.atLeastAsFresh)
            }
            one.waitsForMinutes = call.deadline.map { $0 > .now() + .minutes(2) } ?? false
            asked.withLock { $0.append(one) }
            answering(call, bytes)
        } _: { gate in
            let question = try questions(1)[0].question
            let id = try Identifier("request-1")
            _ = await gate.check(question)
            _ = await gate.check(question, requestID: id, atLeastAsFresh: Revision(7), timeout: .minutes(30))
            #expect(
                asked.withLock { $0 }
                    == [Asked(), Asked(requestID: id, atLeastAsFresh: Revision(7), waitsForMinutes: true)])
            asked.withLock { $0 = [] }
            _ = await gate.checkMany(try questions(1))
            _ = await gate.checkMany(try questions(1), timeout: .minutes(30))
            let labels = EntryLabels(category: .health, about: [], author: try UnitID("skole"))
            for await _ in gate.checkEach(question, entries: [(id: id, labels: labels)], timeout: .minutes(30)) {}
            #expect(asked.withLock { $0.map(\.waitsForMinutes) } == [false, true, true])
        }
    }
}
