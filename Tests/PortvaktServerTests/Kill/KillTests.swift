import Foundation
import NIOPosix
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktSQLite
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A daemon that is killed with -9")
struct KillTests {
    /// Set by `dev/kill-loop`.
    static let rounds =
        ProcessInfo.processInfo.environment["PORTVAKT_KILL_ROUNDS"].flatMap { Int($0) } ?? Share.of(5, "kills")
    /// After its start a daemon is killed within this many milliseconds; a sanitized one does less in its life.
    static let lifetimes = Share.oneIn == 1 ? 40...400 : 2000...4000

    @Test(
        "loses nothing that it acknowledged and invents nothing, whenever it dies; its trees come out and it goes on",
        .timeLimit(.minutes(20)))
    func loop() async throws {
        let daemon = try await RealDaemon()
        let log = Acknowledged()
        var total = Acknowledged.Comparison()
        for round in 0..<Self.rounds {
            let life = try await daemon.start()
            try await begin(daemon, life, log, isFirst: round == 0)
            async let load: Void = KillLoad(daemon: daemon, life: life, log: log, round: round).run()
            try await Task.sleep(for: .milliseconds(Int.random(in: Self.lifetimes)))
            try await someWork(log, atLeast: round + 2)
            life.kill()
            try await load
            let ledger = try await NIOThreadPool.singleton.runIfActive {
                try RecordedLedger(reading: try SQLiteStore.open(path: daemon.ledger), node: TestTown.node)
            }
            #expect(ledger.report.isGood, "round \(round): \(ledger.report.findings)")
            let found = log.compare(with: ledger)
            #expect(found == Acknowledged.Comparison(), "round \(round)")
            total.lost += found.lost
            total.invented += found.invented
        }
        #expect(log.decisions > Self.rounds && log.changes > Self.rounds, "nothing was measured")
        let figures = """
            kill -9: \(Self.rounds) rounds, \(log.decisions) decisions and \(log.changes) changes acknowledged, \
            \(total.lost) lost, \(total.invented) invented

            """
        FileHandle.standardError.write(Data(figures.utf8))
    }

    /// On a machine that has no time for it a daemon acknowledges nothing in its life, and its death shows nothing: then it lives longer,
    /// for at most this many milliseconds.
    private static let patience = 30_000

    private func someWork(_ log: Acknowledged, atLeast count: Int) async throws {
        for _ in 0..<Self.patience / 10 where log.decisions < count || log.changes < count {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Registers the town in the first life; later ones must have what was acknowledged in those before.
    private func begin(
        _ daemon: RealDaemon, _ life: RealDaemon.Life, _ log: Acknowledged, isFirst: Bool
    ) async throws {
        guard !isFirst else {
            let administrator = try daemon.channel(as: "administrator", to: life)
            try await TestTown.settle(administrator) { log.next() }
            return await administrator.close()
        }
        let journal = try daemon.channel(as: "journal", to: life)
        let requestID = log.next()
        let answer = try await journal.check(TestTown.reads(), requestID: requestID)
        log.decided(requestID, answer)
        #expect(answer.revision >= log.revision)
        await journal.close()
    }
}
