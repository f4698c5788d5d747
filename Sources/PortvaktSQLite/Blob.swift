internal import CSQLite
internal import PortvaktLedger

/// The bytes of one column of one row, of which some can be read. While it is open, so is a reading transaction.
@safe final class Blob {
    private let handle: OpaquePointer
    private let path: String

    @unsafe init(owning handle: OpaquePointer, path: String) {
        unsafe self.handle = handle
        self.path = path
    }

    deinit { unsafe sqlite3_blob_close(handle) }

    /// Goes to another row of the same table. After a failure nothing can be read any more.
    func move(to row: Int64) throws(StoreError) { try check(unsafe sqlite3_blob_reopen(handle, row)) }

    /// The number of bytes.
    var count: Int { Int(unsafe sqlite3_blob_bytes(handle)) }

    func bytes(_ range: Range<Int>) throws(StoreError) -> [UInt8] {
        var code = SQLITE_OK
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            code = unsafe sqlite3_blob_read(
                handle, buffer.baseAddress, Int32(clamping: range.count), Int32(clamping: range.lowerBound))
            count = code == SQLITE_OK ? range.count : 0
        }
        try check(code)
        return bytes
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw Connection.error(code, path) }
    }
}
