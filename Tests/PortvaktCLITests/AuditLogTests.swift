import Foundation
import TestPrograms
import Testing

/// A ledger that a real daemon has written: some changes, some decisions, all signed.
final class WrittenLedger: Sendable {
    let service: RunningService
    let decisions = 12

    init() async throws {
        service = try await RunningService()
        try await service.importCase()
        for _ in 0..<decisions {
            _ = try await service.run(
                "journal", "check", "actor.employment=radgiver", "action=log.read", "on.case=sak",
                "entry.category=education", "entry.author=skole", "entry.about=[barn]")
        }
        service.stop()
    }

    func path(_ name: String) -> String { service.scratch.path(name) }

    /// Runs `portvakt audit …` in the ledger's folder, split at spaces.
    func audit(_ line: String) async throws -> Tool.Result {
        try await Tool.sh("portvakt audit \(line)", in: service.scratch.url)
    }

    /// One that must end with a status; gives what it said.
    @discardableResult
    func audit(_ line: String, ends status: Int32) async throws -> Tool.Result {
        let result = try await audit(line)
        #expect(result.status == status, "\(line): \(result.output)\(result.error)")
        return result
    }
}

@Suite("The log, verified by the command line")
struct AuditLogTests {
    private static let log = "--ledger ledger.db --checkpoints guard --key log.pub"
    private static let entry = "'decisions/node-1#3'"

    @Test("Verify, prove, check, export, checkpoint, fsck: the whole way, with no service", .timeLimit(.minutes(10)))
    func wholeWay() async throws {
        let ledger = try await WrittenLedger()
        let verified = try await ledger.audit("verify \(Self.log)", ends: 0)
        #expect(verified.output.contains("decisions/node-1"))
        #expect(verified.output.contains("entries verify"))
        #expect(try await ledger.audit("verify --ledger ledger.db", ends: 0).output.contains("may be an old copy"))
        let part = "verify \(Self.log) --stream decisions/node-1"
        try await ledger.audit("\(part) --from 2 --to 5", ends: 0)
        // Whoever goes on from the last time finds nothing newer, and the end verified again; what was counted on and is not there is missing.
        #expect(try await ledger.audit("\(part) --from 12", ends: 0).output.contains("1 entries verify"))
        let short = "it is missing: the stream has 12"
        #expect(try await ledger.audit("\(part) --from 13", ends: 1).error.contains(short))
        #expect(try await ledger.audit("\(part) --from 12 --to 13", ends: 1).error.contains(short))

        try await ledger.audit("prove \(Self.entry) \(Self.log) --output 3.proof", ends: 0)
        let checked = try await ledger.audit("check-proof 3.proof --key log.pub --entry \(Self.entry)", ends: 0)
        #expect(checked.output.contains("allow of log.read"))
        #expect(try await ledger.audit("prove 'decisions/node-1#999' \(Self.log)", ends: 1).error.contains("covers 12"))

        try await ledger.audit("export out \(Self.log)", ends: 0)
        try await ledger.audit("verify --export out --key log.pub", ends: 0)
        let same = try await ledger.audit("prove \(Self.entry) --export out --key log.pub", ends: 0)
        #expect(same.output == (try String(contentsOfFile: ledger.path("3.proof"), encoding: .utf8)))
        try await ledger.audit("export leaves \(Self.log) --leaves-only", ends: 0)
        try await ledger.audit("verify --export leaves --key log.pub", ends: 0)
        #expect(!FileManager.default.fileExists(atPath: ledger.path("leaves/decisions/node-1/openings")))

        let note = try await ledger.audit("checkpoint \(Self.log) --note", ends: 0)
        try Data(note.output.utf8).write(to: ledger.service.scratch.file("kept"))
        try await ledger.audit("checkpoint \(Self.log) --since kept", ends: 0)
        try await ledger.audit("checkpoint --export out --key log.pub --since kept", ends: 0)
        let fsck = try await ledger.audit("fsck \(Self.log)", ends: 0)
        #expect(fsck.output.contains("index: as the log says"))
    }

