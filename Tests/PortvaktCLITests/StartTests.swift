import Foundation
import Testing

@testable import portvakt

/// What a daemon needs to start, in a folder: it is never started on more than one port.
struct StartFiles {
    let scratch: Scratch
    private let common: String

    init() async throws {
        scratch = try Scratch()
        common = "--ledger ledger.db --policies '\(PolicyTests.shipped)'"
        for line in ["init certs", "system certs journal --organization 312345676"] {
            let made = try await Tool.sh("portvakt certs \(line)", in: scratch.url)
            try #require(made.status == 0, "\(made.error)")
        }
    }

    /// Runs the daemon; for one that must not start, or checks only.
    func daemon(
        _ flags: String, certificate: String = "certs/server.pem", key: String = "certs/server.key",
        ca: String = "certs/ca.pem", listen: String = "127.0.0.1:0", metrics: String = "none",
        umask: String = "022", environment: [String: String] = [:]
    ) async throws -> Tool.Result {
        try await Tool.sh(
            """
            umask \(umask)
            portvaktd --certificate \(certificate) --key \(key) --ca \(ca) --crl certs/crl.pem \(common) \
                --listen '\(listen)' --metrics '\(metrics)' \(flags)
            """, environment: environment, in: scratch.url)
    }
}

@Suite("What the daemon refuses to start on, and says when it checks", .timeLimit(.minutes(5)))
struct StartTests {
    /// Not started, with one sentence that has these parts, and the same sentence when checking.
    private func refused(_ start: Tool.Result, _ check: Tool.Result?, _ parts: String...) {
        #expect(start.status == 78)
        #expect(start.error.split(separator: "\n").last?.hasPrefix("portvaktd: ") == true, "\(start.error)")
        for part in parts { #expect(start.error.contains(part), "\(start.error)") }
        guard let check else { return }
        #expect(check.status == 78 && check.output.isEmpty)
        #expect(check.error.split(separator: "\n").last == start.error.split(separator: "\n").last)
    }

    @Test("A check of what is right says so and leaves nothing behind; of a ledger that is there it reads")
    func right() async throws {
        let files = try await StartFiles()
        let before = try FileManager.default.contentsOfDirectory(atPath: files.scratch.url.path).sorted()
        let checked = try await files.daemon("--check", metrics: "localhost:0")
        #expect(checked.status == 0 && checked.output == "the configuration is right\n", "\(checked.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.scratch.url.path).sorted() == before)
        try Data("hei, this is no ledger".utf8).write(to: files.scratch.file("ledger.db"))
        let other = try await files.daemon("--check")
        #expect(other.status == 78 && other.error.contains("ledger.db"), "\(other.output)\(other.error)")
        let nowhere = try await files.daemon("--check --ledger nowhere/ledger.db")
        #expect(nowhere.status == 78 && nowhere.error.contains("make that folder"), "\(nowhere.error)")
    }

    @Test("A revocation list past its next update is refused unless the daemon is told to accept it")
    func staleList() async throws {
        let files = try await StartFiles()
        let list = try RevocationList.load(files.scratch.path("certs/crl.pem"))
        try list.sign(
            by: try Certificate.load(files.scratch.path("certs/ca.pem")),
            key: try PrivateKey.load(files.scratch.path("certs/ca.key")), days: -1)
        try Data(try list.pem()).write(to: files.scratch.file("certs/crl.pem"))
        let said = "crl.pem: the revocation list is past its next update"
        for flag in ["", "--stale-crl refuse"] {
            refused(try await files.daemon(flag), try await files.daemon("\(flag) --check"), said)
        }
        let accepted = try await files.daemon("--stale-crl accept --check")
        #expect(accepted.status == 0, "\(accepted.error)")
    }

    @Test("A word that is no flag, and a folder without profiles, are named as what they are")
    func slips() async throws {
        let files = try await StartFiles()
        refused(try await files.daemon("extra"), try await files.daemon("extra --check"), "\"extra\" is no flag")
        try FileManager.default.createDirectory(at: files.scratch.file("empty"), withIntermediateDirectories: false)
        let empty = "--policies empty"
        let said = "there is no nasjonal in empty, which has no profile"
        refused(try await files.daemon(empty), try await files.daemon("\(empty) --check"), said)
    }

    @Test(
        "A setting that cannot be used is named with where it stands: a flag before the environment, that before the file",
        arguments: [
            ("--checkpoint-key x", "checkpoint_key and guard go together"), ("--guard x", "go together"),
            ("--linger 301", "linger, from the flag --linger, must be a whole number from 0 to 300"),
            ("--event-loops 0", "a whole number from 1 to 64"), ("--stale-crl maybe", "one of refuse, accept"),
            ("--log-format xml", "one of text, json"), ("--log-level loud", "one of debug, info"),
            ("--administrator NTRNO-123456780", "a right check digit"), ("--profile ''", "a name, and is empty"),
            ("--policies", "needs a value"), ("--polices x", "did you mean --policies?"),
        ])
    func settings(_ flag: String, _ said: String) async throws {
        let files = try await StartFiles()
        refused(try await files.daemon(flag), try await files.daemon("--check \(flag)"), said)
    }

    @Test("Settings are the flag's, else the environment's, else the file's")
    func precedence() async throws {
        let files = try await StartFiles()
        try Data("linger: 401\n".utf8).write(to: files.scratch.file("d.yaml"))
        func said(_ flags: String, _ environment: [String: String]) async throws -> String {
            try await Tool.sh("portvaktd \(flags)", environment: environment, in: files.scratch.url).error
        }
        // The others must be given, and are not reached: each is refused in its order.
        let others = "--certificate c --key k --ca a --crl l --ledger d --policies p"
        let variable = ["PORTVAKTD_LINGER": "402"]
        #expect(try await said("\(others) --config d.yaml", [:]).contains("linger, from d.yaml:1:9, must"))
        #expect(try await said(others, ["PORTVAKTD_CONFIG": "d.yaml"]).contains("linger, from d.yaml:1:9, must"))
        #expect(
            try await said("\(others) --config d.yaml", variable).contains(
                "linger, from the environment variable PORTVAKTD_LINGER, must"))
        #expect(
            try await said("\(others) --config d.yaml --linger 403", variable).contains(
                "linger, from the flag --linger, must"))
        #expect(try await said("--config d.yaml", [:]).contains("certificate is missing: give certificate in the file"))
        try Data("lingr: 5\n".utf8).write(to: files.scratch.file("d.yaml"))
        #expect(try await said("\(others) --config d.yaml", [:]).contains("d.yaml:1:1"))
    }

    @Test(
        "A variable that looks like a setting and is none is warned of, with the one that was meant and without its value"
    )
    func strangers() async throws {
        let files = try await StartFiles()
        let given = ["PORTVAKTD_STALE_CLR": "accept", "PORTVAKTD_SERVICE_HOST": "10.0.0.1", "PORTVAKTD_LINGER": "3"]
        let checked = try await files.daemon("--check", environment: given)
        #expect(checked.status == 0, "\(checked.error)")
        let warnings = checked.error.split(separator: "\n").filter { $0.contains(" warning ") }
        try #require(warnings.count == 2, "\(checked.error)")
        #expect(
            warnings[0].hasSuffix(
                "the environment variable PORTVAKTD_SERVICE_HOST is no setting, and is passed over: see portvaktd --help"
            ))
        #expect(
            warnings[1].hasSuffix(
                "the environment variable PORTVAKTD_STALE_CLR is no setting, and is passed over: did you mean PORTVAKTD_STALE_CRL?"
            ))
        #expect(!checked.error.contains("10.0.0.1") && !checked.error.contains("PORTVAKTD_LINGER"))
    }

    @Test(
        "What a service is relied on for has no place beside --testing",
        arguments: [
            ("--metrics 127.0.0.1:0", "metrics, from the flag"), ("--node n", "node, from the flag"),
            ("--administrator NTRNO-312345676", "administrator, from the flag"),
            ("--checkpoint-key x --guard y", "checkpoint_key, from the flag"), ("--ledger x", "ledger, from the flag"),
            ("--listen 0.0.0.0:0", "an address of loopback"), ("--listen kommune.test:7443", "an address of loopback"),
            ("--check", "do not go together"),
        ])
    func testing(_ flags: String, _ said: String) async throws {
        let files = try await StartFiles()
        let common = "--certificate certs/server.pem --key certs/server.key --ca certs/ca.pem --crl certs/crl.pem"
        let ended = try await Tool.sh(
            "portvaktd --testing \(common) --policies '\(PolicyTests.shipped)' \(flags)", in: files.scratch.url)
        refused(ended, nil, said)
    }

    @Test("A flag that stands alone takes no value: --testing=false is not --testing")
    func valueless() async throws {
        let files = try await StartFiles()
        for flag in ["--testing=false", "--check=no", "--help=", "--version=2"] {
            let ended = try await files.daemon(flag)
            #expect(ended.output.isEmpty, "\(flag): \(ended.output)")
            refused(ended, nil, "takes no value", String(flag.prefix { $0 != "=" }))
        }
    }

    @Test(
        "An answer that cannot be written ends with 78 and a sentence, one that nobody reads by SIGPIPE and without a word"
    )
    func lostOutput() async throws {
        let files = try await StartFiles()
        for flag in ["--check", "--help", "--version"] {
            let full = try await files.daemon("\(flag) > /dev/full")
            refused(full, nil, "the output could not be written whole: ")
            #expect(full.error.split(separator: "\n").count == 1, "\(full.error)")
        }
        for flag in ["--help", "--version"] {
            // Said only when the other end of the pipe has been closed.
            let unread = try await Tool.sh(
                """
                mkfifo closed
                { cat closed; portvaktd \(flag); echo $? >status; } | { exec <&-; : >closed; }
                cat status; rm closed
                """, in: files.scratch.url)
            // 128 + SIGPIPE.
            #expect(unread.output == "141\n" && unread.error.isEmpty, "\(flag): \(unread.output)\(unread.error)")
        }
    }

    @Test("A check beside a running service is right, and after it leaves nothing beside the ledger")
    func beside() async throws {
        let service = try await RunningService()
        let line = "portvaktd --config portvaktd.yaml --check"
        let checked = try await Tool.sh(line, in: service.scratch.url)
        #expect(checked.status == 0, "\(checked.error)")
        service.stop()
        let before = try FileManager.default.contentsOfDirectory(atPath: service.scratch.url.path).sorted()
        #expect(!before.contains("ledger.db-wal"))
        let stopped = try await Tool.sh(line, in: service.scratch.url)
        #expect(stopped.status == 0, "\(stopped.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: service.scratch.url.path).sorted() == before)
    }

    @Test("Each TLS file that cannot serve: the start and the check say the same")
    func files() async throws {
        let files = try await StartFiles()
        func refuses(_ parts: String, certificate: String = "server", ca: String = "ca") async throws {
            let (pem, key, ca) = ("certs/\(certificate).pem", "certs/\(certificate).key", "certs/\(ca).pem")
            let start = try await files.daemon("", certificate: pem, key: key, ca: ca)
            refused(start, try await files.daemon("--check", certificate: pem, key: key, ca: ca), parts)
        }
        try await refuses("certs/nothing.pem: there is no such file", certificate: "nothing")
        try await refuses("certs/journal.pem: the certificate's extended key usage", certificate: "journal")
        try await refuses("certs/journal.pem: certificate 1 is no authority's", ca: "journal")
        let other = try await Tool.sh(
            """
            portvakt certs init other && cp other/ca.pem certs/other.pem
            (cat certs/ca.pem; head -n 4 certs/ca.pem) > certs/cut.pem
            """, in: files.scratch.url)
        try #require(other.status == 0, "\(other.error)")
        try await refuses("certs/cut.pem: PEM object 2 cannot be read", ca: "cut")
        try await refuses("certs/crl.pem: holds no revocation list that certificate 1 in certs/other.pem", ca: "other")
    }

    @Test("A ledger is its owner's whatever the umask, and one that was opened to others is named in the log")
    func modes() async throws {
        let files = try await StartFiles()
        // It makes the ledger, and then finds that it cannot listen.
        func started() async throws -> Tool.Result {
            try await files.daemon("", listen: "203.0.113.7:7443", umask: "0")
        }
        let first = try await started()
        for name in ["ledger.db", "ledger.db.index", "ledger.db.lock"] {
            #expect(try files.scratch.mode(name) == 0o600, "\(name)")
        }
        #expect(!first.error.contains("can read or write"), "\(first.error)")
        chmod(files.scratch.path("ledger.db"), 0o640)
        let second = try await started()
        #expect(second.error.contains("can read or write ledger.db"), "\(second.error)")
        #expect(try files.scratch.mode("ledger.db") == 0o640)
    }

    @Test("An address that is in use, not this machine's or not known: the setting, the address, what to do")
    func addresses() async throws {
        let service = try await RunningService()
        let files = try await StartFiles()
        refused(
            try await files.daemon("", listen: service.address), nil,
            "listen: \(service.address) is in use; stop what listens there")
        refused(
            try await files.daemon("", metrics: service.metrics), nil,
            "metrics: \(service.metrics) is in use; stop what listens there")
        refused(
            try await files.daemon("", listen: "203.0.113.7:7443"), nil,
            "listen: 203.0.113.7:7443 is no address of this machine")
        for setting in ["listen", "metrics"] {
            let (listen, metrics) = setting == "listen" ? ("no.invalid:1", "none") : ("127.0.0.1:0", "no.invalid:1")
            refused(
                try await files.daemon("", listen: listen, metrics: metrics),
                try await files.daemon("--check", listen: listen, metrics: metrics),
                "\(setting): no.invalid:1 names no host that is known here")
        }
    }
}
