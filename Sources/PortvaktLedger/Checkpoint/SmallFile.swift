internal import CLinux
internal import Glibc

/// Reads and writes small files whole, with the syncs that make them durable.
enum SmallFile {
    /// Key and guard files are far below it; the largest file of an export holds 256 entries of the greatest size.
    static let maximumBytes = 65 * 1024 * 1024

    static func read(_ path: String, ownerOnly: Bool = false) throws(LedgerError) -> [UInt8] {
        guard let bytes = try readIfThere(path, ownerOnly: ownerOnly) else {
            throw .file(path: path, problem: "does not exist")
        }
        return bytes
    }

    /// `nil` when there is no such file.
    static func readIfThere(_ path: String, ownerOnly: Bool = false) throws(LedgerError) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path, "opened")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, "examined") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumBytes else {
            throw .file(path: path, problem: "is no regular file of at most \(maximumBytes) bytes")
        }
        if ownerOnly, status.st_mode & 0o077 != 0 {
            throw .file(path: path, problem: "may be read by others than its owner: chmod 600 it")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw failure(path, "read") }
            filled += got
        }
        return bytes
    }

    /// Makes a new file for its owner only. One that cannot be written whole is taken away again: it would keep the next try from being
    /// made.
    static func create(_ path: String, _ bytes: [UInt8]) throws(LedgerError) {
        let descriptor = try opened(path, flags: O_CREAT | O_EXCL)
        defer { close(descriptor) }
        do throws(LedgerError) { try write(bytes, to: descriptor, path, syncing: true) } catch {
            unsafe unlink(path)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Puts new content in a file's place: either the old or the new is there, whatever happens.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(LedgerError) {
        let temporary = path + ".new"
        try write(temporary, bytes, flags: O_CREAT | O_TRUNC)
        guard unsafe rename(temporary, path) == 0 else { throw failure(path, "replaced") }
        try syncFolder(of: path)
    }

    /// Writes one file of many, with its folders and without a sync: that is ``syncFileSystem(of:)``, once, after the last. Either the old
    /// or the new is there, unless the machine stops; a file that has the content already is not touched.
    static func writePlain(_ path: String, _ bytes: [UInt8]) throws(LedgerError) {
        for (place, character) in zip(path.indices, path) where character == "/" && place > path.startIndex {
            let folder = String(path[..<place])
            guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder, "made") }
        }
        if let old = try? readIfThere(path), old == bytes { return }
        let temporary = path + ".new"
        try write(temporary, bytes, flags: O_CREAT | O_TRUNC, syncing: false)
        guard unsafe rename(temporary, path) == 0 else { throw failure(path, "replaced") }
    }

    /// Makes everything durable that was written to the file system that a folder is on: one call for thousands of files, of which each
    /// would wait for the disk by itself. Linux waits until it is done, and tells what failed (`syncfs(2)`).
    static func syncFileSystem(of folder: String) throws(LedgerError) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder, "opened") }
        defer { close(descriptor) }
        guard syncfs(descriptor) == 0 else { throw failure(folder, "made durable") }
    }

    /// Removes the files in a folder and the folders below it, besides some; folders stay. A link is removed, not followed.
    static func removeAll(below folder: String, besides kept: Set<String>) throws(LedgerError) {
        guard let directory = unsafe opendir(folder) else {
            if errno == ENOENT { return }
            throw failure(folder, "opened")
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            let path = "\(folder)/\(name)"
            guard name != ".", name != "..", !kept.contains(path) else { continue }
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { throw failure(path, "examined") }
            if status.st_mode & S_IFMT == S_IFDIR {
                try removeAll(below: path, besides: kept)
            } else {
                guard unsafe unlink(path) == 0 else { throw failure(path, "removed") }
            }
        }
    }

    private static func write(
        _ path: String, _ bytes: [UInt8], flags: Int32, syncing: Bool = true
    ) throws(LedgerError) {
        let descriptor = try opened(path, flags: flags)
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path, syncing: syncing)
    }

    private static func opened(_ path: String, flags: Int32) throws(LedgerError) -> Int32 {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw failure(path, "made") }
        return descriptor
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String, syncing: Bool
    ) throws(LedgerError) {
        var written = 0
        while written < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure(path, "written") }
            written += put
        }
        guard !syncing || fsync(descriptor) == 0 else { throw failure(path, "made durable") }
    }

    private static func syncFolder(of path: String) throws(LedgerError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder, "opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder, "made durable") }
    }

    private static func failure(_ path: String, _ verb: String) -> LedgerError {
        .file(path: path, problem: "could not be \(verb): \(unsafe String(cString: strerror(errno)))")
    }
}
