import Foundation
import Testing

/// The page that a family gets, judged by a parser and a browser that share nothing with what wrote it.
@Suite("The statement's page", .timeLimit(.minutes(10)))
struct StatementPageTests {
    private static let languages = ["nb", "nn", "en"]

    /// A service in which somebody looked, was refused, used an emergency access, and had long ids.
    private func pages() async throws -> (service: RunningService, pages: [String: String]) {
        let service = try await AuditOfficerTests.service()
        let records = """
            format: portvakt-records/1
            partial: true
            records:
              units: [{id: pedagogisk-psykologisk-tjeneste-avdeling-nordre-bydel, service: ppt, controller: kommune-a}]
              employments: [{id: lang, unit: pedagogisk-psykologisk-tjeneste-avdeling-nordre-bydel}]
            """
        try Data(records.utf8).write(to: service.scratch.file("long.yaml"))
        try await service.change("registry", "import", service.scratch.path("long.yaml"))
        _ = try await service.run("journal", AuditOfficerTests.reads)
        for actor in ["lang", "vikar"] {
            _ = try await service.run("journal", "check", "actor.employment=\(actor)", "action=log.read", "on.case=sak")
        }
        _ = try await service.run("journal", AuditOfficerTests.emergency)
        let waiting = try await service.json("officer", "audit", "review")
        let entry = try #require((waiting["tasks"] as? [[String: Any]])?.first?["entry"] as? String)
        for reviewer in ["leder-ppt", "ombud"] {
            try await service.change(
                "officer", "audit", "review", entry, "--outcome", "justified", "--reviewer", "employment:\(reviewer)")
        }
        var pages: [String: String] = [:]
        for language in Self.languages {
            let page = try await service.change(
                "officer", "audit", "statement", "--subject", "barn", "--asker", "person:mor", "--html", "--language",
                language)
            try Data(page.output.utf8).write(to: service.scratch.file("\(language).html"))
            pages[language] = page.output
        }
        return (service, pages)
    }

    private func facts(_ file: String, _ service: RunningService) async throws -> [String: Any] {
        let parsed = try await Tool.sh("python3 '\(OtherPrograms.path)/page_check.py' <'\(service.scratch.path(file))'")
        try #require(parsed.status == 0, "\(parsed.error)")
        return try #require(try JSONSerialization.jsonObject(with: Data(parsed.output.utf8)) as? [String: Any])
    }

    @Test(
        "It is whole, in its language, with headings in order and tables that a screen reader can read, and nothing else"
    )
    func structure() async throws {
        let (service, pages) = try await pages()
        var titles: Set<String> = []
        for language in Self.languages {
            let facts = try await facts("\(language).html", service)
            #expect(facts["lang"] as? String == language)
            titles.insert(try #require(facts["title"] as? String))
            for nothing in ["outside", "handlers", "unbalanced", "duplicate_ids", "unresolved_labels"] {
                #expect((facts[nothing] as? [Any])?.isEmpty == true, "\(language), \(nothing): \(facts[nothing] ?? "")")
            }
            #expect(facts["scripts"] as? Int == 0 && facts["images_without_text"] as? Int == 0)
            #expect(facts["viewport"] as? Bool == true)
            #expect((facts["policy"] as? String)?.contains("default-src 'none'") == true)
            #expect(facts["landmarks"] as? [String] == ["main"])
            #expect((facts["times"] as? Int ?? 0) >= 5)
            let headings = (facts["headings"] as? [[Any]] ?? []).compactMap { $0.first as? Int }
            #expect(headings.first == 1 && headings.count { $0 == 1 } == 1)
            for (one, next) in zip(headings, headings.dropFirst()) { #expect(next <= one + 1, "\(headings)") }
            let tables = try #require(facts["tables"] as? [[String: Any]])
            #expect(tables.count == 2, "what was seen, and what was refused")
            for table in tables {
                #expect((table["caption"] as? String)?.isEmpty == false)
                #expect(table["headers_without_scope"] as? Int == 0)
                let columns = try #require(table["columns"] as? Int)
                let rows = try #require(table["rows"] as? [[String: Int]])
                #expect(columns == 6 && rows.count > 1)
                for row in rows.dropFirst() { #expect(row["header"] == 1 && row["cells"] == columns - 1) }
            }
        }
        #expect(titles.count == 3, "three languages: \(titles)")
        // The check can fail.
        let page = try #require(pages["nb"])
        for (what, change) in [
            ("outside", ("<h1>", "<img src=\"https://example.org/x.png\" alt=\"x\"><h1>")),
            ("unbalanced", ("</section>", "")), ("handlers", ("<h1>", "<h1 onclick=\"x\">")),
        ] {
            let wrong = page.replacingOccurrences(of: change.0, with: change.1)
            try Data(wrong.utf8).write(to: service.scratch.file("wrong.html"))
            #expect((try await facts("wrong.html", service)[what] as? [Any])?.isEmpty == false, "\(what)")
        }
    }

    @Test("In a browser it prints on A4, and on a phone nothing stands out of the screen")
    func browser() async throws {
        let (service, pages) = try await pages()
        let wide = try #require(pages["nb"]).replacingOccurrences(
            of: "<h1>", with: "<p style=\"width:600px\">x</p><h1>")
        try Data(wide.utf8).write(to: service.scratch.file("wide.html"))
        for name in Self.languages + ["wide"] {
            let opened = try await Tool.sh(
                "'\(OtherPrograms.path)/browser-check' '\(service.scratch.path(name + ".html"))' 390 320", patience: 400
            )
            guard !OtherPrograms.isMissing(opened) else { return }
            try #require(opened.status == 0, "\(opened.error)")
            let value = try JSONSerialization.jsonObject(with: Data(opened.output.utf8))
            let measured = try #require(value as? [String: Any])
            let screens = try #require(measured["screens"] as? [[String: Any]])
            #expect(screens.map { $0["width"] as? Int } == [390, 320])
            for screen in screens {
                let (width, scroll) = (screen["width"] as? Int ?? 0, screen["scroll_width"] as? Int ?? 0)
                let beyond = screen["beyond"] as? [String] ?? ["?"]
                #expect((scroll <= width && beyond.isEmpty) == (name != "wide"), "\(name) at \(width): \(screen)")
                #expect((screen["cards"] as? Int ?? 0) > 10, "the rows are cards on a phone")
            }
            let paper = try #require(measured["paper"] as? [String: Double])
            #expect(abs((paper["width"] ?? 0) - 595.3) < 1 && abs((paper["height"] ?? 0) - 841.9) < 1, "\(paper)")
            #expect((1...4).contains(paper["pages"] ?? 0), "\(paper)")
        }
    }
}