    @Test("A controller whose id reads as a path is exported inside the folder, and verified with the others")
    func pathAsName() async throws {
        let service = try await RunningService()
        for name in ["../../escape", ".hidden", "a/b"] {
            try await service.change(
                "administrator", "registry", "add", "controller", "id=\(name)", "--controller", name)
        }
        service.stop()
        let files = FileManager.default
        try files.createDirectory(at: service.scratch.file("x/y"), withIntermediateDirectories: true)
        let exported = try await Tool.sh("portvakt audit export x/y/out \(Self.log)", in: service.scratch.url)
        #expect(exported.status == 0, "\(exported.error)")
        #expect(try files.contentsOfDirectory(atPath: service.scratch.path("x")) == ["y"])
        #expect(try files.contentsOfDirectory(atPath: service.scratch.path("x/y")) == ["out"])
        let verified = try await Tool.sh(
            "portvakt audit verify --export x/y/out --key log.pub", in: service.scratch.url)
        #expect(verified.status == 0, "\(verified.error)")
        for name in ["changes/../../escape", "changes/.hidden", "changes/a/b", "changes/kommune-a"] {
            #expect(verified.output.contains(name), "\(verified.output)")
        }
        try files.copyItem(
            at: service.scratch.file("x/y/out/changes/kommune-a"), to: service.scratch.file("x/y/out/changes/copy"))
        let twice = try await Tool.sh("portvakt audit verify --export x/y/out --key log.pub", in: service.scratch.url)
        #expect(twice.status == 2 && twice.error.contains("move one of them away"), "\(twice.error)")
    }

    @Test("A node's name that reads as a path is refused before anything is opened", arguments: ["x/y", "..", "a..b"])
    func nodeName(_ name: String) async throws {
        let common = "--certificate a --key b --ca c --crl none --ledger l --policies p"
        let result = try await Tool.sh("portvaktd \(common) --node \(name)")
        #expect(result.status == 78)
        #expect(result.error.contains("node, from the flag --node, must be a name without /"), "\(result.error)")
    }

