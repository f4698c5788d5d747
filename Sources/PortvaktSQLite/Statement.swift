internal import CSQLite
internal import PortvaktLedger

/// Owns one prepared statement. One thread at a time.
@safe struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let path: String

    @unsafe init(owning handle: OpaquePointer, path: String) {
        unsafe self.handle = handle
        self.path = path
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs to the next row; false at the end.
    mutating func step() throws(StoreError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            unsafe sqlite3_reset(handle)
            throw Connection.error(code, path)
        }
    }

    /// Runs a statement that gives no rows, and makes it ready for the next time.
    mutating func run() throws(StoreError) {
        _ = try step()
        unsafe sqlite3_reset(handle)
    }

    /// Ends the reading, so that the statement holds no snapshot of the database.
    mutating func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    mutating func bind(_ place: Int32, _ value: Int64) throws(StoreError) {
        try check(unsafe sqlite3_bind_int64(handle, place, value))
    }

    mutating func bindNull(_ place: Int32) throws(StoreError) { try check(unsafe sqlite3_bind_null(handle, place)) }

    /// Copies the text.
    mutating func bind(_ place: Int32, _ value: String) throws(StoreError) {
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        try check(unsafe sqlite3_bind_text(handle, place, value, Int32(value.utf8.count), transient))
    }

    /// Does not copy: the bytes must stay until the statement has run.
    @unsafe mutating func bind(_ place: Int32, borrowing bytes: UnsafeRawBufferPointer) throws(StoreError) {
        try check(
            unsafe sqlite3_bind_blob64(handle, place, bytes.baseAddress, sqlite3_uint64(bytes.count), nil))
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw Connection.error(code, path) }
    }

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        guard let text = unsafe sqlite3_column_text(handle, column) else { return "" }
        return unsafe String(cString: text)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
