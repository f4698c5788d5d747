internal import PortvaktCore
internal import PortvaktLedger

/// The writing connection of an index.
struct IndexWriter: ~Copyable {
    /// Keys whose numbers are remembered: systems, units, reasons and the busiest of the rest.
    private static let rememberedKeys = 500_000

    let connection: Connection
    private let hasher: TreeHasher
    private var selectKey: Statement
    private var insertKey: Statement
    private var insertPosting: Statement
    private var insertRequest: Statement
    private var selectOrdinal: Statement
    private var insertOrdinal: Statement
    private var selectChain: Statement
    private var insertChain: Statement
    private var insertStream: Statement
    private var insertDirectory: Statement
    private var insertTile: Statement
    private var forgetRoot: Statement
    private var insertRoot: Statement
    private var numbers: [IndexKey: Int64] = [:]
    /// The number of the next new key; `nil`: the table says.
    private var nextKey: Int64?
    /// The write-ahead log may hold what was cleared.
    private var mustCut: Bool

    init(path: String) throws(StoreError) {
        let hasher = try Self.hasher(path)
        let connection = try Connection(path: path, access: .readWrite)
        try IndexSchema.configure(connection)
        try IndexSchema.prepare(connection)
        // Of an earlier process, or of an index of another version.
        let mustCut = try !connection.cutLog()
        let selectKey = try connection.prepare("SELECT number FROM keys WHERE sort = ? AND text = ?")
        let insertKey = try connection.prepare("INSERT INTO keys (number, sort, text) VALUES (?, ?, ?)")
        let insertPosting = try connection.prepare(
            "INSERT INTO postings (key, stream, first, list) VALUES (?, ?, ?, ?)")
        let insertRequest = try connection.prepare(
            "INSERT INTO requests (bucket, stream, first, list) VALUES (?, ?, ?, ?)")
        let selectOrdinal = try connection.prepare("SELECT ordinal FROM ordinals WHERE key = ? AND stream = ?")
        let insertOrdinal = try connection.prepare("INSERT INTO ordinals (key, stream, ordinal) VALUES (?, ?, ?)")
        let selectChain = try connection.prepare("SELECT count, end FROM chains WHERE stream = ? AND ordinal = ?")
        let insertChain = try connection.prepare(
            "INSERT OR REPLACE INTO chains (stream, ordinal, count, end) VALUES (?, ?, ?, ?)")
        let insertStream = try connection.prepare(
            "INSERT OR REPLACE INTO streams (number, name, size, last) VALUES (?, ?, ?, ?)")
        let insertDirectory = try connection.prepare(
            "INSERT INTO directories (stream, first, count, ends) VALUES (?, ?, ?, ?)")
        let insertTile = try connection.prepare("INSERT INTO tiles (stream, tile, roots) VALUES (?, ?, ?)")
        let forgetRoot = try connection.prepare("DELETE FROM chain_roots WHERE stream = ? AND tile = ?")
        let insertRoot = try connection.prepare(
            "INSERT OR REPLACE INTO chain_roots (stream, tile, root) VALUES (?, ?, ?)")
        self.insertDirectory = insertDirectory
        self.insertTile = insertTile
        self.forgetRoot = forgetRoot
        self.insertRoot = insertRoot
        self.selectKey = selectKey
        self.insertKey = insertKey
        self.insertPosting = insertPosting
        self.insertRequest = insertRequest
        self.selectOrdinal = selectOrdinal
        self.insertOrdinal = insertOrdinal
        self.selectChain = selectChain
        self.insertChain = insertChain
        self.insertStream = insertStream
        self.connection = connection
        self.hasher = hasher
        self.mustCut = mustCut
    }

    private static func hasher(_ path: String) throws(StoreError) -> TreeHasher {
        do throws(LedgerError) { return try TreeHasher() } catch {
            throw StoreError(.inputOutput, place: path, detail: error.description)
        }
    }

    mutating func clear() throws(StoreError) {
        numbers = [:]
        nextKey = nil
        try IndexSchema.clear(connection)
        mustCut = true
        try cutLog()
    }

    /// Takes what was cleared out of the file and its write-ahead log, unless a reader stands in the way.
    mutating func cutLog() throws(StoreError) {
        if mustCut { mustCut = try !connection.cutLog() }
    }

    /// One transaction.
    mutating func add(_ batch: IndexBatch) throws(StoreError) {
        try inTransaction { (writer) throws(StoreError) in try writer.write(batch) }
    }

