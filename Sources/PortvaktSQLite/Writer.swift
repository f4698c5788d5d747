internal import PortvaktLedger

/// The writing connection and its statements. Whoever makes one holds the file's lock for as long.
struct Writer: ~Copyable {
    /// What SQLite's file format puts before each page in a write-ahead log.
    private static let frameHeaderBytes = 24

    let connection: Connection
    private var insertStream: Statement
    private var insertBlock: Statement
    private var insertNode: Statement
    private var begin: Statement
    private var commit: Statement
    private var numbers: [StreamID: Int64]
    private let mover: LogMover
    /// What a page takes in the write-ahead log.
    private let frameBytes: Int
    private var upkeep = LogUpkeep()
    /// What an earlier process left in the write-ahead log may be moved into the database.
    private var hasTakenOver: Bool

    init(path: String) throws(StoreError) {
        let connection = try Connection(path: path, access: .readWrite)
        try Schema.configureWriting(connection)
        let isNew = try Schema.prepare(connection)
        let begin = try connection.prepare("BEGIN IMMEDIATE")
        let commit = try connection.prepare("COMMIT")
        let insertStream = try connection.prepare("INSERT INTO streams (number, name) VALUES (?, ?)")
        let insertBlock = try connection.prepare(
            """
            INSERT INTO blocks (place, count, sequence, changes_before, root, payload)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        let insertNode = try connection.prepare(
            "INSERT INTO nodes (stream, level, position, hash) VALUES (?, ?, ?, ?)")
        let numbers = try Self.numbers(connection)
        // In a new database nothing was found that could be another's.
        try connection.leaveLog(!isNew)
        let pageBytes = Int(try connection.integer("PRAGMA page_size"))
        let mover = try LogMover(path: path)
        if isNew { try mover.begin() }
        self.mover = mover
        frameBytes = pageBytes + Self.frameHeaderBytes
        self.connection = connection
        self.begin = begin
        self.commit = commit
        self.insertStream = insertStream
        self.insertBlock = insertBlock
        self.insertNode = insertNode
        self.numbers = numbers
        hasTakenOver = isNew
    }

    deinit { mover.stop() }

    private static func numbers(_ connection: borrowing Connection) throws(StoreError) -> [StreamID: Int64] {
        var numbers: [StreamID: Int64] = [:]
        var streams = try connection.prepare("SELECT number, name FROM streams")
        while try streams.step() {
            guard let stream = StreamID(streams.text(1)) else {
                throw StoreError(.damaged, place: connection.path, detail: "a stream's name makes no sense")
            }
            numbers[stream] = streams.integer(0)
        }
        return numbers
    }

    /// Until here the database and its write-ahead log are as they were found: where they do not belong together, they can still be parted.
    mutating func takeOver() throws(StoreError) {
        try takeLog()
        // Something of it may have been erased.
        try cutLog()
    }

    private mutating func takeLog() throws(StoreError) {
        guard !hasTakenOver else { return }
        try connection.leaveLog(false)
        try mover.begin()
        hasTakenOver = true
    }

    /// One transaction. After an error nothing more is written, so there is no rollback: closing is one.
    mutating func append(_ new: Commit) throws(StoreError) {
        try takeLog()
        try begin.run()
        for block in new.blocks { try insert(block) }
        for node in new.nodes { try insert(node) }
        try commit.run()
    }

    /// The bulk of the write-ahead log is moved while commits go on, the rest here from time to time, so that the log begins
    /// anew: moved only in the background, a log that is always written to would grow without end.
    mutating func maintain() throws(StoreError) {
        upkeep.wrote(try connection.takePagesWritten() * frameBytes)
        var step = upkeep.next(isMoving: try isMoving())
        if step == .wait {
            while try isMoving() { Monotonic.sleep(milliseconds: 1) }
            step = upkeep.next(isMoving: false)
        }
        switch step {
        case .nothing, .wait: break
        case .move: mover.start()
        case .beginAnew: try connection.checkpoint()
        }
    }

    /// Takes what was erased out of the write-ahead log, now or, while a reader stands in the way, as soon as none does.
    func cutLog() throws(StoreError) {
        if try !connection.cutLog() { mover.cutLog() }
    }

    /// - Throws: what the last move failed with.
    private func isMoving() throws(StoreError) -> Bool {
        switch mover.state {
        case .failed(let error): throw error
        case .moving: return true
        case .idle: return false
        }
    }

    private mutating func insert(_ block: Block) throws(StoreError) {
        let number = try self.number(of: block.stream)
        guard block.endIndex < 1 << UInt64(Schema.indexBits) else {
            throw StoreError(.full, place: connection.path, detail: "a stream has too many entries")
        }
        try insertBlock.bind(1, Schema.place(number, block.firstIndex))
        try insertBlock.bind(2, Int64(block.count))
        try insertBlock.bind(3, Int64(block.sequence))
        if block.stream.kind == .changes {
            try insertBlock.bind(4, Int64(block.changesBefore))
        } else {
            try insertBlock.bindNull(4)
        }
        // The blobs are read where they are: they outlive the statement's run.
        try unsafe withBytes(block.root) { (root) throws(StoreError) in
            try unsafe insertBlock.bind(5, borrowing: root)
            try unsafe withBytes(block.payload) { (payload) throws(StoreError) in
                try unsafe insertBlock.bind(6, borrowing: payload)
                try insertBlock.run()
            }
        }
    }

    private mutating func insert(_ node: Commit.Node) throws(StoreError) {
        try insertNode.bind(1, try number(of: node.stream))
        try insertNode.bind(2, Int64(node.node.level))
        try insertNode.bind(3, Int64(node.node.position))
        try unsafe withBytes(node.node.hash) { (hash) throws(StoreError) in
            try unsafe insertNode.bind(4, borrowing: hash)
            try insertNode.run()
        }
    }

    mutating func number(of stream: StreamID) throws(StoreError) -> Int64 {
        if let number = numbers[stream] { return number }
        let number = (numbers.values.max() ?? 0) + 1
        try insertStream.bind(1, number)
        try insertStream.bind(2, stream.description)
        try insertStream.run()
        numbers[stream] = number
        return number
    }
}

/// Lends the bytes of an array.
@unsafe private func withBytes(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Void
) throws(StoreError) {
    do { try unsafe bytes.withUnsafeBytes { try unsafe body($0) } } catch let error as StoreError { throw error } catch
    {
        // The body throws nothing else.
    }
}

/// Lends the bytes of a digest.
@unsafe private func withBytes(
    _ digest: Digest, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Void
) throws(StoreError) {
    try unsafe withBytes(digest.bytes, body)
}
