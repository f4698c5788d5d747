import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktTesting
import PortvaktWire
import Synchronization

/// What callers sent to a daemon that is killed, and what was acknowledged to them.
final class Acknowledged: Sendable {
    struct Decision: Hashable, Sendable {
        var requestID: Identifier
        var effect: Effect
        var revision: Revision
    }

    private struct Content {
        var sent: Set<Identifier> = []
        var decisions: [UInt64: Decision] = [:]
        var doubled = 0
        var changes: [Revision: Identifier] = [:]
    }

    private let content = Mutex(Content())

    /// The id of a new request, noted before it is sent.
    func next() -> String {
        content.withLock { content in
            let name = "r-\(content.sent.count)"
            content.sent.insert(TestTown.id(name))
            return name
        }
    }

    func decided(_ requestID: String, _ answer: Answer) {
        guard let entry = answer.entry else { return }
        content.withLock { content in
            let old = content.decisions.updateValue(
                Decision(requestID: TestTown.id(requestID), effect: answer.effect, revision: answer.revision),
                forKey: entry.index)
            if old != nil { content.doubled += 1 }
        }
    }

    func changed(_ requestID: String, _ receipt: ChangeReceipt) {
        content.withLock { content in
            let old = content.changes.updateValue(TestTown.id(requestID), forKey: receipt.revision)
            if old != nil { content.doubled += 1 }
        }
    }

    var decisions: Int { content.withLock { $0.decisions.count } }
    var changes: Int { content.withLock { $0.changes.count } }
    /// The newest acknowledged change.
    var revision: Revision { content.withLock { $0.changes.keys.max() ?? .zero } }

    /// Compares everything that was ever acknowledged or sent with what a ledger holds.
    func compare(with ledger: RecordedLedger) -> Comparison {
        content.withLock { content in
            var found = Comparison()
            found.invented += content.doubled
            for (index, told) in content.decisions {
                let record = ledger.decisions.dropFirst(Int(index)).first
                let kept = record.map {
                    $0.requestID == told.requestID && $0.decision.effect == told.effect && $0.revision == told.revision
                }
                if kept != true { found.lost += 1 }
            }
            let byRevision = Dictionary(uniqueKeysWithValues: ledger.changes.map { ($0.revision, $0) })
            for (revision, requestID) in content.changes where byRevision[revision]?.change?.requestID != requestID {
                found.lost += 1
            }
            let recorded =
                ledger.decisions.map(\.requestID) + ledger.changes.map { $0.change?.requestID }.filter { $0 != nil }
            // Every entry is of a request that was sent, and of each there is one.
            found.invented += recorded.count { $0.map(content.sent.contains) != true }
            found.invented += recorded.count - Set(recorded).count
            return found
        }
    }

    struct Comparison: Hashable {
        var lost = 0
        var invented = 0
    }
}

/// Callers that ask and change without a pause until their daemon is gone.
struct KillLoad: Sendable {
    /// Callers that ask at a time, each on a connection of its own.
    static let askers = 4
    /// Questions that each has open.
    static let open = 8

    let daemon: RealDaemon
    let life: RealDaemon.Life
    let log: Acknowledged
    let round: Int

    /// Ends when every caller has lost its connection.
    func run() async throws {
        let askers = try (0..<Self.askers).map { _ in try daemon.channel(as: "journal", to: life) }
        let changer = try daemon.channel(as: "journal", to: life)
        await withTaskGroup(of: Void.self) { group in
            for channel in askers {
                for _ in 0..<Self.open { group.addTask { try? await ask(channel) } }
            }
            group.addTask { try? await change(changer) }
        }
        for channel in askers + [changer] { await channel.close() }
    }

    private func ask(_ channel: PortvaktChannel) async throws {
        while true {
            let requestID = log.next()
            log.decided(requestID, try await channel.check(TestTown.reads(), requestID: requestID))
        }
    }

    /// Gives a consent and withdraws it, again and again: half of the questions are allowed.
    private func change(_ channel: PortvaktChannel) async throws {
        for number in 0... {
            let name = "s-\(round)-\(number)"
            var requestID = log.next()
            log.changed(requestID, try await channel.give(TestTown.consentOfFather(name), requestID: requestID))
            requestID = log.next()
            log.changed(requestID, try await channel.withdraw(name, requestID: requestID))
        }
    }
}
