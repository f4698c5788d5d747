import Foundation
import TestPrograms
import Testing

// Over a hundred scenarios, each in an emptied store, in a debug build: minutes on a busy machine.
@Suite("portvaktd --testing", .timeLimit(.minutes(8)))
struct TestingModeTests {
    static let scenarios = PolicyTests.shipped.replacingOccurrences(of: "/policies", with: "/Tests/Scenarios")

    @Test("The repository's scenarios come out right over the wire, every one of them")
    func scenarios() async throws {
        let service = try await TestingDaemon()
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.scenarios).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(files.count > 10)
        for file in files.sorted() {
            let test = "policy test '\(Self.scenarios)/\(file)'"
            let inProcess = try await service.run("\(test) --policies '\(PolicyTests.shipped)'", as: "journal")
            let result = try await service.run("\(test) --over-the-wire \(service.address)", as: "journal")
            #expect(result.status == 0, "\(file): \(result.output) \(result.error)")
            #expect(result.output.hasSuffix(" passed, 0 failed\n"), "\(result.output)")
            // As many as in process: none was left out.
            #expect(result.output.split(separator: "\n").last == inProcess.output.split(separator: "\n").last)
        }
    }

    @Test("A scenario under a profile that the service does not have ends with 2 and names the nearest, as in process")
    func absentProfile() async throws {
        let service = try await TestingDaemon()
        let text = try String(contentsOfFile: "\(Self.scenarios)/innslipp.yaml", encoding: .utf8)
        let wrong = text.replacingOccurrences(of: "\nprofile: nasjonal", with: "\nprofile: nasjonl")
        try #require(wrong != text)
        try Data(wrong.utf8).write(to: service.scratch.file("wrong.yaml"))
        let test = "policy test '\(service.scratch.path("wrong.yaml"))'"
        for way in ["--policies '\(PolicyTests.shipped)'", "--over-the-wire \(service.address)"] {
            let result = try await service.run("\(test) \(way)", as: "journal")
            #expect(result.status == 2, "\(way): \(result.output) \(result.error)")
            #expect(
                result.error.contains("wrong.yaml:") && result.error.contains("did you mean \"nasjonal\"?"),
                "\(result.error)")
        }
    }

    @Test("A decision that does not come out again ends why and replay with 1, and says what is different")
    func notIdentical() async throws {
        let service = try await TestingDaemon()
        // A rule failed when it was decided; derived again, none does.
        let text = """
            format: portvakt-scenarios/1
            profile: nasjonal
            now: 2026-11-21T10:00:00+01:00
            records:
              controllers: [{id: kommune-a}]
              units: [{id: skole, service: skole, controller: kommune-a}]
              persons: [{id: barn, born: 2015-03-01}, {id: larer, born: 1980-01-01}]
              employments: [{id: larer, unit: skole}]
              cases: [{id: sak, subject: barn, controller: kommune-a, level: 1, log: open, holder: larer}]
            scenarios:
              - id: rule-fails
                title: A rule fails while it is evaluated
                basis: [P]
                checks:
                  - ask: {actor: {employment: larer}, action: log.read, on: {case: sak}}
                    fault: evaluation
                    expect: {effect: deny, reasons: [deny.evaluation_error]}
            """
        try Data(text.utf8).write(to: service.scratch.file("fault.yaml"))
        let tested = try await service.run(
            "policy test '\(service.scratch.path("fault.yaml"))' --over-the-wire \(service.address)", as: "journal")
        try #require(tested.output == "1 passed, 0 failed\n", "\(tested.output)\(tested.error)")
        for command in ["why", "replay"] {
            let again = try await service.run("audit \(command) 'decisions/node-1#0'", as: "journal")
            #expect(again.status == 1, "\(command): \(again.output)\(again.error)")
            #expect(again.output.contains("decisions/node-1#0: not identical: "), "\(command): \(again.output)")
            let json = try await service.run("audit \(command) 'decisions/node-1#0' --json", as: "journal")
            #expect(json.status == 1 && json.output.contains("\"identical\": false"), "\(command): \(json.output)")
        }
    }

    @Test("A certificate's store is empty to another certificate, and its holder may do everything in it")
    func isolated() async throws {
        let service = try await TestingDaemon()
        let added = try await service.run(
            "registry add controller id=kommune-a --controller kommune-a", as: "journal")
        #expect(added.status == 0, "\(added.error)")
        let own = try await service.run("registry list controller --json", as: "journal")
        #expect(own.output.contains("kommune-a"), "\(own.output) \(own.error)")
        let other = try await service.run("registry list controller --json", as: "plan")
        #expect(other.status == 0 && !other.output.contains("kommune-a"), "\(other.output) \(other.error)")
    }

    @Test(
        "A setting of a service that is relied on is refused beside --testing, by name",
        arguments: [
            ("--ledger /tmp/ledger.db", "ledger"), ("--checkpoint-key key.pem --guard guard", "checkpoint_key"),
            ("--administrator spiffe://portvakt.test/administrator", "administrator"),
            ("--listen 0.0.0.0:0", "listen"), ("--metrics 127.0.0.1:0", "metrics"), ("--node node-2", "node"),
        ])
    func production(_ flags: String, _ named: String) async throws {
        let common = "--certificate a --key b --ca c --crl none --policies '\(PolicyTests.shipped)'"
        let result = try await Tool.sh("portvaktd --testing \(common) \(flags)")
        #expect(result.status == 78)
        #expect(result.error.contains("portvaktd: \(named), from the flag"), "\(result.error)")
    }

    @Test("A service that is not in testing mode has no Testing service")
    func onlyInTesting() async throws {
        let service = try await RunningService()
        let result = try await service.run(
            "administrator", ["policy", "test", Self.scenarios, "--over-the-wire", service.address])
        #expect(result.status == 2, "\(result.output) \(result.error)")
        #expect(result.error.contains("UNIMPLEMENTED"), "\(result.error)")
    }
}

/// A real daemon in testing mode on a free port of loopback, ended with its owner.
final class TestingDaemon: Sendable {
    let scratch: Scratch
    let address: String
    let daemon: TestProgram

    init() async throws {
        scratch = try Scratch()
        let certs = scratch.path("certs")
        for arguments in ["init \(certs)", "system \(certs) journal --organization 312345676"] {
            let made = try await Tool.sh("portvakt certs \(arguments)")
            try #require(made.status == 0, "\(made.error)")
        }
        let plan = try await Tool.sh("portvakt certs system \(certs) plan --spiffe spiffe://portvakt.test/plan")
        try #require(plan.status == 0, "\(plan.error)")
        let log = scratch.file("log")
        try Data().write(to: log)
        daemon = try await TestProgram.start(
            Tool.folder.appendingPathComponent("portvaktd").path,
            [
                "--testing", "--listen", "127.0.0.1:0", "--certificate", "\(certs)/server.pem", "--key",
                "\(certs)/server.key", "--ca", "\(certs)/ca.pem", "--crl", "\(certs)/crl.pem", "--policies",
                PolicyTests.shipped,
            ], error: try FileHandle(forWritingTo: log))
        address = try await daemon.said("serving on ", in: log)
    }

    deinit { daemon.stop() }

    /// Runs the command line with one holder's certificate.
    func run(_ arguments: String, as holder: String) async throws -> Tool.Result {
        try await Tool.sh(
            "portvakt \(arguments)",
            environment: [
                "PORTVAKT_ADDRESS": address, "PORTVAKT_CERTS": scratch.path("certs"), "PORTVAKT_AS": holder,
                "LC_ALL": "C.UTF-8",
            ])
    }
}
