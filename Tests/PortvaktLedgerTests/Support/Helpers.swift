import Foundation
import PortvaktCore

@testable import PortvaktLedger

func sleepShortly() { usleep(200) }

/// The failures that a ledger told its process.
final class Reported: Sendable {
    private let all = Locked<[LedgerError]>([])
    func add(_ error: LedgerError) { all.withLock { $0.append(error) } }
    var errors: [LedgerError] { all.withLock { $0 } }
}

func openLedger(
    _ store: any LedgerStore, checkpoints: Checkpointer? = nil, reported: Reported = Reported()
) throws -> Ledger {
    try Ledger.open(
        store: store, checkpoints: checkpoints,
        configuration: .init(node: try Identifier("node-1"), onFailure: { reported.add($0) }))
}

extension Entry {
    /// The same leaf with another opening, or at another place.
    func with(opening: [UInt8]? = nil, index: UInt64? = nil) -> Entry {
        Entry(stream: stream, index: index ?? self.index, leaf: leaf, opening: opening ?? self.opening)
    }
}

extension SeededGenerator {
    /// A change of one of a few controllers.
    mutating func change(ofControllers count: Int) -> Change {
        var change = change()
        guard let controller = try? ControllerID("kommune-\(number(1...count))") else { return change }
        change.controller = controller
        return change
    }
}
