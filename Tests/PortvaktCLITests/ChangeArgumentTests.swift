import Foundation
import Testing

/// What a change is told by flags stands in the record, and in the entry of the change.
@Suite("The flags of changes", .timeLimit(.minutes(10)))
struct ChangeArgumentTests {
    private func record(_ service: RunningService, _ kind: String, _ id: String) async throws -> [String: Any] {
        let shown = try await service.json("journal", "registry", "show", kind, id)
        return try #require(shown["record"] as? [String: Any])
    }

    @Test(
        "On whose behalf: a flag, else the environment, else the file, else what the record itself names; and by whom")
    func behalf() async throws {
        let service = try await RunningService()
        try await service.importCase()
        func added(_ id: String, _ flags: String, _ variables: [String: String]) async throws -> String {
            var environment = service.environment("administrator")
            environment["PORTVAKT_CONTROLLER"] = nil
            try Data("controller: kommune-f\n".utf8).write(to: service.scratch.file("settings.yaml"))
            let ended = try await Tool.sh(
                "portvakt registry add controller id=\(id) \(flags)",
                environment: environment.merging(variables) { $1 },
                in: service.scratch.url)
            #expect(ended.status == 0, "\(id): \(ended.error)")
            return ended.output
        }
        let named = ["PORTVAKT_CONTROLLER": "kommune-e"]
        #expect(try await added("kommune-b", "", [:]).contains("recorded as changes/kommune-b#0"))
        #expect(try await added("kommune-c", "--config settings.yaml", [:]).contains("recorded as changes/kommune-f#0"))
        #expect(try await added("kommune-d", "--config settings.yaml", named).contains("changes/kommune-e#0"))
        let flag = try await added("kommune-g", "--config settings.yaml --controller kommune-a", named)
        #expect(flag.contains("recorded as changes/kommune-a#"), "\(flag)")
        let acted = try await service.json("journal", "consent", "withdraw", "s-far", "--actor", "person:far")
        let receipt = try #require(acted["recorded"] as? [String: Any])
        let stream = try #require(receipt["stream"] as? String)
        let index = try #require(receipt["index"] as? Int)
        let shown = try await service.run("officer", "audit", "show", "\(stream)#\(index)")
        #expect(shown.output.contains("  actor: person:far"), "\(shown.output)\(shown.error)")
        #expect(shown.output.contains("consent s-far withdrawn, for kommune-a"), "\(shown.output)")
    }

    @Test("An end is from the instant that was stated; an extension has its form, its text and its end")
    func instants() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let at = "2026-01-02T03:04:05Z"
        for (command, id, field) in [
            ("consent withdraw", "s-mor", "withdrawn_at"), ("consent revoke", "s-far", "withdrawn_at"),
            ("grant revoke", "deltar", "revoked_at"),
        ] {
            try await service.change(
                "journal", command.split(separator: " ").map(String.init)[0],
                command.split(separator: " ").map(String.init)[1], id, "--at", at)
            let record = try await record(service, command.hasPrefix("consent") ? "consent" : "grant", id)
            #expect(record[field] as? String == at, "\(command): \(record)")
        }
        let future = try await service.run("journal", "consent", "withdraw", "s-mor", "--at", "2999-01-01")
        #expect(future.status != 0)
        try await service.change(
            "journal", "consent", "give", "id=s-1", "case=sak", "given_by.person=mor", "capacity=foreldreansvar",
            "to.services=[ppt]", "until=2035-01-01")
        try await service.change(
            "journal", "consent", "extend", "s-1", "--new-id", "s-2", "--until", "2036-07-01", "--form", "elektronisk",
            "--text-version", "tekst-4-nb")
        let extended = try await record(service, "consent", "s-2")
        #expect(extended["form"] as? String == "elektronisk" && extended["text_version"] as? String == "tekst-4-nb")
        let validity = try #require(extended["validity"] as? [String: Any])
        #expect(validity["until"] as? String == "2036-06-30T22:00:00Z", "\(validity)")
        let listed = try await service.run("journal", "consent", "list", "--case", "sak", "--state", "given")
        #expect(listed.output.contains("s-2") && !listed.output.contains("s-far"), "\(listed.output)")
    }

    @Test("A request hangs on the grant that is named, an approval ends when it says, and what waits is listed by case")
    func grants() async throws {
        let service = try await RunningService()
        try await service.importCase()
        try await service.change(
            "journal", "grant", "request", "id=g-1", "case=sak", "to.employment=radgiver", "until=2035-01-01",
            "--under",
            "deltar", "--actor", "employment:larer")
        #expect(try await record(service, "grant", "g-1")["under"] as? String == "deltar")
        let pending = try await service.json("journal", "grant", "pending", "--case", "sak")
        #expect((pending["grants"] as? [[String: Any]])?.count == 1)
        try await service.change(
            "registry", "registry", "add", "case", "id=annen", "subject=barn", "controller=kommune-a")
        let other = try await service.json("journal", "grant", "pending", "--case", "annen")
        #expect((other["grants"] as? [[String: Any]])?.isEmpty == true, "\(other)")
        try await service.change(
            "journal", "grant", "approve", "g-1", "--until", "2030-07-01", "--actor", "employment:larer")
        let grant = try await record(service, "grant", "g-1")
        #expect((grant["validity"] as? [String: Any])?["until"] as? String == "2030-06-30T22:00:00Z", "\(grant)")
        #expect(grant["state"] as? String == "granted")
    }

    @Test("A system may ask about the actions that it is registered for, and a disabled one is shown as that")
    func systems() async throws {
        let service = try await RunningService()
        try await service.importCase()
        try await service.change(
            "administrator", "system", "register", "journal", "--organization", "312345676", "--permission", "ask",
            "--action", "log.write")
        let asks = ["check", "actor.employment=larer", "on.case=sak"]
        let written = try await service.json("journal", asks + ["action=log.write"])
        let read = try await service.json("journal", asks + ["action=log.read"])
        #expect(written["effect"] as? String == "allow", "\(written)")
        #expect(read["effect"] as? String == "deny", "\(read)")
        #expect(try await service.run("journal", "registry", "show", "case", "sak").status == 1)
        try await service.change("administrator", "system", "disable", "journal")
        let listed = try await service.run("administrator", "system", "list")
        let line = try #require(listed.lines.first { $0.hasPrefix("journal") })
        #expect(line.contains(" disabled ") && line.contains("NTRNO-312345676"), "\(line)")
        #expect(listed.lines.first { $0.hasPrefix("officer") }?.contains(" active ") == true, "\(listed.output)")
    }
}
