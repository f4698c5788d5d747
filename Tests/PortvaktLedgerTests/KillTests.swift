import Foundation
import PortvaktCore
import TestPrograms
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// Promise 2 of docs/ledger.md, for kill -9: the test starts itself as a second process that writes, and kills it.
@Suite("Killed in the middle of writing", .serialized)
struct KillTests {
    private static let folderVariable = "PORTVAKT_LEDGER_CHILD"
    private static let rounds = Share.of(5, "kills")

    @Test(
        "The process that writes until it is killed",
        .enabled(if: ProcessInfo.processInfo.environment[folderVariable] != nil, "only as the second process"))
    func child() throws {
        let folder = try #require(ProcessInfo.processInfo.environment[Self.folderVariable])
        let ledger = try openLedger(try SQLiteStore.open(path: folder + "/ledger.db"))
        let acknowledged = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        let start = Int(try ledger.heads().first { $0.stream.kind == .decisions }?.size ?? 0)
        for number in start..<start + 1_000_000 {
            // The number is found again in the entry: its time.
            lane.append(try LedgerBenchmark.sample(number)) { outcome in
                if case .success(let entry) = outcome {
                    var index = entry.index
                    write(acknowledged, &index, 8)
                }
                answers.add(outcome)
            }
            if number % 50 == 49 { #expect(loop.turn { answers.count > number - start - 100 }) }
        }
    }

    @Test("After every kill the ledger opens, verifies, and holds each acknowledged entry as it was")
    func killed() async throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: printedSeed("killed"))
        var before = 0
        for _ in 0..<Self.rounds {
            try await runAndKill(folder.path, afterMilliseconds: random.number(20...250), waitingFor: before + 1)
            let acknowledged = try Self.acknowledged(folder.path)
            #expect(acknowledged.count > before)
            before = acknowledged.count
            let store = try SQLiteStore.open(path: folder.path + "/ledger.db")
            #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
            let ledger = try openLedger(store)
            try check(acknowledged, in: ledger)
            ledger.stop()
        }
        print("killed: \(Self.rounds) times, \(before) entries acknowledged, none lost")
    }

    private func runAndKill(_ folder: String, afterMilliseconds: Int, waitingFor count: Int) async throws {
        let child = try await TestProgram.start(
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
            ["--testing-library", "swift-testing", "--filter", "KillTests/child"],
            environment: ProcessInfo.processInfo.environment.merging([Self.folderVariable: folder]) { $1 })
        let deadline = ContinuousClock.now + .seconds(60)
        while try Self.acknowledged(folder).count < count, child.isRunning, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
        try await Task.sleep(for: .milliseconds(afterMilliseconds))
        #expect(child.isRunning, "it ended by itself")
        child.destroy()
    }

    private static func acknowledged(_ folder: String) throws -> [UInt64] {
        guard let data = FileManager.default.contents(atPath: folder + "/acknowledged") else { return [] }
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
    }

    private func check(_ acknowledged: [UInt64], in ledger: Ledger) throws {
        let stream = StreamID("decisions/node-1")!
        #expect(Set(acknowledged).count == acknowledged.count, "an index was given twice")
        var next: UInt64 = 0
        var found: Set<UInt64> = []
        while true {
            let page = try ledger.entries(of: stream, from: next, limit: Ledger.maximumPage)
            for entry in page.entries {
                let expected = try LedgerBenchmark.sample(Int(entry.index))
                #expect(try EntryCodec.summary(ofLeaf: entry.leaf).time == expected.at)
                found.insert(entry.index)
            }
            next = page.next
            if page.isComplete { break }
        }
        #expect(found.isSuperset(of: acknowledged), "an acknowledged entry is lost")
    }
}
