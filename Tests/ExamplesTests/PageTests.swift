import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Where a browser is installed; the test that needs one is skipped where none is.
private enum Browser {
    static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}

@Suite("The pages of the examples", .timeLimit(.minutes(10)), .serialized)
struct PageTests {
    private struct Answer {
        var status: Int
        var headers: [String: String]
        var text: String
    }

    private func fetch(_ address: String, _ change: (inout URLRequest) -> Void = { _ in }) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: address)))
        change(&request)
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var headers: [String: String] = [:]
        for (name, value) in http.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http.statusCode, headers: headers, text: String(decoding: data, as: UTF8.self))
    }

    /// A town with an open log, and a plan in use with a measure in an area of its own.
    private func town() async throws -> Municipality {
        let town = try await Municipality()
        try await town.openLog()
        try await town.consent("p", to: "barne_familie,ppt", for: "individuell_plan")
        let steps = [
            try await town.plan(
                "ask", "k", "--plan", "sak", "--for", "employment:koordinator", "--role", "koordinator", "--until",
                Municipality.soon, "--as", "employment:larer"),
            try await town.plan("approve", "k", "--as", "employment:saksbehandler"),
            try await town.plan("create", "sak", "--as", "employment:koordinator"),
            try await town.plan("write", "sak", "skole", "Tiltak <1> & \"mer\"", "--as", "employment:koordinator"),
        ]
        for step in steps { try #require(step.status == 0, "\(step.text)") }
        return town
    }

    @Test("A page shows what its reader may see now: after a withdrawal it shows nothing, and says why")
    func fresh() async throws {
        let town = try await town()
        let page = try await town.page("stafettlogg", as: "employment:radgiver")
        let before = try await fetch(page.place)
        #expect(before.status == 200 && before.text.contains("<li>Notat 1<small>"), "\(before.text)")
        #expect(before.text.contains("2 shown, 1 not") && !before.text.contains("Notat 3"))
        #expect(try await town.log("withdraw", "s-far", "--giver", "far").status == 0)
        let after = try await fetch(page.place)
        #expect(after.status == 200 && after.text.contains("deny.consent_withdrawn"), "\(after.text)")
        #expect(!after.text.contains("Notat") && !after.text.contains("<li>"))
        town.daemon.stop()
        let alone = try await fetch(page.place)
        #expect(alone.text.contains("no server could be reached") && !alone.text.contains("Notat"), "\(alone.text)")
    }

    @Test("A page is kept by nobody, runs and loads nothing, and answers GET of itself alone, under its own address")
    func strict() async throws {
        let town = try await town()
        let page = try await town.page("plan", as: "person:mor")
        #expect(page.place.hasPrefix("http://127.0.0.1:"))
        let answer = try await fetch(page.place)
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(answer.text.contains("Tiltak &lt;1&gt; &amp; &quot;mer&quot;") && !answer.text.contains("<1>"))
        #expect(try await fetch(page.place + "annet").status == 404)
        #expect(try await fetch(page.place) { $0.httpMethod = "POST" }.status == 405)
        // Another name for this machine: a page elsewhere that makes a browser ask here.
        let foreign = try await fetch(page.place.replacingOccurrences(of: "127.0.0.1", with: "localhost"))
        #expect(foreign.status == 421 && !foreign.text.contains("Tiltak"))
    }

    @Test("An independent parser finds a title, one heading, a list, and neither script nor anything from elsewhere")
    func parsed() async throws {
        let town = try await town()
        for (program, items) in [("stafettlogg", 2), ("plan", 1)] {
            let page = try await town.page(program, as: "person:mor")
            let facts = try await parse(try await fetch(page.place).text, in: town.folder)
            #expect(facts["title"] as? String == facts["heading"] as? String)
            #expect((facts["title"] as? String)?.hasSuffix("sak") == true)
            #expect(facts["items"] as? Int == items && facts["lang"] as? String == "en")
            #expect(facts["forbidden"] as? [String] == [])
        }
    }

    private func parse(_ html: String, in folder: Folder) async throws -> [String: Any] {
        let file = folder.file("page-\(UUID().uuidString).html")
        try Data(html.utf8).write(to: file)
        let script = """
            import html.parser, json, sys
            facts = {"title": "", "heading": "", "items": 0, "lang": None, "forbidden": []}
            place = []
            class Page(html.parser.HTMLParser):
                def handle_starttag(self, tag, attributes):
                    place.append(tag)
                    names = dict(attributes)
                    if tag == "html": facts["lang"] = names.get("lang")
                    if tag == "li": facts["items"] += 1
                    if tag in ("script", "link", "img", "iframe", "object", "form"): facts["forbidden"].append(tag)
                    facts["forbidden"] += [n for n in names if n.startswith("on") or n in ("src", "href", "action", "style")]
                def handle_endtag(self, tag):
                    place.pop()
                def handle_data(self, data):
                    if place and place[-1] == "title": facts["title"] += data
                    if place and place[-1] == "h1": facts["heading"] += data
            Page().feed(open(sys.argv[1], encoding="utf-8").read())
            print(json.dumps(facts))
            """
        let result = try await Programs.run("/usr/bin/env", ["python3", "-c", script, file.path])
        let value = try JSONSerialization.jsonObject(with: Data(result.text.utf8))
        return try #require(value as? [String: Any], "\(result.text)")
    }

    @Test(
        "A browser shows both pages, and nothing of them is wider than a telephone",
        .enabled(if: Browser.path != nil, "no Chromium is installed"))
    func telephone() async throws {
        let town = try await town()
        for (program, text) in [("stafettlogg", "Notat 1"), ("plan", "Tiltak")] {
            let page = try await town.page(program, as: "person:mor")
            let shown = try await browse(page.place, in: town.folder)
            #expect(shown.contains("<title>") && shown.contains("<li>\(text)"), "\(program): \(shown.prefix(2000))")
            let measured = try await measure(try await fetch(page.place).text, in: town.folder)
            #expect(measured == "390 of 390", "\(program): \(measured)")
        }
    }

    /// What a browser has made of a page.
    private func browse(_ address: String, in folder: Folder) async throws -> String {
        let browser = try #require(Browser.path)
        let result = try await Programs.run(
            browser,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--user-data-dir=\(folder.path("browser"))",
                "--virtual-time-budget=3000", "--dump-dom", address,
            ])
        return result.text
    }

    /// How wide a page lies in a frame of a telephone's width, with a word that is longer than that in it. The page is as it is
    /// served; what measures stands around it.
    private func measure(_ html: String, in folder: Folder) async throws -> String {
        let long = html.replacingOccurrences(of: "Notat 1", with: String(repeating: "Notat", count: 40))
        let quoted = long.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "\"", with: "&quot;")
        let around = """
            <!DOCTYPE html><meta charset="utf-8"><body>
            <iframe style="border:0;width:390px;height:844px" srcdoc="\(quoted)"></iframe><p id="measured"></p><script>
            onload = () => {
              const page = document.querySelector("iframe").contentDocument.documentElement;
              document.getElementById("measured").textContent = page.scrollWidth + " of " + page.clientWidth;
            };
            </script>
            """
        let file = folder.file("around-\(UUID().uuidString).html")
        try Data(around.utf8).write(to: file)
        let shown = try await browse("file://\(file.path)", in: folder)
        return shown.components(separatedBy: "<p id=\"measured\">").last?.components(separatedBy: "</p>").first ?? shown
    }
}
