import PortvaktCore
import PortvaktStoreTesting
import Synchronization
import Testing

@testable import PortvaktLedger

/// A store whose first write waits until the test lets it go: what comes meanwhile gathers.
final class HeldStore: LedgerStore {
    private let inner = MemoryStore()
    private let isHeld = Atomic(true)
    private let isWriting = Atomic(false)

    func waitForWrite() { while !isWriting.load(ordering: .acquiring) { sleepShortly() } }
    func release() { isHeld.store(false, ordering: .releasing) }

    func append(_ commit: Commit) throws(StoreError) {
        isWriting.store(true, ordering: .releasing)
        while isHeld.load(ordering: .acquiring) { sleepShortly() }
        try inner.append(commit)
    }

    func heads() -> [StreamHead] { inner.heads() }
    func blocks(of stream: StreamID, from index: UInt64, limit: Int) -> [Block] {
        inner.blocks(of: stream, from: index, limit: limit)
    }
    func changeBlocks(after sequence: UInt64, limit: Int) -> [Block] {
        inner.changeBlocks(after: sequence, limit: limit)
    }
    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) -> [Digest] {
        inner.nodes(of: stream, level: level, from: position, limit: limit)
    }
    func close() {}
}

/// A ledger of one entry, of large blocks, and of one last entry, however fast the machine writes and appends: what is between them gathers
/// while the first one waits to be written.
func largeBlocks(_ records: [DecisionRecord]) throws -> HeldStore {
    let store = HeldStore()
    let ledger = try openLedger(store)
    let (loop, answers) = (TestLoop(), Answers())
    // A lane without a loop: it is written at once.
    ledger.lane { $0() }.append(records[0]) { _ in }
    store.waitForWrite()
    let lane = ledger.lane { loop.enqueue($0) }
    for record in records[1..<records.count - 1] { lane.append(record) { answers.add($0) } }
    store.release()
    #expect(loop.turn { answers.count == records.count - 2 })
    lane.append(records[records.count - 1]) { answers.add($0) }
    #expect(loop.turn { answers.count == records.count - 1 })
    ledger.stop()
    return store
}
