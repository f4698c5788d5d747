import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktStoreTesting
import PortvaktTesting
import Testing

@Suite("A certificate that ends while its holder is connected", .timeLimit(.minutes(5)))
struct CertificateEndTests {
    /// Seconds: enough for the first question, however busy the machine is.
    private static let lifetime = 20

    @Test("The gate is cut off: it refuses with a reason, counts it, and nothing is decided for it any more")
    func gate() async throws {
        let store = MemoryStore()
        let certificates = try await TestCertificates.make(TestTown.callers)
        let statistics = try await TestService.run(try await TestTown.setup(store, certificates: certificates)) {
            service in
            try await TestTown.settle(service)
            _ = try await service.channel(as: "journal").give(TestTown.consentOfFather())
            let end = ContinuousClock.now + .seconds(Self.lifetime)
            try await certificates.add("brief", .organizationNumber("312345676"), endingAfter: Self.lifetime)
            let gate = try service.gate(as: "brief", handling: Set(Obligation.allCases))
            let first = await gate.check(TestTown.reads())
            guard case .allowed = first else {
                Issue.record("the certificate was no good while it lasted: \(first)")
                return gate.statistics
            }
            let refusal = await Self.firstRefusal(gate)
            #expect(ContinuousClock.now > end - .seconds(2), "not before its time")
            guard case .unanswered(let why)? = refusal else {
                Issue.record("\(String(describing: refusal))")
                return gate.statistics
            }
            #expect(why.kind == "unreachable" && !"\(why)".isEmpty)
            for _ in 0..<20 {
                let ruling = await gate.check(TestTown.reads(), timeout: .milliseconds(200))
                guard case .refused(.unanswered) = ruling else {
                    Issue.record("\(ruling)")
                    return gate.statistics
                }
            }
            var ran = false
            _ = await gate.disclose(TestTown.reads()) { _ in ran = true }
            #expect(!ran)
            return gate.statistics
        }
        #expect(statistics.unanswered.values.reduce(0, +) >= 22)
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        #expect(ledger.report.isGood)
        // One question may have been on its way when the connection was cut: recorded, and never answered.
        let answerless = ledger.decisions.count - Int(statistics.allowed)
        #expect((0...1).contains(answerless), "\(answerless) decisions without an answer")
    }

    /// Asks until it is refused.
    private static func firstRefusal(_ gate: Gate) async -> Refusal? {
        let end = ContinuousClock.now + .seconds(lifetime + 60)
        while ContinuousClock.now < end {
            if case .refused(let refusal) = await gate.check(TestTown.reads()) { return refusal }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}
