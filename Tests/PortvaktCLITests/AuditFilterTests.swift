import Foundation
import Testing

/// Each filter of the officer's questions finds what it says, and nothing else.
@Suite("The officer's filters", .timeLimit(.minutes(10)))
struct AuditFilterTests {
    private func entries(_ service: RunningService, _ filters: String...) async throws -> Set<String> {
        let found = try await service.json("officer", ["audit", "query"] + filters)
        #expect(found["complete"] as? Bool == true)
        return Set(try #require(found["entries"] as? [[String: Any]]).compactMap { $0["entry"] as? String })
    }

    private func asked(_ service: RunningService, _ arguments: [String]) async throws -> (entry: String, time: String) {
        let answer = try await service.json("journal", arguments)
        return (try #require(answer["entry"] as? String), try #require(answer["decided_at"] as? String))
    }

    @Test("Who, what, where, when, by which system, under which id, how it came out and whether it was an emergency")
    func filters() async throws {
        let service = try await AuditOfficerTests.service()
        let read = try await asked(service, AuditOfficerTests.reads + ["--request-id", "r-lesing"])
        let urgent = try await asked(service, AuditOfficerTests.emergency)
        let refused = try await asked(service, ["check", "actor.employment=vikar", "action=log.read", "on.case=sak"])
        let parent = try await asked(service, ["check", "actor.person=mor", "action=log.read", "on.case=sak"])
        // The officer's system asks too: whether a statement may be given.
        let statement = try await service.json(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor")
        let given = try #require(statement["decided"] as? String)
        let all: Set = [read.entry, urgent.entry, refused.entry, parent.entry, given]
        #expect(try await entries(service) == all)
        for (filters, found) in [
            (["--request-id", "r-lesing"], [read.entry]), (["--request-id", "r-annen"], []),
            (["--emergencies"], [urgent.entry]), (["--system", "officer"], [given]),
            (["--system", "journal"], [read.entry, urgent.entry, refused.entry, parent.entry]),
            (["--object", "person:barn"], [given]), (["--object", "person:mor"], []),
            (["--object", "meeting:sak"], []),
            (["--object", "case:sak"], [read.entry, urgent.entry, refused.entry, parent.entry]),
            (["--actor", "employment:vikar"], [urgent.entry, refused.entry]),
            (["--actor", "person:mor"], [parent.entry, given]), (["--actor", "proxy:mor"], []),
            (["--reason", "allow.break_glass"], [urgent.entry]),
            (["--reason", "allow.break_glass", "--reason", "allow.consent"], [read.entry, urgent.entry]),
            (["--effect", "deny", "--actor", "employment:vikar"], [refused.entry]),
            (["--action", "access_log.read"], [given]), (["--until", read.time], []),
            (["--until", urgent.time], [read.entry]),
            (["--from", urgent.time, "--until", refused.time], [urgent.entry]),
            (["--of", "kommune-a"], Array(all)),
        ] as [([String], [String])] {
            let answered = try await service.json("officer", ["audit", "query"] + filters)
            let listed = (answered["entries"] as? [[String: Any]] ?? []).compactMap { $0["entry"] as? String }
            #expect(Set(listed) == Set(found) && listed.count == found.count, "\(filters): \(listed)")
        }
        let other = try await service.run("officer", "audit", "query", "--of", "kommune-b")
        #expect(other.status == 1, "\(other.output)")
        let shown = try await service.json("officer", "audit", "show", read.entry)
        #expect((shown["entry"] as? [String: Any])?["request_id"] as? String == "r-lesing")
    }

    @Test("A statement is for a time, and for an asker who was identified well enough; what was refused ends with 1")
    func statementTime() async throws {
        let service = try await AuditOfficerTests.service()
        _ = try await service.run("journal", AuditOfficerTests.reads)
        let second = try await asked(service, AuditOfficerTests.reads)
        func statement(_ more: String...) async throws -> [String: Any] {
            try await service.json(
                "officer",
                ["audit", "statement", "--subject", "barn", "--asker", "person:mor", "--action"].dropLast() + more)
        }
        func reads(_ statement: [String: Any]) -> Int {
            (statement["lines"] as? [[String: Any]] ?? []).count { $0["action"] as? String == "log.read" }
        }
        #expect(reads(try await statement()) == 2)
        let later = try await statement("--from", second.time)
        #expect(reads(later) == 1 && later["from"] as? String == second.time && later["until"] is NSNull)
        let before = try await statement("--until", second.time)
        #expect(reads(before) == 1 && before["until"] as? String == second.time && before["from"] is NSNull)
        let cut = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--limit", "1", "--language",
            "en")
        #expect(cut.status == 0 && !cut.output.contains("Complete"), "\(cut.output)")
        let low = try await service.run(
            "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--assurance", "low")
        #expect(low.status == 1 && low.output.contains("deny."), "\(low.output)\(low.error)")
    }

    @Test("A review is recorded with its text and its id, shown with its deadline, and recorded once")
    func review() async throws {
        let service = try await AuditOfficerTests.service()
        let urgent = try await asked(service, AuditOfficerTests.emergency)
        let waiting = try await service.json("officer", "audit", "review")
        let task = try #require((waiting["tasks"] as? [[String: Any]])?.first)
        #expect(task["time"] as? String == urgent.time && task["deadline"] as? String != urgent.time)
        #expect(task["minutes"] as? Int == 30 && task["reason"] as? String == "fare for livet")
        let line = [
            "audit", "review", urgent.entry, "--outcome", "justified", "--reviewer", "employment:ombud", "--text",
            "kort og klart", "--request-id", "r-gjennomgang",
        ]
        let first = try await service.json("officer", line)
        #expect(first["awaits"] as? [String] == ["leder"])
        // The same request again has the same answer; another one by the same role is refused.
        let recorded = try #require(first["recorded"] as? String)
        let again = try await service.json("officer", line)
        #expect(again["recorded"] as? String == recorded && again["awaits"] as? [String] == ["leder"])
        for other in [Array(line.dropLast(2)), line.dropLast() + ["r-annen"]] {
            let refused = try await service.run("officer", other)
            #expect(refused.status == 1 && refused.error.contains("what was recorded stays"), "\(refused.error)")
        }
        let shown = try await service.run("officer", "audit", "show", recorded)
        for part in [
            "audit: reviewed, justified", "kort og klart", "employment:ombud", urgent.entry, "request: r-gjennomgang",
        ] {
            #expect(shown.output.contains(part), "\(part): \(shown.output)")
        }
    }

    @Test("unusual looks at the time that was asked for")
    func unusual() async throws {
        let service = try await AuditOfficerTests.service()
        // Questions about one's own child: a pattern at the first of them.
        try await service.change("registry", "registry", "add", "employment", "id=egen", "person=mor", "unit=ppt")
        let own = ["check", "actor.employment=egen", "action=log.read", "on.case=sak"]
        let first = try await asked(service, own)
        let second = try await asked(service, own)
        for (flags, entries) in [
            ([], [first.entry, second.entry]), (["--from", second.time], [second.entry]),
            (["--until", second.time], [first.entry]),
        ] as [([String], [String])] {
            let found = try await service.json("officer", ["audit", "unusual"] + flags)
            let pattern = try #require(
                (found["patterns"] as? [[String: Any]])?.first { $0["pattern"] as? String == "own_kin" }, "\(found)")
            #expect(Set(pattern["entries"] as? [String] ?? []) == Set(entries), "\(flags): \(pattern)")
            #expect(pattern["count"] as? Int == entries.count && pattern["actor"] as? String == "employment:egen")
            #expect(found["complete"] as? Bool == true)
        }
    }
}
