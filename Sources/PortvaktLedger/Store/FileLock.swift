internal import Glibc

/// Holds an advisory lock on a file, which is made when it is not there: beside the database, so that a second process refuses to open
/// the ledger for writing, and beside the guard.
///
/// SQLite's own exclusive mode would also keep out this process's reading connection.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: ``StoreError``; `.inUse` when another opening, of whatever process, holds it.
    package init(path: String) throws(StoreError) {
        // A local first: once `self` is whole, an error runs `deinit` too, and the second of two closes would hit
        // whatever file another thread has opened under the same number meanwhile.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error(.notALedger, path) }
        // A lock belongs to the opened file, so it also keeps out a second opening in the same process.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = Self.error(errno == EWOULDBLOCK ? .inUse : .inputOutput, path)
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        // Said outright: a child process that is between its fork and its program still has the file open.
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    private static func error(_ kind: StoreError.Kind, _ path: String) -> StoreError {
        StoreError(kind, place: path, detail: unsafe String(cString: strerror(errno)))
    }
}
