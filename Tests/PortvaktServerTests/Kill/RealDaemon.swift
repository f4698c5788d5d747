import Foundation
import NIOCore
import NIOPosix
import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import TestPrograms
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
    final class Life: Sendable {
        private let program: TestProgram
        let port: Int

        init(_ program: TestProgram, port: Int) {
            self.program = program
            self.port = port
        }

        deinit { kill() }

        /// SIGKILL: nothing that it holds in memory is written. Returns when it is gone.
        func kill() { program.destroy() }
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
        let program = try await TestProgram.start(
            Self.programs.appendingPathComponent("portvaktd").path, ["--config", folder.file("portvaktd.yaml")],
            error: try FileHandle(forWritingTo: log))
        let port = try await program.said("serving on 127.0.0.1:", in: log, within: Self.patience)
        return Life(program, port: try #require(Int(port.prefix { $0.isNumber })))
    }

    func channel(as caller: String, to life: Life) throws -> PortvaktChannel {
        var configuration = RPCChannelConfiguration(
            targets: [RPCTarget(host: "127.0.0.1", port: life.port)], tls: try certificates.caller(caller))
        configuration.defaultTimeout = .seconds(10)
        return try PortvaktChannel(configuration)
    }
}
