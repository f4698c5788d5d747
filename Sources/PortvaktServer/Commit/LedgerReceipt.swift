internal import PortvaktCore
internal import PortvaktLedger

/// Where a change stands in the ledger. Made from what is on disk and from nothing else.
struct LedgerReceipt: Sendable, Equatable {
    let stream: StreamID
    let index: UInt64
    /// The number of its block among all blocks.
    let block: UInt64
    let revision: Revision

    /// - Returns: `nil` for a decision's entry.
    init?(_ entry: DurableEntry) {
        guard let revision = entry.revision else { return nil }
        stream = entry.stream
        index = entry.index
        block = entry.sequence
        self.revision = revision
    }

    /// A change that was read from the ledger.
    init(_ recorded: RecordedChange) {
        stream = recorded.stream
        index = recorded.index
        block = recorded.block
        revision = recorded.revision
    }
}

/// Why changes were not registered. None of them was.
enum ChangeFailure: Error, Sendable {
    /// A change contradicts what is known. `position` counts from 0 in the request.
    case refused(ChangeRefusal, position: Int)
    /// They could not be recorded.
    case unrecorded(LedgerFailure)
    /// The request id was used for other changes.
    case requestIDReused
    /// A request without changes, or with more than ``ChangeWriter/maximumChanges``.
    case badCount(limit: Int)
    /// It states an instant before this one, and was not made before.
    case past(Instant)
}
