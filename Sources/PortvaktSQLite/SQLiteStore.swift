internal import Glibc
public import PortvaktLedger

/// A ledger's store in one SQLite file: write-ahead log, synced at every commit, one row for each block.
public final class SQLiteStore: LedgerStore {
    private let path: String
    /// `nil` when it was opened for reading, and after closing.
    private let writer: Locked<Writer?>
    private let reader: Locked<Reader?>
    /// Opened when it is first needed.
    private let partReader = Locked<PartReader?>(nil)
    /// Let go last, when every connection is closed: closing a file drops SQLite's own locks on it.
    private let locks: Locked<Locks?>

    private init(
        path: String, locks: consuming sending Locks?, writer: consuming sending Writer?,
        reader: consuming sending Reader?
    ) {
        self.path = path
        self.locks = Locked(locks)
        self.writer = Locked(writer)
        self.reader = Locked(reader)
    }

    /// Opens the file for writing, and makes it when there is none. Blocks.
    /// - Throws: ``StoreError``; `.inUse` when another opening, of whatever process, has it.
    public static func open(path: String) throws(StoreError) -> SQLiteStore {
        let locks = try Locks(path: path)
        try DatabaseFile.checkWritable(path)
        let writer = try Writer(path: path)
        let reader = try Reader(path: path)
        return SQLiteStore(path: path, locks: locks, writer: writer, reader: reader)
    }

    /// Two locks. The one beside the database keeps others out while its file is made or put in its place; the database's own holds whatever
    /// name it is opened by, and when somebody has taken the other's file away.
    private struct Locks: ~Copyable {
        let beside: FileLock
        let own: FileLock

        init(path: String) throws(StoreError) {
            let beside = try FileLock(path: path + ".lock")
            // Before an empty file is made: the log of one that was moved away must find it again.
            try DatabaseFile.checkLog(of: path)
            try DatabaseFile.makeIfMissing(path)
            let own = try FileLock(path: path)
            self.beside = beside
            self.own = own
        }
    }

    /// Opens the file for reading only, also while another process writes to it.
    /// - Parameter atOneMoment: all that is read is of the opening's moment, until it is closed: for whoever compares one part with
    ///   another. The write-ahead log cannot begin anew meanwhile.
    public static func openForReading(path: String, atOneMoment: Bool = false) throws(StoreError) -> SQLiteStore {
        SQLiteStore(path: path, locks: nil, writer: nil, reader: try Reader(path: path, atOneMoment: atOneMoment))
    }

    /// Opens a file that is there and reads the streams' heads, also while another process writes to it, and looks whether this process
    /// could. Makes nothing and changes nothing: a reader of a file that nobody has open would leave a write-ahead log beside it, of its
    /// own user's.
    public static func check(path: String) throws(StoreError) {
        try DatabaseFile.checkWritable(path)
        try DatabaseFile.checkLog(of: path)
        // A start that ended too early leaves it so, and the next one goes on.
        if DatabaseFile.isEmpty(path) { return }
        let isWritten = unsafe access(path + "-wal", F_OK) == 0
        var reader = try Reader(path: path, access: isWritten ? .readOnly : .immutable)
        _ = try reader.heads()
    }

    /// Looks whether a ledger can be begun where there is no file: makes nothing.
    /// - Throws: ``StoreError`` when the write-ahead log of one stands there.
    public static func checkNew(path: String) throws(StoreError) { try DatabaseFile.checkLog(of: path) }

    /// Copies the ledger as it is at one moment into a new file, durably, also while a daemon writes to it. Blocks.
    ///
    /// The copy is as personal as the ledger: only its owner reads it. It has nothing of what was erased before. It has its name when it
    /// is whole: until then it is another file beside it, which is gone when this throws.
    /// - Throws: ``StoreError``; `.exists` when there is a file already.
    public static func backup(from path: String, to copy: String) throws(StoreError) {
        let source = try Connection(path: path, access: .readOnly)
        try Schema.check(source)
        try DatabaseFile.checkMissing(copy)
        let unfinished = "\(copy).\(getpid()).new"
        DatabaseFile.remove(unfinished)
        try DatabaseFile.make(unfinished)
        do throws(StoreError) {
            try source.write(into: unfinished)
            try Schema.check(try Connection(path: unfinished, access: .readOnly))
            try DatabaseFile.place(unfinished, at: copy)
        } catch {
            DatabaseFile.remove(unfinished)
            throw error
        }
    }

