import Foundation
import Testing

/// What the privacy officer does, with the real programs.
@Suite("The privacy officer's commands", .timeLimit(.minutes(10)))
struct AuditOfficerTests {
    static let reads = [
        "check", "actor.employment=radgiver", "action=log.read", "on.case=sak", "entry.category=education",
        "entry.author=skole", "entry.about=[barn]",
    ]
    static let emergency = [
        "check", "actor.employment=vikar", "action=log.read", "on.case=sak", "emergency.reason=fare for livet",
        "emergency.anonymised_insufficient=true", "emergency.minutes=30",
    ]

    /// A service with a case, an ombud, two leaders, and an employee without a link.
    static func service() async throws -> RunningService {
        let service = try await RunningService()
        try await service.importCase()
        try await service.importOfficers()
        return service
    }

    private func entry(_ result: Tool.Result) throws -> String {
        let value = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        return try #require(value["entry"] as? String)
    }

    @Test("Reading is recorded, with who and why; the role decides what is seen")
    func reading() async throws {
        let service = try await Self.service()
        _ = try await service.run("journal", Self.reads)
        let queried = try await service.run(
            "officer", "audit", "query", "--subject", "barn", "--because", "klage fra familien", "--reader",
            "employment:ombud")
        #expect(queried.status == 0, "\(queried.error)")
        #expect(queried.output.contains("log.read"))
        let read = try await service.json("officer", "audit", "query", "--audit-entries")
        let entries = try #require(read["entries"] as? [[String: Any]])
        let body = try #require((entries.first?["body"] as? [String: Any])?["audit"] as? [String: Any])
        #expect(body["call"] as? String == "query")
        #expect(body["subjects"] as? [String] == ["barn"])
        #expect((body["text"] as? String)?.contains("klage fra familien") == true)
        let leader = try await service.run(
            "officer", "audit", "query", "--subject", "barn", "--reader", "employment:leder-ppt")
        #expect(leader.status == 0)
        #expect(!leader.output.contains("log.read"), "a leder sees emergencies only")
        let staff = try await service.run("officer", "audit", "query", "--reader", "employment:radgiver")
        #expect(staff.status == 1)
        let attempts = try await service.json(
            "officer", "audit", "query", "--audit-entries", "--actor", "employment:radgiver")
        #expect((attempts["entries"] as? [[String: Any]])?.count == 1, "the attempt is recorded too")
    }

    @Test("Filters, pages, CSV: the list says whether it is complete")
    func lists() async throws {
        let service = try await Self.service()
        for _ in 0..<3 { _ = try await service.run("journal", Self.reads) }
        let some = try await service.run("officer", "audit", "query", "--actor", "employment:radgiver", "--limit", "2")
        #expect(some.output.contains("2 shown, there is more"))
        let csv = try await service.run(
            "officer", "audit", "query", "--unit", "ppt", "--reason", "allow.consent", "--csv")
        #expect(csv.status == 0, "\(csv.error)")
        #expect(csv.lines.first?.hasPrefix("entry,time,kind,effect,reasons,action") == true)
        #expect(csv.lines.count == 4)
        let cut = try await service.run("officer", "audit", "query", "--csv", "--limit", "2")
        #expect(cut.lines.count == 3 && cut.error.contains("2 shown, there is more"), "\(cut.error)")
        let cursor = try #require(cut.error.split(separator: " ").last).trimmingCharacters(in: .newlines)
        let rest = try await service.run("officer", "audit", "query", "--csv", "--cursor", cursor)
        #expect(rest.status == 0 && rest.lines.count > 1 && Set(rest.lines).intersection(cut.lines).count == 1)
        #expect(try await service.run("officer", "audit", "query", "--csv", "--json").status == 64)
        #expect(try await service.run("officer", "audit", "query", "--effect", "alow").status == 64)
    }

