import Foundation
import PortvaktCore
import PortvaktLedger
import PortvaktSQLite
import Testing

/// Speed, printed. Set `PORTVAKT_BENCH=1` and build with `-c release -Xswiftc -enable-testing`.
@Suite(
    "Speed of the ledger", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["PORTVAKT_BENCH"] != nil, "PORTVAKT_BENCH is not set"))
struct LedgerBenchmarkTests {
    @Test("Durable entries per second by block size, and beside them rows of plain SQLite")
    func durable() throws {
        print("entries in a block  entries/s  median commit  plain rows/s  ratio")
        for (perBlock, entries) in [(1, 10_000), (16, 100_000), (64, 400_000), (256, 1_500_000)] {
            try withFolder { folder in
                let ledger = try openLedger(try SQLiteStore.open(path: folder + "/ledger.db"))
                let waiting = perBlock == 1 ? 1 : 2 * perBlock
                let result = try LedgerBenchmark.run(ledger, entries: entries, waiting: waiting)
                let metrics = ledger.metrics
                ledger.stop()
                let rows = try RowBenchmark.run(
                    path: folder + "/rows.db", rows: min(entries, 300_000), rowsPerCommit: perBlock, bytes: 220)
                let size = Double(metrics.entries) / Double(metrics.commits)
                print(
                    String(
                        format: "%18.1f %10.0f %11.0f us %13.0f %6.1f", size, result.entriesPerSecond,
                        Double(result.medianCommitNanoseconds) / 1000, rows, result.entriesPerSecond / rows))
                if perBlock == 256 { try verify(folder + "/ledger.db", entries: entries) }
            }
        }
    }

    private func verify(_ path: String, entries: Int) throws {
        let store = try SQLiteStore.openForReading(path: path)
        let clock = ContinuousClock()
        let started = clock.now
        let report = try LedgerVerifier(store: store).run()
        let verifying = clock.now - started
        #expect(report.isGood && report.entries == UInt64(entries))
        print("verify: \(Int(Double(entries) / (verifying / .seconds(1)))) entries/s")
        store.close()
        var ledger: Ledger?
        let opening = try clock.measure { ledger = try openLedger(try SQLiteStore.open(path: path)) }
        let opened = try #require(ledger)
        let stream = try #require(StreamID("decisions/node-1"))
        var slowest = Duration.zero
        for number in 0..<100 {
            let index = UInt64(number * entries / 100)
            slowest = max(slowest, try clock.measure { _ = try opened.proveInclusion(of: index, in: stream) })
        }
        print("open: \(opening); the slowest of 100 inclusion proofs: \(slowest)")
        #expect(slowest < .milliseconds(50))
        opened.stop()
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print("disk: \(bytes / entries) bytes for each entry")
    }
}
