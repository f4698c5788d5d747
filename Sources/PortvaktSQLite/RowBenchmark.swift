internal import PortvaktLedger

/// What the ledger is compared with: SQLite with the same settings and a row for each entry, neither hashed nor grouped
/// into blocks.
public enum RowBenchmark {
    /// Rows per second, with so many rows in each transaction.
    /// - Parameters:
    ///   - path: a new file.
    ///   - rowsPerCommit: rows between two syncs.
    ///   - bytes: of each row's payload.
    public static func run(path: String, rows: Int, rowsPerCommit: Int, bytes: Int) throws -> Double {
        let connection = try Connection(path: path, access: .readWrite)
        try Schema.configureWriting(connection)
        try connection.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT")
        var begin = try connection.prepare("BEGIN IMMEDIATE")
        var insert = try connection.prepare("INSERT INTO entries (number, payload) VALUES (?, ?)")
        var commit = try connection.prepare("COMMIT")
        let payload = [UInt8](repeating: 0x5A, count: bytes)
        let clock = ContinuousClock()
        let started = clock.now
        var number = 0
        var bytesSinceCheckpoint = 0
        while number < rows {
            try begin.run()
            for _ in 0..<min(rowsPerCommit, rows - number) {
                try insert.bind(1, Int64(number))
                try unsafe payload.withUnsafeBytes { try unsafe insert.bind(2, borrowing: $0) }
                try insert.run()
                number += 1
            }
            try commit.run()
            bytesSinceCheckpoint += rowsPerCommit * bytes
            if bytesSinceCheckpoint >= LogUpkeep.moveBytes {
                bytesSinceCheckpoint = 0
                try connection.checkpoint()
            }
        }
        return Double(rows) / ((clock.now - started) / .seconds(1))
    }
}
