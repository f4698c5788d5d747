public import PortvaktCore

/// Reads YAML, and JSON (which is YAML), into a ``DocumentNode``.
///
/// Stricter than YAML: every scalar is text, a key is text and stands once, there is one document, and neither anchors,
/// aliases nor tags (an alias can make a small file a huge document, and a tag says what only the reader may say).
public enum YAMLDocument {
    /// The largest file, in bytes. An import of a whole municipality's register is some tens of megabytes.
    public static let maximumSize = 256 * 1024 * 1024
    /// How deep lists and mappings may stand in each other; the deepest format of the house has nine.
    public static let maximumDepth = 64
    /// The longest text, in UTF-8 bytes: room for an explanation, not for a document inside the document.
    public static let maximumTextLength = 64 * 1024

    /// Parses a file's bytes.
    /// - Parameter file: the name that errors show.
    /// - Throws: ``DocumentErrors`` naming line and column.
    public static func parse(_ bytes: [UInt8], file: String) throws(DocumentErrors) -> DocumentNode {
        let start = SourcePlace(file: file, line: 1, column: 1)
        guard bytes.count <= maximumSize else {
            throw DocumentErrors(at: start, "the file is larger than \(maximumSize) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentErrors(at: start, "the file is not UTF-8")
        }
        return try parse(text, file: file)
    }

    /// Parses a text, as ``parse(_:file:)-([UInt8],_)``.
    public static func parse(_ text: String, file: String) throws(DocumentErrors) -> DocumentNode {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(DocumentErrors) in try unsafe parse(bytes, file: file) }
        }
        return try result.get()
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(DocumentErrors) -> DocumentNode
    {
        var reader = DocumentBuilder(events: try unsafe YAMLEvents(bytes, file: file))
        let first = try reader.events.next()
        if case .end = first.kind {
            throw DocumentErrors(at: SourcePlace(file: file, line: 1, column: 1), "the file is empty")
        }
        let root = try reader.node(first, depth: 0)
        // Whatever stands behind the document is refused.
        _ = try reader.events.next()
        return root
    }
}

/// Makes the core's nodes of a parser's events.
private struct DocumentBuilder: ~Copyable {
    var events: YAMLEvents

    mutating func node(_ event: YAMLEvents.Event, depth: Int) throws(DocumentErrors) -> DocumentNode {
        guard depth < YAMLDocument.maximumDepth else {
            let most = YAMLDocument.maximumDepth
            throw DocumentErrors(at: event.place, "lists and mappings stand more than \(most) deep in each other")
        }
        switch event.kind {
        case .text(let text): return DocumentNode(.text(text), at: event.place)
        case .empty, .end: return DocumentNode(.empty, at: event.place)
        case .listStart: return DocumentNode(.list(try list(depth: depth + 1)), at: event.place)
        case .mappingStart: return DocumentNode(.mapping(try mapping(depth: depth + 1)), at: event.place)
        }
    }

    private mutating func list(depth: Int) throws(DocumentErrors) -> [DocumentNode] {
        var nodes: [DocumentNode] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return nodes }
            nodes.append(try node(event, depth: depth))
        }
    }

    private mutating func mapping(depth: Int) throws(DocumentErrors) -> [DocumentEntry] {
        var entries: [DocumentEntry] = []
        var seen: Set<String> = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return entries }
            guard case .text(let key) = event.kind else {
                throw DocumentErrors(at: event.place, "a key must be a text")
            }
            guard seen.insert(key).inserted else {
                throw DocumentErrors(at: event.place, "the key \(DocumentKey.shown(key)) stands more than once")
            }
            let value = try node(try events.next(), depth: depth)
            entries.append(DocumentEntry(key: key, place: event.place, value: value))
        }
    }
}
