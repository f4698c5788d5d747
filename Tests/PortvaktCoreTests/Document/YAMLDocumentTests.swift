import PortvaktCore
import PortvaktYAML
import Testing

private func problem(_ yaml: String) -> String? {
    do throws(DocumentErrors) {
        _ = try YAMLDocument.parse(yaml, file: "f")
        return nil
    } catch {
        return error.errors.first?.description
    }
}

@Suite("YAML as the house reads it")
struct YAMLDocumentTests {
    @Test("is text only: on, yes, null, 1.0 and a date are words")
    func textOnly() throws {
        let document = try YAMLDocument.parse("{on: yes, a: null, b: 1.0, c: 2026-01-01, d: '', e: }", file: "f")
        #expect(document["on"]?.content == .text("yes"))
        #expect(document["a"]?.content == .text("null"))
        #expect(document["b"]?.content == .text("1.0"))
        #expect(document["c"]?.content == .text("2026-01-01"))
        #expect(document["d"]?.content == .text(""))
        #expect(document["e"]?.content == .empty)
    }

    @Test("says where each key and value stands")
    func places() throws {
        let document = try YAMLDocument.parse("a:\n  - b: x\n    c: y\n", file: "f")
        guard case .list(let nodes)? = document["a"]?.content, case .mapping(let entries)? = nodes.first?.content else {
            Issue.record("a list of one mapping")
            return
        }
        #expect(entries[1].place == SourcePlace(file: "f", line: 3, column: 5))
        #expect(entries[1].value.place == SourcePlace(file: "f", line: 3, column: 8))
    }

    @Test("reads JSON as the same document")
    func json() throws {
        let json = try YAMLDocument.parse(#"{"a": ["x", "\u00e5"], "b": {"c": ""}}"#, file: "f")
        #expect(json["a"]?.content != nil)
        #expect(json["b"]?["c"]?.content == .text(""))
        guard case .list(let nodes)? = json["a"]?.content else {
            Issue.record("a list of two texts")
            return
        }
        #expect(nodes.map(\.content) == [.text("x"), .text("å")])
    }

    @Test(
        "refuses what could mean two things or too much, naming line and column",
        arguments: [
            ("a: 1\na: 2\n", "f:2:1: the key \"a\" stands more than once"),
            ("a: &x 1\nb: *x\n", "f:1:4: anchors and aliases (& and *) are not allowed: write the value out"),
            ("a: !!int 1\n", "f:1:4: tags (!) are not allowed: every scalar is text"),
            ("a: !!str 1\n", "f:1:4: tags (!) are not allowed: every scalar is text"),
            ("a: &x [1]\n", "f:1:4: anchors and aliases (& and *) are not allowed: write the value out"),
            ("a: 1\n---\nb: 2\n", "f:2:1: a second document begins here: a file holds one"),
            ("a: 1\n\u{7}b: 2\n", "f:2:1: the file cannot be read: control characters are not allowed"),
            ("a: !!set {}\n", "f:1:4: tags (!) are not allowed: every scalar is text"),
            ("[a]: 1\n", "f:1:1: a key must be a text"),
            ("", "f:1:1: the file is empty"), ("# nothing\n", "f:1:1: the file is empty"),
        ])
    func refused(_ yaml: String, _ expected: String) { #expect(problem(yaml) == expected) }

    @Test("refuses broken YAML and a second document", arguments: ["a: [1", "a: 1\n---\nb: 2\n", "a: \"x", "\ta: 1"])
    func broken(_ yaml: String) { #expect(problem(yaml)?.hasPrefix("f:") == true) }

    @Test("refuses what is nested too deep, and takes what is just not")
    func depth() {
        // The document itself is one level; a text inside the innermost list is one more.
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + "x" + String(repeating: "]", count: levels)
        }
        #expect(problem(nested(YAMLDocument.maximumDepth - 1)) == nil)
        #expect(problem(nested(YAMLDocument.maximumDepth))?.contains("deep in each other") == true)
        #expect(problem(nested(100_000)) != nil)
    }

    @Test("refuses a text that is too long")
    func length() {
        let longest = String(repeating: "x", count: YAMLDocument.maximumTextLength)
        #expect(problem("a: \(longest)") == nil)
        #expect(problem("a: \(longest)x")?.contains("longer than") == true)
    }

    @Test("holds its limits, each of them what it says")
    func limits() {
        #expect(YAMLDocument.maximumSize == 256 * 1024 * 1024)
        #expect(YAMLDocument.maximumDepth == 64)
        #expect(YAMLDocument.maximumTextLength == 64 * 1024)
        // Refused for its size, before anything of it is looked at: no byte of it is UTF-8.
        var large = [UInt8](repeating: 0xFF, count: YAMLDocument.maximumSize + 1)
        let refused = #expect(throws: DocumentErrors.self) { try YAMLDocument.parse(large, file: "f") }
        #expect(refused?.errors.map(\.description) == ["f:1:1: the file is larger than 268435456 bytes"])
        // One byte less is looked at.
        large.removeLast()
        let looked = #expect(throws: DocumentErrors.self) { try YAMLDocument.parse(large, file: "f") }
        #expect(looked?.errors.map(\.description) == ["f:1:1: the file is not UTF-8"])
    }

    @Test("counts lists and mappings alike, and a key's length as any text's")
    func everyNesting() {
        func nested(_ levels: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: levels) + "x" + String(repeating: close, count: levels)
        }
        for (open, close, each) in [("{a: ", "}", 1), ("[{a: ", "}]", 2)] {
            let levels = (YAMLDocument.maximumDepth - 1) / each
            #expect(problem(nested(levels, open, close)) == nil, "\(open)")
            #expect(problem(nested(levels + 1, open, close))?.contains("deep in each other") == true, "\(open)")
        }
        let long = String(repeating: "x", count: YAMLDocument.maximumTextLength + 1)
        for text in ["a: '\(long)'", "- \(long)", "a: |\n  \(long)"] {
            #expect(problem(text)?.contains("longer than 65536 bytes") == true)
        }
    }

    @Test("refuses bytes that are not UTF-8")
    func encoding() {
        #expect(throws: DocumentErrors.self) { try YAMLDocument.parse([0x61, 0x3A, 0x20, 0xFF], file: "f") }
    }

    @Test("refuses a file that is not there")
    func missingFile() {
        #expect(throws: DocumentErrors.self) { try YAMLFile.read("/nonexistent/file.yaml") }
        #expect(throws: DocumentErrors.self) { try YAMLFile.find(below: ["/nonexistent"]) }
    }
}
