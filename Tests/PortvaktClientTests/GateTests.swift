import NIOCore
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@testable import PortvaktClient

@Suite("The gate and servers of every kind", .timeLimit(.minutes(2)))
struct GateTests {
    private static let allow = Answer(
        effect: .allow, external: .allow, reasons: [.allowConsent], obligations: [.log],
        holdsUntil: Instant(milliseconds: 1_760_000_060_000), decidedAt: Instant(milliseconds: 1_760_000_000_000),
        revision: Revision(1), entry: EntryReference(stream: "decisions/node-1", index: 1, block: 1),
        policyHash: [UInt8](repeating: 7, count: 32))

    private static func refused(_ external: ExternalAnswer, _ reason: Reason) -> Answer {
        var answer = allow
        answer.effect = .deny
        answer.external = external
        answer.reasons = [reason]
        return answer
    }

    private let question: Question
    private let ids: [Identifier]

    init() throws {
        question = Question(
            actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(try CaseID("sak")))
        ids = try ["a", "b", "c"].map { try Identifier($0) }
    }

    private func certificates() async throws -> TestCertificates {
        try await TestCertificates.make(["journal": .organizationNumber("312345676")])
    }

    /// Asks through the gate, and says how often the closure ran.
    private func disclose(_ gate: Gate) async -> (disclosure: Disclosure<String>, runs: Int) {
        let runs = Mutex(0)
        let disclosure = await gate.disclose(question) { _ in
            runs.withLock { $0 += 1 }
            return "the entry"
        }
        return (disclosure, runs.withLock { $0 })
    }

    private func refusal(_ gate: Gate) async -> Refusal? {
        let (disclosure, runs) = await disclose(gate)
        #expect(runs == 0)
        guard case .refused(let refusal) = disclosure else { return nil }
        return refusal
    }

    @Test("A recorded allow runs the closure once, and gives its receipt")
    func releases() async throws {
        let server = try await ScriptedServer(certificates(), script: ScriptedServer.answering(Self.allow))
        let gate = try server.gate()
        let (disclosure, runs) = await disclose(gate)
        #expect(runs == 1)
        guard case .released("the entry", let receipt) = disclosure else {
            Issue.record("\(disclosure)")
            return
        }
        #expect(receipt.entry.index == 1)
        await gate.close()
        await server.stop()
    }

