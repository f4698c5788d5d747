import PortvaktCore
import Testing

@Suite("The hash of an entry's labels")
struct LabelHashTests {
    /// As a caller might send them who wants all to fall together: one author, one child, one category.
    static let alike: [(String, @Sendable (Int) throws -> EntryLabels)] = [
        ("topics", { try labels(topics: ["topic-\($0)"]) }),
        ("persons after the first", { try labels(about: ["barn", "person-\($0)"]) }),
        ("until when, low bits", { try labels(until: Int64($0)) }),
        ("until when, high bits", { try labels(until: Int64($0) << 20) }),
        ("until when, highest bits", { try labels(until: Int64($0) << 45) }),
    ]

    static func labels(
        about: [String] = ["barn"], topics: [String] = [], until: Int64? = nil
    ) throws -> EntryLabels {
        EntryLabels(
            category: .health, about: try about.map { try ID($0) }, author: try ID("ppt"),
            topics: try topics.map { try Code($0) }, withheld: until == nil ? nil : .investigation,
            withheldUntil: until.map { Instant(milliseconds: $0) })
    }

    @Test("Labels that differ in one field alone do not fall together", arguments: 0..<alike.count)
    func spread(number: Int) throws {
        let (field, make) = Self.alike[number]
        // As many buckets as a dictionary of them has at least; by chance one holds more than 16 once in 10^10 times.
        var buckets = [Int](repeating: 0, count: 4096)
        for value in 0..<4096 { buckets[try make(value)._rawHashValue(seed: 7) & 4095] += 1 }
        #expect((buckets.max() ?? 0) <= 16, "\(field)")
    }

    @Test("Equal labels have one hash, and what stands in one list is not taken for the other's")
    func equal() throws {
        let one = try Self.labels(about: ["barn", "mor"], topics: ["adresse"], until: 5)
        #expect(try one.hashValue == Self.labels(about: ["barn", "mor"], topics: ["adresse"], until: 5).hashValue)
        #expect(
            try Self.labels(about: ["barn", "mor"])._rawHashValue(seed: 7)
                != Self.labels(about: ["barn"], topics: ["mor"])._rawHashValue(seed: 7))
    }
}
