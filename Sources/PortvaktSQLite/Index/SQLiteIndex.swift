internal import Glibc
public import PortvaktCore
public import PortvaktLedger

/// An index of a ledger in an SQLite file of its own, beside the ledger's.
public final class SQLiteIndex: LedgerIndex {
    private let path: String
    private let writer: Locked<IndexWriter?>
    private let reader: Locked<IndexReader?>
    private let isTemporary = Locked(false)

    private init(path: String, writer: consuming sending IndexWriter?, reader: consuming sending IndexReader) {
        self.path = path
        self.writer = Locked(writer)
        self.reader = Locked(reader)
    }

    /// Where the index of a ledger's file is kept when nothing else is said.
    public static func path(besideLedger ledger: String) -> String { ledger + ".index" }

    /// Opens the file, and makes it when there is none. One that is damaged or of another version is made anew: an index holds
    /// nothing that the ledger does not. Blocks.
    public static func open(path: String) throws(StoreError) -> SQLiteIndex {
        do { return try opened(path) } catch  where error.kind == .damaged {
            remove(path: path)
            return try opened(path)
        }
    }

    private static func opened(_ path: String) throws(StoreError) -> SQLiteIndex {
        let writer = try IndexWriter(path: path)
        let reader = try IndexReader(path: path)
        return SQLiteIndex(path: path, writer: writer, reader: reader)
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

    /// An empty index in a new file that is gone when it is closed.
    /// - Parameter path: its name is made from this, in the same folder.
    public static func openTemporary(beside path: String) throws(StoreError) -> SQLiteIndex {
        let path = "\(path).\(getpid()).new"
        remove(path: path)
        let index = try opened(path)
        index.isTemporary.withLock { $0 = true }
        return index
    }

    /// Takes an index's files away.
    public static func remove(path: String) {
        for suffix in ["", "-wal", "-shm"] { unsafe unlink(path + suffix) }
    }

    public func size(of stream: StreamID) throws(StoreError) -> UInt64 {
        try reading { (reader) throws(StoreError) in try reader.stream(stream)?.size ?? 0 }
    }

    public func lastLeaf(of stream: StreamID) throws(StoreError) -> Digest? {
        try reading { (reader) throws(StoreError) in try reader.stream(stream)?.last }
    }

    public func add(_ batch: IndexBatch) throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.add(batch) }
    }

    public func indices(
        matching keys: [IndexKey], in stream: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64] {
        try reading { (reader) throws(StoreError) in
            try reader.indices(matching: keys, in: stream, before: index, limit: limit)
        }
    }

    public func chain(of subject: PersonID, in stream: StreamID) throws(StoreError) -> SubjectChain? {
        try reading { (reader) throws(StoreError) in try reader.chain(of: subject, in: stream) }
    }

    public func forEachChain(in stream: StreamID, _ body: (SubjectChain) -> Void) throws(StoreError) -> UInt64 {
        let (chains, size) = try reading { (reader) throws(StoreError) in try reader.chains(of: stream) }
        for chain in chains { body(chain) }
        return size
    }

    public func clear() throws(StoreError) {
        try writing { (writer) throws(StoreError) in try writer.clear() }
    }

    public func close() {
        reader.withLock { $0 = nil }
        writer.withLock { $0 = nil }
        if isTemporary.withLock({ $0 }) { Self.remove(path: path) }
    }

    private func writing(_ body: (inout IndexWriter) throws(StoreError) -> Void) throws(StoreError) {
        let path = self.path
        try writer.withLock { (writer) throws(StoreError) in
            guard writer != nil else { throw StoreError(.notALedger, place: path, detail: "not open for writing") }
            try body(&writer!)
        }
    }

    private func reading<Result: Sendable>(
        _ body: (inout IndexReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = self.path
        return try reader.withLock { (reader) throws(StoreError) in
            guard reader != nil else { throw StoreError(.notALedger, place: path, detail: "closed") }
            return try body(&reader!)
        }
    }
}

/// The reading connection of an index.
struct IndexReader: ~Copyable {
    private let connection: Connection
    private var selectStream: Statement
    private var selectKey: Statement
    /// One transaction for as long as it is open.
    private let isAtOneMoment: Bool

    init(path: String, atOneMoment: Bool = false) throws(StoreError) {
        let connection = try Connection(path: path, access: .readOnly)
        let selectStream = try connection.prepare("SELECT number, size, last FROM streams WHERE name = ?")
        let selectKey = try connection.prepare("SELECT number FROM keys WHERE sort = ? AND text = ?")
        if atOneMoment { try connection.execute("BEGIN; SELECT count(*) FROM streams") }
        isAtOneMoment = atOneMoment
        self.selectStream = selectStream
        self.selectKey = selectKey
        self.connection = connection
    }

