internal import Glibc

/// A small file read whole, and what tells it from a later version of itself.
struct FileBytes {
    /// Identity and age of a file: a changed stamp means that the file was replaced or rewritten.
    struct Stamp: Sendable, Equatable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var size: Int64 = -1
        var seconds: Int = 0
        var nanoseconds: Int = 0
    }

    /// Largest certificate, key or revocation list file that is read. Bytes.
    static let maxSize = 64 * 1024 * 1024

    let bytes: [UInt8]
    let mode: UInt32

    /// Reads a regular file. Blocking.
    init(path: String) throws(TLSFileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        defer { close(descriptor) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw Self.failure(path, errno) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw TLSFileError(path: path, problem: .unreadable("not a regular file"))
        }
        guard info.st_size <= Self.maxSize else {
            throw TLSFileError(path: path, problem: .unreadable("larger than \(Self.maxSize) bytes"))
        }
        mode = info.st_mode & 0o777
        var collected: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, errno)
            }
            if count == 0 { break }
            collected.append(contentsOf: chunk[..<count])
            guard collected.count <= Self.maxSize else {
                throw TLSFileError(path: path, problem: .unreadable("larger than \(Self.maxSize) bytes"))
            }
        }
        bytes = collected
    }

    /// The stamp of a file, or an empty one when there is none. One `stat`.
    static func stamp(path: String) -> Stamp {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return Stamp() }
        return Stamp(
            device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
            seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
    }

    private static func failure(_ path: String, _ code: Int32) -> TLSFileError {
        if code == ENOENT { return TLSFileError(path: path, problem: .missing) }
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return TLSFileError(path: path, problem: .unreadable(reason))
    }
}
