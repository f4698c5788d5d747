import PortvaktLedger
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A store whose writes wait while it is shut, or its reads: an operation that is under way for as long as a test likes.
final class GatedStore: LedgerStore {
    private let inner: any LedgerStore
    private let isShut = Atomic(false)
    private let waiting = Atomic(0)
    private let areReadsShut = Atomic(false)
    private let readsWaiting = Atomic(0)

    init(_ inner: any LedgerStore) { self.inner = inner }

    func shut() { isShut.store(true, ordering: .sequentiallyConsistent) }
    func open() { isShut.store(false, ordering: .sequentiallyConsistent) }
    /// A write is being held up.
    var holdsWrite: Bool { waiting.load(ordering: .sequentiallyConsistent) > 0 }

    func shutReads() { areReadsShut.store(true, ordering: .sequentiallyConsistent) }
    func openReads() { areReadsShut.store(false, ordering: .sequentiallyConsistent) }
    /// Reads of blocks that are being held up.
    var readsHeld: Int { readsWaiting.load(ordering: .sequentiallyConsistent) }

    func append(_ commit: Commit) throws(StoreError) {
        waiting.wrappingAdd(1, ordering: .sequentiallyConsistent)
        // The ledger's own thread, which waits for the disk in just this way.
        while isShut.load(ordering: .sequentiallyConsistent) { usleep(1000) }
        waiting.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        try inner.append(commit)
    }

    func heads() throws(StoreError) -> [StreamHead] { try inner.heads() }

    func maintain() throws(StoreError) { try inner.maintain() }

    func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        readsWaiting.wrappingAdd(1, ordering: .sequentiallyConsistent)
        // A thread for reads, which waits for the disk in just this way.
        while areReadsShut.load(ordering: .sequentiallyConsistent) { usleep(1000) }
        readsWaiting.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        return try inner.blocks(of: stream, from: index, limit: limit)
    }

    func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try inner.changeBlocks(after: sequence, limit: limit)
    }

    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) throws(StoreError) -> [Digest] {
        try inner.nodes(of: stream, level: level, from: position, limit: limit)
    }

    func close() { inner.close() }
}
