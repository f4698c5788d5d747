internal import COpenSSL
internal import Glibc

/// Files of certificates and keys: never overwritten, keys for their owner only.
enum CertificateFile {
    /// Largest certificate, key or other small file that is read. Bytes.
    static let maximumSize = 1 << 20

    /// The bytes of a file, or of what comes through a pipe.
    /// - Parameter limit: how many there may be.
    static func read(_ path: String, atMost limit: Int = maximumSize) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("cannot read \(path): \(reason())") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("cannot read \(path): \(reason())") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= limit else {
                throw Failure(
                    "\(path) is larger than \(limit) bytes, and nothing that is read here is: give another file")
            }
        }
    }

    static func exists(_ path: String) -> Bool {
        var info = stat()
        return unsafe lstat(path, &info) == 0
    }

    /// Makes a folder, and the folders above it; that it is there already is no error.
    static func makeFolder(_ path: String) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            if unsafe mkdir(made, 0o700) != 0, errno != EEXIST {
                throw Failure("cannot make the folder \(made): \(reason())")
            }
        }
    }

    /// Writes a file that must not exist yet, through to the disk. One that cannot be written whole is taken away again.
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            if errno == EEXIST {
                throw Failure("\(path) is there already, and is never overwritten: choose another name or folder")
            }
            throw Failure("cannot write \(path): \(reason())")
        }
        defer { close(descriptor) }
        do { try write(bytes, to: descriptor, path, mode) } catch {
            unsafe unlink(path)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String, _ mode: mode_t) throws {
        // Whatever the umask took or left.
        guard fchmod(descriptor, mode) == 0 else { throw Failure("cannot set who reads \(path): \(reason())") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("cannot write \(path): \(reason())") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw Failure("cannot write \(path) to the disk: \(reason())") }
    }

    /// Puts a new version in place of a file in one step: a reader finds the old or the new one, never a part.
    static func replace(_ path: String, _ bytes: [UInt8], mode: mode_t) throws {
        let fresh = "\(path).new-\(getpid())"
        do {
            try create(fresh, bytes, mode: mode)
            guard unsafe rename(fresh, path) == 0 else { throw Failure("cannot replace \(path): \(reason())") }
        } catch {
            unsafe unlink(fresh)
            throw error
        }
    }

    /// Creates all of the files or none: what was made is removed when a later one fails.
    static func createAll(_ files: [(path: String, bytes: [UInt8], mode: mode_t)]) throws {
        for file in files where exists(file.path) {
            throw Failure("\(file.path) is there already, and is never overwritten: choose another name or folder")
        }
        var made: [String] = []
        do {
            for file in files {
                try create(file.path, file.bytes, mode: file.mode)
                made.append(file.path)
            }
        } catch {
            for path in made { unsafe unlink(path) }
            throw error
        }
    }

    private static func reason() -> String {
        unsafe String(cString: strerror(errno))
    }
}
