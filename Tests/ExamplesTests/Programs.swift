import Foundation
import Testing

/// Runs the real programs, and keeps what they said.
enum Programs {
    struct Result: Sendable {
        var status: Int32
        /// Standard output and standard error.
        var text: String

        func says(_ part: String) -> Bool { text.contains(part) }
    }

    /// A program that does not end by then is ended, and the test fails. Seconds.
    static let patience = 60.0

    /// Where the programs under test are: beside this test's own.
    static let folder: URL = {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: path).deletingLastPathComponent()
    }()

    /// The repository's folder.
    static let repository: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }()

    static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> Result {
        let scratch = try Folder()
        let output = scratch.file("output")
        try Data().write(to: output)
        let process = process(program, arguments, environment)
        let sink = try FileHandle(forWritingTo: output)
        defer { try? sink.close() }
        process.standardOutput = sink
        process.standardError = sink
        let watchdog = Task {
            try await Task.sleep(for: .seconds(patience))
            Issue.record("\(program) \(arguments) did not end within \(patience) seconds")
            process.terminate()
        }
        defer { watchdog.cancel() }
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                done.resume(throwing: error)
            }
        }
        return Result(
            status: process.terminationStatus, text: String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }

    /// A process that is not started yet, and sees nothing of the developer's own settings.
    static func process(_ program: String, _ arguments: [String], _ environment: [String: String]) -> Process {
        let process = Process()
        process.executableURL =
            program.hasPrefix("/") ? URL(fileURLWithPath: program) : folder.appendingPathComponent(program)
        process.arguments = arguments
        let inherited = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("PORTVAKT") && $0.key != "EXAMPLE_DATABASE"
        }
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }
}

/// A temporary folder that is gone when its owner is.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func path(_ name: String) -> String { file(name).path }
}

/// A process that serves until its owner goes: a daemon, or a page.
final class Serving: Sendable {
    /// What its output said behind the words that were waited for.
    let place: String
    private let running: Running

    /// `@unchecked Sendable`: started before it is shared, and only terminated afterwards.
    private final class Running: @unchecked Sendable {
        let process: Process
        init(_ process: Process) { self.process = process }
    }

    struct NotServing: Error {
        var output: String
    }

    /// - Parameter words: the line that says it serves, up to the place.
    init(_ process: Process, until words: String, output: URL) async throws {
        try Data().write(to: output)
        let sink = try FileHandle(forWritingTo: output)
        process.standardOutput = sink
        process.standardError = sink
        try process.run()
        try? sink.close()
        running = Running(process)
        let end = Date(timeIntervalSinceNow: Programs.patience)
        while Date() < end, process.isRunning {
            let text = try String(contentsOf: output, encoding: .utf8)
            if let line = text.split(separator: "\n").last(where: { $0.contains(words) }), text.hasSuffix("\n") {
                place = String(line.components(separatedBy: words).last ?? "")
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        process.terminate()
        throw NotServing(output: try String(contentsOf: output, encoding: .utf8))
    }

    deinit { stop() }

    /// Ends it, and waits until it has.
    func stop() {
        guard running.process.isRunning else { return }
        running.process.terminate()
        running.process.waitUntilExit()
    }
}
