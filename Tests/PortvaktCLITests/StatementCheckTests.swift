import Foundation
import Testing

/// What somebody checks who has a statement and the log's public key.
@Suite("A statement is checked with the real programs", .timeLimit(.minutes(10)))
struct StatementCheckTests {
    @Test(
        "What the youth was told not to be there, and an emergency that awaits its review, keep their place in what shows the statement to be whole"
    )
    func keptPlaces() async throws {
        let service = try await AuditOfficerTests.service()
        let records = """
            format: portvakt-records/1
            partial: true
            records:
              persons: [{id: ungdom, born: 2009-05-01}, {id: bror, born: 2011-05-01, hidden_from: [ungdom]}]
              cases: [{id: sak-u, subject: ungdom, controller: kommune-a, level: 2, log: open, holder: larer}]
            """
        try Data(records.utf8).write(to: service.scratch.file("youth.yaml"))
        try await service.change("registry", "import", service.scratch.path("youth.yaml"))
        let used = AuditOfficerTests.emergency.map { $0 == "on.case=sak" ? "on.case=sak-u" : $0 }
        try #require(try await service.run("journal", used).status == 0)
        let hidden = [
            "check", "actor.person=ungdom", "action=log.read", "on.case=sak-u",
            "entry.category=education", "entry.author=skole", "entry.about=[ungdom, bror]",
        ]
        #expect(try await service.run("journal", hidden).output.contains("deny.not_found"))
        let made = try await service.run(
            "officer", "audit", "statement", "--subject", "ungdom", "--asker", "person:ungdom", "--json", "--proofs")
        try #require(made.status == 0, "\(made.error)")
        #expect(!made.output.contains("deny.protected"))
        let statement = try #require(
            try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let lines = try #require(statement["lines"] as? [[String: Any]])
        let untold = try #require(statement["untold"] as? [[String: Any]])
        try #require(lines.count == 2 && untold.count == 1 && statement["awaiting_review"] as? Int == 1)
        #expect(untold[0]["after"] as? Int == 2)
        func check(_ value: Any, as key: String = "lines", _ more: String = "") async throws -> Tool.Result {
            var changed = statement
            changed[key] = value
            try JSONSerialization.data(withJSONObject: changed).write(to: service.scratch.file("s.json"))
            return try await Tool.sh(
                "portvakt audit check-statement s.json --key log.pub \(more)", in: service.scratch.url)
        }
        let whole = try await check(lines)
        #expect(whole.status == 0, "\(whole.error)")
        #expect(whole.output.contains("2 lines, each proved") && whole.output.contains("1 of them stand as not found"))
        #expect(whole.output.contains("these, with 1 that no line tells of, are all entries"), "\(whole.output)")
        let found = try JSONSerialization.jsonObject(
            with: Data(try await check(lines, as: "lines", "--json").output.utf8))
        let counts = try #require(found as? [String: Any])
        #expect(counts["lines"] as? Int == 2 && counts["sealed"] as? Int == 1 && counts["untold"] as? Int == 1)
        #expect(counts["complete"] as? Bool == true)

        /// One line with one thing changed.
        func with(_ place: Int, _ key: String, _ value: Any) -> [[String: Any]] {
            var changed = lines
            changed[place][key] = value
            return changed
        }
        let proof = try #require(lines[0]["proof"] as? String)
        let hash = try #require(untold[0]["leaf_hash"] as? String)
        let sealed = try #require(lines[1]["leaf_hash"] as? String)
        for (changed, says) in [
            (with(1, "basis", "deny.protected"), "says more than not found"),
            (with(1, "effect", "allow"), "says more than not found"),
            (with(1, "leaf_hash", hash), "does not verify"),
            (with(1, "leaf_hash", "00"), "not 32 bytes"), (with(1, "proof", proof), "does not verify"),
            (with(1, "entry", lines[0]["entry"] ?? ""), "the proof of another entry"),
            (with(1, "leaf_hash", NSNull()), "does not verify"), ([lines[0]], "untold entry 1 cannot be read"),
        ] {
            let answer = try await check(changed)
            #expect(answer.status == 1 && answer.error.contains(says), "\(says): \(answer.error)")
        }
        for (changed, says) in [
            ([], "not complete"), ([["after": 0, "leaf_hash": hash]], "not complete"),
            (untold + untold, "not complete"),
            ([["after": 2, "leaf_hash": sealed]], "not complete"),
            ([["after": 3, "leaf_hash": hash]], "untold entry 1 cannot be read"),
            (untold + [["after": 2]], "untold entry 2 cannot be read"), ("none", "untold entries cannot be read"),
        ] as [(Any, String)] {
            let answer = try await check(changed, as: "untold")
            #expect(answer.status == 1 && answer.error.contains(says), "\(changed) \(says): \(answer.error)")
        }
        // Without a proof it is not passed over.
        let bare = try await check(with(1, "proof", NSNull()))
        #expect(bare.status != 0 && bare.error.contains("line 2 has no proof"), "\(bare.error)")
    }

