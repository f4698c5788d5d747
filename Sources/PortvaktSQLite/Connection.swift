internal import CSQLite
internal import PortvaktLedger

/// Owns one SQLite connection. One thread at a time.
@safe struct Connection: ~Copyable {
    enum Access {
        case readWrite, readOnly
        /// For a file that nobody writes to: no file is made beside it, which reading with a write-ahead log does.
        case immutable
    }

    /// How long a statement waits for another connection of this process, in milliseconds.
    static let busyTimeout: Int32 = 5000

    /// Once in a process, before SQLite's first use: no count of its memory, and so no lock around each allocation. Where something else in
    /// the process has used SQLite already it answers that it is too late, and only the lock stays.
    private static let allocatesWithoutLock = portvakt_sqlite_without_statistics() == SQLITE_OK

    private let handle: OpaquePointer
    let path: String

    init(path: String, access: Access) throws(StoreError) {
        try DatabaseFile.checkNoFolder(path)
        if access != .immutable { try DatabaseFile.checkLog(of: path) }
        let flags =
            switch access {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        let name = access == .immutable ? Self.immutableName(path) : path
        _ = Self.allocatesWithoutLock
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle = unsafe opened else {
            unsafe sqlite3_close_v2(opened)
            throw Self.error(code, path)
        }
        if access != .immutable {
            do throws(StoreError) { try unsafe Self.checkLog(handle, path) } catch {
                unsafe sqlite3_close_v2(handle)
                throw error
            }
        }
        unsafe self.handle = handle
        self.path = path
        unsafe sqlite3_busy_timeout(handle, Self.busyTimeout)
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    /// SQLite puts any write-ahead log that it finds beside a database into it, at the first reading: so one that cannot be the database's
    /// own is found before. One that was not written with such a log yet, such as a copy by ``SQLiteStore/backup(from:to:)``, has none.
    /// - Throws: ``StoreError``; `.foreignLog`
    @unsafe private static func checkLog(_ handle: OpaquePointer, _ path: String) throws(StoreError) {
        guard DatabaseFile.hasLog(path) else { return }
        // By SQLite's own file: closing another one would drop SQLite's locks, and whoever closes the database next would take the log away.
        guard let file = unsafe try file(of: handle, path), let read = unsafe file.pointee.pMethods?.pointee.xRead
        else { return }
        var version = writtenWithLog
        // What is too short for it is no database: the first reading says so.
        guard unsafe read(file, &version, 1, writeVersionOffset) == SQLITE_OK, version != writtenWithLog
        else { return }
        throw StoreError(.foreignLog, place: path, detail: "the file is a copy that nothing was written to")
    }

    /// Where SQLite's file format says how a database is written, and what stands there once it is written with a write-ahead log.
    private static let writeVersionOffset: Int64 = 18
    private static let writtenWithLog: UInt8 = 2

    /// SQLite's own file of the database.
    @unsafe private static func file(
        of handle: OpaquePointer, _ path: String
    ) throws(StoreError) -> UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard code == SQLITE_OK else { throw error(code, path) }
        return unsafe file
    }

    /// The path as a URI with SQLite's own parameter; what means something in a URI is encoded.
    private static func immutableName(_ path: String) -> String {
        let encoded = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        // An absolute path after an empty authority, so that one that begins with two slashes names no host.
        return "file:\(path.hasPrefix("/") ? "//" : "")\(encoded)?immutable=1"
    }

    /// Runs statements without parameters and results.
    func execute(_ sql: String) throws(StoreError) { try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil)) }

    /// What is read from here on is as it is now: a transaction sees what there was at its first read.
    func beginReading() throws(StoreError) { try execute("BEGIN; SELECT count(*) FROM streams") }

    func prepare(_ sql: String) throws(StoreError) -> Statement {
        var prepared: OpaquePointer?
        try check(unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil))
        guard let statement = unsafe prepared else { throw Self.error(SQLITE_MISUSE, path) }
        return unsafe Statement(owning: statement, path: path)
    }

    /// Opens the bytes of one column of one row, to read some of them.
    func blob(_ table: String, _ column: String, row: Int64) throws(StoreError) -> Blob {
        var opened: OpaquePointer?
        try check(unsafe sqlite3_blob_open(handle, "main", table, column, row, 0, &opened))
        guard let blob = unsafe opened else { throw Self.error(SQLITE_MISUSE, path) }
        return unsafe Blob(owning: blob, path: path)
    }

    /// The one integer that a statement gives.
    func integer(_ sql: String) throws(StoreError) -> Int64 {
        var statement = try prepare(sql)
        guard try statement.step() else { throw StoreError(.damaged, place: path, detail: "no row") }
        return statement.integer(0)
    }

    /// The one text that a statement gives.
    func text(_ sql: String) throws(StoreError) -> String {
        var statement = try prepare(sql)
        guard try statement.step() else { throw StoreError(.damaged, place: path, detail: "no row") }
        return statement.text(0)
    }

    /// Moves what the write-ahead log holds into the database file, as far as no reader needs it.
    func checkpoint() throws(StoreError) {
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        // Busy only means that another connection is at it: there is a next time.
        if code & 0xFF != SQLITE_BUSY { try check(code) }
    }

    /// Moves all that the write-ahead log holds into the database file and cuts the log to nothing, so that no byte of an earlier state
    /// is left in either. Waits for nobody.
    /// - Returns: false when a reader, a writer or another move stands in the way: then there is to be a next time.
    func cutLog() throws(StoreError) -> Bool {
        unsafe sqlite3_busy_timeout(handle, 0)
        defer { unsafe sqlite3_busy_timeout(handle, Self.busyTimeout) }
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code & 0xFF == SQLITE_BUSY { return false }
        try check(code)
        return true
    }

    /// Whether closing leaves the write-ahead log as it is, where this connection is the last.
    func leaveLog(_ leaves: Bool) throws(StoreError) {
        try check(unsafe portvakt_sqlite_leave_log(handle, leaves ? 1 : 0))
    }

    /// Pages that this connection has written since it was last asked: with a write-ahead log, to that log.
    func takePagesWritten() throws(StoreError) -> Int {
        var pages: Int32 = 0
        var highest: Int32 = 0
        try check(unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1))
        return Int(pages)
    }

    /// Syncs the database's file. A move that did not reach the end of the log, because it grew meanwhile, has written without.
    func syncFile() throws(StoreError) {
        guard let file = unsafe try Self.file(of: handle, path), let sync = unsafe file.pointee.pMethods?.pointee.xSync
        else { return }
        try check(unsafe sync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY))
    }

    /// Writes the whole database anew into an empty file: the state of one moment, while others write, and no byte that is not of it. A
    /// copy page by page would take along what stands in the pages' unused room. It is not synced.
    func write(into copy: String) throws(StoreError) {
        var statement = try prepare("VACUUM INTO ?")
        try statement.bind(1, copy)
        do throws(StoreError) { try statement.run() } catch {
            switch error.kind {
            // What is written to is full, not what is read.
            case .full: throw StoreError(.full, place: copy, detail: error.detail)
            case .inputOutput: throw StoreError(.inputOutput, place: "\(path) or \(copy)", detail: error.detail)
            default: throw error
            }
        }
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw Self.error(code, path) }
    }

    /// The error of a result code. The library's message for the statement is left out: it could quote values.
    static func error(_ code: Int32, _ path: String) -> StoreError {
        let kind: StoreError.Kind =
            switch code & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .inUse
            case SQLITE_FULL: .full
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT, SQLITE_SCHEMA: .damaged
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH, SQLITE_READONLY: .notALedger
            default: .inputOutput
            }
        let text = unsafe sqlite3_errstr(code).map { unsafe String(cString: $0) } ?? "unknown"
        return StoreError(kind, place: path, detail: "SQLite \(code): \(text)")
    }
}
