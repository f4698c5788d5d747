import NIOCore
import NIOPosix
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktSQLite
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@Suite("Gated disclosures while the daemon is killed", .timeLimit(.minutes(5)))
struct GateKillTests {
    /// What happened to every disclosure of one run.
    private final class Shown: Sendable {
        struct Content {
            /// How often the closure of each request ran, and on which entry.
            var runs: [String: [UInt64]] = [:]
            var refusals: [String: Refusal] = [:]
            var released: Set<String> = []
        }

        let content = Mutex(Content())
        let count = Atomic<Int>(0)

        func ran(_ name: String, _ receipt: Receipt) {
            content.withLock { $0.runs[name, default: []].append(receipt.entry.index) }
            count.add(1, ordering: .relaxed)
        }
    }

    @Test(
        "10,000 disclosures: no closure runs without a recorded allow, none twice for one, and every caller has a reason"
    )
    func disclosures() async throws {
        let (disclosures, tasks) = (Share.of(10_000, "disclosures"), 32)
        let daemon = try await RealDaemon()
        let life = try await daemon.start()
        try await settle(daemon, life)
        let gate = try gate(daemon, life)
        let shown = Shown()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for number in stride(from: task, to: disclosures, by: tasks) {
                        await disclose(gate, "d-\(number)", shown)
                    }
                }
            }
            group.addTask {
                // In the middle: after about a third of them.
                while shown.count.load(ordering: .relaxed) < disclosures / 3 {
                    try? await Task.sleep(for: .milliseconds(1))
                }
                life.kill()
            }
        }
        await gate.close()
        let ledger = try await NIOThreadPool.singleton.runIfActive {
            try RecordedLedger(reading: try SQLiteStore.open(path: daemon.ledger), node: TestTown.node)
        }
        #expect(ledger.report.isGood)
        shown.content.withLock { content in
            #expect(content.released.count + content.refusals.count == disclosures)
            #expect(content.released.count >= disclosures / 3 && !content.refusals.isEmpty)
            #expect(content.released == Set(content.runs.keys))
            var used = Set<UInt64>()
            for (name, entries) in content.runs {
                #expect(entries.count == 1, "\(name) ran \(entries.count) times")
                let record = entries.first.flatMap { ledger.decisions.dropFirst(Int($0)).first }
                #expect(record?.decision.effect == .allow && record?.requestID == TestTown.id(name))
                #expect(entries.allSatisfy { used.insert($0).inserted }, "an entry was used twice")
            }
            for refusal in content.refusals.values {
                guard case .unanswered(.unreachable) = refusal else {
                    Issue.record("\(refusal)")
                    return
                }
                #expect(!refusal.description.isEmpty)
            }
        }
        #expect(gate.statistics.total == UInt64(disclosures))
    }

    private func disclose(_ gate: Gate, _ name: String, _ shown: Shown) async {
        let disclosure = await gate.disclose(TestTown.reads(), requestID: TestTown.id(name)) { receipt in
            shown.ran(name, receipt)
        }
        shown.content.withLock { content in
            switch disclosure {
            case .released: content.released.insert(name)
            case .refused(let refusal): content.refusals[name] = refusal
            }
        }
    }

    private func settle(_ daemon: RealDaemon, _ life: RealDaemon.Life) async throws {
        let administrator = try daemon.channel(as: "administrator", to: life)
        try await TestTown.settle(administrator)
        await administrator.close()
        let journal = try daemon.channel(as: "journal", to: life)
        _ = try await journal.give(TestTown.consentOfFather())
        await journal.close()
    }

    private func gate(_ daemon: RealDaemon, _ life: RealDaemon.Life) throws -> Gate {
        let channel = RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: life.port)], tls: try daemon.certificates.caller("journal"))
        var configuration = Gate.Configuration(channel: channel, handling: Set(Obligation.allCases))
        configuration.timeout = .seconds(20)
        // Reuse is on: a disclosure with a request id is asked all the same.
        configuration.reuse = .milliseconds(500)
        return try Gate(configuration)
    }
}
