/// What a ledger needs of an engine. `PortvaktStoreTesting` has the suite that every implementation must pass.
///
/// All calls block: never on an event loop. ``append(_:)``, ``maintain()`` and ``close()`` come from one thread; the
/// reading calls may come from any thread at the same time, and see what is durable and nothing else.
public protocol LedgerStore: Sendable {
    /// The head of every stream, in any order.
    func heads() throws(StoreError) -> [StreamHead]

    /// What the store holds has been read and checked: from here on it may change what it found, such as move a write-ahead log into the
    /// database. Called once, before the first ``append(_:)``; a store that is refused is left as it was.
    func begin() throws(StoreError)

    /// Writes all of it in one transaction and returns when it is durable (one fsync), or throws. A store that threw is
    /// not written to again: what is on disk is found out by opening it anew.
    func append(_ commit: Commit) throws(StoreError)

    /// Upkeep that may be slow (moving a write-ahead log into the database). Called after answers have been let go.
    func maintain() throws(StoreError)

    /// Blocks of a stream in order, from the one that holds this index; fewer than the limit when a store's own limit
    /// of bytes is reached, and none only when the stream ends before the index.
    func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block]

    /// Blocks of all streams of changes after this sequence, in order of sequence; fewer than the limit when a store's
    /// own limit of bytes is reached, and none only at the end.
    func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block]

    /// The stored nodes of one level of a stream's tree, from this position on, without gaps.
    func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) throws(StoreError) -> [Digest]

    /// Bytes out of blocks of a stream: a store that can does not read the rest of them.
    /// - Returns: for each part what it asks for; `nil` where no block begins there, or its payload has another size.
    func parts(of stream: StreamID, _ parts: [BlockPart]) throws(StoreError) -> [ReadPart?]

    /// Erases the openings of entries of a stream, durably: all of them, or none. From any thread.
    /// - Returns: how many openings were there.
    func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int

    /// Lets go of the files and locks. Nothing is called afterwards.
    func close()
}

extension LedgerStore {
    public func maintain() throws(StoreError) {}
}

extension LedgerStore {
    /// Nothing is put off until then.
    public func begin() throws(StoreError) {}
}

/// Why a store could not do what it was asked.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    public var kind: Kind
    /// The file or server that it is about.
    public var place: String
    /// What the engine says, without any content of the ledger.
    public var detail: String

    public enum Kind: Hashable, Sendable {
        /// Another process has it.
        case inUse
        /// Where a new file was to be written, there is one.
        case exists
        /// The file is something else, or cannot be opened.
        case notALedger
        /// What was written last stands in a file beside it, and that is another ledger's, or the ledger's own file is not there.
        case foreignLog
        /// A newer program wrote it.
        case newerVersion
        /// No room is left.
        case full
        /// Reading or writing failed.
        case inputOutput
        /// What was read makes no sense.
        case damaged
    }

    public init(_ kind: Kind, place: String, detail: String) {
        self.kind = kind
        self.place = place
        self.detail = detail
    }

    /// Whether it is the file that is at fault: what stands in it is senseless or is not given back. A new one in its place may do.
    package var isOfTheFile: Bool { kind == .damaged || kind == .inputOutput }

    public var description: String {
        let what =
            switch kind {
            case .inUse: "is used by another process: stop it first"
            case .exists: "is there already: name a file that is not, nothing is written over"
            case .notALedger: "cannot be opened as a ledger: check the path and who may read and write it"
            case .foreignLog:
                "does not fit the write-ahead log (-wal) beside it: put the file back that the log is of, or move the log to where that file is"
            case .newerVersion: "was written by a newer program: install that one"
            case .full: "has no room left: free some and start again"
            case .inputOutput: "could not be read or written: check the disk, then start again"
            case .damaged: "is damaged: audit fsck says where, audit restore puts a backup in its place"
            }
        return "\(place) \(what) (\(detail))"
    }
}
