import Foundation
import PortvaktLoad
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
