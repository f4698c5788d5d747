internal import PortvaktLedger

/// What a verification of the log cannot see in a ledger's file: what the daemon would stumble over, and what no entry leads to.
struct StructureCheck: ~Copyable {
    private let connection: Connection

    init(path: String) throws(StoreError) {
        let connection = try Connection(path: path, access: .readOnly)
        try Schema.check(connection)
        // The rows are compared with each other, and a daemon may write.
        try connection.execute("BEGIN")
        self.connection = connection
    }

    /// Pages, b-trees, rows' types, the tables and their indexes, the streams' names.
    func problem() throws(StoreError) -> String? {
        let answer = try connection.text("PRAGMA integrity_check(1)")
        guard answer == "ok" else {
            // Lines before the last say which database, and where the search began.
            let found = answer.split(separator: "\n").last ?? "no answer"
            return "the database's structure is damaged: \(found)"
        }
        if let problem = try schemaProblem() { return problem }
        return try nameProblem()
    }

    private func schemaProblem() throws(StoreError) -> String? {
        let expected = try Schema.expectedObjects()
        let found = try Schema.objects(of: connection)
        for (name, definition) in expected.sorted(by: { $0.key < $1.key }) where found[name] != definition {
            return found[name] == nil
                ? "its \(name) is missing: restore a backup"
                : "its \(name) is not as this program makes it"
        }
        guard let foreign = found.keys.filter({ expected[$0] == nil }).min() else { return nil }
        return "it holds what is no ledger's: \(foreign)"
    }

    private func nameProblem() throws(StoreError) -> String? {
        var streams = try connection.prepare("SELECT number, name FROM streams ORDER BY number")
        while try streams.step() {
            guard StreamID(streams.text(1)) == nil else { continue }
            return "the name of stream \(streams.integer(0)) makes no sense, and a service does not start with it"
        }
        return nil
    }

    /// The first row that no entry leads to. A stored node of a tree that is larger would end the service when the tree grows to it.
    func stray() throws(StoreError) -> String? {
        let mask = Int64(1) << Schema.indexBits - 1
        var blocks = try connection.prepare(
            "SELECT place FROM blocks WHERE place >> \(Schema.indexBits) NOT IN (SELECT number FROM streams) LIMIT 1")
        if try blocks.step() { return "the block of place \(blocks.integer(0)) is of no stream" }
        var streams = try connection.prepare(
            """
            SELECT name FROM streams WHERE NOT EXISTS
                (SELECT 1 FROM blocks WHERE place >> \(Schema.indexBits) = number) LIMIT 1
            """)
        if try streams.step() { return "the stream \(streams.text(0)) has no entry" }
        // The size of each stream, from its last block.
        var nodes = try connection.prepare(
            """
            WITH sizes AS (
                SELECT number, name, (SELECT (place & \(mask)) + count FROM blocks
                    WHERE place < (number + 1) << \(Schema.indexBits) ORDER BY place DESC LIMIT 1) AS size FROM streams)
            SELECT coalesce(name, 'no stream'), level, position FROM nodes LEFT JOIN sizes ON number = stream
            WHERE name IS NULL OR level NOT BETWEEN 1 AND 56 OR level % \(StoredNode.levelStep) != 0
                OR position < 0 OR position >= size >> level
            LIMIT 1
            """)
        guard try nodes.step() else { return nil }
        return "the stored node \(nodes.integer(2)) of level \(nodes.integer(1)) of \(nodes.text(0)) is of no entries"
    }
}

extension Schema {
    /// The tables and indexes of a file, each with its definition; blanks are not told apart.
    static func objects(of connection: borrowing Connection) throws(StoreError) -> [String: String] {
        var objects: [String: String] = [:]
        // What SQLite itself gathers about the tables stands beside them.
        var rows = try connection.prepare(
            "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'"
        )
        while try rows.step() {
            objects[rows.text(0)] = rows.text(1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return objects
    }

    /// Those of a new ledger.
    static func expectedObjects() throws(StoreError) -> [String: String] {
        let connection = try Connection(path: ":memory:", access: .readWrite)
        _ = try prepare(connection)
        return try objects(of: connection)
    }
}