    /// Copies a ledger, as ``backup(from:to:)`` does, to where a service is to open it. None does meanwhile.
    /// - Throws: ``StoreError``; `.exists` when there is a file already, `.inUse` when a service has been started there.
    public static func restore(from copy: String, to path: String) throws(StoreError) {
        let lock = try FileLock(path: path + ".lock")
        for suffix in DatabaseFile.leftBehind { try DatabaseFile.checkMissing(path + suffix) }
        try backup(from: copy, to: path)
        _ = consume lock
    }

    /// What is wrong with the structure of a ledger's file, in a sentence: pages, b-trees, the rows' types, the tables and indexes, the
    /// streams' names. `nil` when nothing is. Blocks.
    public static func structureProblem(path: String) throws(StoreError) -> String? {
        try StructureCheck(path: path).problem()
    }

    /// A row of a ledger's file that no entry leads to, in a sentence; `nil` when there is none. For a ledger that verifies: in another one
    /// the entry that is missing says more. Blocks.
    public static func strayRow(path: String) throws(StoreError) -> String? { try StructureCheck(path: path).stray() }

    public func heads() throws(StoreError) -> [StreamHead] {
        try reading { (reader) throws(StoreError) in try reader.heads() }
    }

    public func begin() throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.takeOver() }
    }

    public func append(_ commit: Commit) throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.append(commit) }
    }

    public func maintain() throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.maintain() }
    }

    public func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try reading { (reader) throws(StoreError) in try reader.blocks(of: stream, from: index, limit: limit) }
    }

    public func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try reading { (reader) throws(StoreError) in try reader.changeBlocks(after: sequence, limit: limit) }
    }

    public func nodes(
        of stream: StreamID, level: Int, from position: UInt64, limit: Int
    ) throws(StoreError) -> [Digest] {
        try reading { (reader) throws(StoreError) in
            try reader.nodes(of: stream, level: level, from: position, limit: limit)
        }
    }

    public func close() {
        reader.withLock { $0 = nil }
        partReader.withLock { $0 = nil }
        writer.withLock { $0 = nil }
        locks.withLock { $0 = nil }
    }

    /// The value of SQLite's `synchronous` setting of the writing connection: 2 is FULL.
    package func synchronousSetting() throws(StoreError) -> Int64 {
        try writing { (writer) throws(StoreError) in try writer.connection.integer("PRAGMA synchronous") }
    }

    /// Makes the disk full after so many pages, for tests.
    package func limitPages(to pages: Int) throws(StoreError) {
        _ = try writing { (writer) throws(StoreError) in
            try writer.connection.integer("PRAGMA max_page_count = \(pages)")
        }
    }

    func writing<Result: Sendable>(
        _ body: (inout Writer) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = self.path
        return try writer.withLock { (writer) throws(StoreError) in
            guard writer != nil else { throw StoreError(.notALedger, place: path, detail: "not open for writing") }
            return try body(&writer!)
        }
    }

    private func reading<Result: Sendable>(
        _ body: (inout Reader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = self.path
        return try reader.withLock { (reader) throws(StoreError) in
            guard reader != nil else { throw StoreError(.notALedger, place: path, detail: "closed") }
            return try body(&reader!)
        }
    }

    func readingParts<Result: Sendable>(
        _ body: (inout PartReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = self.path
        return try partReader.withLock { (reader) throws(StoreError) in
            if reader == nil { reader = try PartReader(path: path) }
            return try body(&reader!)
        }
    }
}