    @Test("A decision is derived again identically, and a fact registered later is named")
    func replay() async throws {
        let service = try await Self.service()
        let entry = try entry(try await service.run("journal", Self.reads + ["--json"]))
        let again = try await service.run("officer", "audit", "replay", entry)
        #expect(again.status == 0, "\(again.error)")
        #expect(again.output.contains("identical, byte for byte"))
        try await service.change("journal", "consent", "invalidate", "s-far")
        let known = try await service.json("officer", "audit", "replay", entry, "--as-known-now")
        #expect(known["identical"] as? Bool == true)
        #expect(known["changed_by_later_facts"] as? Bool == true)
        let later = try #require(known["later"] as? [[String: Any]])
        #expect(later.compactMap { $0["event"] as? String } == ["consent s-far invalid"])
        let why = try await service.run("officer", "audit", "why", entry, "--language", "nb")
        #expect(why.status == 0, "\(why.error)")
        #expect(why.output.contains("step.6.basis") && why.output.contains("identical"))
        #expect(try await service.run("officer", "audit", "replay", "decisions/nowhere#1").status == 1)
        #expect(try await service.run("officer", "audit", "replay", "no-entry").status == 64)
        let missing = try await service.run("officer", "audit", "replay", "--all", "--export", "/nowhere")
        #expect(missing.status == 2)
    }

    @Test("A decision is JSON with the words of check, wherever it is shown; an empty list is a list")
    func json() async throws {
        let service = try await Self.service()
        let answer = try await service.json("journal", Self.reads)
        let entry = try #require(answer["entry"] as? String)
        func isTheAnswer(_ shown: Any?, _ place: String) throws {
            let decision = try #require(shown as? [String: Any], "\(place)")
            for key in ["effect", "external", "holds_until"] {
                #expect(decision[key] as? String == answer[key] as? String, "\(place): \(key)")
            }
            for key in ["reasons", "obligations", "missing"] {
                #expect(decision[key] as? [String] == answer[key] as? [String], "\(place): \(key)")
            }
            #expect((decision["reasons"] as? [String])?.first == "allow.consent", "\(place)")
            #expect(decision["subject"] as? String == "barn" && decision["case"] as? String == "sak", "\(place)")
            #expect(decision["controller"] as? String == "kommune-a" && decision["unit"] as? String == "ppt")
            let evidence = try #require(decision["evidence"] as? [[String: Any]], "\(place)")
            #expect(evidence.contains { $0["kind"] as? String == "consent" && $0["id"] is String }, "\(place)")
        }
        let queried = try await service.run("officer", "audit", "query", "--json")
        #expect(!queried.output.contains("\"box\"") && !queried.output.contains("_storage"))
        let list = try await service.json("officer", "audit", "query")
        let first = try #require((list["entries"] as? [[String: Any]])?.first?["body"] as? [String: Any])
        let recorded = try #require(first["decision"] as? [String: Any])
        try isTheAnswer(recorded["decision"], "query")
        let question = try #require(recorded["question"] as? [String: Any])
        #expect(question["action"] as? String == "log.read" && question["purpose"] as? String == "samordning")
        #expect(question["actor"] as? [String: String] == ["employment": "radgiver"])
        #expect(question["object"] as? [String: String] == ["case": "sak"])
        #expect((question["entry"] as? [String: Any])?["topics"] as? [String] == [])
        let why = try await service.json("officer", "audit", "why", entry)
        try isTheAnswer((why["replay"] as? [String: Any])?["again"], "why")
        let replay = try await service.json("officer", "audit", "replay", entry, "--as-known-now")
        try isTheAnswer(replay["known_now"], "replay")
        let lines = try await service.run("officer", "audit", "hand-out", "jsonl", "--subject", "barn")
        let line = try JSONSerialization.jsonObject(with: Data(lines.output.utf8)) as? [String: Any]
        let body = (line?["body"] as? [String: Any])?["decision"] as? [String: Any]
        try isTheAnswer(body?["decision"], "hand-out")
        let explained = try await service.json("journal", ["explain"] + Self.reads.dropFirst())
        #expect((explained["decision"] as? [String: Any])?["reasons"] as? [String] == answer["reasons"] as? [String])
    }

