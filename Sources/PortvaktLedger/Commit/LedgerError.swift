/// Why a ledger cannot be opened, read or written: what the process is told. Callers of one append get
/// ``LedgerFailure``.
public enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    case store(StoreError)
    /// The index beside the store cannot be read or written. It holds nothing that the store does not.
    case index(StoreError)
    /// An entry, or a block's root, is not what the tree says. `index` is the first that is wrong.
    case damaged(stream: StreamID, index: UInt64, what: String)
    /// The store ends before the head that was last signed: it is an old copy.
    case behindGuard(stream: StreamID, size: UInt64, guarded: UInt64)
    /// The store has another history than the head that was last signed.
    case differsFromGuard(stream: StreamID, guarded: UInt64)
    /// A key or guard file cannot be used.
    case file(path: String, problem: String)
    /// The cryptographic library failed.
    case cryptography(String)
    /// More streams than ``Ledger/maximumStreams``.
    case tooManyStreams(limit: Int)
    /// It has been stopped, or is broken: nothing more is taken up.
    case ended

    public var description: String {
        switch self {
        case .store(let error): "the ledger \(error)"
        case .index(let error) where error.kind == .damaged:
            "the index \(error.place) is damaged (\(error.detail)): stop the service and delete the file, and it is built again"
        case .index(let error): "the index \(error)"
        case .damaged(let stream, let index, let what):
            "the ledger is damaged: entry \(index) of \(stream) is the first that is wrong (\(what)); restore a copy"
        case .behindGuard(let stream, let size, let guarded):
            "the ledger is an old copy: \(stream) has \(size) entries and \(guarded) were signed; restore a newer one"
        case .differsFromGuard(let stream, let guarded):
            "the ledger is not the one that was signed: the first \(guarded) entries of \(stream) have another root"
        case .file(let path, let problem): "\(path) \(problem)"
        case .cryptography(let what): "the cryptographic library failed while \(what)"
        case .tooManyStreams(let limit): "the ledger would have more than \(limit) streams"
        case .ended: "the ledger has ended: it takes nothing more until the next start"
        }
    }
}

/// Why an entry is not durable. Whatever it is, the answer is a deny (`deny.unrecorded`): the entry may or may not be
/// found on disk later.
public enum LedgerFailure: Error, Equatable, Sendable {
    /// Too much waits for the disk: try again later.
    case full
    /// The entry cannot be written in the format.
    case unwritable(EntryError)
    /// A write or a sync failed, now or earlier: the process must end.
    case broken
    /// The ledger has been stopped.
    case stopped
}
