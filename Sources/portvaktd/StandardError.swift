internal import Foundation

/// Where the log and the sentences about a start go.
enum StandardError {
    /// Writes a line as far as standard error takes it. What it does not take is lost, and nothing else: a full disk under the log, or a
    /// collector of it that has ended, is no reason to stop answering.
    static func write(line: String) {
        var rest = [UInt8]((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Foundation.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Before anything is opened. Standard files that are closed are opened to nowhere: a file or a connection that took the number of one
    /// would get the log's lines. Writing where nobody reads, or over a limit of bytes, is an error and no signal.
    static func prepare() {
        while true {
            let descriptor = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
            guard descriptor >= 0, descriptor <= STDERR_FILENO else {
                if descriptor >= 0 { close(descriptor) }
                break
            }
        }
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    }
}
