import Foundation
import TestPrograms
import Testing

@Suite("The command line against a running service")
struct ServiceTests {
    let reads = [
        "check", "actor.employment=radgiver", "action=log.read", "on.case=sak", "entry.category=education",
        "entry.author=skole", "entry.about=[barn]",
    ]

    @Test("health: 0 when it serves, 1 without the permission, 2 when nobody answers")
    func health() async throws {
        let service = try await RunningService()
        let serving = try await service.run("officer", "health")
        #expect(serving.status == 0)
        #expect(serving.output == "SERVING\n")
        #expect(try await service.run("registry", "health").status == 1)
        let nobody = try await service.run("officer", "health", "--address", "127.0.0.1:1", "--timeout", "2")
        #expect(nobody.status == 2)
        #expect(nobody.error.contains("Is portvaktd running there"))
    }

    @Test("health ends with 1 while a service that was told to stop still answers")
    func notServing() async throws {
        let service = try await RunningService()
        service.stop()
        let file = service.scratch.file("portvaktd.yaml")
        let lingering = try String(contentsOf: file, encoding: .utf8).replacing("linger: 0", with: "linger: 300")
        try Data(lingering.utf8).write(to: file)
        let log = service.scratch.file("log.lingering")
        try Data().write(to: log)
        let daemon = try await TestProgram.start(
            Tool.folder.appendingPathComponent("portvaktd").path, ["--config", file.path],
            error: try FileHandle(forWritingTo: log))
        defer { daemon.destroy() }
        var environment = service.environment("officer")
        environment["PORTVAKT_ADDRESS"] = try await daemon.said("serving on ", in: log)
        func health(_ more: String = "") async throws -> Tool.Result {
            try await Tool.sh("portvakt health \(more)", environment: environment)
        }
        #expect(try await health().status == 0)
        daemon.send(SIGTERM)
        var told = try await health()
        // The signal takes its time; the service lingers far longer than the test may take.
        for _ in 0..<200 where told.output == "SERVING\n" { told = try await health() }
        #expect(told.status == 1 && told.output == "NOT_SERVING\n", "\(told.output)\(told.error)")
        let json = try await health("--json")
        #expect(json.status == 1 && json.output.contains("\"state\": \"NOT_SERVING\""), "\(json.output)")
    }

