import Foundation
import Testing

@Suite("A daemon on a bad day", .timeLimit(.minutes(5)))
struct BadDayTests {
    /// Starts the daemon in the background, does something once it holds its ledger, ends it, and gives its exit code.
    private func life(_ redirection: String, _ meanwhile: String) async throws -> Tool.Result {
        let files = try await StartFiles()
        return try await Tool.sh(
            """
            portvaktd --certificate certs/server.pem --key certs/server.key --ca certs/ca.pem --crl certs/crl.pem \
                --ledger ledger.db --policies '\(PolicyTests.shipped)' --listen 127.0.0.1:0 --metrics none --linger 0 \
                \(redirection) &
            daemon=$!
            until [ -e ledger.db.lock ] || ! kill -0 $daemon; do sleep 0.01; done
            \(meanwhile)
            kill -TERM $daemon
            wait $daemon
            """, in: files.scratch.url)
    }

    @Test(
        "A log that cannot be written is lost, and the service goes on: a full disk, a closed file",
        arguments: ["2>/dev/full", "2>&-"])
    func unwritableLog(_ redirection: String) async throws {
        let ended = try await life(redirection, "sleep 1; kill -HUP $daemon; sleep 1")
        #expect(ended.status == 0, "\(ended.error)")
        let refused = try await Tool.sh("portvaktd --ledger none \(redirection)")
        #expect(refused.status == 78)
    }

    @Test("A reload that is asked for while the ledger is read does not end the service; it comes when it serves")
    func reloadInStart() async throws {
        let ended = try await life("", "for i in 1 2 3; do kill -HUP $daemon; sleep 0.02; done; sleep 2")
        #expect(ended.status == 0, "\(ended.error)")
        let lines = ended.error.split(separator: "\n")
        let serving = try #require(lines.firstIndex { $0.contains("serving on") })
        #expect(lines[serving...].contains { $0.contains("loaded again") }, "\(ended.error)")
    }

    @Test("Told to stop while it reads the ledger it ends at once and well")
    func stopInStart() async throws {
        let ended = try await life("", "")
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.error.contains("stop"), "\(ended.error)")
    }

    @Test("With fewer descriptors than the ledger and its guard may need it does not start, and says what to raise")
    func descriptors() async throws {
        let files = try await StartFiles()
        for check in ["", "--check"] {
            let start = try await Tool.sh(
                """
                ulimit -n 128
                portvaktd --certificate certs/server.pem --key certs/server.key --ca certs/ca.pem --crl certs/crl.pem \
                    --ledger ledger.db --policies '\(PolicyTests.shipped)' --listen 127.0.0.1:0 --metrics none \(check)
                """, in: files.scratch.url)
            #expect(start.status == 78 && start.error.contains("raise LimitNOFILE"), "\(start.error)")
        }
    }

    @Test("A guard whose folder is not there: the start and the check refuse, before anything is answered")
    func guardFolder() async throws {
        let files = try await StartFiles()
        let made = try await Tool.sh("portvakt audit key create log.example key", in: files.scratch.url)
        #expect(made.status == 0, "\(made.error)")
        let flags = "--checkpoint-key key --guard unmounted/guard"
        let start = try await files.daemon(flags)
        #expect(start.status == 78 && start.error.contains("unmounted"), "\(start.error)")
        let check = try await files.daemon("\(flags) --check")
        #expect(check.status == 78 && check.error.contains("guard: unmounted/guard"), "\(check.error)")
    }

    @Test("What is recorded and cannot be signed any more, while it serves or as it stops, shows in its exit code")
    func lastSignature() async throws {
        let service = try await RunningService()
        let guardFile = service.scratch.path("guard")
        // Between removing the one and making the other the daemon may write it anew: then once more.
        var isFolder = false
        for _ in 0..<100 where !isFolder {
            unlink(guardFile)
            isFolder = mkdir(guardFile, 0o700) == 0
        }
        try #require(isFolder)
        // Recorded, so that there is something to sign, before or after the stop.
        _ = try await service.run("journal", ["check", "actor.employment=a", "action=log.read", "on.case=b"])
        #expect(try await service.ended() == 1)
    }

    @Test(
        "A ledger that the service's user cannot write is refused by its name",
        .enabled(if: geteuid() != 0, "root may write everything"))
    func unwritableLedger() async throws {
        let files = try await StartFiles()
        try Data().write(to: files.scratch.file("ledger.db"))
        chmod(files.scratch.path("ledger.db"), 0o400)
        for check in ["", "--check"] {
            let start = try await files.daemon(check)
            #expect(start.status == 78 && start.error.contains("ledger.db cannot be opened"), "\(start.error)")
        }
    }
}
