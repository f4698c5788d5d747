import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktServer
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@Suite("Consents while questions are asked", .timeLimit(.minutes(10)))
struct ConsentTests {
    @Test("No question that starts after a withdrawal was acknowledged is allowed, however many ask")
    func linearizable() async throws {
        let store = MemoryStore()
        try await TestTown.run(store, clock: WallClock()) { service in
            let checkers = try (0..<8).map { _ in try service.channel(as: "journal") }
            let journal = try service.channel(as: "journal")
            for round in 0..<10 {
                let acknowledged = Flag()
                let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
                    for checker in checkers {
                        for _ in 0..<4 { group.addTask { try await Self.ask(checker, acknowledged) } }
                    }
                    try await Task.sleep(for: .milliseconds(10))
                    _ = try await journal.withdraw(round == 0 ? "s-far" : "s-far-\(round)")
                    acknowledged.raise()
                    return try await group.reduce(into: Tally()) { $0.add($1) }
                }
                #expect(tally.allowedAfter == 0, "round \(round)")
                #expect(tally.before > 0 && tally.after >= 32, "round \(round): nothing was measured")
                _ = try await journal.give(TestTown.consentOfFather("s-far-\(round + 1)"))
                #expect(try await journal.check(TestTown.reads()).effect == .allow)
            }
        }
        #expect(try RecordedLedger(reading: store, node: TestTown.node).report.isGood)
    }

    /// Raised once, seen by everybody.
    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .sequentiallyConsistent) }

        func raise() { value.store(true, ordering: .sequentiallyConsistent) }
    }

    private struct Tally {
        var before = 0
        var after = 0
        var allowedAfter = 0

        mutating func add(_ other: Tally) {
            before += other.before
            after += other.after
            allowedAfter += other.allowedAfter
        }
    }

    /// Asks until it has asked three times after the withdrawal.
    private static func ask(_ checker: PortvaktChannel, _ acknowledged: Flag) async throws -> Tally {
        var tally = Tally()
        while tally.after < 3 {
            let startsAfter = acknowledged.isRaised
            let answer = try await checker.check(TestTown.reads())
            if startsAfter { tally.after += 1 } else { tally.before += 1 }
            if startsAfter, answer.effect == .allow { tally.allowedAfter += 1 }
        }
        return tally
    }

    @Test("Two parents' consents for one time are both used by the one allow that rests on them")
    func bothParents() async throws {
        try await TestTown.run(once: true) { service in
            let journal = try service.channel(as: "journal")
            _ = try await journal.withdraw("s-mor")
            var consent = TestTown.consentOfFather("s-mor-2", once: true)
            consent.givenBy = .person(ID(TestTown.id("mor")))
            _ = try await journal.give(consent)
            let answer = try await journal.check(TestTown.reads())
            #expect(answer.effect == .allow && answer.singleUse)
            for name in ["s-far", "s-mor-2"] {
                let found: GetConsentResponse = try await journal.call(
                    .getConsent, GetConsentRequest(ID(TestTown.id(name))))
                #expect(found.consent.consent.spentAt != nil, "\(name)")
            }
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
        }
    }

    @Test("A consent for one time is used by exactly one of 64 questions that are asked at once")
    func once() async throws {
        let store = MemoryStore()
        try await TestTown.run(store, once: true) { service in
            let channels = try (0..<4).map { _ in try service.channel(as: "journal") }
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<64 {
                    group.addTask { try await channels[number % 4].check(TestTown.reads(), requestID: "q-\(number)") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 64)
            #expect(answers.filter { $0.effect == .allow }.count == 1)
            #expect(Set(answers.compactMap(\.entry?.index)).count == 64)
            // Decided on the state in which it was used, and not on an older one in which using it then failed.
            #expect(!answers.contains { $0.reasons.contains(.denyUnrecorded) })
        }
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        let spent = ledger.changes.filter { recorded in
            if case .consentSpent? = recorded.change?.event { true } else { false }
        }
        #expect(spent.count == 1)
        #expect(ledger.decisions.filter { $0.decision.effect == .allow }.count == 1)
    }

    @Test("A consent for one time is used by exactly one of what is streamed by four gates, and asked singly, at once")
    func onceOfMany() async throws {
        let store = MemoryStore()
        try await TestTown.run(store, once: true) { service in
            let gates = try (0..<4).map { _ in try service.gate(as: "journal", handling: Set(Obligation.allCases)) }
            let labels = try #require(TestTown.reads().entry)
            let entries = (0..<40).map { (id: TestTown.id("entry-\($0)"), labels: labels) }
            var question = TestTown.reads()
            question.entry = nil
            let rulings = await withTaskGroup(of: [Ruling].self) { [question] group in
                for gate in gates {
                    group.addTask {
                        await gate.checkEach(question, entries: entries, timeout: .seconds(120)).reduce(into: []) {
                            $0.append($1.ruling)
                        }
                    }
                    group.addTask { [await gate.check(TestTown.reads(), timeout: .seconds(120))] }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(rulings.count == 4 * 41)
            let allowed = rulings.filter { if case .allowed = $0 { true } else { false } }
            #expect(allowed.count == 1)
        }
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        let spent = ledger.changes.filter { recorded in
            if case .consentSpent? = recorded.change?.event { true } else { false }
        }
        #expect(spent.count == 1 && ledger.decisions.count == 4 * 41)
        #expect(ledger.decisions.filter { $0.decision.effect == .allow }.count == 1)
    }

    @Test(
        "A request that is sent again changes nothing and gets the first one's receipt, also later and after a restart")
    func retry() async throws {
        let store = MemoryStore()
        let clock = ManualClock(TestTown.start)
        let consent = TestTown.consentOfFather("s-2")
        var receipts: [ChangeReceipt] = []
        var withdrawals: [ChangeReceipt] = []
        try await TestTown.run(store, clock: clock) { service in
            let journal = try service.channel(as: "journal")
            receipts.append(try await journal.give(consent, requestID: "r-1"))
            receipts.append(try await journal.give(consent, requestID: "r-1"))
            withdrawals.append(try await journal.withdraw("s-far", requestID: "r-2"))
            clock.advance(byMilliseconds: 5_000)
            receipts.append(try await journal.give(consent, requestID: "r-1"))
            withdrawals.append(try await journal.withdraw("s-far", requestID: "r-2"))
            let other = try await status { try await journal.give(TestTown.consentOfFather("s-3"), requestID: "r-1") }
            #expect(other.code == .alreadyExists)
        }
        clock.advance(byMilliseconds: 60_000)
        try await TestService.run(try await TestTown.setup(store, clock: clock)) { service in
            let journal = try service.channel(as: "journal")
            receipts.append(try await journal.give(consent, requestID: "r-1"))
            withdrawals.append(try await journal.withdraw("s-far", requestID: "r-2"))
            let other = try await status { try await journal.withdraw("s-mor", requestID: "r-2") }
            #expect(other.code == .alreadyExists)
        }
        #expect(receipts.count == 4 && Set(receipts).count == 1)
        #expect(withdrawals.count == 3 && Set(withdrawals).count == 1)
        let last = try RecordedLedger(reading: store, node: TestTown.node).changes.last
        #expect(last?.change?.requestID == TestTown.id("r-2"))
    }

    @Test("A retry that comes while the first is on its way to the disk gets the same receipt")
    func concurrentRetry() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let receipts = try await withThrowingTaskGroup(of: ChangeReceipt.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await journal.give(TestTown.consentOfFather("s-2"), requestID: "r-1") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receipts.count == 32 && Set(receipts).count == 1)
        }
    }
}
