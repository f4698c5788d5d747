import Glibc

/// The `openssl` program as a child process with pipes.
final class OpenSSLProgram {
    enum Failure: Error {
        case cannotStart(Int32)
    }

    /// Seconds.
    static let lifetime = "60"

    private let process: pid_t
    private var input: Int32
    private let output: Int32

    init(_ arguments: [String]) throws {
        var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw Failure.cannotStart(errno)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
        // Nothing else of ours is for the child; closing what is not open is no error.
        for descriptor in 3..<Int32(256) { posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Under `timeout`, so that it does not outlive a test run that was killed.
        var argv = (["timeout", Self.lifetime, "openssl"] + arguments).map { strdup($0) } + [nil]
        var child: pid_t = 0
        // The signals that this process blocks are the child's to receive.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let code = posix_spawnp(&child, "timeout", &actions, &attributes, &argv, environ)
        posix_spawnattr_destroy(&attributes)
        posix_spawn_file_actions_destroy(&actions)
        argv.forEach { free($0) }
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw Failure.cannotStart(code)
        }
        (process, input, output) = (child, toChild[1], fromChild[0])
    }

    deinit {
        close(input)
        close(output)
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    func write(_ bytes: [UInt8]) {
        // A program that has ended already is no failure of the test: what it said is.
        signal(SIGPIPE, SIG_IGN)
        _ = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
    }

    /// Reads until the output is `enough`, the program ends, or `seconds` have passed. Returns all of it.
    func read(seconds: Int, until enough: ([UInt8]) -> Bool) -> [UInt8] {
        var all: [UInt8] = []
        for _ in 0..<(seconds * 20) where !enough(all) {
            var item = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&item, 1, 50) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(output, &chunk, chunk.count)
            if count <= 0 { break }
            all += chunk[..<count]
        }
        return all
    }
}