    @Test("Who may not read, review or erase is told by the service whom it takes, not to ask for another permission")
    func whoMay() async throws {
        let service = try await Self.service()
        let reader = try await service.run("officer", "audit", "query", "--reader", "employment:radgiver")
        #expect(reader.status == 1 && reader.error.contains("a personvernombud reads"), "\(reader.error)")
        let entry = try entry(try await service.run("journal", Self.emergency + ["--json"]))
        let reviewer = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer", "employment:vikar")
        #expect(reviewer.status == 1 && reviewer.error.contains("a leder the emergency"), "\(reviewer.error)")
        // A leder of the unit reviews its emergencies, but not the one that the same person used in another employment.
        try await service.change(
            "registry", "registry", "add", "employment", "id=vikar-leder", "person=vikar-p", "unit=ppt", "role=leder")
        let own = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer", "employment:vikar-leder")
        #expect(own.status == 1, "\(own.error)")
        #expect(
            own.error.contains("refused: the reviewer may not review this: a leder of the unit"), "\(own.error)")
        #expect(own.error.contains("never the one who used it"), "\(own.error)")
        #expect(!(reader.error + reviewer.error + own.error).contains("system register"))
        let permission = try await service.run("journal", "audit", "query")
        #expect(permission.status == 1 && permission.error.contains("portvakt system register"), "\(permission.error)")
    }

    @Test("A statement for the family: who may have it is decided, and the page is whole")
    func statement() async throws {
        let service = try await Self.service()
        _ = try await service.run("journal", Self.reads)
        _ = try await service.run("journal", "check", "actor.employment=vikar", "action=log.read", "on.case=sak")
        let json = try await service.json(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--proofs")
        let lines = try #require(json["lines"] as? [[String: Any]])
        #expect(json["complete"] as? Bool == true)
        #expect(lines.contains { $0["unit"] as? String == "ppt" && $0["basis"] as? String == "allow.consent" })
        #expect(lines.contains { $0["effect"] as? String == "deny" })
        #expect(!lines.contains { $0["employment"] is String }, "a parent is told the unit, not the employee")
        for language in ["nb", "nn", "en"] {
            let page = try await service.run(
                "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--html", "--language",
                language)
            #expect(page.status == 0)
            #expect(page.output.hasPrefix("<!DOCTYPE html>\n<html lang=\"\(language)\">"))
            #expect(!page.output.contains("<script") && !page.output.contains("http://"))
            #expect(page.output.contains("<caption>") && page.output.contains("scope=\"col\""))
        }
        let stranger = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:vikar-p")
        #expect(stranger.status == 1)
        let asked = try await service.json("officer", "audit", "query", "--action", "access_log.read")
        #expect((asked["entries"] as? [[String: Any]])?.count == 5, "every asking is a decision of its own")
    }

    @Test("An emergency access awaits leder and ombud, never the one who used it")
    func reviews() async throws {
        let service = try await Self.service()
        let entry = try entry(try await service.run("journal", Self.emergency + ["--json"]))
        let waiting = try await service.json("officer", "audit", "review")
        let task = try #require((waiting["tasks"] as? [[String: Any]])?.first)
        #expect(task["entry"] as? String == entry)
        #expect(task["reviewers"] as? [String] == ["leder-ppt", "ombud"])
        #expect(task["awaits"] as? [String] == ["leder", "personvernombud"])
        let own = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer", "employment:vikar")
        #expect(own.status == 1)
        let held = try await service.json("officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor")
        #expect(held["awaiting_review"] as? Int == 1)
        let first = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer", "employment:leder-ppt",
            "--text",
            "nødvendig")
        #expect(first.status == 0, "\(first.error)")
        #expect(first.output.contains("still awaits personvernombud"))
        let twice = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "unjustified", "--reviewer", "employment:leder-ppt")
        #expect(twice.status == 1)
        let second = try await service.run(
            "officer", "audit", "review", entry, "--outcome", "followed_up", "--reviewer", "employment:ombud")
        #expect(second.status == 0)
        let empty = try await service.json("officer", "audit", "review")
        #expect(empty["waiting"] as? Int == 0)
        let done = try await service.json("officer", "audit", "review", "--done")
        let reviews = ((done["tasks"] as? [[String: Any]])?.first?["reviews"] as? [[String: Any]]) ?? []
        #expect(reviews.compactMap { $0["outcome"] as? String } == ["justified", "followed_up"])
        let shown = try await service.json(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor")
        #expect(shown["awaiting_review"] as? Int == 0)
        let lines = try #require(shown["lines"] as? [[String: Any]])
        #expect(lines.contains { $0["basis"] as? String == "allow.break_glass" })
        let metrics = try await Tool.sh("curl -s http://\(service.metrics)/metrics")
        #expect(metrics.output.contains("portvakt_reviews_overdue 0"))
    }

    @Test("A list of reviews that is cut off says so, waiting ones and done ones")
    func reviewsCutOff() async throws {
        let service = try await Self.service()
        var entries: [String] = []
        for _ in 0..<2 { entries.append(try entry(try await service.run("journal", Self.emergency + ["--json"]))) }
        let more = "1 shown, there is more: raise --limit"
        let whole = try await service.run("officer", "audit", "review")
        #expect(whole.output.hasSuffix("2 waiting, 0 overdue\n"), "\(whole.output)")
        let cut = try await service.run("officer", "audit", "review", "--limit", "1")
        #expect(cut.output.hasSuffix("2 waiting, 0 overdue\n\(more)\n"), "\(cut.output)")
        #expect(try await service.json("officer", "audit", "review", "--limit", "1")["complete"] as? Bool == false)
        for entry in entries {
            for reviewer in ["leder-ppt", "ombud"] {
                try await service.change(
                    "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer",
                    "employment:\(reviewer)"
                )
            }
        }
        let done = try await service.run("officer", "audit", "review", "--done", "--limit", "1")
        #expect(done.output.hasSuffix("0 waiting, 0 overdue\n\(more)\n"), "\(done.output)")
        #expect(try await service.json("officer", "audit", "review", "--done")["complete"] as? Bool == true)
    }

    @Test("Who can read a case now, by whose consent, and what ends")
    func accessReview() async throws {
        let service = try await Self.service()
        let review = try await service.json("officer", "audit", "access-review", "--case", "sak")
        let accesses = try #require(review["accesses"] as? [[String: Any]])
        let radgiver = try #require(
            accesses.first { $0["actor"] as? String == "employment:radgiver" && $0["action"] as? String == "log.read" })
        let supports = try #require(radgiver["supports"] as? [[String: Any]]).compactMap { $0["by"] as? String }
        #expect(Set(supports).isSuperset(of: ["person:mor", "person:far"]))
        #expect(try await service.run("officer", "audit", "access-review", "--case", "nothing").status == 1)
        #expect(try await service.run("officer", "audit", "access-review", "--case", "sak", "--days", "0").status == 64)
    }

    @Test("Unusual patterns come with their numbers and entries")
    func unusual() async throws {
        let service = try await Self.service()
        for _ in 0..<3 { _ = try await service.run("journal", Self.emergency) }
        let found = try await service.json("officer", "audit", "unusual")
        let patterns = try #require(found["patterns"] as? [[String: Any]])
        let emergencies = try #require(patterns.first { $0["pattern"] as? String == "emergencies" })
        #expect(emergencies["unit"] as? String == "ppt")
        #expect(emergencies["count"] as? Int == 3 && emergencies["threshold"] as? Int == 3)
        #expect((emergencies["entries"] as? [String])?.count == 3)
        #expect(found["complete"] as? Bool == true)
    }

    @Test(
        "Each command explains itself with an example",
        arguments: [
            "query", "show", "why", "replay", "statement", "check-statement", "access-review", "review", "unusual",
            "hand-out", "archive",
            "erase", "retention",
        ])
    func help(_ command: String) async throws {
        let help = try await Tool.portvakt("help", "audit", command)
        #expect(help.status == 0)
        #expect(help.output.contains("Example"))
        #expect(help.output.contains("portvakt audit \(command)"))
    }
}