    private mutating func inTransaction(_ body: (inout IndexWriter) throws(StoreError) -> Void) throws(StoreError) {
        try connection.execute("BEGIN IMMEDIATE")
        do throws(StoreError) {
            try body(&self)
            try connection.execute("COMMIT")
        } catch {
            numbers = [:]
            nextKey = nil
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private mutating func write(_ batch: IndexBatch) throws(StoreError) {
        let (stream, size) = try self.stream(batch.stream)
        guard size == batch.first else {
            throw StoreError(.damaged, place: connection.path, detail: "a batch that does not join")
        }
        if numbers.count > Self.rememberedKeys { numbers = [:] }
        var lists: [(key: Int64, indices: [UInt64])] = []
        var requests: [Int64: [(index: UInt64, tag: UInt32)]] = [:]
        for posting in batch.postings { lists.append((try number(of: posting.key), posting.indices)) }
        for (id, index) in batch.requests {
            let hash = RequestList.hash(id.text)
            requests[RequestList.bucket(hash), default: []].append((index, RequestList.tag(hash)))
        }
        // In the order of the table, so that its pages are each visited once.
        lists.sort { $0.key < $1.key }
        for (key, indices) in lists {
            try Self.insert(&insertPosting, key, stream, indices[0], PostingList.encode(indices))
        }
        for (bucket, items) in requests.sorted(by: { $0.key < $1.key }) {
            try Self.insert(&insertRequest, bucket, stream, items[0].index, RequestList.encode(items))
        }
        try lengthenChains(batch, stream)
        try addPlaces(batch, stream)
        try insertStream.bind(1, stream)
        try insertStream.bind(2, batch.stream.description)
        try insertStream.bind(3, Int64(batch.first) + Int64(batch.count))
        try insertStream.run(binding: 4, batch.lastLeaf.bytes)
    }

    private static func insert(
        _ statement: inout Statement, _ key: Int64, _ stream: Int64, _ first: UInt64, _ list: [UInt8]
    ) throws(StoreError) {
        try statement.bind(1, key)
        try statement.bind(2, stream)
        try statement.bind(3, Int64(first))
        try statement.run(binding: 4, list)
    }

    private mutating func addPlaces(_ batch: IndexBatch, _ stream: Int64) throws(StoreError) {
        for directory in batch.directories {
            try insertDirectory.bind(1, stream)
            try insertDirectory.bind(2, Int64(directory.first))
            try insertDirectory.bind(3, Int64(directory.count))
            try insertDirectory.run(binding: 4, PostingList.encode([0] + directory.ends.map { UInt64($0) }))
        }
        for tile in batch.tiles {
            try insertTile.bind(1, stream)
            try insertTile.bind(2, Int64(tile.number))
            try insertTile.run(binding: 3, tile.roots.flatMap(\.bytes))
        }
    }

    /// Keeps roots of tiles of chains, if nothing has been added since they were computed.
    mutating func keep(_ roots: [UInt64: Digest], of stream: StreamID, size: UInt64) throws(StoreError) {
        try inTransaction { (writer) throws(StoreError) in
            let (number, reached) = try writer.stream(stream)
            guard reached == size else { return }
            for (tile, root) in roots {
                try writer.insertRoot.bind(1, number)
                try writer.insertRoot.bind(2, Int64(tile))
                try writer.insertRoot.run(binding: 3, root.bytes)
            }
        }
    }

    private mutating func lengthenChains(_ batch: IndexBatch, _ stream: Int64) throws(StoreError) {
        var next = try connection.integer("SELECT coalesce(max(ordinal), -1) + 1 FROM chains WHERE stream = \(stream)")
        var touched: Set<Int64> = []
        for links in batch.links {
            let key = try number(of: .subject(links.subject))
            var ordinal = next
            var (count, end) = (Int64(0), SubjectChain.begin(of: links.subject, in: batch.stream, hasher))
            try selectOrdinal.bind(1, key)
            try selectOrdinal.bind(2, stream)
            if try selectOrdinal.step() {
                ordinal = selectOrdinal.integer(0)
                (count, end) = try chain(stream, ordinal)
            } else {
                next += 1
                try insertOrdinal.bind(1, key)
                try insertOrdinal.bind(2, stream)
                try insertOrdinal.bind(3, ordinal)
                try insertOrdinal.run()
            }
            selectOrdinal.reset()
            for leaf in links.leaves { end = hasher.node(end, leaf) }
            try insertChain.bind(1, stream)
            try insertChain.bind(2, ordinal)
            try insertChain.bind(3, count + Int64(links.leaves.count))
            try insertChain.run(binding: 4, end.bytes)
            touched.insert(ordinal / Int64(SubjectChains.tileWidth))
        }
        for tile in touched.sorted() {
            try forgetRoot.bind(1, stream)
            try forgetRoot.bind(2, tile)
            try forgetRoot.run()
        }
    }

    private mutating func chain(_ stream: Int64, _ ordinal: Int64) throws(StoreError) -> (Int64, Digest) {
        defer { selectChain.reset() }
        try selectChain.bind(1, stream)
        try selectChain.bind(2, ordinal)
        guard try selectChain.step(), let end = Digest(selectChain.bytes(1)) else {
            throw StoreError(.damaged, place: connection.path, detail: "a chain is missing")
        }
        return (selectChain.integer(0), end)
    }

    private func stream(_ id: StreamID) throws(StoreError) -> (number: Int64, size: UInt64) {
        var statement = try connection.prepare("SELECT number, size FROM streams WHERE name = ?")
        try statement.bind(1, id.description)
        if try statement.step() { return (statement.integer(0), UInt64(clamping: statement.integer(1))) }
        return (try connection.integer("SELECT coalesce(max(number), 0) + 1 FROM streams"), 0)
    }

    private mutating func newKey() throws(StoreError) -> Int64 {
        var made = nextKey ?? 0
        if nextKey == nil { made = try connection.integer("SELECT coalesce(max(number), 0) + 1 FROM keys") }
        nextKey = made + 1
        return made
    }

    private mutating func number(of key: IndexKey) throws(StoreError) -> Int64 {
        if let number = numbers[key] { return number }
        let (sort, text) = key.stored
        try selectKey.bind(1, Int64(sort))
        try selectKey.bind(2, text)
        var number: Int64?
        if try selectKey.step() { number = selectKey.integer(0) }
        selectKey.reset()
        if number == nil {
            let made = try newKey()
            try insertKey.bind(1, made)
            try insertKey.bind(2, Int64(sort))
            try insertKey.bind(3, text)
            try insertKey.run()
            number = made
        }
        numbers[key] = number
        return number ?? 0
    }
}

extension Statement {
    /// Binds bytes and runs a statement that gives no rows.
    mutating func run(binding place: Int32, _ bytes: [UInt8]) throws(StoreError) {
        var failure: StoreError?
        unsafe bytes.withUnsafeBytes { buffer in
            do throws(StoreError) {
                try unsafe bind(place, borrowing: buffer)
                try run()
            } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
