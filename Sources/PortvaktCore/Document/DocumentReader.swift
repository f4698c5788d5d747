/// Reads one value of a document. Each method gives `nil` for a value that is not what was asked for, and notes why in
/// ``problems``; nobody needs to stop at the first error, and ``DocumentProblems/check()`` ends the reading.
public struct ValueReader {
    public let node: DocumentNode
    public let path: DocumentPath
    public let problems: DocumentProblems

    public init(_ node: DocumentNode, path: DocumentPath = .root, problems: DocumentProblems) {
        self.node = node
        self.path = path
        self.problems = problems
    }

    /// Reads a whole document with a closure and reports everything that was wrong.
    /// - Throws: ``DocumentErrors``, also when the closure gives `nil` without having noted why.
    public static func read<Result>(
        _ node: DocumentNode, _ body: (ValueReader) -> Result?
    ) throws(DocumentErrors) -> Result {
        let problems = DocumentProblems()
        let result = body(ValueReader(node, problems: problems))
        try problems.check()
        guard let result else { throw DocumentErrors([DocumentError(at: node.place, "could not be read")]) }
        return result
    }

    /// Notes that something is wrong with this value.
    public func fail(_ problem: String, suggestion: String? = nil) {
        problems.add(DocumentError(at: node.place, path: path, problem, suggestion: suggestion))
    }

    /// Any text, the empty one too.
    public func text() -> String? {
        guard case .text(let text) = node.content else {
            fail("expected a text, found \(node.kindText)")
            return nil
        }
        return text
    }

    /// A list, element by element. An element that gives `nil` is left out (its error is noted).
    public func list<Element>(_ element: (ValueReader) -> Element?) -> [Element]? {
        guard case .list(let nodes) = node.content else {
            fail("expected a list, found \(node.kindText)")
            return nil
        }
        var elements: [Element] = []
        elements.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            if let read = element(ValueReader(node, path: .index(index, of: path), problems: problems)) {
                elements.append(read)
            }
        }
        return elements
    }

    /// A mapping. A key that `body` did not ask for is an error, so `body` asks for every key it knows before it
    /// gives up. An empty value counts as a mapping without keys.
    public func mapping<Result>(_ body: (MappingReader) -> Result?) -> Result? {
        let entries: [DocumentEntry]
        switch node.content {
        case .mapping(let found): entries = found
        case .empty: entries = []
        default:
            fail("expected a mapping, found \(node.kindText)")
            return nil
        }
        let reader = MappingReader(entries, of: self)
        let result = body(reader)
        reader.refuseUnknownKeys()
        return result
    }

    /// A mapping whose keys are names of the file's own choosing; the values are read one by one, in order.
    public func dictionary<Value>(_ value: (_ key: String, ValueReader) -> Value?) -> [(key: String, value: Value)]? {
        mapping { reader in
            reader.keys.compactMap { key in
                reader.optional(key).flatMap { value(key, $0) }.map { (key, $0) }
            }
        }
    }
}

/// Reads a mapping key by key; the keys that are asked for are the known ones.
public final class MappingReader {
    private let entries: [DocumentEntry]
    private let value: ValueReader
    private var known: [String] = []

    init(_ entries: [DocumentEntry], of value: ValueReader) {
        self.entries = entries
        self.value = value
    }

    /// Where the mapping stands.
    public var place: SourcePlace { value.node.place }
    /// The mapping itself, to note an error about it as a whole.
    public var whole: ValueReader { value }
    /// The keys that the file has, in its order.
    public var keys: [String] { entries.map(\.key) }

    /// The value of a key, or `nil` when the file does not have it.
    public func optional(_ key: String) -> ValueReader? {
        if !known.contains(key) { known.append(key) }
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        return ValueReader(entry.value, path: .key(key, of: value.path), problems: value.problems)
    }

    /// The value of a key; its absence is noted.
    public func required(_ key: String) -> ValueReader? {
        if let found = optional(key) { return found }
        value.fail("the key \"\(key)\" is missing")
        return nil
    }

    /// The truth value of a key, and another where the file does not have it.
    public func bool(_ key: String, default fallback: Bool = false) -> Bool { optional(key)?.bool() ?? fallback }

    func refuseUnknownKeys() {
        for entry in entries where !known.contains(entry.key) {
            let suggestion = NearestWord.find(entry.key, in: known)
            let hint = suggestion == nil ? "; known are \(known.ordered().joined(separator: ", "))" : ""
            value.problems.add(
                DocumentError(
                    at: entry.place, path: value.path, "the key \(DocumentKey.shown(entry.key)) is unknown\(hint)",
                    suggestion: suggestion))
        }
    }
}
