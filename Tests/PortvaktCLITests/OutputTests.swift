import Foundation
import PortvaktCore
import PortvaktLoad
import PortvaktWire
import Testing

@testable import portvakt

@Suite("What the command line prints and reads")
struct OutputTests {
    @Test("Any text survives JSON, as Foundation reads it")
    func jsonText() throws {
        let texts = ["", "plain", "æøå \u{1F9D2}", "\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}\u{9F}", "e\u{301}"]
        let value = JSONValue.object([
            "texts": .strings(texts), "number": .number(1.5), "none": .null, "empty": .array([]),
        ])
        for written in [value.text, value.compact] {
            let read = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Any]
            #expect(read?["texts"] as? [String] == texts)
            #expect(read?["number"] as? Double == 1.5)
            #expect(read?["none"] is NSNull)
        }
        #expect(!value.compact.contains("\n"))
    }

    @Test("Numbers that JSON cannot hold become null; others keep three decimals")
    func jsonNumbers() {
        #expect(JSONValue.number(.nan).compact == "null")
        #expect(JSONValue.number(.infinity).compact == "null")
        #expect(JSONValue.number(2).compact == "2")
        #expect(JSONValue.number(0.12345).compact == "0.123")
    }

    @Test("An id that the command line makes holds no digit, so that it cannot look like a national identity number")
    func randomIdentifiers() throws {
        let ids = try (0..<1000).map { _ in "\(try ArgumentText.randomIdentifier())" }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.count == 36 && !$0.contains(where: \.isNumber) })
    }

    @Test("Characters that would steer a terminal are shown instead of sent")
    func steeringCharacters() {
        let hostile = "a\u{1B}[2Jb\u{202E}c\u{9B}d\re\nf"
        let shown = hostile.printable
        #expect(shown == "a\\u{1B}[2Jb\\u{202E}c\\u{9B}d\\u{D}e\\u{A}f")
        var table = Table("id")
        table.add(Table.Cell(hostile))
        #expect(table.lines(coloured: false).allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\n") })
        // Every mark that turns the direction of writing (Unicode, Bidi_Control).
        for mark in [0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069] as [UInt32] {
            let text = "a" + String(UnicodeScalar(mark).map(Character.init) ?? "?") + "b"
            #expect(text.printable == "a\\u{\(String(mark, radix: 16, uppercase: true))}b")
        }
        // In JSON they are escaped, and read as what they are.
        let json = JSONValue.string(hostile).compact
        #expect(json == #""a\u001b[2Jb\u202ec\u009bd\re\nf""#)
    }

    @Test("A reason that turns the direction of writing is shown, not sent, where a change is shown")
    func steeringReason() throws {
        let profile = try Identifier("lokal-15")
        let event = Event.profileActivated(
            name: profile, hash: [UInt8](repeating: 0, count: 32), from: .distantPast, reason: "vedtak\u{202E}14")
        let entry = AuditEntry(
            entry: EntryReference(stream: "changes/kommune-a", index: 3, block: 1), time: Instant(milliseconds: 0),
            system: try SystemID("journal"), revision: Revision(4),
            body: .change(RecordedChange(event, controller: try ControllerID("kommune-a"))))
        let lines = AuditReport.lines(entry, in: .english)
        #expect(lines.contains { $0.contains("vedtak\\u{202E}14, for kommune-a") }, "\(lines)")
        #expect(!lines.joined().contains("\u{202E}"))
    }

    @Test(
        "A time is the one on the wall, also on the days when the clock is changed",
        arguments: [
            ("2026-11-27T08:05:00Z", "27.11.2026 kl. 09:05", "2026-11-27 09:05"),
            ("2026-06-30T22:00:00Z", "1.7.2026 kl. 00:00", "2026-07-01 00:00"),
            ("2026-03-29T00:59:59.999Z", "29.3.2026 kl. 01:59", "2026-03-29 01:59"),
            ("2026-03-29T01:00:00Z", "29.3.2026 kl. 03:00", "2026-03-29 03:00"),
            ("2026-03-29T21:59:00Z", "29.3.2026 kl. 23:59", "2026-03-29 23:59"),
            ("2026-10-25T00:30:00Z", "25.10.2026 kl. 02:30", "2026-10-25 02:30"),
            ("2026-10-25T01:30:00Z", "25.10.2026 kl. 02:30", "2026-10-25 02:30"),
            ("2026-10-25T22:59:00Z", "25.10.2026 kl. 23:59", "2026-10-25 23:59"),
        ])
    func wallTime(_ instant: String, _ norwegian: String, _ english: String) throws {
        let instant = try #require(Instant(rfc3339: instant))
        #expect(LineWords.time(instant, .bokmal) == norwegian && LineWords.time(instant, .nynorsk) == norwegian)
        #expect(LineWords.time(instant, .english) == english)
    }

    @Test("A consent and a grant are shown as given only while they can carry something")
    func states() throws {
        let now = Instant(milliseconds: 1_000_000)
        let (before, after) = (Instant(milliseconds: 999_999), Instant(milliseconds: 1_000_001))
        let mother = Party.person(try PersonID("mor"))
        func consent(_ validity: Validity, state: ConsentState = .given, spent: Instant? = nil) throws -> String {
            let consent = Consent(
                id: try ConsentID("s"), scope: .caseID(try CaseID("sak")), givenBy: mother, capacity: .foreldreansvar,
                validity: validity, once: spent != nil, state: state, spentAt: spent)
            let cell = ConsentList.state(consent, now)
            return "\(cell.text) \(cell.style == .green ? "green" : "other")"
        }
        #expect(try consent(.always) == "given green")
        #expect(try consent(Validity(from: now, until: after)) == "given green")
        #expect(try consent(Validity(from: before, until: now)) == "ended other")
        #expect(try consent(Validity(from: after, until: .distantFuture)) == "not yet other")
        #expect(try consent(.always, spent: now) == "spent other")
        #expect(try consent(.always, spent: after) == "given green")
        #expect(try consent(Validity(from: before, until: now), state: .withdrawn) == "withdrawn other")
        func grant(_ validity: Validity, state: GrantState = .granted, revoked: Instant? = nil) throws -> String {
            let grant = Grant(
                id: try GrantID("g"), caseID: try CaseID("sak"), to: mother, validity: validity, revokedAt: revoked,
                state: state)
            let cell = GrantList.state(grant, now)
            return "\(cell.text) \(cell.style == .green ? "green" : "other")"
        }
        #expect(try grant(Validity(from: now, until: after)) == "granted green")
        #expect(try grant(Validity(from: before, until: now)) == "ended other")
        #expect(try grant(Validity(from: after, until: .distantFuture)) == "not yet other")
        #expect(try grant(.always, revoked: now) == "revoked other")
        #expect(try grant(.always, revoked: after) == "granted green")
        #expect(try grant(.always, state: .requested) == "requested other")
    }

    @Test(
        "An answer that spent a consent says that it carries one use, and a reason that is not known is told by its number"
    )
    func answers() {
        func answer(_ effect: Effect, unknown: [UInt32] = [], singleUse: Bool = false) -> PortvaktWire.Answer {
            PortvaktWire.Answer(
                effect: effect, external: .allow, reasons: [.allowConsent], unknownReasons: unknown,
                holdsUntil: Instant(milliseconds: 60_000), decidedAt: Instant(milliseconds: 0), revision: Revision(7),
                entry: EntryReference(stream: "decisions/node-1", index: 3, block: 1), policyHash: [],
                singleUse: singleUse)
        }
        func text(_ answer: PortvaktWire.Answer) -> String {
            AnswerReport.lines(answer, in: .english).joined(separator: "\n")
        }
        let reliedOn = "may be relied on until 1970-01-01T00:01:00"
        #expect(text(answer(.allow)).contains(reliedOn) && !text(answer(.deny)).contains("relied"))
        #expect(AnswerReport.json(answer(.allow)).compact.contains(#""single_use":false"#))
        let once = answer(.allow, singleUse: true)
        #expect(text(once).contains("carries one use") && !text(once).contains("relied"))
        #expect(AnswerReport.json(once).compact.contains(#""single_use":true"#))
        let unknown = answer(.allow, unknown: [4711])
        #expect(text(unknown).contains("a reason that this release does not know: 4711"))
        #expect(AnswerReport.json(unknown).compact.contains(#""unknown_reasons":[4711]"#))
    }

    @Test("Columns are as wide as their widest cell, numbers stand to the right, and colour changes no width")
    func table() {
        var table = Table("name", "count#", "state")
        table.add(Table.Cell("æ", .bold), Table.Cell("5"), Table.Cell("ok", .green))
        table.add(Table.Cell("longer"), Table.Cell("12345"), Table.Cell("no"))
        #expect(table.lines(coloured: false) == ["name    count  state", "æ           5  ok", "longer  12345  no"])
        let plain = table.lines(coloured: true).map { $0.replacing(/\u{1B}\[\d+m/, with: "") }
        #expect(plain == table.lines(coloured: false))
    }

    @Test("A progress line is never wider than the terminal", arguments: 1...200)
    func progressWidth(columns: Int) {
        for done in [0, 1, 5, 10, 11] {
            #expect(ProgressBar.line("importing", done, 10, columns: columns).count <= columns)
        }
    }

    @Test("A progress line shows the share that is done")
    func progressShare() {
        #expect(ProgressBar.line("x", 5, 10, columns: 24) == "x [#######.......] 5/10")
        #expect(ProgressBar.line("x", 10, 10, columns: 24) == "x [#############] 10/10")
    }

    @Test(
        "Addresses: host and port, a host alone, IPv6 in brackets",
        arguments: [
            ("localhost", "localhost:7443"), ("localhost:1", "localhost:1"), ("10.0.0.1:65535", "10.0.0.1:65535"),
            ("[::1]:8443", "[::1]:8443"), ("[::1]", "[::1]:7443"),
        ])
    func addresses(_ text: String, _ shown: String) throws {
        #expect(try ServerAddress(text).description == shown)
    }

    @Test(
        "No address", arguments: ["", ":1", "host:", "host:0", "host:65536", "host:x", "::1", "[::1", "[::1]x", "[]:1"])
    func noAddress(_ text: String) {
        #expect(throws: Failure.self) { try ServerAddress(text) }
    }

    @Test("Percentiles by nearest rank, as the textbook example has them")
    func percentiles() {
        // Nearest rank over 15, 20, 35, 40, 50: the 30th percentile is 20, the 40th 20, the 50th 35, the 100th 50.
        let sorted: [UInt32] = [15_000, 20_000, 35_000, 40_000, 50_000]
        #expect(LoadSummary.percentile(sorted, 0.05) == 15)
        #expect(LoadSummary.percentile(sorted, 0.3) == 20)
        #expect(LoadSummary.percentile(sorted, 0.4) == 20)
        #expect(LoadSummary.percentile(sorted, 0.5) == 35)
        #expect(LoadSummary.percentile(sorted, 1) == 50)
        #expect(LoadSummary.percentile([], 0.5) == 0)
    }

    @Test("The ratio is the median of the rounds' ratios, not the ratio of sums")
    func ratio() {
        func summary(_ rates: [Int]) -> LoadSummary {
            let rounds = rates.map { rate in
                LoadResult(latencies: [UInt32](repeating: 1000, count: rate), duration: 1_000_000_000)
            }
            return LoadSummary(server: "", streams: 1, rounds: rounds)
        }
        #expect(summary([200, 300, 1000]).ratio(to: summary([100, 100, 100])) == 3)
        #expect(summary([200, 400]).ratio(to: summary([100, 100])) == 3)
        #expect(summary([100]).ratio(to: summary([0])) == 0)
    }

    @Test("Metrics are read by name and labels; comments are passed over")
    func metrics() {
        let page = "HTTP/1.1 200 OK\r\n\r\n# HELP a b\n# TYPE a counter\na 5\nb{code=\"1\"} 2.5\nbroken x\n"
        #expect(MetricsReader.values(page)["a"] == 5)
        #expect(MetricsReader.values(page)["b{code=\"1\"}"] == 2.5)
    }

    @Test(
        "Keys of reflected values are the words of the files",
        arguments: [
            ("caseID", "case"), ("givenBy", "given_by"), ("holdsUntil", "holds_until"), ("id", "id"),
            ("requestID", "request_id"),
            ("topicsExcluded", "topics_excluded"),
        ])
    func reflectedKeys(_ label: String, _ key: String) {
        #expect(ReflectedJSON.key(label) == key)
    }
}
