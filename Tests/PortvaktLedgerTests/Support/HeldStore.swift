import PortvaktLedger
import PortvaktStoreTesting
import Synchronization

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
