import Foundation
import Testing

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

    /// Runs the daemon; for one that must not start.
    func daemon(
        _ flags: String, certificate: String = "certs/server.pem", key: String = "certs/server.key",
        ca: String = "certs/ca.pem", listen: String = "127.0.0.1:0", metrics: String = "none"
    ) async throws -> Tool.Result {
        try await Tool.sh(
            """
            portvaktd --certificate \(certificate) --key \(key) --ca \(ca) --crl certs/crl.pem \(common) \
                --listen '\(listen)' --metrics '\(metrics)' \(flags)
            """, in: scratch.url)
    }
}

@Suite("What the daemon refuses to start on", .timeLimit(.minutes(5)))
struct StartTests {
    /// Not started, with one sentence that has these parts.
    private func refused(_ start: Tool.Result, _ check: Tool.Result?, _ parts: String...) {
        #expect(start.status == 78)
        #expect(start.error.split(separator: "\n").last?.hasPrefix("portvaktd: ") == true, "\(start.error)")
        for part in parts { #expect(start.error.contains(part), "\(start.error)") }
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
                try await files.daemon("", listen: listen, metrics: metrics), nil,
                "\(setting): no.invalid:1 names no host that is known here")
        }
    }
}
