import Foundation
import TestPrograms
import Testing

/// A real daemon in a temporary folder, on a free port of loopback, ended with its owner.
final class RunningService: Sendable {
    let scratch: Scratch
    let address: String
    let metrics: String
    private let daemon: TestProgram

    static let controller = "kommune-a"

    /// Starts it, with the systems journal (asks and registers), officer and registry, for one controller.
    init() async throws {
        scratch = try Scratch()
        let certs = scratch.path("certs")
        try await Self.succeed("certs", "init", certs)
        try await Self.succeed("certs", "system", certs, "journal", "--organization", "312345676")
        try await Self.succeed("certs", "system", certs, "registry", "--spiffe", "spiffe://portvakt.test/registry")
        let key = try await Tool.portvakt("audit", "key", "create", "log.test", scratch.path("checkpoint.key"))
        try #require(key.status == 0, "\(key.error)")
        try Data(key.output.utf8).write(to: scratch.file("log.pub"))
        try Data(Self.configuration(scratch, certs).utf8).write(to: scratch.file("portvaktd.yaml"))
        (daemon, address, metrics) = try await Self.start(scratch)
        do { try await register() } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    /// Ends it, and waits until its files are closed.
    func stop() { daemon.stop() }

    /// The same, and its exit code.
    func ended() async throws -> Int32 {
        stop()
        return try await daemon.status()
    }

    private static func configuration(_ scratch: Scratch, _ certs: String) -> String {
        """
        listen: 127.0.0.1:0
        metrics: 127.0.0.1:0
        certificate: \(certs)/server.pem
        key: \(certs)/server.key
        ca: \(certs)/ca.pem
        crl: \(certs)/crl.pem
        ledger: \(scratch.path("ledger.db"))
        checkpoint_key: \(scratch.path("checkpoint.key"))
        guard: \(scratch.path("guard"))
        policies: \(PolicyTests.shipped)
        administrator: spiffe://portvakt.test/administrator
        linger: 0
        """
    }

    private static func start(_ scratch: Scratch) async throws -> (TestProgram, address: String, metrics: String) {
        let log = scratch.file("log")
        try Data().write(to: log)
        let daemon = try await TestProgram.start(
            Tool.folder.appendingPathComponent("portvaktd").path, ["--config", scratch.path("portvaktd.yaml")],
            error: try FileHandle(forWritingTo: log))
        let address = try await daemon.said("serving on ", in: log)
        return (daemon, address, try await daemon.said("metrics on ", in: log))
    }

    private func register() async throws {
        let controller = Self.controller
        try await change("administrator", "registry", "add", "controller", "id=\(controller)")
        try await change(
            "administrator", "system", "register", "registry", "--spiffe", "spiffe://portvakt.test/registry",
            "--permission", "administer", "--permission", "register")
        try await change(
            "administrator", "system", "register", "journal", "--organization", "312345676", "--permission", "ask",
            "--permission", "explain", "--permission", "register", "--permission", "health")
        try await change(
            "administrator", "system", "register", "officer", "--spiffe", "spiffe://portvakt.test/officer",
            "--permission", "audit", "--permission", "health")
    }

    /// Runs the command line as one of the holders.
    func run(_ holder: String, _ arguments: String...) async throws -> Tool.Result { try await run(holder, arguments) }

    func run(_ holder: String, _ arguments: [String]) async throws -> Tool.Result {
        let quoted = arguments.map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }.joined(
            separator: " ")
        return try await Tool.sh("portvakt \(quoted)", environment: environment(holder))
    }

    func environment(_ holder: String) -> [String: String] {
        [
            "PORTVAKT_ADDRESS": address, "PORTVAKT_CERTS": scratch.path("certs"), "PORTVAKT_AS": holder,
            "PORTVAKT_CONTROLLER": Self.controller, "LC_ALL": "C.UTF-8",
        ]
    }

    /// Runs a command that must succeed.
    @discardableResult
    func change(_ holder: String, _ arguments: String...) async throws -> Tool.Result {
        let result = try await run(holder, arguments)
        try #require(result.status == 0, "\(arguments): \(result.error)")
        return result
    }

    /// Runs a command with `--json` and gives its value, whatever the status.
    func json(_ holder: String, _ arguments: String...) async throws -> [String: Any] {
        try await json(holder, arguments)
    }

    func json(_ holder: String, _ arguments: [String]) async throws -> [String: Any] {
        let result = try await run(holder, arguments + ["--json"])
        let value = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return try #require(value as? [String: Any], "\(arguments): \(result.output) \(result.error)")
    }

    private static func succeed(_ arguments: String...) async throws {
        let line = arguments.map { "'\($0)'" }.joined(separator: " ")
        let result = try await Tool.sh("portvakt \(line)")
        try #require(result.status == 0, "\(arguments): \(result.error)")
    }

    /// A school, PPT, a child with two parents, and a case with its log open.
    /// - Parameter farTo: the services that the father consents to.
    func importCase(farTo: String = "[skole, ppt]") async throws {
        let records = """
            format: portvakt-records/1
            records:
              controllers: [{id: kommune-a}]
              units: [{id: skole, service: skole, controller: kommune-a}, {id: ppt, service: ppt, controller: kommune-a}]
              persons: [{id: barn, born: 2018-03-10}, {id: mor, born: 1986-04-17}, {id: far, born: 1984-09-02}]
              authorities: [{id: fa-mor, holder: mor, over: barn}, {id: fa-far, holder: far, over: barn}]
              employments: [{id: larer, unit: skole}, {id: radgiver, unit: ppt}]
              cases: [{id: sak, subject: barn, controller: kommune-a, level: 2, log: open, holder: larer}]
              grants: [{id: deltar, case: sak, to: radgiver, granted_by: larer}]
              consents:
                - {id: s-mor, case: sak, given_by: mor, capacity: foreldreansvar, to: {services: [skole, ppt]}}
                - {id: s-far, case: sak, given_by: far, capacity: foreldreansvar, to: {services: \(farTo)}}
            """
        try Data(records.utf8).write(to: scratch.file("records.yaml"))
        try await change("registry", "import", scratch.path("records.yaml"))
    }
}
