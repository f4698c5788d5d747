internal import Glibc

/// Folders of files that a command writes: readable by their owner only.
enum OutputFolder {
    /// Makes a folder with these files in it, or nothing: half of it would look like a whole one, and keep the next try from being made.
    static func make(_ folder: String, _ files: KeyValuePairs<String, String>) throws {
        guard unsafe mkdir(folder, 0o700) == 0 else {
            throw Failure("\(folder) cannot be made: \(reason). Give a folder that is not there yet")
        }
        do {
            for (name, text) in files { try write("\(folder)/\(name)", text) }
        } catch {
            for (name, _) in files { unsafe unlink("\(folder)/\(name)") }
            unsafe rmdir(folder)
            throw error
        }
    }

    private static func write(_ path: String, _ text: String) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { throw Failure("\(path) cannot be written: \(reason)") }
        defer { close(file) }
        let bytes = [UInt8](text.utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure("\(path) cannot be written: \(reason)") }
            written += count
        }
        guard fsync(file) == 0 else { throw Failure("\(path) cannot be written: \(reason)") }
    }

    private static var reason: String { unsafe String(cString: strerror(errno)) }
}
