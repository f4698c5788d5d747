internal import Foundation

/// Where the answers go that are asked for instead of a start: the help, the version, a check.
enum StandardOutput {
    /// Writes all of it.
    /// - Throws: ``SettingError`` when standard output does not take it. When nobody reads any more, the process ends by SIGPIPE.
    static func write(_ text: String) throws(SettingError) {
        var rest = [UInt8](text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Foundation.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR { continue }
            // As every program does whose reader has had enough.
            if written < 0, errno == EPIPE {
                signal(SIGPIPE, SIG_DFL)
                raise(SIGPIPE)
            }
            guard written > 0 else {
                let reason = unsafe String(cString: strerror(errno))
                throw SettingError("the output could not be written whole: \(reason)")
            }
            rest = rest.dropFirst(written)
        }
    }
}