    @Test(
        "A line's name is that of its proof, lines after the signed tree are besides, and a long statement is read whole"
    )
    func names() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<2 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        func made() async throws -> [String: Any] {
            try await service.json(
                "officer", "audit", "statement", "--subject", "barn", "--asker", "employment:ombud", "--proofs")
        }
        func check(_ statement: [String: Any], padding: Int = 0) async throws -> Tool.Result {
            let text = try JSONSerialization.data(withJSONObject: statement)
            let spaces = Data(String(repeating: String(repeating: " ", count: 99) + "\n", count: padding / 100).utf8)
            try (text + spaces).write(to: service.scratch.file("s.json"))
            return try await Tool.sh(
                "portvakt audit check-statement s.json --key log.pub --json", in: service.scratch.url)
        }
        let first = try await made()
        let second = try await made()
        let (older, lines) = (
            try #require(first["lines"] as? [[String: Any]]), try #require(second["lines"] as? [[String: Any]])
        )
        try #require(older.count >= 2 && lines.count > older.count)

        // Another entry's name beside a proof that is right in itself.
        for other in [lines[1]["entry"] ?? "", "decisions/node-1#9999", "decisions/node-2#0", "changes/kommune-a#0"] {
            var renamed = second
            var changed = lines
            changed[0]["entry"] = other
            renamed["lines"] = changed
            let answer = try await check(renamed)
            #expect(answer.status == 1 && answer.output.isEmpty, "\(other): \(answer.output)")
            #expect(answer.error.contains("line 1 has the proof of another entry"), "\(other): \(answer.error)")
        }

        // The newer lines beside what shows the older ones to be whole: they are proved, and not counted among them.
        var joined = first
        joined["lines"] = lines
        let after = try await check(joined)
        #expect(after.status == 0, "\(after.output)\(after.error)")
        let counts = try #require(try JSONSerialization.jsonObject(with: Data(after.output.utf8)) as? [String: Any])
        let size = (first["completeness"] as? [String: Any])?["stream_size"] as? Int
        #expect(counts["lines"] as? Int == lines.count && counts["complete_to"] as? Int == size, "\(counts)")
        // An older one left out of them is missed all the same.
        joined["lines"] = Array(lines.dropLast())
        let missing = try await check(joined)
        #expect(missing.status == 1 && missing.error.contains("not complete"), "\(missing.error)")

        // With proofs a thousand lines are megabytes.
        let long = try await check(second, padding: 3_000_000)
        #expect(long.status == 0, "\(long.error)")
        let piped = try await Tool.sh(
            "cat s.json | portvakt audit check-statement /dev/stdin --key log.pub --json", in: service.scratch.url)
        #expect(piped.status == 0 && piped.output == long.output, "\(piped.error)")
    }
}
