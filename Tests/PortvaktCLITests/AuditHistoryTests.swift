import Foundation
import Testing

/// What somebody kept, held against a log that went on otherwise.
@Suite("A log that is not the one that was signed", .timeLimit(.minutes(10)))
struct AuditHistoryTests {
    private static let entry = "'decisions/node-1#3'"
    private static let log = "--ledger ledger.db --checkpoints guard --key log.pub"

    /// Two histories with the same key and the same first entries: the second stands in the ledger's place, and `kept` is what the first signed.
    private func twoHistories() async throws -> WrittenLedger {
        let ledger = try await WrittenLedger()
        func sh(_ script: String) async throws {
            let ended = try await Tool.sh(script, in: ledger.service.scratch.url)
            try #require(ended.status == 0, "\(ended.error)")
        }
        try await sh("cp ledger.db before.db && cp guard before.guard")
        try await Restarted(ledger).addDecision()
        try await sh("cp guard kept && rm ledger.db* && cp before.db ledger.db && cp before.guard guard")
        try await Restarted(ledger).addDecision()
        return ledger
    }

    @Test("A checkpoint that was kept of another history is refused by each command that is given it")
    func otherHistory() async throws {
        let ledger = try await twoHistories()
        try await ledger.audit("verify \(Self.log)", ends: 0)
        try await ledger.audit("export out \(Self.log)", ends: 0)
        let kept = "--ledger ledger.db --checkpoints kept --key log.pub"
        for line in [
            "checkpoint \(Self.log) --since kept", "checkpoint \(kept)",
            "checkpoint --export out --key log.pub --since kept",
        ] {
            let refused = try await ledger.audit(line, ends: 1)
            #expect(refused.output.isEmpty, "\(refused.output)")
            #expect(refused.error.contains("the log is not the one that was signed"), "\(line): \(refused.error)")
        }
        for line in [
            "verify \(kept)", "fsck \(kept)", "verify --export out --checkpoints kept --key log.pub",
            "prove \(Self.entry) \(kept)", "restore ledger.db --ledger new.db --checkpoints kept --key log.pub",
            "export other \(kept)",
        ] {
            let refused = try await ledger.audit(line)
            #expect(refused.status == 1, "\(line): \(refused.output)\(refused.error)")
        }
        #expect(!FileManager.default.fileExists(atPath: ledger.path("new.db")))
        #expect(!FileManager.default.fileExists(atPath: ledger.path("other/decisions/node-1/checkpoint")))
        // And what was kept before the two parted holds for both.
        try await ledger.audit("checkpoint \(Self.log) --since before.guard", ends: 0)
        try await ledger.audit("verify --ledger ledger.db --checkpoints before.guard --key log.pub", ends: 0)
    }

    @Test("A row that no entry leads to is found by fsck, which verify does not look for")
    func strayRow() async throws {
        let ledger = try await WrittenLedger()
        let script = """
            import sqlite3
            c = sqlite3.connect('ledger.db')
            found = c.execute('SELECT * FROM blocks WHERE changes_before IS NULL LIMIT 1')
            names = [d[0] for d in found.description]
            row = dict(zip(names, found.fetchone()))
            row['place'] = 99 << 40
            c.execute('INSERT INTO blocks (%s) VALUES (%s)' % (', '.join(names), ', '.join('?' * len(names))),
                      [row[n] for n in names])
            c.commit()
            """
        try Data(script.utf8).write(to: ledger.service.scratch.file("stray.py"))
        let made = try await Tool.sh("python3 stray.py", in: ledger.service.scratch.url)
        try #require(made.status == 0, "\(made.error)")
        let refused = try await ledger.audit("fsck \(Self.log)", ends: 1)
        #expect(refused.output.isEmpty && refused.error.contains("ledger.db: "), "\(refused.error)")
    }

