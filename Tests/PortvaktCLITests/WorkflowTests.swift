import Foundation
import Testing

@Suite("Grants and consents as workflows, on the command line", .timeLimit(.minutes(10)))
struct WorkflowTests {
    /// The case, with Forvaltningstjenesten and a health station.
    private func service(signing: Bool = false) async throws -> RunningService {
        let service = try await RunningService()
        try await service.importCase()
        for unit in [("tildeling", "forvaltning"), ("helse", "helsestasjon")] {
            try await service.change(
                "registry", "registry", "add", "unit", "id=\(unit.0)", "service=\(unit.1)", "controller=kommune-a")
        }
        for employment in [("saksbehandler", "tildeling"), ("koordinator", "helse")] {
            try await service.change(
                "registry", "registry", "add", "employment", "id=\(employment.0)", "unit=\(employment.1)")
        }
        return service
    }

    @Test(
        "A coordinator is asked for, waits for the parents, is given by Forvaltningstjenesten, and ends with a revocation"
    )
    func grants() async throws {
        let service = try await service()
        try await service.change(
            "journal", "grant", "request", "id=k-1", "case=sak", "to.employment=koordinator", "role=koordinator",
            "document=plan", "until=2035-06-30", "--actor", "employment:larer")
        let waiting = try await service.json("journal", "grant", "pending")
        #expect((waiting["grants"] as? [[String: Any]])?.count == 1)
        let listed = try await service.run("journal", "grant", "pending", "--case", "sak")
        #expect(listed.output.contains("k-1") && listed.output.contains("2035-06"))

        let early = try await service.run("journal", "grant", "approve", "k-1", "--actor", "employment:saksbehandler")
        #expect(early.status == 1, "\(early.error)")
        #expect(early.error.contains("person mor has to consent") && early.error.contains("person far has to consent"))
        for parent in ["mor", "far"] {
            try await service.change(
                "journal", "consent", "give", "id=ip-\(parent)", "case=sak", "given_by.person=\(parent)",
                "capacity=foreldreansvar", "to.services=[helsestasjon,skole]", "purposes=[individuell_plan]")
        }
        let teacher = try await service.run("journal", "grant", "approve", "k-1", "--actor", "employment:larer")
        #expect(teacher.status == 1 && teacher.error.contains("may not answer this request"))
        try await service.change(
            "journal", "grant", "approve", "k-1", "--until", "2034-06-30", "--actor", "employment:saksbehandler")
        try await service.change(
            "journal", "grant", "request", "id=d-1", "case=sak", "to.employment=larer", "document=plan",
            "areas=[skole]", "until=2034-01-01", "--under", "k-1", "--actor", "employment:koordinator")
        try await service.change(
            "journal", "grant", "refuse", "d-1", "--reason", "ikke aktuelt", "--actor", "employment:saksbehandler")
        let none = try await service.json("journal", "grant", "pending")
        #expect((none["grants"] as? [[String: Any]])?.isEmpty == true)
        try await service.change("journal", "grant", "revoke", "k-1")
        let grants = try await service.json("journal", "grant", "list", "--case", "sak")
        #expect((grants["grants"] as? [[String: Any]])?.count == 3)
        let table = try await service.run("journal", "grant", "list", "--case", "sak")
        let states = table.lines.dropFirst().compactMap { line -> [Substring]? in
            let words = line.split(separator: " ")
            return words.count > 2 && words[0].contains("-1") ? Array(words.prefix(2)) : nil
        }
        #expect(Set(states) == [["k-1", "revoked"], ["d-1", "refused"]], "\(table.output)")
    }

