internal import PortvaktLedger

/// A reading connection: sees what is durable, and nothing else.
struct Reader: ~Copyable {
    /// Bytes of payload that one call gives at most, and one block more.
    static let maximumBytes = 32 * 1024 * 1024

    /// Entries of one block at most: each has bytes, and a blob of SQLite is at most a gigabyte.
    private static let maximumCount = 1 << 30

    private let connection: Connection
    private var selectNumber: Statement
    private var selectBlocks: Statement
    private var selectChanges: Statement
    private var selectNodes: Statement
    private var selectHeads: Statement

    private static let columns = "streams.name, place, count, sequence, changes_before, root, payload"

    /// - Parameter atOneMoment: everything that is read is of the opening's moment, whatever is written meanwhile.
    init(path: String, access: Connection.Access = .readOnly, atOneMoment: Bool = false) throws(StoreError) {
        let connection = try Connection(path: path, access: access)
        try Schema.check(connection)
        let selectNumber = try connection.prepare("SELECT number FROM streams WHERE name = ?")
        // From the block that begins at or before the index.
        let selectBlocks = try connection.prepare(
            """
            SELECT \(Self.columns) FROM blocks, streams
            WHERE streams.number = ?1 AND place < ?3
              AND place >= coalesce((SELECT max(place) FROM blocks WHERE place <= ?2 AND place >= ?5), ?5)
            ORDER BY place LIMIT ?4
            """)
        let selectChanges = try connection.prepare(
            """
            SELECT \(Self.columns) FROM blocks JOIN streams ON streams.number = place >> \(Schema.indexBits)
            WHERE changes_before IS NOT NULL AND sequence > ? ORDER BY sequence LIMIT ?
            """)
        let selectNodes = try connection.prepare(
            "SELECT position, hash FROM nodes WHERE stream = ? AND level = ? AND position >= ? ORDER BY 1 LIMIT ?"
        )
        let selectHeads = try connection.prepare(
            """
            SELECT \(Self.columns) FROM streams JOIN blocks ON place =
                (SELECT max(place) FROM blocks WHERE place < (streams.number + 1) << \(Schema.indexBits))
            WHERE place >> \(Schema.indexBits) = streams.number
            """)
        if atOneMoment { try connection.beginReading() }
        self.connection = connection
        self.selectNumber = selectNumber
        self.selectBlocks = selectBlocks
        self.selectChanges = selectChanges
        self.selectNodes = selectNodes
        self.selectHeads = selectHeads
    }

    mutating func heads() throws(StoreError) -> [StreamHead] {
        defer { selectHeads.reset() }
        var heads: [StreamHead] = []
        while try selectHeads.step() { heads.append(StreamHead(after: try Self.block(selectHeads, connection.path))) }
        return heads
    }

    mutating func blocks(of stream: StreamID, from index: UInt64, limit: Int) throws(StoreError) -> [Block] {
        guard index < 1 << UInt64(Schema.indexBits), let number = try number(of: stream) else { return [] }
        try selectBlocks.bind(1, number)
        try selectBlocks.bind(2, Schema.place(number, index))
        try selectBlocks.bind(3, Schema.place(number + 1, 0))
        try selectBlocks.bind(4, Int64(limit))
        try selectBlocks.bind(5, Schema.place(number, 0))
        let blocks = try Self.read(&selectBlocks, connection.path)
        guard let first = blocks.first, first.endIndex <= index else { return blocks }
        // The block that begins at or before the index is the stream's last, and ends before the index.
        return []
    }

    mutating func changeBlocks(after sequence: UInt64, limit: Int) throws(StoreError) -> [Block] {
        try selectChanges.bind(1, Int64(clamping: sequence))
        try selectChanges.bind(2, Int64(limit))
        return try Self.read(&selectChanges, connection.path)
    }

    mutating func nodes(
        of stream: StreamID, level: Int, from position: UInt64, limit: Int
    ) throws(StoreError) -> [Digest] {
        guard let number = try number(of: stream) else { return [] }
        defer { selectNodes.reset() }
        try selectNodes.bind(1, number)
        try selectNodes.bind(2, Int64(level))
        try selectNodes.bind(3, Int64(clamping: position))
        try selectNodes.bind(4, Int64(limit))
        var digests: [Digest] = []
        while try selectNodes.step() {
            guard selectNodes.integer(0) == Int64(clamping: position) + Int64(digests.count) else { break }
            guard let digest = Digest(selectNodes.bytes(1)) else {
                throw StoreError(.damaged, place: connection.path, detail: "a stored node has a wrong size")
            }
            digests.append(digest)
        }
        return digests
    }

    private mutating func number(of stream: StreamID) throws(StoreError) -> Int64? {
        defer { selectNumber.reset() }
        try selectNumber.bind(1, stream.description)
        return try selectNumber.step() ? selectNumber.integer(0) : nil
    }

    private static func read(_ statement: inout Statement, _ path: String) throws(StoreError) -> [Block] {
        defer { statement.reset() }
        var blocks: [Block] = []
        var bytes = 0
        while bytes < maximumBytes, try statement.step() {
            let block = try Self.block(statement, path)
            bytes += block.payload.count
            blocks.append(block)
        }
        return blocks
    }

    private static func block(_ statement: borrowing Statement, _ path: String) throws(StoreError) -> Block {
        let place = statement.integer(1)
        let name = statement.text(0)
        let first = UInt64(place & (1 << Schema.indexBits - 1))
        guard let stream = StreamID(name), let root = Digest(statement.bytes(5)),
            let count = Int(exactly: statement.integer(2)), (1...maximumCount).contains(count),
            statement.integer(3) > 0,
            // What tells blocks of changes from those of decisions when the state is read.
            statement.isNull(4) == (stream.kind != .changes), statement.integer(4) >= 0
        else {
            throw StoreError(
                .damaged, place: path, detail: "the row of the block at entry \(first) of \(name) makes no sense")
        }
        return Block(
            stream: stream, sequence: UInt64(statement.integer(3)),
            firstIndex: first, count: count,
            changesBefore: UInt64(clamping: statement.integer(4)), root: root,
            payload: statement.bytes(6))
    }
}
