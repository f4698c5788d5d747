internal import Glibc
public import PortvaktCore
public import PortvaktLedger

/// An index of a ledger in an SQLite file of its own, beside the ledger's.
public final class SQLiteIndex: LedgerIndex {
    private let path: String
    /// False: its files are without a name, also when they are made anew.
    private let isNamed: Bool
    private let writer: Locked<IndexWriter?>
    private let reader: Locked<IndexReader?>
    /// What some call could not read or write, of the file that is open. Locked within the two others.
    private let damage = Locked<StoreError?>(nil)

    private init(
        path: String, isNamed: Bool = true, writer: consuming sending IndexWriter?,
        reader: consuming sending IndexReader
    ) {
        self.path = path
        self.isNamed = isNamed
        self.writer = Locked(writer)
        self.reader = Locked(reader)
    }

    /// Where the index of a ledger's file is kept when nothing else is said.
    public static func path(besideLedger ledger: String) -> String { ledger + ".index" }

    /// Opens the file, and makes it when there is none. One that is damaged, that the disk does not give back or that is of another
    /// version is made anew: an index holds nothing that the ledger does not. Blocks.
    public static func open(path: String) throws(StoreError) -> SQLiteIndex {
        do { return try opened(path) } catch  where error.isOfTheFile || error.kind == .foreignLog {
            remove(path: path)
            return try opened(path)
        }
    }

    private static func opened(_ path: String, isNamed: Bool = true) throws(StoreError) -> SQLiteIndex {
        try DatabaseFile.checkLog(of: path)
        try DatabaseFile.makeIfMissing(path)
        try DatabaseFile.checkWritable(path)
        let writer = try IndexWriter(path: path)
        let reader = try IndexReader(path: path)
        return SQLiteIndex(path: path, isNamed: isNamed, writer: writer, reader: reader)
    }

    /// Opens the file for reading only, also while a daemon keeps it up: what is read is all of one moment, the opening's.
    /// - Throws: when it is no index of this version.
    public static func openForReading(path: String) throws(StoreError) -> SQLiteIndex {
        let connection = try Connection(path: path, access: .readOnly)
        guard try IndexSchema.isCurrent(connection) else {
            throw StoreError(.notALedger, place: path, detail: "no index that this program knows")
        }
        return SQLiteIndex(path: path, writer: nil, reader: try IndexReader(path: path, atOneMoment: true))
    }

    /// What is wrong with the structure of an index's file, in a sentence: pages, b-trees, what rows and their indexes say. `nil`
    /// when nothing is. Blocks.
    public static func structureProblem(path: String) throws(StoreError) -> String? {
        let connection = try Connection(path: path, access: .readOnly)
        let answer = try connection.text("PRAGMA integrity_check(1)")
        return answer == "ok" ? nil : "the index's structure is damaged: \(answer)"
    }

    /// An empty index in files without a name, which are gone when it is closed or the process ends, however it does: they hold what
    /// the ledger does.
    /// - Parameter path: they are made in the same folder.
    public static func openTemporary(beside path: String) throws(StoreError) -> SQLiteIndex {
        let path = "\(path).\(getpid()).new"
        remove(path: path)
        // Both connections have read, and so opened every file that they will use.
        defer { remove(path: path) }
        return try opened(path, isNamed: false)
    }

    /// Takes an index's files away.
    public static func remove(path: String) { DatabaseFile.remove(path) }

    public func size(of stream: StreamID) throws(StoreError) -> UInt64 {
        try reading { (reader) throws(StoreError) in try reader.stream(stream)?.size ?? 0 }
    }

    public func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest? {
        try reading { (reader) throws(StoreError) in try reader.stream(stream)?.last }
    }

    public func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool {
        try reading { (reader) throws(StoreError) in try reader.hasStreams(besides: streams) }
    }

    public func add(_ batch: IndexBatch) throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.add(batch) }
    }

    public func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]? {
        try reading { (reader) throws(StoreError) in
            try reader.indices(matching: keys, in: stream, before: index, limit: limit)
        }
    }

    public func directories(
        of stream: StreamID, holding indices: [UInt64]
    ) throws(StoreError) -> [BlockDirectory] {
        try reading { (reader) throws(StoreError) in try reader.directories(of: stream, holding: indices) }
    }

    public func groupRoots(ofTile tile: UInt64, of stream: StreamID) throws(StoreError) -> [Digest]? {
        try reading { (reader) throws(StoreError) in try reader.groupRoots(ofTile: tile, of: stream) }
    }

    public func chains(
        of stream: StreamID, holding subject: PersonID?, kept: Bool
    ) throws(StoreError) -> SubjectChains {
        try reading { (reader) throws(StoreError) in
            try reader.chains(of: stream, holding: subject, kept: kept)
        }
    }

    public func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) {
        // What is not kept is computed again: an index that is opened for reading, or that cannot be written to, loses nothing.
        try? writing { (writer) throws(StoreError) in try writer.keep(roots, of: stream, size: size) }
    }

    public func clear() throws(StoreError) {
        if damage.withLock({ $0 == nil }) {
            do {
                return try writing { (writer) throws(StoreError) in try writer.clear() }
            } catch  where error.isOfTheFile {}
        }
        try makeAnew()
    }

    /// What is damaged is not written to: the files go, and new ones take their place. Whoever reads waits for that.
    private func makeAnew() throws(StoreError) {
        let path = self.path
        // No connection may be left to files that have lost their name: SQLite finds a log by it.
        writer.withLock { $0 = nil }
        try reader.withLock { (reader) throws(StoreError) in
            reader = nil
            Self.remove(path: path)
            defer { if !isNamed { Self.remove(path: path) } }
            try DatabaseFile.makeIfMissing(path)
            try writer.withLock { (writer) throws(StoreError) in writer = try IndexWriter(path: path) }
            reader = try IndexReader(path: path)
            damage.withLock { $0 = nil }
        }
    }

    public func tidy() throws(StoreError) {
        if let damage = damage.withLock({ $0 }) { throw damage }
        try writing { (writer) throws(StoreError) in try writer.cutLog() }
    }

    public func close() {
        reader.withLock { $0 = nil }
        writer.withLock { $0 = nil }
    }

    private func writing(_ body: (inout IndexWriter) throws(StoreError) -> Void) throws(StoreError) {
        let path = self.path
        try writer.withLock { (writer) throws(StoreError) in
            guard writer != nil else { throw StoreError(.notALedger, place: path, detail: "not open for writing") }
            do throws(StoreError) { try body(&writer!) } catch {
                note(error)
                throw error
            }
        }
    }

    private func reading<Result: Sendable>(
        _ body: (inout IndexReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = self.path
        return try reader.withLock { (reader) throws(StoreError) in
            guard reader != nil else { throw StoreError(.notALedger, place: path, detail: "closed") }
            do throws(StoreError) { return try body(&reader!) } catch {
                note(error)
                throw error
            }
        }
    }

    /// Keeps in mind what the file does not give: whoever reads need not be able to mend it.
    private func note(_ error: StoreError) {
        if error.isOfTheFile { damage.withLock { $0 = error } }
    }
}