    @Test("A consent is asked for and refused, another is renewed, extended and exported as FHIR")
    func consents() async throws {
        let service = try await service()
        try await service.change(
            "journal", "consent", "request", "id=s-2", "case=sak", "given_by.person=far", "capacity=foreldreansvar",
            "to.services=[ppt]", "purposes=[drofting]")
        try await service.change("journal", "consent", "refuse", "s-2", "--actor", "person:far")
        try await service.change(
            "journal", "consent", "renew", "s-far", "id=s-far-2", "case=sak", "given_by.person=far",
            "capacity=foreldreansvar", "to.services=[skole,ppt]", "until=2030-01-01")
        try await service.change(
            "journal", "consent", "extend", "s-far-2", "--new-id", "s-far-3", "--until", "2031-01-01", "--form",
            "elektronisk")
        let listed = try await service.json("journal", "consent", "list", "--case", "sak")
        let consents = try #require(listed["consents"] as? [[String: Any]]).compactMap {
            $0["consent"] as? [String: Any]
        }
        let states = Dictionary(
            uniqueKeysWithValues: consents.compactMap { consent in
                (consent["id"] as? String).map { ($0, consent["state"] as? String ?? "") }
            })
        #expect(
            states == [
                "s-mor": "given", "s-far": "superseded", "s-2": "refused", "s-far-2": "superseded", "s-far-3": "given",
            ])
        let twice = try await service.run(
            "journal", "consent", "extend", "s-far", "--new-id", "x", "--until", "2032-01-01")
        #expect(twice.status == 1 && twice.error.contains("superseded"))
        let exported = try await service.run("journal", "consent", "export", "s-far-3")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(exported.output.utf8)) as? [String: Any])
        #expect(document["resourceType"] as? String == "Consent" && document["status"] as? String == "active")
        #expect((document["period"] as? [String: Any])?["end"] as? String == "2030-12-31T23:00:00Z")
        try await fhir(service)
        try await receipt(service)
    }

    /// `fhir.resources` takes exports in every state, with every kind of narrowing.
    private func fhir(_ service: RunningService) async throws {
        try await service.change(
            "journal", "consent", "give", "id=s-narrow", "case=sak", "given_by.person=mor", "capacity=foreldreansvar",
            "to.services=[ppt]", "to.units=[skole]", "categories=[education,health]", "topics_excluded=[vold]",
            "persons_excluded=[far]", "text_version=tekst-2-nn")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("dev/interop")
        for (name, status) in [
            ("s-far-3", "active"), ("s-far", "inactive"), ("s-2", "not-done"), ("s-narrow", "active"),
        ] {
            let exported = try await service.change("journal", "consent", "export", name)
            try Data(exported.output.utf8).write(to: service.scratch.file("fhir.json"))
            let checked = try await Tool.sh(
                "'\(script.path)/fhir-consent' <'\(service.scratch.path("fhir.json"))'")
            #expect(
                checked.status == 0 && checked.output == "\(status)\n", "\(name): \(checked.output)\(checked.error)")
        }
    }

    /// The receipt of the extended consent is good, and one in which a letter was changed is not.
    private func receipt(_ service: RunningService) async throws {
        let receipt = try await service.change("journal", "consent", "receipt", "s-far-3")
        let file = service.scratch.path("s-far-3.receipt")
        try Data(receipt.output.utf8).write(to: service.scratch.file("s-far-3.receipt"))
        let keys = service.scratch.path("log.pub")
        let good = try await Tool.sh("portvakt consent verify-receipt '\(file)' --keys '\(keys)'")
        #expect(good.status == 0, "\(good.error)")
        let record = try #require(try JSONSerialization.jsonObject(with: Data(good.output.utf8)) as? [String: Any])
        #expect(record["record_id"] as? String == "s-far-3" && record["pii_principal_id"] as? String == "barn")
        let forged = receipt.output.replacingOccurrences(of: "foreldreansvar", with: "representant")
        #expect(forged != receipt.output)
        try Data(forged.utf8).write(to: service.scratch.file("s-far-3.receipt"))
        #expect(try await Tool.sh("portvakt consent verify-receipt '\(file)' --keys '\(keys)'").status == 1)
    }

    @Test("A file that no key has signed is no receipt; a key that is none is told")
    func receipts() async throws {
        let scratch = try Scratch()
        try Data("portvakt-consent-receipt/1\n{}\n\n\u{2014} a AAAAAAAA\n".utf8).write(to: scratch.file("r"))
        let key = "a+f5de1c9f+AUxkUF1HSTDUh+lbTUVgcm1MdP9uN1yEO5kT8x7EkLeK"
        let bad = try await Tool.sh("portvakt consent verify-receipt '\(scratch.path("r"))' --key no-key")
        #expect(bad.status == 64 && bad.error.contains("no public key"))
        let unsigned = try await Tool.sh("portvakt consent verify-receipt '\(scratch.path("r"))' --key '\(key)'")
        #expect(unsigned.status != 0)
    }

    @Test("watch tells a pipe of each change at once, and ends with the next when nobody reads it any more")
    func watchInPipe() async throws {
        let service = try await service()
        let status = service.scratch.path("status")
        // Were it not to end, it must not outlive the test.
        async let watched = Tool.sh(
            "{ timeout 50 portvakt watch; echo $? >'\(status)'; } | head -1",
            environment: service.environment("journal"))
        // The first changes may be made before it watches; it writes again until it has ended.
        for number in 0..<100 where !FileManager.default.fileExists(atPath: status) {
            try await service.change(
                "journal", "consent", "give", "id=w-\(number)", "case=sak", "given_by.person=mor",
                "capacity=foreldreansvar", "to.services=[ppt]")
            try await Task.sleep(for: .milliseconds(100))
        }
        let result = try await watched
        #expect(result.lines.count == 1 && result.output.contains("case:sak"), "\(result.output)\(result.error)")
        #expect(try String(contentsOfFile: status, encoding: .utf8) == "141\n")
    }

    @Test("watch takes no count of changes that never ends it", arguments: ["0", "-1"])
    func watchCount(_ count: String) async throws {
        let ended = try await Tool.sh("timeout 20 portvakt watch --count=\(count)")
        #expect(ended.status == 64 && ended.error.contains("--count is at least 1"), "\(ended.error)")
    }

    @Test("watch shows a withdrawal with the case that it touches")
    func watch() async throws {
        let service = try await service()
        async let watched = service.run("journal", "watch", "--count", "1", "--json")
        // The stream begins when the command has connected; a change is made again until it has been seen.
        for number in 0..<20 {
            try await service.change(
                "journal", "consent", "give", "id=w-\(number)", "case=sak", "given_by.person=mor",
                "capacity=foreldreansvar", "to.services=[ppt]")
            try await Task.sleep(for: .milliseconds(100))
        }
        let result = try await watched
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("\"cases\":[\"sak\"]") && result.output.contains("\"persons\":["))
    }

    @Test("watch --after shows what came after that number first, each once and in its order")
    func watchAfter() async throws {
        let service = try await service()
        var revisions: [Int] = []
        for number in 0..<4 {
            let given = try await service.json(
                "journal", "consent", "give", "id=w-\(number)", "case=sak", "given_by.person=mor",
                "capacity=foreldreansvar", "to.services=[ppt]")
            let receipt = try #require(given["recorded"] as? [String: Any], "\(given)")
            revisions.append(try #require(receipt["revision"] as? Int))
        }
        for (after, count) in [(revisions[0], 3), (revisions[1], 2), (revisions[2], 1), (revisions[0] - 1, 1)] {
            let watched = try await service.run("journal", "watch", "--after", "\(after)", "--count", "\(count)")
            #expect(watched.status == 0, "\(watched.error)")
            let told = watched.lines.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
            #expect(told == Array(revisions.filter { $0 > after }.prefix(count)), "after \(after): \(watched.output)")
        }
        let future = try await service.run("journal", "watch", "--after", "\(revisions[3] + 1000)", "--count", "1")
        #expect(future.status != 0 && future.output.isEmpty, "\(future.output)\(future.error)")
    }

    @Test(
        "Every command of the workflows has help with an example",
        arguments: [
            "grant request", "grant pending", "grant approve", "grant refuse", "consent request", "consent refuse",
            "consent renew", "consent extend", "consent receipt", "consent verify-receipt", "consent export", "watch",
        ])
    func help(command: String) async throws {
        let result = try await Tool.sh("portvakt \(command) --help")
        #expect(result.status == 0 && result.output.contains("Example:"))
        #expect(result.output.contains("portvakt \(command)"))
    }
}
