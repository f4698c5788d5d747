internal import PortvaktLedger

/// The tables of the ledger's file, and what marks it as one.
enum Schema {
    /// "PVKT", in SQLite's header field for the application.
    static let applicationID: Int64 = 0x5056_4B54
    /// Raised with every change of the tables.
    static let version: Int64 = 1

    // A block's place is its stream's number and its first index in one integer, so that a commit touches one b-tree,
    // always at the right edge of a stream's part of it.
    private static let tables = """
        CREATE TABLE streams (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE blocks (
            place INTEGER PRIMARY KEY, count INTEGER NOT NULL, sequence INTEGER NOT NULL, changes_before INTEGER,
            root BLOB NOT NULL, payload BLOB NOT NULL) STRICT;
        CREATE UNIQUE INDEX change_order ON blocks (sequence) WHERE changes_before IS NOT NULL;
        CREATE TABLE nodes (
            stream INTEGER NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
            PRIMARY KEY (stream, level, position)) STRICT, WITHOUT ROWID;
        """

    /// Bits of a place that hold the index: 10^12 entries of one stream, eight million streams.
    static let indexBits: Int64 = 40

    static func place(_ stream: Int64, _ index: UInt64) -> Int64 { stream << indexBits | Int64(index) }

    /// Makes the tables in a new file, or checks that the file is a ledger that this program knows.
    /// - Returns: whether it made them.
    static func prepare(_ connection: borrowing Connection) throws(StoreError) -> Bool {
        let application = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        if application == 0, version == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 {
            try connection.execute(
                """
                BEGIN IMMEDIATE;
                \(tables)
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(Self.version);
                COMMIT;
                """)
            return true
        }
        try check(connection)
        return false
    }

    static func check(_ connection: borrowing Connection) throws(StoreError) {
        guard try connection.integer("PRAGMA application_id") == applicationID else {
            throw StoreError(.notALedger, place: connection.path, detail: "another program's database")
        }
        let version = try connection.integer("PRAGMA user_version")
        guard version <= Self.version else {
            throw StoreError(.newerVersion, place: connection.path, detail: "version \(version) of the tables")
        }
        guard version == Self.version else {
            throw StoreError(.notALedger, place: connection.path, detail: "version \(version) of the tables")
        }
    }

    /// A write-ahead log that is synced at every commit, and nothing behind the committer's back. What is freed is overwritten, from the
    /// first commit on, whatever SQLite was built to do.
    static func configureWriting(_ connection: borrowing Connection) throws(StoreError) {
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0;")
        try connection.execute("PRAGMA secure_delete = ON")
        try connection.execute("PRAGMA synchronous = FULL")
        guard try connection.text("PRAGMA journal_mode") == "wal", try connection.integer("PRAGMA synchronous") == 2
        else {
            throw StoreError(.notALedger, place: connection.path, detail: "it cannot be set to sync at every commit")
        }
    }
}
