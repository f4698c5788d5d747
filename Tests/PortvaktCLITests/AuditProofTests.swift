import Foundation
import Testing

/// What is checked with no service.
@Suite("The privacy officer's proofs", .timeLimit(.minutes(10)))
struct AuditProofTests {
    @Test("Every decision of an export is derived again, with no service; one rule altered is noticed")
    func offlineReplay() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<4 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        let answer = try await service.run("journal", AuditOfficerTests.reads + ["--json"])
        let value = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        let entry = value?["entry"] as? String
        service.stop()
        let exported = try await Tool.sh(
            "portvakt audit export out --ledger ledger.db --checkpoints guard --key log.pub", in: service.scratch.url)
        try #require(exported.status == 0, "\(exported.error)")
        let all = try await Tool.sh(
            "portvakt audit replay --all --export out --policies '\(PolicyTests.shipped)' --json",
            in: service.scratch.url)
        #expect(all.status == 0, "\(all.output)\(all.error)")
        #expect(all.output.contains("\"identical\": 5"))
        let one = try await Tool.sh(
            "portvakt audit replay '\(entry ?? "")' --export out --policies '\(PolicyTests.shipped)' --as-known-now",
            in: service.scratch.url)
        #expect(one.status == 0 && one.output.contains("identical, byte for byte"), "\(one.error)")
        // Another edition of the profile has another hash: nothing is compared with it.
        let altered = try await Tool.sh(
            """
            cp -rL '\(PolicyTests.shipped)' other && sed -i 's/log.closing_days: {value: /&1/' other/nasjonal.yaml
            portvakt audit replay --all --export out --policies other
            """, in: service.scratch.url)
        #expect(altered.status == 2, "\(altered.output)")
        #expect(altered.output.contains("5 could not be derived"))
        try await otherwise(service.scratch)
    }

    /// The same decisions beside other changes, in which the child's father has not consented to PPT: as if a consent had been forged.
    private func otherwise(_ ours: Scratch) async throws {
        let service = try await RunningService()
        try await service.importCase(farTo: "[skole]")
        try await service.importOfficers()
        service.stop()
        let exported = try await Tool.sh(
            "portvakt audit export out --ledger ledger.db --checkpoints guard --key log.pub && cp -r out/changes '\(ours.path("other-changes"))'",
            in: service.scratch.url)
        try #require(exported.status == 0, "\(exported.error)")
        func all(_ flags: String) async throws -> Tool.Result {
            try await Tool.sh(
                "rm -rf mixed && mkdir mixed && cp -r out/decisions mixed && cp -r other-changes mixed/changes && "
                    + "portvakt audit replay --all --export mixed --policies '\(PolicyTests.shipped)' \(flags)",
                in: ours.url)
        }
        let told = try await all("")
        #expect(told.status == 1, "\(told.output)\(told.error)")
        #expect(told.output.contains("0 identical, 5 not"), "\(told.output)")
        #expect(told.lines.count == 6 && told.lines.first?.contains("decisions/node-1#0: not identical: ") == true)
        let json = try await all("--json")
        #expect(json.status == 1, "\(json.error)")
        let value = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any],
            "one value and nothing else")
        #expect(value["different"] as? Int == 5 && value["identical"] as? Int == 0)
        let differences = try #require(value["differences"] as? [[String: Any]])
        #expect(differences.count == 5 && differences.first?["entry"] as? String == "decisions/node-1#0")
        #expect((differences.first?["differences"] as? [String])?.contains("effect") == true, "\(differences)")
    }

    @Test("A youth's statement shows that nothing is missing; a line taken out, changed or moved does not verify")
    func statement() async throws {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<3 { _ = try await service.run("journal", AuditOfficerTests.reads) }
        let made = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "employment:ombud", "--json", "--proofs")
        try #require(made.status == 0, "\(made.error)")
        func check(_ text: String) async throws -> Tool.Result {
            try Data(text.utf8).write(to: service.scratch.file("s.json"))
            return try await Tool.sh("portvakt audit check-statement s.json --key log.pub", in: service.scratch.url)
        }
        let whole = try await check(made.output)
        #expect(whole.status == 0, "\(whole.error)")
        #expect(whole.output.contains("all entries about the subject"), "\(whole.output)")
        var value = try #require(
            try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let lines = try #require(value["lines"] as? [[String: Any]])
        func text(_ lines: [[String: Any]]) throws -> String {
            value["lines"] = lines
            return String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
        }
        #expect(try await check(try text(lines)).status == 0)
        let fewer = try await check(try text(Array(lines.dropLast())))
        #expect(fewer.status == 1)
        #expect(fewer.error.contains("not complete"))
        var changed = lines
        changed[1]["basis"] = "allow.holder"
        #expect(try await check(try text(changed)).status == 1)
        // What shows that nothing is missing is whole or not there: spoilt, it is no statement that passes.
        var spoilt = value
        spoilt["lines"] = lines
        for key in ["count", "end", "ordinal", "path", "root", "stream_size", "subjects"] {
            var chain = try #require(value["completeness"] as? [String: Any])
            #expect(chain.removeValue(forKey: key) != nil)
            spoilt["completeness"] = chain
            let answer = try await check(
                String(decoding: JSONSerialization.data(withJSONObject: spoilt), as: UTF8.self))
            #expect(
                answer.status == 1 && answer.error.contains("completeness cannot be read"), "\(key): \(answer.error)")
        }
        var swapped = lines
        (swapped[0]["proof"], swapped[1]["proof"]) = (lines[1]["proof"], lines[0]["proof"])
        #expect(try await check(try text(swapped)).status == 1)
        let parent = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--json", "--proofs")
        let lesser = try await check(parent.output)
        #expect(lesser.status == 0)
        #expect(lesser.output.contains("nothing in it shows"), "to a parent the number of hidden lines is not told")
        // Without the chain too, one access is shown once.
        value = try #require(try JSONSerialization.jsonObject(with: Data(parent.output.utf8)) as? [String: Any])
        let shown = try #require(value["lines"] as? [[String: Any]])
        let twice = try await check(try text(shown + shown.suffix(1)))
        #expect(twice.status == 1)
        #expect(
            twice.error.contains("line \(shown.count + 1) is of the same entry as line \(shown.count)"),
            "\(twice.error)")
        #expect(try await check("{}").status == 2)
    }

    @Test(
        "A line about a reading says what every reading's line says, and a line that nothing shows is no line that holds"
    )
    func readings() async throws {
        let service = try await AuditOfficerTests.service()
        _ = try await service.run("journal", AuditOfficerTests.reads)
        let early = try await service.json(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "employment:ombud", "--proofs")
        try #require(early["checkpoint"] is String)
        for reader in ["ombud", "radgiver"] {
            _ = try await service.run(
                "officer", "audit", "query", "--subject", "barn", "--reader", "employment:\(reader)")
        }
        let made = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "employment:ombud", "--json", "--proofs")
        try #require(made.status == 0, "\(made.error)")
        let value = try #require(try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let lines = try #require(value["lines"] as? [[String: Any]])
        func check(_ flags: String = "", _ change: (inout [[String: Any]]) -> Void) async throws -> Tool.Result {
            var (changed, lines) = (value, lines)
            change(&lines)
            changed["lines"] = lines
            try JSONSerialization.data(withJSONObject: changed).write(to: service.scratch.file("s.json"))
            return try await Tool.sh(
                "portvakt audit check-statement s.json --key log.pub \(flags)", in: service.scratch.url)
        }
        let whole = try await check { _ in }
        #expect(whole.status == 0, "\(whole.error)")
        #expect(
            whole.output.contains(
                "2 of them are readings of what is recorded: whether they were allowed is in no proof"),
            "\(whole.output)")
        #expect(try await check("--json") { _ in }.output.contains("\"readings\": 2"))
        let refused = try #require(lines.firstIndex { $0["basis"] as? String == "deny.role" })
        let read = try #require(
            lines.firstIndex { $0["purpose"] as? String == "egen_sak" && $0["effect"] as? String == "allow" })
        for (place, key, forged) in [
            (refused, "effect", "allow"), (refused, "basis", "deny.not_found"), (refused, "purpose", "samordning"),
            (refused, "action", "log.read"), (read, "effect", "deny"), (read, "basis", "allow.consent"),
            (read, "purpose", "samordning"), (read, "time", "2026-01-01T00:00:00.000Z"),
        ] {
            let ended = try await check { $0[place][key] = forged }
            #expect(ended.status == 1, "\(key) \(forged): \(ended.output)")
            #expect(ended.error.contains("line \(place + 1) says something else than its entry"), "\(ended.error)")
        }
        // The chain is in the tree of one checkpoint, and in no other.
        for checkpoint in [early["checkpoint"], NSNull(), lines[0]["proof"]] {
            var other = value
            other["checkpoint"] = checkpoint
            try JSONSerialization.data(withJSONObject: other).write(to: service.scratch.file("o.json"))
            let ended = try await Tool.sh(
                "portvakt audit check-statement o.json --key log.pub", in: service.scratch.url)
            #expect(ended.status == 1, "\(ended.output)")
            #expect(ended.error.contains("no signed checkpoint commits to"), "\(ended.error)")
        }
        // A line that says not found needs a proof like any other.
        let concealed = try await check {
            ($0[1]["basis"], $0[1]["effect"], $0[1]["proof"]) = ("deny.not_found", "deny", NSNull())
        }
        #expect(concealed.status == 2 && concealed.output.isEmpty, "\(concealed.output)")
        #expect(concealed.error.contains("line 2 has no proof"), "\(concealed.error)")
        let unproved = try await check { $0[1]["proof"] = NSNull() }
        #expect(unproved.status == 2, "\(unproved.output)")
        #expect(unproved.error.contains("line 2 has no proof: make the statement with --proofs"), "\(unproved.error)")
    }
}
