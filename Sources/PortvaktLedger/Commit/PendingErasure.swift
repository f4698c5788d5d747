/// An erasure that waits for the thread that writes.
final class PendingErasure: Sendable {
    let indices: Set<UInt64>
    let stream: StreamID
    private let bell = Doorbell()
    private let outcome = Locked<Result<Int, LedgerError>?>(nil)

    init(_ indices: Set<UInt64>, of stream: StreamID) {
        self.indices = indices
        self.stream = stream
    }

    /// What came of it: how many openings were there. Blocks.
    func wait() throws(LedgerError) -> Int {
        while true {
            if let outcome = outcome.withLock({ $0 }) { return try outcome.get() }
            bell.wait(until: nil)
        }
    }

    func end(_ outcome: Result<Int, LedgerError>) {
        self.outcome.withLock { $0 = outcome }
        bell.ring()
    }
}