    @Test("A withdrawal turns the next answer into a refusal that says what is missing; the officer finds both")
    func withdrawal() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let allowed = try await service.run("journal", reads)
        #expect(allowed.status == 0, "\(allowed.output)\(allowed.error)")
        #expect(allowed.output.contains("allow.consent"))
        try await service.change("journal", "consent", "withdraw", "s-far", "--actor", "person:far")
        let refused = try await service.run("journal", reads + ["--json"])
        #expect(refused.status == 1)
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(refused.output.utf8)) as? [String: Any])
        #expect(answer["effect"] as? String == "deny")
        #expect((answer["reasons"] as? [String])?.contains("deny.consent_withdrawn") == true)
        #expect((answer["missing"] as? [String])?.contains { $0.contains("person:far") } == true)

        let found = try await service.json("officer", "audit", "query", "--case", "sak", "--effect", "deny")
        let entries = try #require(found["entries"] as? [[String: Any]])
        #expect(entries.count == 1)
        #expect(found["complete"] as? Bool == true)
        let reference = try #require(entries.first?["entry"] as? String)
        #expect(reference == answer["entry"] as? String)
        let shown = try await service.run("officer", "audit", "show", reference)
        #expect(shown.status == 0)
        for part in ["deny.consent_withdrawn", "consent s-far", "radgiver", "step.6.basis"] {
            #expect(shown.output.contains(part), "\(part)")
        }
        #expect(try await service.run("journal", "audit", "query").status == 1)
    }

    @Test("explain shows the tree, in the language that was asked for")
    func explain() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let arguments = ["explain"] + reads.dropFirst() + ["--language", "nb"]
        let explained = try await service.run("journal", Array(arguments))
        #expect(explained.status == 0, "\(explained.error)")
        #expect(explained.output.hasPrefix("Tillatt\n"))
        // Without a flag that of the terminal; a variable that is empty says nothing.
        let question = reads.dropFirst().map { "'\($0)'" }.joined(separator: " ")
        for (variables, said) in [
            (["LC_ALL": "", "LC_MESSAGES": "", "LANG": "nn_NO.UTF-8"], "Tillate"),
            (["LC_ALL": "C.UTF-8", "LANG": "nb_NO.UTF-8"], "Allowed"), (["LC_ALL": "no_NO"], "Tillatt"),
        ] {
            let own = try await Tool.sh(
                "portvakt explain \(question)", environment: service.environment("journal").merging(variables) { $1 })
            #expect(own.output.hasPrefix("\(said)\n"), "\(variables): \(own.output.prefix(20))\(own.error)")
        }
        #expect(explained.output.contains("+ step.1.system"))
        try await service.change("journal", "consent", "withdraw", "s-far")
        let refused = try await service.run("journal", Array(arguments))
        #expect(refused.status == 1)
        #expect(refused.output.contains("It would be an allow with:"), "\(refused.output)")
        #expect(refused.output.contains("person:far"))
    }

    @Test("What a human must decide is no yes to a script: check and explain end with 1")
    func refer() async throws {
        let service = try await RunningService()
        try await service.importCase()
        #expect(try await service.run("journal", reads).status == 0)
        // When the child was born is not known any more.
        try await service.change("registry", "registry", "add", "person", "id=barn")
        for command in ["check", "explain"] {
            let asked = try await service.run("journal", [command] + reads.dropFirst() + ["--json"])
            #expect(asked.status == 1 && asked.output.contains("\"refer.fact_missing\""), "\(command): \(asked.output)")
        }
        let fresh = try await service.run("journal", reads + ["--at-least", "99999", "--timeout", "1"])
        #expect(
            fresh.status == 2 && fresh.output.isEmpty, "a state that is not here yet is not decided on: \(fresh.error)")
    }

    @Test("A file of records that has a system, and one that is only checked, register nothing")
    func importChecks() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let file = service.scratch.file("new.yaml")
        let head = "format: portvakt-records/1\npartial: true\nrecords:\n"
        try Data((head + "  persons: [{id: ny, born: 1990-01-01}]\n").utf8).write(to: file)
        let checked = try await service.run("registry", "import", file.path, "--check")
        #expect(checked.status == 0 && checked.output.contains("1 records, nothing wrong"), "\(checked.output)")
        #expect(try await service.run("registry", "registry", "show", "person", "ny").status == 1)
        try Data(
            (head + "  persons: [{id: ny, born: 1990-01-01}]\n  systems: [{id: x, identity: NTRNO-312345676}]\n").utf8
        ).write(to: file)
        let system = try await service.run("registry", "import", file.path)
        #expect(system.status == 2 && system.error.contains("portvakt system register"), "\(system.error)")
        #expect(try await service.run("registry", "registry", "show", "person", "ny").status == 1)
    }

    @Test("Consents are listed in every state and shown one by one")
    func consents() async throws {
        let service = try await RunningService()
        try await service.importCase()
        try await service.change(
            "journal", "consent", "give", "id=s-2", "case=sak", "given_by.person=mor", "capacity=foreldreansvar",
            "to.services=[ppt]", "purposes=[fagmote_uten_familie]", "until=2036-01-01")
        try await service.change("journal", "consent", "invalidate", "s-2")
        let listed = try await service.json("journal", "consent", "list", "--case", "sak")
        let consents = try #require(listed["consents"] as? [[String: Any]])
        let states = consents.compactMap { ($0["consent"] as? [String: Any])?["state"] as? String }
        #expect(states.sorted() == ["given", "given", "invalidated"])
        let given = try await service.json("journal", "consent", "list", "--subject", "barn", "--state", "given")
        #expect((given["consents"] as? [[String: Any]])?.count == 2)
        let shown = try await service.run("journal", "consent", "show", "s-2")
        #expect(shown.output.contains("fagmote_uten_familie"))
        #expect(shown.output.contains("invalidated"))
        let unknown = try await service.run("journal", "consent", "show", "no-such")
        #expect(unknown.status == 1)
    }

    @Test("A revoked grant closes the log again")
    func grants() async throws {
        let service = try await RunningService()
        try await service.importCase()
        try await service.change("journal", "grant", "revoke", "deltar")
        #expect(try await service.run("journal", reads).status == 1)
        try await service.change("journal", "grant", "add", "id=deltar-2", "case=sak", "to.employment=radgiver")
        #expect(try await service.run("journal", reads).status == 0)
        let listed = try await service.json("journal", "grant", "list", "--case", "sak")
        #expect((listed["grants"] as? [[String: Any]])?.count == 2)
    }

    @Test("A disabled system is answered as about something that does not exist")
    func disabledSystem() async throws {
        let service = try await RunningService()
        try await service.importCase()
        try await service.change("administrator", "system", "disable", "journal")
        let listed = try await service.json("administrator", "system", "list")
        let systems = try #require(listed["systems"] as? [[String: Any]]).compactMap { $0["system"] as? [String: Any] }
        #expect(systems.first { $0["id"] as? String == "journal" }?["active"] as? Bool == false)
        let answer = try await service.json(
            "journal", "check", "actor.employment=radgiver", "action=log.read", "on.case=sak")
        #expect(answer["reasons"] as? [String] == ["deny.not_found"])
        #expect(answer["external"] as? String == "not_found")
    }

    @Test("Records are shown, listed and paged; a wrong one is refused by its field")
    func registry() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let shown = try await service.json("journal", "registry", "show", "case", "sak")
        #expect((shown["record"] as? [String: Any])?["holder"] as? String == "larer")
        let some = try await service.run("journal", "registry", "list", "person", "--limit", "2")
        #expect(some.output.contains("2 shown, there is more"))
        let all = try await service.json("journal", "registry", "list", "person")
        #expect(all["complete"] as? Bool == true)
        let dangling = try await service.run("registry", "registry", "add", "employment", "id=e-9", "unit=nowhere")
        #expect(dangling.status == 1)
        #expect(dangling.error.contains("unit"))
        let word = try await service.run(
            "journal", "check", "actor.employment=radgiver", "action=log.read", "on.case=sak",
            "recipient.service=skoole")
        #expect(word.status == 64)
        #expect(word.error.components(separatedBy: "recipient.service").count == 2, "told once: \(word.error)")
        let typed = try await service.run("registry", "registry", "add", "unt", "id=u")
        #expect(typed.status == 64)
        #expect(typed.error.contains("did you mean unit?"))
        let key = try await service.run("registry", "registry", "add", "unit", "id=u", "servic=skole")
        #expect(key.status == 64)
        #expect(key.error.contains("did you mean \"service\"?"))
    }

    @Test("The same request id gives the same receipt, and with other content a refusal")
    func retries() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let give = [
            "consent", "give", "case=sak", "given_by.person=mor", "capacity=foreldreansvar", "to.services=[ppt]",
        ]
        let first = try await service.run("journal", give + ["id=s-7", "--request-id", "r-1", "--json"])
        let again = try await service.run("journal", give + ["id=s-7", "--request-id", "r-1", "--json"])
        #expect(first.status == 0, "\(first.error)")
        #expect(again.status == 0)
        #expect(first.output == again.output)
        let other = try await service.run("journal", give + ["id=s-8", "--request-id", "r-1"])
        #expect(other.status == 1)
    }

    @Test("An import is registered whole or not at all, and says file and line")
    func importing() async throws {
        let service = try await RunningService()
        let start =
            "format: portvakt-records/1\npartial: true\nrecords:\n  units: [{id: u-1, service: skole, controller: kommune-a}]\n"
        try Data((start + "  employments: [{id: e-1, unit: u-1}, {id: e-2, unit: nowhere}]\n").utf8)
            .write(to: service.scratch.file("dangling.yaml"))
        let dangling = try await service.run("registry", "import", service.scratch.path("dangling.yaml"))
        #expect(dangling.status == 1, "\(dangling.error)")
        #expect(try await service.json("registry", "registry", "list", "unit")["complete"] as? Bool == true)
        #expect(try await service.run("registry", "registry", "show", "unit", "u-1").status == 1)
        try Data((start + "  persons: [{id: p-1, bron: 2015-01-01}]\n").utf8).write(
            to: service.scratch.file("key.yaml"))
        let key = try await service.run("registry", "import", service.scratch.path("key.yaml"))
        #expect(key.status == 2)
        #expect(key.error.contains("key.yaml:5:"))
        #expect(key.error.contains("did you mean \"born\"?"))
    }

    @Test("On a terminal an import shows a bar, and takes it away again")
    func progress() async throws {
        let service = try await RunningService()
        try await service.importCase()
        let command = "script -qec \"portvakt import '\(service.scratch.path("records.yaml"))'\" /dev/null"
        let ran = try await Tool.sh(
            command, environment: service.environment("registry").merging(["TERM": "xterm"]) { $1 })
        #expect(ran.status == 0)
        #expect(ran.output.contains("importing [####"))
        #expect(ran.output.contains("\r\u{1B}[K"))
    }

    @Test("bench measures decisions that were really made, alone and of a log, and reads the ledger's commits")
    func bench() async throws {
        let service = try await RunningService()
        var controllers: [String] = []
        for (id, kind) in [
            ("kommune-1", "kommune"), ("helseforetak-1", "helseforetak"), ("fylke-1", "fylkeskommune"),
            ("privat-1", "privat"), ("privat-2", "privat"),
        ] {
            try await service.change("administrator", "registry", "add", "controller", "id=\(id)", "kind=\(kind)")
            controllers += ["--for", id]
        }
        for (system, identity, permissions) in [
            ("registry", ["--spiffe", "spiffe://portvakt.test/registry"], ["administer", "register"]),
            ("journal", ["--organization", "312345676"], ["ask", "register"]),
        ] {
            let named = identity + permissions.flatMap { ["--permission", $0] } + controllers
            let registered = try await service.run("administrator", ["system", "register", system] + named)
            try #require(registered.status == 0, "\(registered.error)")
        }
        let town = ["--subjects", "400", "--cases-per-thousand", "1000"]
        let imported = try await service.run(
            "registry", ["import", "--municipality", "--controller", "kommune-1"] + town)
        try #require(imported.status == 0, "\(imported.error)")
        let report = try await service.json(
            "journal",
            ["bench", "--streams", "2", "--connections", "2", "--rounds", "1", "--seconds", "0.2", "--log", "40"] + town
                + ["--metrics", service.metrics])
        let load = try #require((report["loads"] as? [[String: Any]])?.first)
        #expect(try #require(load["commit_median_microseconds"] as? Double) > 0)
        let server = try #require((load["servers"] as? [[String: Any]])?.first)
        let calls = try #require(server["calls"] as? Int)
        #expect(calls > 0)
        #expect(try #require(server["p50_microseconds"] as? Double) <= #require(server["p99_microseconds"] as? Double))
        let log = try #require(report["log"] as? [String: Any])
        let asked = try #require(log["calls"] as? Int) * 40
        #expect(asked > 0 && log["entries"] as? Int == 40)
        let share = try #require(log["allowed_share"] as? Double)
        #expect(share > 0 && share < 1, "some of it may be read, and some not: \(share)")
        let page = try await Tool.sh("curl -s http://\(service.metrics)/metrics").output
        let recorded = page.split(separator: "\n").first { $0.hasPrefix("portvakt_ledger_entries_total ") }
        #expect(try #require(recorded?.split(separator: " ").last.flatMap { Int($0) }) >= calls + asked)
    }
}
