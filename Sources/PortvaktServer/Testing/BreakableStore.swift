internal import PortvaktLedger
internal import Synchronization

/// A store that writes nothing more once it is told so.
final class BreakableStore: LedgerStore {
    private let inner: any LedgerStore
    private let isBroken = Atomic<Bool>(false)

    init(_ inner: any LedgerStore) { self.inner = inner }

    func breakDown() { isBroken.store(true, ordering: .releasing) }

    private func check() throws(StoreError) {
        guard !isBroken.load(ordering: .acquiring) else {
            throw StoreError(.inputOutput, place: "memory", detail: "a test made it fail")
        }
    }

    func heads() throws(StoreError) -> [StreamHead] { try inner.heads() }

    func append(_ commit: Commit) throws(StoreError) {
        try check()
        try inner.append(commit)
    }

    func maintain() throws(StoreError) { try inner.maintain() }

    func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try inner.blocks(of: stream, from: index, limit: limit)
    }

    func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try inner.changeBlocks(after: sequence, limit: limit)
    }

    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) throws(StoreError) -> [Digest] {
        try inner.nodes(of: stream, level: level, from: position, limit: limit)
    }

    func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int {
        try check()
        return try inner.erase(indices, of: stream)
    }

    func close() { inner.close() }
}
