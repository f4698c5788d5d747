import Testing

@testable import PortvaktCore
import PortvaktYAML

private struct Sample: Equatable {
    var id: String
    var unit: UnitID?
    var role: EmploymentRole?
    var count: Int?
    var flags: [Bool]
}

private func read(_ yaml: String) throws(DocumentErrors) -> Sample {
    try ValueReader.read(try YAMLDocument.parse(yaml, file: "sample.yaml")) { value in
        value.mapping { mapping in
            let id = mapping.required("id")?.text()
            let unit: UnitID? = mapping.optional("unit")?.id()
            let role: EmploymentRole? = mapping.optional("role")?.word()
            let count = mapping.optional("count")?.int(in: 0...10)
            let flags = mapping.optional("flags")?.list { $0.bool() } ?? []
            return id.map { Sample(id: $0, unit: unit, role: role, count: count, flags: flags) }
        }
    }
}

private func errors(_ yaml: String) -> [String] {
    do throws(DocumentErrors) {
        _ = try read(yaml)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

@Suite("Reading a document")
struct DocumentReaderTests {
    @Test("gives typed values")
    func typed() throws {
        let sample = try read("{id: on, unit: skole-1, role: leder, count: 3, flags: [true, false]}")
        #expect(sample == Sample(id: "on", unit: try UnitID("skole-1"), role: .leder, count: 3, flags: [true, false]))
    }

    @Test("reports every error at once, each with its line and column")
    func everyError() {
        let found = errors("unit: ''\nrole: ledr\ncount: 11\nflags: [true, yes]\nunti: x\n")
        #expect(
            found == [
                "sample.yaml:1:1: the key \"id\" is missing",
                "sample.yaml:1:7: unit: the identifier is empty: give an opaque identifier of 1 to 64 characters",
                "sample.yaml:2:7: role: \"ledr\" is unknown: expected one of medarbeider, leder, administrator, arkivar, "
                    + "personvernombud (did you mean \"leder\"?)",
                "sample.yaml:3:8: count: expected a whole number from 0 to 10",
                "sample.yaml:4:15: flags[1]: expected one of true, false",
                "sample.yaml:5:1: the key \"unti\" is unknown (did you mean \"unit\"?)",
            ])
    }

    @Test("shows no unknown word that is near to nothing, because it could be personal")
    func noEcho() {
        #expect(!errors("{id: a, role: Hemmelig Navn}").joined().contains("Hemmelig"))
    }

    @Test("keeps at most so many errors")
    func manyErrors() {
        let flags = Array(repeating: "x", count: DocumentProblems.maximumCount + 50).joined(separator: ", ")
        #expect(errors("{id: a, flags: [\(flags)]}").count == DocumentProblems.maximumCount)
    }

    @Test("refuses a national identity number where an id stands")
    func nationalID() {
        // Made of digits only here: a number from the test population with valid check digits.
        let number = [1, 2, 9, 5, 7, 9, 9, 9].map(String.init).joined()
        #expect(errors("{id: a, unit: u-\(number)}").isEmpty, "eight digits are no identity number")
    }
}

@Suite("The nearest known word")
struct NearestWordTests {
    @Test(
        "counts edits, a swap of neighbours as one",
        arguments: [
            ("unti", "unit", 1), ("skole", "skoel", 1), ("abc", "", 3), ("kitten", "sitting", 3), ("ca", "abc", 3),
        ])
    func distance(_ a: String, _ b: String, _ edits: Int) {
        #expect(NearestWord.distance(Array(a.utf8), Array(b.utf8)) == edits)
    }

    @Test("is nil when nothing is near")
    func nothingNear() {
        #expect(NearestWord.find("purposes", in: ["id", "unit"]) == nil)
        #expect(NearestWord.find("purpose", in: ["purposes", "about"]) == "purposes")
    }

    @Test("a third of the word's letters may be too many or too few, and no more")
    func lengths() {
        #expect(NearestWord.find("abcdef", in: ["abcdefgh"]) == "abcdefgh")
        #expect(NearestWord.find("abcdef", in: ["abcd"]) == "abcd")
        #expect(NearestWord.find("abcdef", in: ["abcdefghi", "abc"]) == nil)
        #expect(NearestWord.find("a", in: ["ab"]) == "ab")
        #expect(NearestWord.find("", in: ["a"]) == "a")
    }

    @Test(
        "a word of many megabytes is like none, and that is found without a look at each of its letters",
        .timeLimit(.minutes(1)))
    func long() {
        let word = String(decoding: [UInt8](repeating: 0x78, count: 1 << 25), as: UTF8.self)
        #expect(
            NearestWord.find(word, in: ["subject", "action", "resource", "context", "evaluations", "options"]) == nil)
    }
}

@Suite("A document laid over another")
struct DocumentExtendingTests {
    @Test("overrides texts and lists, merges mappings, keeps the rest")
    func merge() throws {
        let parent = try YAMLDocument.parse("{a: 1, b: {c: 2, d: [1, 2]}, e: 5}", file: "parent")
        let child = try YAMLDocument.parse("{b: {d: [3]}, e: {f: 6}, g: 7}", file: "child")
        let merged = child.extending(parent)
        #expect(text(merged) == "{a: 1, b: {c: 2, d: [3]}, e: {f: 6}, g: 7}")
        #expect(merged["a"]?.place.file == "parent")
        #expect(merged["b"]?["d"]?.place.file == "child")
    }

    private func text(_ node: DocumentNode) -> String {
        switch node.content {
        case .empty: ""
        case .text(let text): text
        case .list(let nodes): "[\(nodes.map(text).joined(separator: ", "))]"
        case .mapping(let entries): "{\(entries.map { "\($0.key): \(text($0.value))" }.joined(separator: ", "))}"
        }
    }
}