    mutating func stream(_ id: StreamID) throws(StoreError) -> (number: Int64, size: UInt64, last: Digest?)? {
        defer { selectStream.reset() }
        try selectStream.bind(1, id.description)
        guard try selectStream.step() else { return nil }
        return (
            selectStream.integer(0), UInt64(clamping: selectStream.integer(1)), Digest(selectStream.bytes(2))
        )
    }

    /// The lists of all keys are walked together, each jumping to where the others are.
    mutating func indices(
        matching keys: [IndexKey], in id: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64] {
        guard let stream = try stream(id)?.number, !keys.isEmpty else { return [] }
        var cursors = CursorRing()
        for key in keys {
            guard let cursor = try cursor(key, stream) else { return [] }
            cursors.add(cursor)
        }
        var found: [UInt64] = []
        var bound = index
        while found.count < limit, let next = try cursors.last(before: bound) {
            found.append(next)
            bound = next
        }
        return found
    }

    private mutating func cursor(_ key: IndexKey, _ stream: Int64) throws(StoreError) -> PostingCursor? {
        if case .requestID(let id) = key {
            let hash = RequestList.hash(id.text)
            return try PostingCursor(
                connection, key: RequestList.bucket(hash), stream: stream, tag: RequestList.tag(hash))
        }
        guard let number = try number(of: key) else { return nil }
        return try PostingCursor(connection, key: number, stream: stream)
    }

    private mutating func number(of key: IndexKey) throws(StoreError) -> Int64? {
        defer { selectKey.reset() }
        let (sort, text) = key.stored
        try selectKey.bind(1, Int64(sort))
        try selectKey.bind(2, text)
        return try selectKey.step() ? selectKey.integer(0) : nil
    }

    mutating func chain(of subject: PersonID, in id: StreamID) throws(StoreError) -> SubjectChain? {
        guard let stream = try stream(id)?.number, let key = try number(of: .subject(subject)) else { return nil }
        var statement = try connection.prepare(
            """
            SELECT ordinal, count, end FROM ordinals JOIN chains USING (stream, ordinal)
            WHERE key = ? AND ordinals.stream = ?
            """)
        try statement.bind(1, key)
        try statement.bind(2, stream)
        return try statement.step() ? Self.chain(statement, connection.path) : nil
    }

    /// All chains of a stream, and its size at the same moment.
    mutating func chains(of id: StreamID) throws(StoreError) -> ([SubjectChain], UInt64) {
        if !isAtOneMoment { try connection.execute("BEGIN") }
        defer { if !isAtOneMoment { try? connection.execute("COMMIT") } }
        guard let stream = try stream(id) else { return ([], 0) }
        var statement = try connection.prepare(
            "SELECT ordinal, count, end FROM chains WHERE stream = ? ORDER BY ordinal")
        try statement.bind(1, stream.number)
        var chains: [SubjectChain] = []
        while try statement.step() { chains.append(try Self.chain(statement, connection.path)) }
        return (chains, stream.size)
    }

    private static func chain(_ statement: borrowing Statement, _ path: String) throws(StoreError) -> SubjectChain {
        guard let end = Digest(statement.bytes(2)) else {
            throw StoreError(.damaged, place: path, detail: "a chain's end has a wrong size")
        }
        return SubjectChain(
            ordinal: UInt64(clamping: statement.integer(0)), count: UInt64(clamping: statement.integer(1)), end: end)
    }
}

/// Cursors that are walked together. A noncopyable value cannot stand in an array: they are linked.
struct CursorRing: ~Copyable {
    private final class Node {
        var cursor: PostingCursor
        init(_ cursor: consuming PostingCursor) { self.cursor = cursor }
    }

    private var nodes: [Node] = []

    mutating func add(_ cursor: consuming PostingCursor) { nodes.append(Node(cursor)) }

    /// The newest index before one that all cursors have.
    mutating func last(before index: UInt64) throws(StoreError) -> UInt64? {
        var bound = index
        var agreeing = 0
        var candidate: UInt64?
        while agreeing < nodes.count {
            for node in nodes {
                guard let found = try node.cursor.last(before: bound) else { return nil }
                if found == candidate {
                    agreeing += 1
                } else {
                    candidate = found
                    agreeing = 1
                    // The others may have this one itself.
                    bound = found + 1
                }
                if agreeing == nodes.count { return candidate }
            }
        }
        return candidate
    }
}