    @Test("A wrong key, a proof for another log, a damaged export, a checkpoint of the future: one sentence each")
    func refusals() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("key create log.test wrong.key > wrong.pub", ends: 0)
        try await ledger.audit("key create other.test other.key > other.pub", ends: 0)
        try await ledger.audit("prove \(Self.entry) \(Self.log) --output 3.proof", ends: 0)
        try await ledger.audit("export out \(Self.log)", ends: 0)
        func fails(_ line: String, _ status: Int32, _ parts: String...) async throws {
            let result = try await ledger.audit(line, ends: status)
            #expect(result.error.split(separator: "\n").count == 1, "\(line): \(result.error)")
            for part in parts { #expect(result.error.contains(part), "\(line): \(result.error)") }
        }
        try await fails("check-proof 3.proof --key wrong.pub", 1, "none of the trusted keys", "signed by log.test+")
        try await fails("verify --export out --key wrong.pub", 1, "cannot be trusted", "signed by log.test+")
        try await fails("check-proof 3.proof --key log.pub --entry 'decisions/node-1#4'", 1, "#3, not of")
        try await fails("check-proof nothing --key log.pub", 2, "nothing")
        try await fails("verify --ledger nothing", 2, "nothing")
        let slip = "verify --ledger ledger.db --stream decisions/node-2"
        try await fails(slip, 2, "no stream decisions/node-2 in the ledger: did you mean decisions/node-1?")
        try await fails("check-proof log.pub --key log.pub", 1, "no proof", "line 1")
        // An export that ends between two streams: the place of the second is taken.
        try FileManager.default.createDirectory(
            at: ledger.service.scratch.file("half"), withIntermediateDirectories: true)
        try Data().write(to: ledger.service.scratch.file("half/decisions"))
        try await fails("export half \(Self.log)", 2, "half/decisions")
        try await fails("verify --export half --key log.pub", 2, "has entries and no checkpoint")
        try FileManager.default.removeItem(atPath: ledger.path("half/decisions"))
        try await ledger.audit("export half \(Self.log)", ends: 0)
        try await ledger.audit("verify --export half \(Self.log.replacing("--ledger ledger.db ", with: ""))", ends: 0)
        // The export of a smaller log and a checkpoint of the larger one.
        try await ledger.audit("export small \(Self.log) --stream decisions/node-1", ends: 0)
        try FileManager.default.removeItem(atPath: ledger.path("small/decisions/node-1/tile/entries"))
        try await fails("verify --export small --key log.pub", 1, "entry 0 of decisions/node-1", "missing")
        let tile = ledger.path("out/decisions/node-1/tile/entries/000.p/12")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: tile))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: tile))
        try await fails("verify --export out --key log.pub", 1, "entry 6 of decisions/node-1")
        // A stream that was signed and is not there: the whole is asked for, or one stream.
        try await ledger.audit("export one \(Self.log) --stream decisions/node-1", ends: 0)
        let signed = "--key log.pub --checkpoints guard"
        try await ledger.audit("verify --export one --key log.pub", ends: 0)
        try await ledger.audit("verify --export one \(signed) --stream decisions/node-1", ends: 0)
        try await fails("verify --export one \(signed)", 1, "entry 0 of changes/", "is missing", "--stream")
        // A checkpoint that says more than there is.
        try await ledger.audit("backup --ledger ledger.db copy.db", ends: 0)
        let service = try await Restarted(ledger)
        try await service.addDecision()
        try await fails("checkpoint --ledger copy.db --checkpoints guard --key log.pub", 1, "later log", "13", "12")
        try await fails(
            "verify --ledger copy.db --checkpoints guard --key log.pub", 1, "entry 12", "13 entries were signed")
        try await fails(
            "restore copy.db --ledger new.db --checkpoints guard --key log.pub", 1, "older than the guard", "newer copy"
        )
    }

    @Test("A copy taken while the daemon runs is whole; it is restored, and refused when it has become too old")
    func backup() async throws {
        let ledger = try await WrittenLedger()
        let service = try await Restarted(ledger)
        try await ledger.audit("backup --ledger ledger.db copy.db", ends: 0)
        #expect(try await ledger.audit("backup --ledger ledger.db copy.db").status == 2)
        service.stop()
        #expect(
            try await ledger.audit("restore copy.db \(Self.log)", ends: 2).error.contains("move it away"))
        for suffix in ["", "-wal", "-shm", ".index"] {
            try? FileManager.default.removeItem(atPath: ledger.path("ledger.db" + suffix))
        }
        try await ledger.audit("restore copy.db \(Self.log)", ends: 0)
        let again = try await Restarted(ledger)
        try await again.addDecision()
        again.stop()
        // Yesterday's copy in the ledger's place: the daemon does not start.
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: ledger.path("ledger.db" + suffix))
        }
        try Data(contentsOf: URL(fileURLWithPath: ledger.path("copy.db"))).write(
            to: URL(fileURLWithPath: ledger.path("ledger.db")))
        let refused = try await Tool.sh("portvaktd --config portvaktd.yaml", in: ledger.service.scratch.url)
        #expect(refused.status == 78)
        #expect(refused.error.contains("old copy"), "\(refused.error)")
    }

    @Test("A change in the database file, made with another tool: verify names the entry", arguments: [0, 3, 11])
    func changed(_ index: Int) async throws {
        let ledger = try await WrittenLedger()
        // The last byte of the entry's opening, by the format of docs/ledger.md.
        let script = """
            import sqlite3
            c = sqlite3.connect('ledger.db')
            for place, payload in c.execute("SELECT place, payload FROM blocks JOIN streams ON number = place >> 40 "
                                            "WHERE name = 'decisions/node-1' ORDER BY place").fetchall():
                at, number, payload = 0, place & (1 << 40) - 1, bytearray(payload)
                while at < len(payload):
                    at += 12 + sum(int.from_bytes(payload[at + n:at + n + 4], 'big') for n in (0, 4))
                    if number == \(index):
                        payload[at - 1] ^= 1
                        c.execute('UPDATE blocks SET payload = ? WHERE place = ?', (bytes(payload), place))
                    number += 1
            c.commit()
            """
        try Data(script.utf8).write(to: ledger.service.scratch.file("change.py"))
        #expect(try await Tool.sh("python3 change.py", in: ledger.service.scratch.url).status == 0)
        let verified = try await ledger.audit("verify \(Self.log)", ends: 1)
        #expect(verified.error.contains("entry \(index) of decisions/node-1"), "\(verified.error)")
        #expect(try await ledger.audit("fsck \(Self.log)", ends: 1).error.contains("entry \(index) of"))
    }

    @Test("A key is replaced: what the old one signed stays good, and what the new one signs too")
    func rotation() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("prove \(Self.entry) \(Self.log) --output old.proof", ends: 0)
        let ring = try await ledger.audit("key rotate checkpoint.key > both.pub; cat both.pub", ends: 0)
        #expect(ring.lines.count == 2)
        #expect(try ledger.service.scratch.mode("checkpoint.key") == 0o600)
        let service = try await Restarted(ledger)
        try await service.addDecision()
        service.stop()
        try await ledger.audit("check-proof old.proof --key both.pub", ends: 0)
        let log = "--ledger ledger.db --checkpoints guard --key both.pub"
        try await ledger.audit("prove 'decisions/node-1#12' \(log) --output new.proof", ends: 0)
        try await ledger.audit("check-proof new.proof --key both.pub", ends: 0)
        try await ledger.audit("check-proof new.proof --key log.pub", ends: 1)
        #expect(try await ledger.audit("key show checkpoint.key").output == ring.output)
    }

    @Test("A witness cosigns what grows, and refuses another history", .timeLimit(.minutes(10)))
    func witness() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("key create witness.test witness.key", ends: 0)
        let said = ledger.service.scratch.file("witness.log")
        try Data().write(to: said)
        let witness = try await TestProgram.start(
            Tool.folder.appendingPathComponent("portvakt").path,
            [
                "audit", "witness", "serve", "--signing-key", "witness.key", "--log", "log.pub", "--state", "state",
                "--listen", "127.0.0.1:0",
            ], in: ledger.service.scratch.url, output: try FileHandle(forWritingTo: said))
        defer { witness.stop() }
        let address = try await witness.said("listening on ", in: said)
        let lines = try String(contentsOf: said, encoding: .utf8).split(separator: "\n")
        try #require(lines.count == 2)
        try Data((lines[0] + "\n").utf8).write(to: ledger.service.scratch.file("witness.pub"))
        #expect(try await ledger.audit("key show --witness witness.key").output == lines[0] + "\n")
        let ask = "witness ask \(address) --witness witness.pub"
        let cosigned = try await ledger.audit("\(ask) \(Self.log) > cosigned; cat cosigned", ends: 0)
        #expect(cosigned.output.contains("\u{2014} witness.test "))
        try await ledger.audit("checkpoint --ledger ledger.db --checkpoints cosigned --key log.pub", ends: 0)
        try await ledger.audit("backup --ledger ledger.db other.db", ends: 0)
        try await ledger.audit("checkpoint \(Self.log) --note > before", ends: 0)
        var service = try await Restarted(ledger)
        try await service.addDecision()
        service.stop()
        try await ledger.audit("\(ask) \(Self.log)", ends: 0)
        // The same log, gone on differently from the copy: its owner signs it, and the witness does not.
        for suffix in ["", "-wal", "-shm", ".index"] {
            try? FileManager.default.removeItem(atPath: ledger.path("ledger.db" + suffix))
        }
        try FileManager.default.moveItem(atPath: ledger.path("other.db"), toPath: ledger.path("ledger.db"))
        try FileManager.default.removeItem(atPath: ledger.path("guard"))
        service = try await Restarted(ledger)
        try await service.addDecision()
        service.stop()
        let refused = try await ledger.audit("\(ask) \(Self.log)", ends: 1)
        #expect(refused.error.contains("another history"), "\(refused.error)")
        #expect(try await ledger.audit("witness ask 127.0.0.1:1 --witness witness.pub \(Self.log)").status == 2)
        // A key that others may read is not used.
        #expect(chmod(ledger.path("witness.key"), 0o644) == 0)
        let open = try await ledger.audit(
            "witness serve --signing-key witness.key --log log.pub --state state", ends: 2)
        #expect(open.error.contains("chmod 600"))
    }

    @Test("An implementation of others computes the same roots from an export", .timeLimit(.minutes(10)))
    func pymerkle() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("export out \(Self.log) --leaves-only", ends: 0)
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let interop = tests.deletingLastPathComponent().appendingPathComponent("dev/interop").path
        let result = try await Tool.sh(
            "'\(interop)/merkle' '\(interop)/merkle_roots.py' out", in: ledger.service.scratch.url)
        #expect(result.status == 0, "\(result.output)\(result.error)")
        #expect(result.lines.count { $0.hasPrefix("same ") } == 2, "\(result.output)")
        // Another leaf, another root: the comparison can fail.
        let tile = ledger.path("out/decisions/node-1/tile/entries/000.p/12")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: tile))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: tile))
        let changed = try await Tool.sh(
            "'\(interop)/merkle' '\(interop)/merkle_roots.py' out", in: ledger.service.scratch.url)
        #expect(changed.status == 1)
    }

    @Test("A wrong index is found by fsck, and built again")
    func wrongIndex() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("fsck \(Self.log)", ends: 0)
        let changed = try await Tool.sh(
            "python3 -c \"import sqlite3; c = sqlite3.connect('ledger.db.index'); c.execute('UPDATE chains SET count = count + 1'); c.commit()\"",
            in: ledger.service.scratch.url)
        #expect(changed.status == 0, "\(changed.error)")
        #expect(try await ledger.audit("fsck \(Self.log)", ends: 1).error.contains("chains"))
        // No database any more: the ledger is whole, and needs no backup.
        try Data("hei".utf8).write(to: ledger.service.scratch.file("ledger.db.index"))
        let unreadable = try await ledger.audit("fsck \(Self.log)", ends: 1).error
        #expect(
            unreadable.contains("the index ledger.db.index is damaged") && !unreadable.contains("backup"),
            "\(unreadable)")
        #expect(unreadable.contains("delete the file, and it is built again"), "\(unreadable)")
        try FileManager.default.removeItem(atPath: ledger.path("ledger.db.index"))
        #expect(try await ledger.audit("fsck \(Self.log)", ends: 0).output.contains("index: there is none"))
    }

    @Test(
        "Every command has a help with an example",
        arguments: [
            "verify", "prove", "check-proof", "export", "checkpoint", "fsck", "backup", "restore", "key create",
            "key show",
            "key rotate", "witness serve", "witness ask",
        ])
    func help(_ command: String) async throws {
        let help = try await Tool.sh("portvakt help audit \(command)")
        #expect(help.status == 0)
        #expect(help.output.contains("portvakt audit \(command) "))
    }
}

/// The daemon started again over the same files.
final class Restarted: Sendable {
    private let ledger: WrittenLedger
    private let daemon: TestProgram
    private let address: String

    init(_ ledger: WrittenLedger) async throws {
        self.ledger = ledger
        let log = ledger.service.scratch.file("log.again")
        try Data().write(to: log)
        daemon = try await TestProgram.start(
            Tool.folder.appendingPathComponent("portvaktd").path, ["--config", ledger.path("portvaktd.yaml")],
            error: try FileHandle(forWritingTo: log))
        address = try await daemon.said("serving on ", in: log)
    }

    /// One more decision, signed a second later.
    func addDecision() async throws {
        var environment = ledger.service.environment("journal")
        environment["PORTVAKT_ADDRESS"] = address
        let result = try await Tool.sh(
            "portvakt check actor.employment=radgiver action=log.read on.case=sak", environment: environment)
        #expect([0, 1].contains(result.status), "\(result.error)")
        stop()
    }

    func stop() { daemon.stop() }

    deinit { stop() }
}
