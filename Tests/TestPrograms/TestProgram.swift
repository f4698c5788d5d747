public import Foundation
internal import Subprocess
internal import SystemPackage

/// A program that a test starts, watches and ends.
///
/// Not Foundation's `Process`: on Linux it hears of a child's end through a socket that another child, started in the same
/// moment, may hold too, so that an end is told when that other one ends (in a test program with 600 open files: one child in a
/// hundred). A test that waits for a command then waits for somebody else's daemon.
public final class TestProgram: Sendable {
    /// The id of its process.
    public let id: Int32
    private let command: String
    private let ended: Task<Int32, any Error>

    /// A program of the tests that has not ended by then, or has not said what it must, fails its test. Seconds.
    public static let patience = 60.0

    /// Why a program that was waited for is ended.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private init(id: Int32, command: String, ended: Task<Int32, any Error>) {
        self.id = id
        self.command = command
        self.ended = ended
    }

    /// Ends what its owner left running.
    deinit { stop() }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - program: the path of the file; a name without a slash is looked for in PATH.
    ///   - environment: all that it sees.
    ///   - input: closed when nothing is given, as are the outputs.
    /// - Throws: when the file is none that can be run.
    public static func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = cleanEnvironment,
        in directory: URL? = nil, input: FileHandle? = nil, output: FileHandle? = nil, error: FileHandle? = nil
    ) async throws -> TestProgram {
        let nothing = try FileHandle(forUpdating: URL(fileURLWithPath: "/dev/null"))
        let (began, begin) = AsyncStream.makeStream(of: Int32.self)
        let ended = Task {
            // An end without a beginning is an error, which the one who waits for the beginning asks for.
            defer { begin.finish() }
            let done = try await run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
                environment: .custom(Dictionary(uniqueKeysWithValues: environment.map { (.init(rawValue: $0)!, $1) })),
                workingDirectory: directory.map { FilePath($0.path) },
                input: .fileDescriptor(descriptor(input ?? nothing), closeAfterSpawningProcess: false),
                output: .fileDescriptor(descriptor(output ?? nothing), closeAfterSpawningProcess: false),
                error: .fileDescriptor(descriptor(error ?? nothing), closeAfterSpawningProcess: false)
            ) { begin.yield($0.processIdentifier.value) }
            return status(done.terminationStatus)
        }
        for await id in began {
            return TestProgram(id: id, command: ([program] + arguments).joined(separator: " "), ended: ended)
        }
        _ = try await ended.value
        preconditionFailure("a program that ends without an error has begun")
    }

    /// What the tests' own process sees, without the developer's settings of the programs under test.
    public static var cleanEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("PORTVAKT") && !["NO_COLOR", "EXAMPLE_DATABASE"].contains($0.key)
        }
    }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        var found = siginfo_t()
        // The end is looked at and left where it is, for the one who gathers it.
        return waitid(P_PID, id_t(id), &found, WEXITED | WNOWAIT | WNOHANG) == 0 && found._sifields._sigchld.si_pid == 0
    }

    public func send(_ signal: Int32) {
        guard isRunning else { return }
        kill(id, signal)
    }

    /// Asks it to end, and returns when its files are closed. Does not need a thread of the tasks for that.
    public func stop() { end(by: SIGTERM) }

    /// SIGKILL: nothing that it holds in memory is written. Returns when it is gone.
    public func destroy() { end(by: SIGKILL) }

    private func end(by signal: Int32) {
        send(signal)
        var found = siginfo_t()
        while waitid(P_PID, id_t(id), &found, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }

    /// Waits for its end: its status, or 128 and the signal that ended it, as a shell has it.
    ///
    /// - Throws: `Failure` when it has not ended by itself within so many seconds. It is ended then.
    public func status(within seconds: Double = patience) async throws -> Int32 {
        let watchdog = Task {
            try await Task.sleep(for: .seconds(seconds))
            // One that ended in time was not ended here, however late its end is seen.
            guard isRunning else { return false }
            destroy()
            return true
        }
        let status = try await ended.value
        watchdog.cancel()
        if (try? await watchdog.value) == true {
            throw Failure(description: "\(command) did not end within \(seconds) seconds")
        }
        return status
    }

    /// Waits for a line of its output with these words, and gives what stands behind them: the last such line that is there.
    /// Without words: any line.
    ///
    /// - Parameter file: where its output goes.
    /// - Throws: `Failure`, with its output, when it ends without, or has not said it within so many seconds. It is ended then.
    public func said(_ words: String, in file: URL, within seconds: Double = patience) async throws -> String {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            // Asked before the output is read: what it said before its end counts.
            let goesOn = isRunning && ContinuousClock.now < end
            let output = try String(contentsOf: file, encoding: .utf8)
            // A line that is still being written has no end.
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines.reversed() {
                if words.isEmpty { return String(line) }
                if let found = line.range(of: words) { return String(line[found.upperBound...]) }
            }
            guard goesOn else {
                destroy()
                throw Failure(description: "\(command) did not say \"\(words)\": \(output)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func status(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private static func descriptor(_ file: FileHandle) -> FileDescriptor {
        FileDescriptor(rawValue: file.fileDescriptor)
    }
}
