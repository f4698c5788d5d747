import Foundation
import TestPrograms
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
        let status = try await start(program, arguments, environment, output: output).status()
        return Result(status: status, text: String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }

    /// Starts one that sees nothing of the developer's own settings.
    static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:], output: URL
    ) async throws -> TestProgram {
        try Data().write(to: output)
        let sink = try FileHandle(forWritingTo: output)
        return try await TestProgram.start(
            program.hasPrefix("/") ? program : folder.appendingPathComponent(program).path, arguments,
            environment: TestProgram.cleanEnvironment.merging(environment) { $1 }, output: sink, error: sink)
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
    private let program: TestProgram

    /// - Parameter words: the line that says it serves, up to the place.
    init(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:], until words: String,
        output: URL
    ) async throws {
        self.program = try await Programs.start(program, arguments, environment, output: output)
        place = try await self.program.said(words, in: output)
    }

    deinit { stop() }

    /// Ends it, and waits until it has.
    func stop() { program.stop() }
}
