import Foundation
import Synchronization
import Testing

/// What holds for every command of the audit.
@Suite("The audit's commands, all of them")
struct AuditCommandsTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// The names of the commands below one, as its help lists them.
    private func commands(below command: String) async throws -> [String] {
        let help = try await Tool.sh("portvakt help \(command)")
        try #require(help.status == 0, "\(command): \(help.error)")
        guard let start = help.output.range(of: "SUBCOMMANDS:\n") else { return [] }
        let lines = help.output[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") }.compactMap {
            $0.split(separator: " ").first.map(String.init)
        }
    }

    private func all(below command: String) async throws -> [String] {
        var all: [String] = []
        for name in try await commands(below: command) {
            let below = try await self.all(below: "\(command) \(name)")
            all += below.isEmpty ? ["\(command) \(name)"] : below
        }
        return all
    }

    @Test("Each command has a help with an example, and a test that runs it", .timeLimit(.minutes(5)))
    func helpAndTest() async throws {
        let commands = try await all(below: "audit")
        #expect(commands.count >= 27, "\(commands)")
        var written = ""
        for file in try FileManager.default.contentsOfDirectory(at: Self.tests, includingPropertiesForKeys: nil)
        where file.pathExtension == "swift" {
            written += try String(contentsOf: file, encoding: .utf8)
        }
        for command in commands {
            let help = try await Tool.sh("portvakt help \(command)")
            let example = try #require(
                help.output.range(of: #"Examples?:\n"#, options: .regularExpression), "\(command)")
            #expect(help.output[example.upperBound...].contains("portvakt \(command)"), "\(command): \(help.output)")
            // As arguments one by one, or as the beginning of a line for a shell with more after it.
            let words = command.split(separator: " ").map(String.init)
            let apart = words.map { "\"\($0)\"" }.joined(separator: ", ")
            let line = words.dropFirst().joined(separator: " ")
            let isRun =
                written.contains(apart) || written.contains("\"\(line) ") || written.contains("portvakt \(command) ")
            #expect(isRun, "no test runs portvakt \(command)")
        }
    }

    @Test("The benchmark makes a log, measures it, keeps it when it is told to, and measures it again")
    func bench() async throws {
        let scratch = try Scratch()
        let line = "portvakt audit bench --entries 3000 --subjects 40 --busiest 300 --tries 3 --log kept --json"
        for round in 1...2 {
            let result = try await Tool.sh(line, in: scratch.url)
            #expect(result.status == 0, "\(result.error)")
            let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            let figures = try #require(value as? [String: Any])
            #expect((figures["write"] == nil) == (round == 2), "the second round writes nothing")
            #expect((figures["statement_longest_entries"] as? Double ?? 0) > 60)
            for name in ["query", "statement_longest", "statement_lines", "prove", "verify_rate", "index_rate"] {
                #expect((figures[name] as? Double ?? 0) > 0, "\(name)")
            }
        }
        #expect(try await Tool.sh("portvakt audit bench --busiest 2000", in: scratch.url).status == 64)
    }

    @Test(
        "A ledger that a service writes to, with its index, verifies each time that it is looked at",
        .timeLimit(.minutes(10)))
    func whileWritten() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let ledger = service.scratch.path("ledger.db")
        let isLookedAt = Mutex(false)
        let load = Task { try await Self.load(service, until: isLookedAt) }
        let sizes = try await Self.sizes(of: ledger, isLookedAt)
        for measured in try await load.value { #expect(measured.status == 0, "\(measured.error)") }
        #expect(sizes.count > 5, "it grew while it was looked at: \(sizes.sorted())")
    }

    /// Slow enough for what is looked at to stay small; again and again, since a busy machine looks slowly.
    private static func load(_ service: RunningService, until isLookedAt: borrowing Mutex<Bool>) async throws
        -> [Tool.Result]
    {
        var results: [Tool.Result] = []
        repeat {
            let line = "bench --streams 1 --connections 4 --rounds 1 --seconds 5"
            results.append(try await service.run("journal", line.components(separatedBy: " ")))
        } while !isLookedAt.withLock { $0 } && results.count < 40
        return results
    }

    /// The sizes in which a ledger was found whole, with its index.
    private static func sizes(of ledger: String, _ isLookedAt: borrowing Mutex<Bool>) async throws -> Set<Int> {
        defer { isLookedAt.withLock { $0 = true } }
        var sizes: Set<Int> = []
        for _ in 0..<40 {
            let verified = try await Tool.portvakt("audit", "verify", "--ledger", ledger, "--json")
            #expect(verified.status == 0, "\(verified.output)\(verified.error)")
            let value = try JSONSerialization.jsonObject(with: Data(verified.output.utf8)) as? [String: Any]
            sizes.insert(try #require(value?["entries"] as? Int))
            let checked = try await Tool.portvakt("audit", "fsck", "--ledger", ledger)
            #expect(checked.status == 0, "\(checked.output)\(checked.error)")
            if sizes.count > 5 { break }
        }
        return sizes
    }

    @Test(
        "A proof of another log, one with a letter changed, a checkpoint that somebody else signed: one sentence each")
    func otherLog() async throws {
        let scratch = try Scratch()
        for name in ["one", "other"] {
            let made = try await Tool.sh(
                """
                portvakt audit bench --entries 300 --subjects 20 --tries 1 --log \(name) &&
                portvakt audit key show \(name)/key > \(name).pub &&
                portvakt audit prove 'decisions/bench#7' --ledger \(name)/ledger.db --checkpoints \(name)/guard \
                    --key \(name).pub --output \(name).proof
                """, in: scratch.url)
            try #require(made.status == 0, "\(made.error)")
        }
        func fails(_ line: String, _ status: Int32, _ part: String) async throws {
            let result = try await Tool.sh("portvakt audit \(line)", in: scratch.url)
            #expect(result.status == status, "\(line): \(result.output)\(result.error)")
            #expect(result.error.split(separator: "\n").count == 1, "\(line): \(result.error)")
            #expect(result.error.contains(part), "\(line): \(result.error)")
        }
        try await fails("check-proof other.proof --key one.pub", 1, "none of the trusted keys")
        // The proof of one log with the checkpoint of the other.
        let (mine, theirs) = (
            try String(contentsOf: scratch.file("one.proof"), encoding: .utf8).components(separatedBy: "\n\n"),
            try String(contentsOf: scratch.file("other.proof"), encoding: .utf8).components(separatedBy: "\n\n")
        )
        try Data(([mine[0]] + theirs.dropFirst()).joined(separator: "\n\n").utf8).write(to: scratch.file("mixed.proof"))
        try await fails("check-proof mixed.proof --key other.pub", 1, "does not lead from the entry to the signed root")
        try await fails(
            "prove 'decisions/bench#7' --ledger one/ledger.db --checkpoints one/guard --key other.pub", 1, "guard")
        try await fails(
            "prove 'decisions/bench#7' --ledger one/ledger.db --checkpoints other/guard --key other.pub", 1, "signed")
        try await fails(
            "checkpoint --ledger one/ledger.db --checkpoints other/guard --key other.pub", 1, "another root")
        try await fails("fsck --ledger one/ledger.db --checkpoints other/guard --key other.pub", 1, "entry")
        try await fails("fsck --ledger nowhere.db", 2, "nowhere.db")
        try await fails(
            "prove 'decisions/bench#7' --ledger one/ledger.db --checkpoints nowhere --key one.pub", 2, "nowhere")
        try await fails("export out --ledger nowhere.db --checkpoints one/guard --key one.pub", 2, "nowhere.db")
        try await fails("check-statement nowhere.json --key one.pub", 2, "nowhere.json")
        try await fails("restore nowhere.db --ledger new.db --checkpoints one/guard --key one.pub", 2, "nowhere.db")
    }
}

/// What an officer on another machine asks the service for.
@Suite("Proofs and checkpoints of a service on another machine", .timeLimit(.minutes(10)))
struct AuditRemoteTests {
    @Test(
        "An entry is proved, and a checkpoint that was kept is joined to the newest: nothing but the log's key is trusted"
    )
    func remote() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<3 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        let folder = service.scratch.url
        func audit(_ line: String, as holder: String = "officer", ends status: Int32) async throws -> Tool.Result {
            let result = try await Tool.sh(
                "portvakt audit \(line)", environment: service.environment(holder), in: folder)
            #expect(result.status == status, "\(line): \(result.output)\(result.error)")
            return result
        }
        let server = "--server \(service.address) --key log.pub"
        _ = try await audit("prove 'decisions/node-1#0' \(server) --output 0.proof", ends: 0)
        let checked = try await audit("check-proof 0.proof --key log.pub --entry 'decisions/node-1#0'", ends: 0)
        #expect(checked.output.contains("allow of log.read"))
        _ = try await audit("checkpoint \(server) --note > kept", ends: 0)
        _ = try await service.run("journal", AuditOfficerTests.reads)
        try await Task.sleep(for: .milliseconds(1500))
        let joined = try await audit("checkpoint \(server) --since kept", ends: 0)
        #expect(joined.output.contains("the log begins with what the older checkpoints cover"))
        #expect(joined.output.contains("changes/kommune-a") && joined.output.contains("decisions/node-1"))

        // What was kept of every stream, by the operator: a stream that this officer may not read is not called unsigned.
        try await service.change(
            "administrator", "registry", "add", "controller", "id=kommune-z", "--controller", "kommune-z")
        try await Task.sleep(for: .milliseconds(1500))
        _ = try await audit("checkpoint --ledger ledger.db --checkpoints guard --key log.pub --note > all", ends: 0)
        let unseen = try await audit("checkpoint \(server) --since all", ends: 1)
        #expect(unseen.error.contains("shows no checkpoint of changes/kommune-z"), "\(unseen.error)")
        #expect(unseen.error.contains("or this certificate's system may not read that stream"), "\(unseen.error)")

        // All three readings are entries, and nothing is proved to whom it is not for.
        let read = try await service.json("officer", "audit", "query", "--audit-entries")
        let calls = (read["entries"] as? [[String: Any]] ?? []).compactMap {
            (($0["body"] as? [String: Any])?["audit"] as? [String: Any])?["call"] as? String
        }
        #expect(calls.count { $0 == "prove" } == 1 && calls.count { $0 == "checkpoint" } == 3, "\(calls)")
        _ = try await audit("prove 'decisions/node-1#0' \(server) --reader employment:radgiver", ends: 1)
        _ = try await audit("prove 'decisions/node-1#99999' \(server)", ends: 1)
        _ = try await audit("prove 'decisions/nowhere#0' \(server)", ends: 1)
        _ = try await audit("checkpoint \(server) --reader employment:leder-ppt", ends: 1)
        _ = try await audit("checkpoint \(server)", as: "journal", ends: 1)

        // A key that is not the log's, a checkpoint of the future, no service at all.
        _ = try await audit("key create log.test wrong.key > wrong.pub", ends: 0)
        let wrong = "--server \(service.address) --key wrong.pub"
        let unknown = try await audit("prove 'decisions/node-1#0' \(wrong)", ends: 1)
        #expect(unknown.error.contains("none of the trusted keys"), "\(unknown.error)")
        #expect(try await audit("checkpoint \(wrong)", ends: 1).error.contains("cannot be trusted"))
        let none = try await audit("checkpoint --server 127.0.0.1:1 --key log.pub", ends: 2)
        #expect(none.error.contains("no answer from 127.0.0.1:1"), "\(none.error)")
        _ = try await audit("checkpoint --server a:1 --export b --key log.pub", ends: 64)
        _ = try await audit("checkpoint \(server) --note > later", ends: 0)
        service.stop()
    }

    @Test("A list goes on where it ended, and a place that no list ended at is refused in one sentence")
    func cursor() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<5 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        var seen: [String] = []
        var next: String?
        for _ in 0..<10 {
            let page = try await service.json(
                "officer",
                ["audit", "query", "--actor", "employment:radgiver", "--limit", "2"]
                    + (next.map { ["--cursor", $0] } ?? []))
            seen += (page["entries"] as? [[String: Any]] ?? []).compactMap { $0["entry"] as? String }
            next = page["next"] as? String
            if next == nil { break }
        }
        #expect(seen.count == 5 && Set(seen).count == 5, "\(seen)")
        for unreadable in ["zz", "0000", "00000000000000000000", "kursor"] {
            let result = try await service.run("officer", "audit", "query", "--cursor", unreadable)
            #expect(result.status == 64 && result.error.split(separator: "\n").count == 1, "\(result.error)")
            #expect(result.error.contains("--cursor") && !result.error.contains(unreadable), "\(result.error)")
        }
    }
}
