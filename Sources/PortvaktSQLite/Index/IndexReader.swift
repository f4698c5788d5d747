internal import PortvaktCore
internal import PortvaktLedger

/// The reading connection of an index.
struct IndexReader: ~Copyable {
    let connection: Connection
    private var selectStream: Statement
    private var selectKey: Statement
    private var selectDirectory: Statement
    private var selectTile: Statement
    /// One transaction for as long as it is open.
    let isAtOneMoment: Bool

    init(path: String, atOneMoment: Bool = false) throws(StoreError) {
        let connection = try Connection(path: path, access: .readOnly)
        let selectStream = try connection.prepare("SELECT number, size, last FROM streams WHERE name = ?")
        let selectKey = try connection.prepare("SELECT number FROM keys WHERE sort = ? AND text = ?")
        let selectDirectory = try connection.prepare(
            "SELECT first, count, ends FROM directories WHERE stream = ? AND first <= ? ORDER BY first DESC LIMIT 1")
        let selectTile = try connection.prepare("SELECT roots FROM tiles WHERE stream = ? AND tile = ?")
        if atOneMoment { try connection.beginReading() }
        isAtOneMoment = atOneMoment
        self.selectDirectory = selectDirectory
        self.selectTile = selectTile
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

    func hasStreams(besides streams: Set<StreamID>) throws(StoreError) -> Bool {
        var names = try connection.prepare("SELECT name FROM streams")
        while try names.step() {
            // One whose name makes no sense is nobody's.
            guard let stream = StreamID(names.text(0)), streams.contains(stream) else { return true }
        }
        return false
    }

    /// Entries with all of the keys, and whether all before the index are there, at one moment: after the index was cleared, a
    /// key's number may be another's.
    mutating func indices(
        matching keys: [IndexKey], in id: StreamID, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64]? {
        if !isAtOneMoment { try connection.execute("BEGIN") }
        defer { if !isAtOneMoment { try? connection.execute("COMMIT") } }
        guard let stream = try stream(id), stream.size >= index else { return index == 0 ? [] : nil }
        return try indices(matching: keys, inStream: stream.number, before: index, limit: limit)
    }

    /// The lists of all keys are walked together, each jumping to where the others are.
    private mutating func indices(
        matching keys: [IndexKey], inStream stream: Int64, before index: UInt64, limit: Int
    ) throws(StoreError) -> [UInt64] {
        guard !keys.isEmpty else { return [] }
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

    mutating func number(of key: IndexKey) throws(StoreError) -> Int64? {
        defer { selectKey.reset() }
        let (sort, text) = key.stored
        try selectKey.bind(1, Int64(sort))
        try selectKey.bind(2, text)
        return try selectKey.step() ? selectKey.integer(0) : nil
    }

    mutating func directories(
        of id: StreamID, holding indices: [UInt64]
    ) throws(StoreError) -> [BlockDirectory] {
        guard let stream = try stream(id)?.number else { return [] }
        defer { selectDirectory.reset() }
        var found: [BlockDirectory] = []
        var last: BlockDirectory?
        for index in indices where !(last?.holds(index) ?? false) {
            selectDirectory.reset()
            try selectDirectory.bind(1, stream)
            try selectDirectory.bind(2, Int64(clamping: index))
            guard try selectDirectory.step() else { continue }
            // One that makes no sense is none: the block is read whole.
            guard let first = UInt64(exactly: selectDirectory.integer(0)),
                let count = Int(exactly: selectDirectory.integer(1)), (1...Int(Int32.max)).contains(count),
                let ends = PostingList.decode(first: 0, selectDirectory.bytes(2))
            else { continue }
            let directory = BlockDirectory(
                first: first, count: count, ends: ends.dropFirst().map { Int(clamping: $0) })
            if directory.holds(index) { found.append(directory) }
            last = directory
        }
        return found
    }

    mutating func groupRoots(ofTile tile: UInt64, of id: StreamID) throws(StoreError) -> [Digest]? {
        guard let stream = try stream(id)?.number else { return nil }
        defer { selectTile.reset() }
        try selectTile.bind(1, stream)
        try selectTile.bind(2, Int64(clamping: tile))
        guard try selectTile.step() else { return nil }
        return Digest.list(selectTile.bytes(0))
    }
}

extension Digest {
    /// - Returns: `nil` when the bytes are not whole digests.
    fileprivate static func list(_ bytes: [UInt8]) -> [Digest]? {
        guard bytes.count.isMultiple(of: byteCount) else { return nil }
        return stride(from: 0, to: bytes.count, by: byteCount).compactMap { Digest(bytes[$0..<$0 + byteCount]) }
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
