import Foundation
import TestPrograms
import Testing

/// Runs real programs and keeps what they said.
enum Tool {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var error: String

        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// A program that does not end by then is ended, and the test fails. Seconds.
    static let patience = 60.0

    /// The folder of the programs under test: the one that this test program stands in.
    static let folder: URL = {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: path).deletingLastPathComponent()
    }()

    /// The command line under test.
    static func portvakt(
        _ arguments: String..., environment: [String: String] = [:], in directory: URL? = nil
    ) async throws -> Result {
        try await run(folder.appendingPathComponent("portvakt"), arguments, environment, directory)
    }

    static func openssl(_ arguments: String...) async throws -> Result {
        try await run(URL(fileURLWithPath: "/usr/bin/env"), ["openssl"] + arguments, [:], nil)
    }

    static func sh(
        _ script: String, environment: [String: String] = [:], in directory: URL? = nil, patience: Double = patience
    ) async throws -> Result {
        var environment = environment
        environment["PATH"] = folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        return try await run(URL(fileURLWithPath: "/bin/sh"), ["-c", script], environment, directory, patience)
    }

    private static func run(
        _ program: URL, _ arguments: [String], _ environment: [String: String], _ directory: URL?,
        _ patience: Double = patience
    ) async throws -> Result {
        let scratch = try Scratch()
        let output = scratch.file("output")
        let error = scratch.file("error")
        for url in [output, error] { try Data().write(to: url) }
        let running = try await TestProgram.start(
            program.path, arguments, environment: TestProgram.cleanEnvironment.merging(environment) { $1 },
            in: directory, output: try FileHandle(forWritingTo: output), error: try FileHandle(forWritingTo: error))
        let status = try await running.status(within: patience)
        return Result(
            status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
    }
}

/// A temporary folder that is gone when its owner is.
final class Scratch: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("portvakt-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func path(_ name: String) -> String { file(name).path }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }
}