    @Test("A signed tree of subjects that the log does not give any more is found by fsck, and by no other command")
    func subjectTree() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<2 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        // The statement waits for a checkpoint with a tree of everything up to then.
        let statement = try await service.json(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "employment:ombud", "--proofs")
        let note = try #require(statement["checkpoint"] as? String)
        try #require(statement["completeness"] is [String: Any] && note.contains("portvakt-subjects/v1 "))
        try Data(note.utf8).write(to: service.scratch.file("kept"))
        func audit(_ line: String) async throws -> Tool.Result {
            try await Tool.sh("portvakt audit \(line)", in: service.scratch.url)
        }
        let kept = "--ledger ledger.db --checkpoints kept --key log.pub"
        let before = try await audit("fsck \(kept)")
        #expect(before.status == 0, "\(before.output)\(before.error)")
        let erased = try await service.run(
            "officer", "audit", "erase", "decisions/node-1#0", "--first", "employment:ombud", "--second",
            "employment:leder-ppt", "--reason", "vedtak", "--yes")
        try #require(erased.status == 0, "\(erased.error)")
        service.stop()
        let after = try await audit("fsck \(kept)")
        #expect(after.status == 1 && after.output.isEmpty, "\(after.output)")
        #expect(
            after.error.contains("the signed tree of subjects of decisions/node-1 is not the one that its first"),
            "\(after.error)")
        // What was signed of the entries themselves is as it was, and what is signed now is of what is left.
        for line in ["verify \(kept)", "fsck \(Self.log)"] {
            let right = try await audit(line)
            #expect(right.status == 0, "\(line): \(right.output)\(right.error)")
        }
    }

    @Test("Nothing of an earlier ledger may be where one is restored, and an index of it is taken away")
    func restored() async throws {
        let ledger = try await WrittenLedger()
        try await ledger.audit("backup --ledger ledger.db copy.db", ends: 0)
        let target = "restore copy.db --ledger new.db --checkpoints guard --key log.pub"
        for suffix in ["", "-wal", "-journal"] {
            try Data().write(to: ledger.service.scratch.file("new.db" + suffix))
            let refused = try await ledger.audit(target, ends: 2)
            #expect(refused.error.contains("there is a file new.db\(suffix) already"), "\(refused.error)")
            try FileManager.default.removeItem(atPath: ledger.path("new.db" + suffix))
        }
        try Data("another's".utf8).write(to: ledger.service.scratch.file("new.db.index"))
        #expect(try await ledger.audit(target, ends: 0).output.contains("verified"))
        #expect(!FileManager.default.fileExists(atPath: ledger.path("new.db.index")))
    }

    @Test("A proof is written to a new file only, and of one stream alone an export has nothing else")
    func written() async throws {
        let ledger = try await WrittenLedger()
        try Data("mine".utf8).write(to: ledger.service.scratch.file("3.proof"))
        try await ledger.audit("prove \(Self.entry) \(Self.log) -o 3.proof", ends: 2)
        #expect(try String(contentsOfFile: ledger.path("3.proof"), encoding: .utf8) == "mine")
        try await ledger.audit("export out \(Self.log)", ends: 0)
        // No file may have a byte: what is written to one fails.
        let full = try await Tool.sh(
            "trap '' XFSZ; { (ulimit -f 0; exec portvakt audit prove \(Self.entry) --export out --key log.pub -o 4.proof) 2>&1; } | cat",
            in: ledger.service.scratch.url)
        #expect(full.output.contains("4.proof could not be written"), "\(full.output)")
        #expect(!FileManager.default.fileExists(atPath: ledger.path("4.proof")), "an empty file is no proof")
        try await ledger.audit("export one \(Self.log) --stream decisions/node-1", ends: 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: ledger.path("one")) == ["decisions"])
        let part = try await ledger.audit("verify --export one --checkpoints guard --key log.pub", ends: 1)
        #expect(part.error.contains("the export has nothing of the stream"), "\(part.error)")
        try await ledger.audit(
            "verify --export one --checkpoints guard --key log.pub --stream decisions/node-1", ends: 0)
        let range = try await ledger.audit(
            "verify --ledger ledger.db --stream decisions/node-1 --from 2 --to 5 --json", ends: 0)
        #expect(range.output.contains("\"entries\": 3"), "\(range.output)")
    }
}
