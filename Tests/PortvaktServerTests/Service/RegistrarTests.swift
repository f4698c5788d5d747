import PortvaktClient
import PortvaktCore
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("What a host system registers on its gate's connection", .timeLimit(.minutes(10)))
struct RegistrarTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let larer = Actor.employment(id("larer"))

    private func run(_ body: (TestService, Gate, Registrar) async throws -> Void) async throws {
        try await TestTown.run { service in
            let gate = try service.gate(as: "journal", handling: [.log])
            try await body(service, gate, gate.registrar(for: Self.id("kommune-a")))
        }
    }

    private func isAllowed(_ gate: Gate) async -> Bool {
        if case .allowed = await gate.check(TestTown.reads()) { true } else { false }
    }

    @Test("A withdrawal that returned ends the next reading, and a new consent opens it again")
    func consents() async throws {
        try await run { _, gate, registrar in
            #expect(await isAllowed(gate))
            try await registrar.withdraw(Self.id("s-far"), by: .person(Self.id("far")))
            #expect(await !isAllowed(gate))
            try await registrar.give(TestTown.consentOfFather("s-far-2"), by: .person(Self.id("far")))
            #expect(await isAllowed(gate))
        }
    }

    @Test("A record is read, changed and read again; a grant is added and revoked")
    func records() async throws {
        try await run { _, gate, registrar in
            guard case .caseRecord(var sak) = try await registrar.record(.caseRecord, TestTown.id("sak")) else {
                Issue.record("sak is not a case")
                return
            }
            #expect(sak.level == 2 && sak.log == .open)
            sak.level = 3
            let receipts = try await registrar.register([.caseRecord(sak)], by: Self.larer)
            #expect(receipts.count == 1 && receipts[0].entry.stream == "changes/kommune-a")
            #expect(try await registrar.record(.caseRecord, TestTown.id("sak")) == .caseRecord(sak))

            try await registrar.revoke(Self.id("deltar"), by: Self.larer)
            #expect(await !isAllowed(gate))
            let grant = Grant(
                id: Self.id("deltar-2"), caseID: Self.id("sak"), to: .employment(Self.id("radgiver")),
                grantedBy: .employment(Self.id("larer")))
            try await registrar.add(grant, by: Self.larer)
            #expect(await isAllowed(gate))
        }
    }

    @Test("The same request id makes a change once, and says so with the same receipt")
    func twice() async throws {
        try await run { _, _, registrar in
            let consent = TestTown.consentOfFather("s-far-3")
            let first = try await registrar.give(consent, requestID: TestTown.id("r-1"))
            #expect(try await registrar.give(consent, requestID: TestTown.id("r-1")) == first)
            let other = await failure { try await registrar.withdraw(Self.id("s-mor"), requestID: TestTown.id("r-1")) }
            #expect(other?.kind == .refused)
        }
    }

    @Test("A request for a grant waits, is refused with a reason, and is approved by nobody else than its giver")
    func requests() async throws {
        try await run { _, _, registrar in
            let until = TestTown.start.advanced(byMilliseconds: 86_400_000)
            let grant = Grant(
                id: Self.id("k"), caseID: Self.id("sak"), to: .employment(Self.id("larer")), role: .koordinator,
                document: .plan, validity: Validity(until: until))
            try await registrar.request(grant, by: Self.larer)
            #expect(try await registrar.pendingGrants().map(\.id) == [grant.id])
            let other = await failure { try await registrar.approve(grant.id, by: Self.larer) }
            #expect(other?.kind == .refused && other?.reason == "NOT_ITS_GIVER", "\(String(describing: other))")
            let log = Grant(
                id: Self.id("d"), caseID: Self.id("sak"), to: .employment(Self.id("radgiver")),
                validity: Validity(until: until))
            try await registrar.request(log, by: .employment(Self.id("radgiver")))
            try await registrar.refuse(log.id, because: "ikke aktuelt", by: Self.larer)
            #expect(try await registrar.pendingGrants(of: Self.id("sak")).map(\.id) == [grant.id])
        }
    }

    @Test("A refusal, a system without the permission, and a service that is gone are told apart")
    func failures() async throws {
        try await run { service, _, registrar in
            let unknown = await failure { try await registrar.withdraw(Self.id("s-nobody")) }
            #expect(unknown?.kind == .refused)
            let officer = try service.gate(as: "officer", handling: []).registrar(for: Self.id("kommune-a"))
            let other = await failure { try await officer.withdraw(Self.id("s-far")) }
            #expect(other?.kind == .notPermitted)
            let bad = await failure { try await registrar.register([]) }
            #expect(bad?.kind == .refused && bad?.fields.first?.name.contains("records") == true)
            await service.drain()
            let gone = await failure { try await registrar.withdraw(Self.id("s-far")) }
            #expect(gone?.kind == .unknown)
        }
    }

    private func failure(_ body: () async throws -> some Any) async -> Registrar.Failure? {
        do {
            _ = try await body()
        } catch let error as Registrar.Failure {
            return error
        } catch {
            Issue.record("\(error) is no failure of a registrar's")
        }
        return nil
    }
}
