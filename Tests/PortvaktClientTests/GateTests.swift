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

    @Test("Every status but OK is a refusal", arguments: StatusCode.allCases.filter { $0 != .ok })
    func statuses(code: StatusCode) async throws {
        let server = try await ScriptedServer(certificates()) { call, _ in call.fail(RPCStatus(code, "scripted")) }
        let gate = try server.gate()
        let refusal = await refusal(gate)
        #expect(refusal == AnswerJudge.refusal(for: RPCStatus(code)))
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