    @Test("What the closure throws is thrown, and nothing else happens")
    func throwing() async throws {
        struct HostFailure: Error {}
        let server = try await ScriptedServer(certificates(), script: ScriptedServer.answering(Self.allow))
        let gate = try server.gate()
        await #expect(throws: HostFailure.self) {
            _ = try await gate.disclose(question) { _ throws(HostFailure) -> String in throw HostFailure() }
        }
        await gate.close()
        await server.stop()
    }

    @Test("A server that never answers is a refusal at the deadline")
    func silence() async throws {
        let held = Mutex<[ServerCall]>([])
        let server = try await ScriptedServer(certificates()) { call, _ in held.withLock { $0.append(call) } }
        let gate = try server.gate(timeout: .milliseconds(200))
        #expect(await refusal(gate) == .unanswered(.deadline))
        held.withLock { $0 = [] }
        await gate.close()
        await server.stop()
    }

    /// By the numbers and names of grpc/doc/statuscodes.md, and as docs/interop.md says what the gate makes of each.
    private static let refusals: [(number: UInt8, why: Refusal.Unanswered)] = [
        (1, .cancelled), (2, .status(code: 2, name: "UNKNOWN")), (3, .status(code: 3, name: "INVALID_ARGUMENT")),
        (4, .deadline), (5, .status(code: 5, name: "NOT_FOUND")), (6, .status(code: 6, name: "ALREADY_EXISTS")),
        (7, .status(code: 7, name: "PERMISSION_DENIED")), (8, .status(code: 8, name: "RESOURCE_EXHAUSTED")),
        (9, .status(code: 9, name: "FAILED_PRECONDITION")), (10, .status(code: 10, name: "ABORTED")),
        (11, .status(code: 11, name: "OUT_OF_RANGE")), (12, .status(code: 12, name: "UNIMPLEMENTED")),
        (13, .status(code: 13, name: "INTERNAL")), (14, .unreachable), (15, .status(code: 15, name: "DATA_LOSS")),
        (16, .status(code: 16, name: "UNAUTHENTICATED")),
    ]

    @Test("Every status but OK is a refusal that says which one it was", arguments: refusals)
    func statuses(number: UInt8, why: Refusal.Unanswered) async throws {
        let code = try #require(StatusCode(rawValue: number))
        let server = try await ScriptedServer(certificates()) { call, _ in call.fail(RPCStatus(code, "scripted")) }
        let gate = try server.gate()
        #expect(await refusal(gate) == .unanswered(why))
        await gate.close()
        await server.stop()
    }

    @Test("Answers that several entries of a list share are recorded where each entry's own stands")
    func sharedAnswers() async throws {
        let (denied, hidden) = (Self.refused(.deny, .denyNoConsent), Self.refused(.not_found, .denyNotFound))
        let server = try await ScriptedServer(certificates()) { [ids] call, _ in
            var response = CheckEachResponse()
            let answers = [Self.allow, denied, hidden].map { response.add($0) }
            for (place, id) in ids.enumerated() {
                response.add(id, answer: answers[place], index: UInt64(40 + place), block: UInt64(50 + place))
            }
            WireCoder().encode(response) { _ = call.send($0) }
            call.finish()
        }
        let gate = try server.gate()
        let rulings = await gate.checkMany(ids.map { (id: $0, question: question) })
        let entries = ids.map { id -> EntryReference? in
            switch rulings[id] {
            case .allowed(let receipt), .refused(.denied(let receipt, _)), .refused(.notFound(let receipt)):
                receipt.entry
            default: nil
            }
        }
        #expect(entries.map { $0?.index } == [40, 41, 42])
        #expect(entries.map { $0?.block } == [50, 51, 52])
        await gate.close()
        await server.stop()
    }

    @Test("When the stream of changes ends, nothing is used again until another one has begun")
    func endedStream() async throws {
        let watches = Mutex<[ServerCall]>([])
        let server = try await ScriptedServer(certificates()) { call, bytes in
            guard call.path == RPC.watchChanges.path else {
                return ScriptedServer.answering(Self.allow)(call, bytes)
            }
            let isFirst = watches.withLock {
                $0.append(call)
                return $0.count == 1
            }
            // The second is taken, and never begins.
            if isFirst { WireCoder().encode(WatchChangesResponse(sequence: Revision(1))) { _ = call.send($0) } }
        }
        let gate = try server.gate { $0.reuse = .seconds(60) }
        while !gate.isReusing { try await Task.sleep(for: .milliseconds(2)) }
        watches.withLock { $0.first }?.eventLoop.execute { watches.withLock { $0.first }?.finish() }
        // Long before a heartbeat could be missed.
        for _ in 0..<2000 where gate.isReusing { try await Task.sleep(for: .milliseconds(5)) }
        #expect(!gate.isReusing)
        await gate.close()
        await server.stop()
    }

    @Test("Between two streams of changes the gate waits twice as long each time, and five seconds at most")
    func waits() {
        var wait = Reuse.shortestWait
        var waits: [Duration] = []
        for _ in 0..<10 {
            waits.append(wait)
            wait = Reuse.wait(after: wait)
        }
        #expect(waits == [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
    }

    @Test("However seldom the host wants to hear, the server is asked for what it takes")
    func heartbeats() {
        // WireLimits.heartbeats is 50 ms to 60 s.
        let wanted: [Duration] = [
            .zero, .milliseconds(49), .milliseconds(500), .seconds(60), .seconds(61), .seconds(Int64.max),
        ]
        #expect(wanted.map(Reuse.asked) == [50, 50, 500, 60_000, 60_000, 60_000])
    }

    @Test("A server that begins each stream of changes and ends it at once is asked more and more seldom")
    func streamsThatEnd() async throws {
        let asked = Mutex<[ContinuousClock.Instant]>([])
        let server = try await ScriptedServer(certificates()) { call, bytes in
            guard call.path == RPC.watchChanges.path else {
                return ScriptedServer.answering(Self.allow)(call, bytes)
            }
            asked.withLock { $0.append(.now) }
            WireCoder().encode(WatchChangesResponse(sequence: Revision(1))) { _ = call.send($0) }
            call.finish()
        }
        let gate = try server.gate { $0.reuse = .seconds(60) }
        while asked.withLock(\.count) < 6 { try await Task.sleep(for: .milliseconds(20)) }
        let times = asked.withLock { $0 }
        // 50, 100, 200, 400 and 800 ms, a fifth less at most.
        #expect(times[5] - times[0] >= .milliseconds(1240))
        await gate.close()
        await server.stop()
    }

    @Test(
        "Bytes that are no answer are a refusal",
        arguments: [[UInt8](repeating: 0xFF, count: 64), [0x0A, 0x7F], [], [0x08, 0x01]] as [[UInt8]])
    func garbage(bytes: [UInt8]) async throws {
        let server = try await ScriptedServer(certificates()) { call, _ in call.respond(ByteBuffer(bytes: bytes)) }
        let gate = try server.gate()
        let refusal = await refusal(gate)
        guard case .unanswered(.unintelligible)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        await gate.close()
        await server.stop()
    }

    @Test("No server is no access")
    func unreachable() async throws {
        let certificates = try await certificates()
        let server = try await ScriptedServer(certificates, script: ScriptedServer.answering(Self.allow))
        let port = server.port
        await server.stop()
        let gate = try ScriptedServer.makeGate(certificates, ports: [port], timeout: .seconds(2))
        let refusal = await refusal(gate)
        #expect(refusal == .unanswered(.unreachable) || refusal == .unanswered(.deadline))
        await gate.close()
    }

    @Test("The second address answers when the first is down")
    func failover() async throws {
        let certificates = try await certificates()
        let down = try await ScriptedServer(certificates, script: ScriptedServer.answering(Self.allow))
        let port = down.port
        await down.stop()
        let server = try await ScriptedServer(certificates, script: ScriptedServer.answering(Self.allow))
        let gate = try server.gate(before: [port])
        let (_, runs) = await disclose(gate)
        #expect(runs == 1)
        await gate.close()
        await server.stop()
    }

    @Test("A batch gives a ruling for every id")
    func batch() async throws {
        let server = try await ScriptedServer(certificates(), script: ScriptedServer.answering(Self.allow))
        let gate = try server.gate()
        let rulings = await gate.checkMany(ids.map { (id: $0, question: question) })
        #expect(rulings.count == 3)
        for id in ids {
            guard case .allowed = rulings[id] else {
                Issue.record("\(String(describing: rulings[id]))")
                continue
            }
        }
        await gate.close()
        await server.stop()
    }

    /// Ways in which the ids of a batch's answer can be wrong.
    enum WrongIDs: CaseIterable {
        case missing, doubled, unknown, reordered, none

        func apply(_ ids: [Identifier]) -> [Identifier] {
            switch self {
            case .missing: Array(ids.dropLast())
            case .doubled: [ids[0], ids[0], ids[2]]
            case .unknown: [ids[0], ids[1]] + [try? Identifier("stranger")].compactMap(\.self)
            case .reordered: ids.reversed()
            case .none: []
            }
        }
    }

    @Test("Answers of a batch that do not fit are refused, and so is all that follows", arguments: WrongIDs.allCases)
    func wrongBatch(wrong: WrongIDs) async throws {
        let server = try await ScriptedServer(
            certificates(), script: ScriptedServer.answering(Self.allow) { wrong.apply($0) })
        let gate = try server.gate()
        let rulings = await gate.checkMany(ids.map { (id: $0, question: question) })
        #expect(rulings.count == 3)
        // What is missing at the end takes nothing from what was answered before it.
        for id in wrong == .missing ? [ids[2]] : ids { #expect(rulings[id] == .refused(.unanswered(.mismatch))) }
        await gate.close()
        await server.stop()
    }

    @Test("A batch that names an id twice is not asked")
    func doubledQuestion() async throws {
        let asked = Atomic<Int>(0)
        let server = try await ScriptedServer(certificates()) { call, _ in
            asked.add(1, ordering: .relaxed)
            call.fail(RPCStatus(.internal))
        }
        let gate = try server.gate()
        let rulings = await gate.checkMany([(id: ids[0], question: question), (id: ids[0], question: question)])
        #expect(rulings == [ids[0]: .refused(.unanswered(.badQuestion(field: "items.id")))])
        #expect(asked.load(ordering: .relaxed) == 0)
        await gate.close()
        await server.stop()
    }
}
