import Foundation
import NIOCore
import NIOPosix
import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import Testing

/// The real program on one ledger in a temporary folder: started, killed in the middle of whatever it does, started again.
final class RealDaemon: Sendable {
    /// How long it may take to serve. Seconds.
    static let patience = 30.0

    let folder: TestFolder
    let certificates: TestCertificates

    init() async throws {
        folder = try TestFolder()
        certificates = try await TestCertificates.make(TestTown.callers)
        let tls = certificates.server
        let configuration = """
            listen: 127.0.0.1:0
            metrics: none
            certificate: \(tls.certificateChain)
            key: \(tls.privateKey)
            ca: \(tls.trustAnchors)
            crl: none
            ledger: \(ledger)
            node: \(TestTown.node)
            policies: \(TestTown.policies)
            administrator: \(TestTown.administrator.text)
            linger: 0
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder.file("portvaktd.yaml")))
    }

    var ledger: String { folder.file("ledger.db") }

    /// One life of it.
    ///
    /// `@unchecked Sendable`: `process` is started before the value is shared, and only its id is used afterwards.
    final class Life: @unchecked Sendable {
        private let process: Process
        let port: Int

        init(_ process: Process, port: Int) {
            self.process = process
            self.port = port
        }

        deinit { kill() }

        /// SIGKILL: nothing that it holds in memory is written. Returns when it is gone.
        func kill() {
            guard process.isRunning else { return }
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    /// The folder of the programs under test: the one that this test program stands in.
    private static let programs: URL = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent()
    }()

    /// Starts it and waits until it serves.
    func start() async throws -> Life {
        let log = URL(fileURLWithPath: folder.file("log"))
        try Data().write(to: log)
        let process = Process()
        process.executableURL = Self.programs.appendingPathComponent("portvaktd")
        process.arguments = ["--config", folder.file("portvaktd.yaml")]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PORTVAKT") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        let end = Date(timeIntervalSinceNow: Self.patience)
        while Date() < end, process.isRunning {
            let text = try String(contentsOf: log, encoding: .utf8)
            if let port = Self.port(in: text) { return Life(process, port: port) }
            try await Task.sleep(for: .milliseconds(10))
        }
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        throw NotServing(log: try String(contentsOf: log, encoding: .utf8))
    }

    struct NotServing: Error {
        var log: String
    }

    private static func port(in log: String) -> Int? {
        // A line that is still being written has no end.
        let lines = log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let line = lines.last { $0.contains("serving on 127.0.0.1:") }
        return line?.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    func channel(as caller: String, to life: Life) throws -> PortvaktChannel {
        var configuration = RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: life.port)], tls: try certificates.caller(caller))
        configuration.defaultTimeout = .seconds(10)
        return try PortvaktChannel(configuration)
    }
}
