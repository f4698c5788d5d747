internal import Glibc
internal import PortvaktLedger

/// The file of a database, which is as personal as the ledger: its owner reads it and nobody else, whatever the process's umask.
enum DatabaseFile {
    /// Read and written by the owner.
    static let mode: mode_t = 0o600
    /// What anybody else may do with a file.
    private static let others: mode_t = 0o077
    /// What SQLite puts beside a database. It takes the mode of these from the database's file.
    static let companions = ["-wal", "-shm"]
    /// What SQLite puts beside a database that it writes without a write-ahead log: a new one.
    private static let rollbackJournal = "-journal"
    /// What of an earlier database of the same name SQLite would put into a new one.
    static let leftBehind = ["-wal", rollbackJournal]

    /// Makes an empty file. SQLite takes it for an empty database; made by SQLite itself it would have what the umask leaves.
    /// - Throws: ``StoreError``; `.exists` when there is a file already.
    static func make(_ path: String) throws(StoreError) {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw error(errno, path) }
        defer { Glibc.close(descriptor) }
        // Whatever the umask took.
        guard fchmod(descriptor, mode) == 0 else { throw error(errno, path) }
    }

    /// The same, unless there is a file: that stays as it is.
    static func makeIfMissing(_ path: String) throws(StoreError) {
        do { try make(path) } catch  where error.kind == .exists { return }
    }

    /// Makes a file durable and gives it another name, durably, unless there is such a file.
    static func place(_ path: String, at name: String) throws(StoreError) {
        try sync(path)
        try checkMissing(name)
        guard unsafe rename(path, name) == 0 else { throw error(errno, name) }
        try sync(folder(of: name))
    }

    private static func sync(_ place: String) throws(StoreError) {
        let descriptor = unsafe Glibc.open(place, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(errno, place) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError(.inputOutput, place: place, detail: unsafe String(cString: strerror(errno)))
        }
    }

    /// - Throws: ``StoreError`` of the kind `.exists` when there is a file, or a link that leads nowhere.
    static func checkMissing(_ path: String) throws(StoreError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { throw error(EEXIST, path) }
    }

    /// Takes a database away that nobody has open, with what SQLite has put beside it.
    static func remove(_ path: String) {
        for suffix in [""] + companions + [rollbackJournal] { unsafe unlink(path + suffix) }
    }

    /// Nothing is opened and nothing made. SQLite would open what cannot be written for reading, and say so at the first write.
    /// - Throws: ``StoreError`` with the file, or the folder, that this process cannot write to.
    static func checkWritable(_ path: String) throws(StoreError) {
        for file in [path] + companions.map({ path + $0 }) where unsafe access(file, F_OK) == 0 {
            guard unsafe access(file, W_OK) == 0 else { throw error(errno, file) }
        }
        // SQLite makes and removes files beside the database.
        let folder = folder(of: path)
        guard unsafe access(folder, W_OK) == 0 else { throw error(errno, folder) }
    }

    /// Whether a write-ahead log with something in it stands beside a database.
    static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path + "-wal", &status) == 0 && status.st_size > 0
    }

    /// SQLite throws a write-ahead log away that it finds beside an empty database: so such a one is found here, before SQLite sees it.
    ///
    /// Nothing is opened: closing it would drop the locks that SQLite has on the file in this process (`Connection` reads it).
    /// - Throws: ``StoreError``; `.foreignLog`
    static func checkLog(of path: String) throws(StoreError) {
        guard hasLog(path) else { return }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_size > 0 else {
            throw StoreError(.foreignLog, place: path, detail: "the log is there, and the file is not or is empty")
        }
    }

    /// Whether a file is there and has nothing in it: SQLite takes it for a new database.
    static func isEmpty(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_size == 0
    }

    /// SQLite opens a folder, and only fails to read it, as if the disk were at fault.
    /// - Throws: ``StoreError`` of the kind `.notALedger` when the path is a folder's.
    static func checkNoFolder(_ path: String) throws(StoreError) {
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw error(EISDIR, path) }
    }

    private static func folder(of path: String) -> String {
        let end = path.lastIndex(of: "/")
        return end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// Whether others than its owner may do anything with a file. False when there is none.
    static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & others != 0
    }

    private static func error(_ reason: Int32, _ path: String) -> StoreError {
        StoreError(
            reason == EEXIST ? .exists : .notALedger, place: path, detail: unsafe String(cString: strerror(reason)))
    }
}

extension SQLiteStore {
    /// Files of a ledger, and of the index beside it, that others than their owner may read or write: made by an earlier version under
    /// a wide umask, or opened to them on purpose. Nothing is changed.
    public static func filesOpenToOthers(path: String) -> [String] {
        [path, SQLiteIndex.path(besideLedger: path)].flatMap { file in
            [file] + DatabaseFile.companions.map { file + $0 }
        }
        .filter(DatabaseFile.isOpenToOthers)
    }
}
