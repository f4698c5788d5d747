internal import PortvaktLedger

/// The tables of an index's file. It is no ledger: it can be thrown away at any time.
enum IndexSchema {
    /// "PVKI", in SQLite's header field for the application.
    static let applicationID: Int64 = 0x5056_4B49
    /// Raised with every change of the tables, or of what is indexed: an older file is built anew.
    static let version: Int64 = 3

    /// Request ids are spread over this many lists: one list for each id would double the size of an index.
    static let requestLists: UInt64 = 4096

    // A posting's row holds what one batch found for one key: a list of differences, so that a batch writes one row for
    // a system or an effect, however many entries it has.
    private static let tables = """
        CREATE TABLE streams (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
            last BLOB NOT NULL) STRICT;
        CREATE TABLE keys (number INTEGER PRIMARY KEY, sort INTEGER NOT NULL, text TEXT NOT NULL,
            UNIQUE (sort, text)) STRICT;
        CREATE TABLE postings (key INTEGER NOT NULL, stream INTEGER NOT NULL, first INTEGER NOT NULL,
            list BLOB NOT NULL, PRIMARY KEY (key, stream, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE requests (bucket INTEGER NOT NULL, stream INTEGER NOT NULL, first INTEGER NOT NULL,
            list BLOB NOT NULL, PRIMARY KEY (bucket, stream, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE chains (stream INTEGER NOT NULL, ordinal INTEGER NOT NULL, count INTEGER NOT NULL,
            end BLOB NOT NULL, PRIMARY KEY (stream, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE ordinals (key INTEGER NOT NULL, stream INTEGER NOT NULL, ordinal INTEGER NOT NULL,
            PRIMARY KEY (key, stream)) STRICT, WITHOUT ROWID;
        CREATE TABLE chain_roots (stream INTEGER NOT NULL, tile INTEGER NOT NULL, root BLOB NOT NULL,
            PRIMARY KEY (stream, tile)) STRICT, WITHOUT ROWID;
        CREATE TABLE directories (stream INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
            ends BLOB NOT NULL, PRIMARY KEY (stream, first)) STRICT, WITHOUT ROWID;
        CREATE TABLE tiles (stream INTEGER NOT NULL, tile INTEGER NOT NULL, roots BLOB NOT NULL,
            PRIMARY KEY (stream, tile)) STRICT, WITHOUT ROWID;
        """
    private static let names = [
        "streams", "keys", "postings", "requests", "chains", "ordinals", "chain_roots", "directories", "tiles",
    ]

    /// Whether the file is an index of this version.
    static func isCurrent(_ connection: borrowing Connection) throws(StoreError) -> Bool {
        let application = try connection.integer("PRAGMA application_id")
        let found = try connection.integer("PRAGMA user_version")
        return application == applicationID && found == version
    }

    /// Makes the tables anew, whatever index there was.
    /// - Throws: when the file is something else.
    static func prepare(_ connection: borrowing Connection) throws(StoreError) {
        let application = try connection.integer("PRAGMA application_id")
        let isEmpty = try connection.integer("SELECT count(*) FROM sqlite_schema") == 0
        guard application == applicationID || (application == 0 && isEmpty) else {
            throw StoreError(.notALedger, place: connection.path, detail: "another program's database, not an index")
        }
        if try isCurrent(connection) { return }
        try connection.execute(
            """
            BEGIN IMMEDIATE;
            \(names.map { "DROP TABLE IF EXISTS \($0);" }.joined())
            \(tables)
            PRAGMA application_id = \(applicationID);
            PRAGMA user_version = \(version);
            COMMIT;
            """)
    }

    static func clear(_ connection: borrowing Connection) throws(StoreError) {
        try connection.execute("BEGIN IMMEDIATE; \(names.map { "DELETE FROM \($0);" }.joined()) COMMIT;")
    }

    /// In write-ahead mode `NORMAL` keeps the file whole through a power loss; what is lost of its end is indexed again.
    static func configure(_ connection: borrowing Connection) throws(StoreError) {
        try connection.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;
            PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384;
            """)
    }
}

/// Lists of rising numbers as the differences between them, each in as few bytes as it needs (LEB128).
enum PostingList {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// - Returns: `nil` at the end, and for bytes that are no number.
    static func read(_ bytes: [UInt8], _ offset: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// The differences of all but the first, which stands in its row.
    static func encode(_ indices: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (one, next) in zip(indices, indices.dropFirst()) { append(next - one, to: &bytes) }
        return bytes
    }

    /// - Returns: `nil` when a number is smaller than the one before, by which a search might never end, and when the last one ends in
    ///   its middle.
    static func decode(first: UInt64, _ bytes: [UInt8]) -> [UInt64]? {
        var indices = [first]
        var offset = 0
        var last = first
        while offset < bytes.count {
            guard let step = read(bytes, &offset) else { return nil }
            let (next, isTooLarge) = last.addingReportingOverflow(step)
            guard !isTooLarge else { return nil }
            last = next
            indices.append(last)
        }
        return indices
    }
}
