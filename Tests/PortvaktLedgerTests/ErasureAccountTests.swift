import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

/// An emptied opening looks as an erased one does: what is recorded tells them apart.
@Suite("Openings that are gone, and the acts that explain it")
struct ErasureAccountTests {
    private static let stream = StreamID("decisions/node-1")!

    private enum Made {
        case decision
        /// Names the entries that it erased.
        case erased([UInt64])
        /// Says what it did.
        case retention(String)
    }

    private func act(_ call: AuditCall, _ entries: [UInt64] = [], _ text: String = "vedtak") throws -> AuditRecord {
        AuditRecord(
            call: call, system: try SystemID("officer"), at: Instant(milliseconds: 1_790_000_000_000),
            revision: Revision(1), entries: entries.map { .init(stream: Self.stream, index: $0) }, text: text)
    }

    /// The finding's index of a ledger with these entries, of which some have lost their openings.
    private func found(_ made: [Made], without gone: Set<UInt64>) throws -> [UInt64] {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let answers = Answers()
        let lane = ledger.lane { $0() }
        for (number, made) in made.enumerated() {
            switch made {
            case .decision: lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) }
            case .erased(let entries): lane.append(try act(.erased, entries)) { answers.add($0) }
            case .retention(let text): lane.append(try act(.retention, [], text)) { answers.add($0) }
            }
        }
        while answers.count < made.count { sleepShortly() }
        ledger.stop()
        #expect(try store.erase(gone, of: Self.stream) == gone.count)
        let findings = try LedgerVerifier(store: store).run().findings
        #expect(findings.allSatisfy { $0.what.contains("no erasure or retention") && $0.stream == Self.stream })
        return findings.map(\.index)
    }

    @Test("What an erasure names is explained; any other opening that is gone, and one behind the act, is a finding")
    func named() throws {
        let made: [Made] = [.decision, .decision, .decision, .erased([0, 2, 4]), .decision, .decision]
        #expect(try found(made, without: []) == [])
        #expect(try found(made, without: [0, 2]) == [])
        #expect(try found(made, without: [1]) == [1])
        #expect(try found(made, without: [0, 1, 2, 5]) == [1])
        #expect(try found(made, without: [4]) == [4], "an act does not erase what comes after it")
    }

    @Test("A retention run explains as many openings before it as it says, and a dry run none")
    func counted() throws {
        let words = "erased: decisions=2 security=1 emergency=0"
        let made: [Made] = [.decision, .decision, .decision, .decision, .retention(words), .decision]
        #expect(try found(made, without: [0, 1, 2]) == [])
        #expect(try found(made, without: [0, 1, 2, 3]) == [0])
        #expect(try found(made, without: [5]) == [5])
        for words in ["dry run: decisions=2 security=1 emergency=0", "refused: retain", "erase, dry run"] {
            #expect(try found([.decision, .retention(words)], without: [0]) == [0], "\(words)")
        }
        let stated = "erased: decisions=1 security=0 emergency=0; why: erased: decisions=9"
        #expect(try found([.decision, .decision, .retention(stated)], without: [0, 1]) == [0])
    }

    @Test("An act that was itself erased explains what stands before it, and must be explained by a later one")
    func erasedActs() throws {
        let made: [Made] = [.decision, .decision, .erased([0]), .decision, .retention("erased: emergency=1")]
        #expect(try found(made, without: [0, 2]) == [])
        #expect(try found(Array(made.dropLast()), without: [0, 2]) == [2])
        #expect(try found(made, without: [0, 2, 3]) == [2])
        #expect(try found(made, without: [0, 4]) == [4], "nothing is recorded behind the last act")
    }

    @Test("A change without its opening is a finding whatever is recorded: changes are never erased")
    func changes() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let answers = Answers()
        let lane = ledger.lane { $0() }
        var random = SeededGenerator(seed: 41)
        let change = random.change(ofControllers: 1)
        lane.append(change) { answers.add($0) }
        while answers.count < 1 { sleepShortly() }
        ledger.stop()
        let stream = StreamID.changes(change.controller)
        #expect(try store.erase([0], of: stream) == 1)
        #expect(
            try LedgerVerifier(store: store).run().findings == [
                .init(stream: stream, index: 0, what: "its opening is gone, and a change is never erased")
            ])
    }
}