/// What leaves the ledger, and what is erased from it.
@Suite("The privacy officer's exports and erasures", .timeLimit(.minutes(10)))
struct AuditHandOutTests {
    @Test("Decisions are handed out as CSV, JSON lines, FHIR and findUsage, and that is recorded")
    func handOut() async throws {
        let service = try await AuditOfficerTests.service()
        _ = try await service.run("journal", AuditOfficerTests.reads)
        _ = try await service.run("journal", AuditOfficerTests.emergency)
        let csv = try await service.run("officer", "audit", "hand-out", "csv", "--subject", "barn")
        #expect(csv.lines.count == 3, "\(csv.error)")
        let lines = try await service.run("officer", "audit", "hand-out", "jsonl", "--subject", "barn")
        #expect(lines.lines.count == 2)
        for line in lines.lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        let fhir = try await service.run("officer", "audit", "hand-out", "fhir", "--subject", "barn")
        try await validate(fhir, service)
        let usage = try await service.run("officer", "audit", "hand-out", "find-usage", "--subject", "barn")
        try Data(usage.output.utf8).write(to: service.scratch.file("usage.xml"))
        let parsed = try await Tool.sh(
            """
            python3 -c 'import xml.etree.ElementTree as t
            root = t.parse("usage.xml").getroot()
            print(root.tag, [[field.tag for field in usage] for usage in root])'
            """, in: service.scratch.url)
        #expect(
            parsed.output == "{http://dumonitor.x-road.eu/producer}findUsageResponse "
                + "[['logtime', 'action', 'receiver'], ['logtime', 'action', 'receiver']]\n", "\(parsed.error)")
        let calls = try await service.run("officer", "audit", "query", "--audit-entries", "--csv")
        #expect(calls.lines.filter { $0.contains(",export,") }.count == 4)
        let short = try await service.run("officer", "audit", "hand-out", "csv", "--subject", "barn", "--limit", "1")
        #expect(short.status == 2, "what is not complete says so")
        #expect(try await service.run("officer", "audit", "hand-out", "pdf").status == 64)
    }

    /// `fhir.resources`, a model of R5 by others, takes every event, and not one in which a word is another.
    private func validate(_ fhir: Tool.Result, _ service: RunningService) async throws {
        #expect(fhir.lines.count == 2)
        func check(_ text: String) async throws -> Tool.Result {
            try Data(text.utf8).write(to: service.scratch.file("events"))
            return try await Tool.sh(
                "'\(OtherPrograms.path)/fhir-audit' <'\(service.scratch.path("events"))'", patience: 300)
        }
        let checked = try await check(fhir.output)
        guard !OtherPrograms.isMissing(checked) else { return }
        #expect(checked.status == 0, "\(checked.output)\(checked.error)")
        #expect(checked.lines.sorted() == ["success log.read emergency", "success log.read ordinary"])
        for (word, other) in [("\"recorded\"", "\"noted\""), ("\"code\":\"success\"", "\"code\":\"fine\"")] {
            let wrong = fhir.output.replacingOccurrences(of: word, with: other)
            try #require(wrong != fhir.output)
            #expect(try await check(wrong).status == 1, "\(word) matters")
        }
    }

    /// The case's log closed, with an arkivar, and another closed log of the same child; after so many questions about the first.
    /// - Returns: with the entry that allows it to be archived.
    private func closedCase(reads: Int = 1) async throws -> (service: RunningService, decided: String) {
        let service = try await AuditOfficerTests.service()
        for _ in 0..<reads { _ = try await service.run("journal", AuditOfficerTests.reads) }
        let closed = "subject: barn, controller: kommune-a, level: 2, log: closed, closed_at: 2026-01-10, holder: larer"
        let records = """
            format: portvakt-records/1
            partial: true
            records:
              persons: [{id: arkivar-p, born: 1980-01-01}]
              employments: [{id: arkivar-1, person: arkivar-p, unit: stab, role: arkivar}]
              cases: [{id: sak, \(closed)}, {id: sak-2, \(closed)}]
            """
        try Data(records.utf8).write(to: service.scratch.file("closed.yaml"))
        try await service.change("registry", "import", service.scratch.path("closed.yaml"))
        let allowed = try await service.json(
            "journal", "check", "actor.employment=arkivar-1", "action=log.archive", "on.case=sak")
        #expect(allowed["effect"] as? String == "allow")
        return (service, try #require(allowed["entry"] as? String))
    }

    @Test("A package has the oldest decision first, and is made of every decision about its own case, or not at all")
    func archiveWhole() async throws {
        let (service, decided) = try await closedCase(reads: 3)
        func archive(_ folder: String, _ more: String, before: String = "") async throws -> Tool.Result {
            try await Tool.sh(
                "\(before) portvakt audit archive \(folder) --archive-system arkiv-1 --organization 312345676 \(more)",
                environment: service.environment("officer"), in: service.scratch.url)
        }
        func isThere(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: service.scratch.path(folder)) }
        let cut = try await archive("cut", "--case sak --decided '\(decided)' --limit 3")
        #expect(cut.status == 2 && cut.error.contains("raise --limit; nothing was written"), "\(cut.error)")
        let other = try await archive("other", "--case sak-2 --decided '\(decided)'")
        #expect(other.status == 1 && other.error.contains("no allowed log.archive of this case"), "\(other.error)")
        // No file may have a byte: what is written to one fails. The program's own output goes to a pipe.
        let full = try await archive(
            "full", "--case sak --decided '\(decided)'; } 2>&1; } | cat",
            before: "trap '' XFSZ; { { ulimit -f 0;")
        #expect(full.output.contains("full/decisions.jsonl cannot be written"), "\(full.output)\(full.error)")
        for folder in ["cut", "other", "full"] { #expect(!isThere(folder), "\(folder): half a package looks like one") }

        let whole = try await archive("whole", "--case sak --decided '\(decided)' --limit 4")
        try #require(whole.status == 0, "\(whole.error)")
        let lines = try String(contentsOf: service.scratch.file("whole/decisions.jsonl"), encoding: .utf8)
        let entries = try lines.split(separator: "\n").map { line -> String in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(value?["entry"] as? String)
        }
        #expect(entries == (0..<4).map { "decisions/node-1#\($0)" })
        let package = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: service.scratch.file("whole/package.json")))
                as? [String: Any])
        #expect(package["first"] as? String == entries.first && package["last"] as? String == entries.last)
        #expect(package["decided"] as? String == decided && package["case"] as? String == "sak")
    }

    @Test("A closed log's package holds its keys and decisions; without the allowed log.archive there is none")
    func archive() async throws {
        let (service, decided) = try await closedCase()
        let folder = service.scratch.path("package")
        let common = ["audit", "archive", "--case", "sak", "--archive-system", "arkiv-1"]
        let made = try await service.run(
            "officer", common + [folder, "--organization", "312345676", "--decided", decided])
        #expect(made.status == 0, "\(made.error)")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/package.json"))
        let package = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(package["subject"] as? String == "barn")
        #expect(package["organization"] as? String == "312345676")
        #expect(package["decisions"] as? Int == 2)
        let digest = try await Tool.sh("sha256sum < package/decisions.jsonl", in: service.scratch.url)
        #expect(package["decisions_sha256"] as? String == digest.output.split(separator: " ").first.map(String.init))
        #expect(try service.scratch.mode("package/decisions.jsonl") == 0o600)
        let again = try await service.run(
            "officer", common + [folder, "--organization", "312345676", "--decided", decided])
        #expect(again.status == 2, "a package is never written over")
        let other = try await service.run(
            "officer", common + [folder + "2", "--organization", "312345676", "--decided", "decisions/node-1#0"])
        #expect(other.status == 1)
        let wrong = try await service.run(
            "officer", common + [folder + "3", "--organization", "312345678", "--decided", decided])
        #expect(wrong.status == 64)
    }

    @Test("Two persons erase; it is recorded, the entry's leaf stays, and nothing personal is left in the file")
    func erasure() async throws {
        let service = try await AuditOfficerTests.service()
        let marker = "r-marker-4711-to-be-erased"
        let checked = try await service.run(
            "journal", AuditOfficerTests.reads + ["--request-id", marker, "--json"])
        let value = try #require(try JSONSerialization.jsonObject(with: Data(checked.output.utf8)) as? [String: Any])
        let entry = try #require(value["entry"] as? String)
        #expect(try isFound(marker, service), "it stands there before")
        let alone = try await service.run(
            "officer", "audit", "erase", entry, "--first", "employment:ombud", "--second", "employment:ombud",
            "--reason", "vedtak", "--yes")
        #expect(alone.status == 1 && alone.error.contains("two persons erase together"), "\(alone.error)")
        let two = ["--first", "employment:ombud", "--second", "employment:leder-ppt", "--reason", "vedtak"]
        let dry = try await service.json(
            "officer", "audit", "erase", "--subject", "barn", two[0], two[1], two[2], two[3], two[4], two[5])
        #expect(dry["count"] as? Int == 1 && dry["erased"] as? Bool == false)
        let erased = try await service.run("officer", ["audit", "erase", entry] + two + ["--yes"])
        #expect(erased.status == 0, "\(erased.error)")
        let shown = try await service.run("officer", "audit", "show", entry)
        #expect(shown.output.contains("has been erased"))
        #expect(try await service.run("officer", "audit", "replay", entry).status == 2)
        let left = try await service.json("officer", "audit", "query", "--subject", "barn")
        #expect((left["entries"] as? [[String: Any]])?.isEmpty == true)
        let record = try await service.json(
            "officer", "audit", "query", "--audit-entries", "--actor", "employment:ombud")
        let bodies = try #require(record["entries"] as? [[String: Any]]).compactMap {
            ($0["body"] as? [String: Any])?["audit"] as? [String: Any]
        }
        let act = try #require(bodies.first { $0["call"] as? String == "erased" })
        #expect(act["entries"] as? [String] == [entry])
        #expect(act["text"] as? String == "vedtak")
        let verified = try await Tool.portvakt("audit", "verify", "--ledger", service.scratch.path("ledger.db"))
        #expect(verified.status == 0, "\(verified.output)\(verified.error)")
        #expect(try !isFound(marker, service))
    }

    /// In the ledger's file or its write-ahead log.
    private func isFound(_ text: String, _ service: RunningService) throws -> Bool {
        try ["ledger.db", "ledger.db-wal"].contains { name in
            try Data(contentsOf: service.scratch.file(name)).range(of: Data(text.utf8)) != nil
        }
    }

    @Test("Retention counts by class, and says what is kept for how long")
    func retention() async throws {
        let service = try await AuditOfficerTests.service()
        _ = try await service.run("journal", AuditOfficerTests.reads)
        let found = try await service.json("officer", "audit", "retention")
        let classes = try #require(found["classes"] as? [[String: Any]])
        #expect(classes.compactMap { $0["class"] as? String } == ["decisions", "security", "emergency"])
        #expect(classes.allSatisfy { $0["count"] as? Int == 0 })
        #expect(try await service.run("officer", "audit", "retention", "--yes").status == 64)
        let alone = try await service.run(
            "officer", "audit", "retention", "--yes", "--first", "employment:ombud", "--second", "employment:ombud")
        #expect(alone.status == 1)
        let together = try await service.run(
            "officer", "audit", "retention", "--yes", "--first", "employment:ombud", "--second", "employment:leder-ppt")
        #expect(together.status == 0)
        #expect(
            together.output.contains("Nothing was erased: nothing has been kept long enough; recorded as decisions/"))
    }
}

extension RunningService {
    /// An ombud, a leader of the PPT, and an employee there without a link to the case.
    func importOfficers() async throws {
        let records = """
            format: portvakt-records/1
            partial: true
            records:
              units: [{id: stab, service: forvaltning, controller: kommune-a}]
              persons: [{id: ombud-p, born: 1970-01-01}, {id: leder-p, born: 1975-01-01}, {id: vikar-p, born: 1990-01-01}]
              employments:
                - {id: ombud, person: ombud-p, unit: stab, role: personvernombud}
                - {id: leder-ppt, person: leder-p, unit: ppt, role: leder}
                - {id: vikar, person: vikar-p, unit: ppt}
            """
        try Data(records.utf8).write(to: scratch.file("officer.yaml"))
        try await change("registry", "import", scratch.path("officer.yaml"))
    }
}
