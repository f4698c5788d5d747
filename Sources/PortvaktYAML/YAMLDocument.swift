public import PortvaktCore
internal import Yams

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
            throw failure(at: start, "the file is larger than \(maximumSize) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(at: start, "the file is not UTF-8")
        }
        return try parse(text, file: file)
    }

    /// Parses a text, as ``parse(_:file:)-([UInt8],_)``.
    public static func parse(_ text: String, file: String) throws(DocumentErrors) -> DocumentNode {
        let start = SourcePlace(file: file, line: 1, column: 1)
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            // The parser owns the anchors, which nodes refer to weakly: it lives until they have been looked for.
            let root = try withExtendedLifetime(parser) { () throws -> DocumentNode? in
                try parser.singleRoot().map { try Converter(file: file).convert($0, depth: 0) }
            }
            guard let root else { throw failure(at: start, "the file is empty") }
            return root
        } catch let error as DocumentErrors {
            throw error
        } catch let error as YamlError {
            throw failure(error, file: file)
        } catch {
            throw failure(at: start, "the file could not be read as YAML")
        }
    }

    private static func failure(at place: SourcePlace, _ problem: String) -> DocumentErrors {
        DocumentErrors([DocumentError(at: place, problem)])
    }

    private static func failure(_ error: YamlError, file: String) -> DocumentErrors {
        func place(_ mark: Mark) -> SourcePlace { SourcePlace(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let while_ = context.map { " \($0.text)" } ?? ""
            return failure(at: place(mark), "the YAML is broken: \(problem)\(while_)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            return failure(at: place(context.mark), "the key \"\(key)\" stands more than once")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.utf8.prefix(offset ?? 0)
            let line = 1 + before.count { $0 == 0x0A }
            return failure(at: SourcePlace(file: file, line: line, column: 1), "the file cannot be read: \(problem)")
        default:
            return failure(at: SourcePlace(file: file, line: 1, column: 1), "the file could not be read as YAML")
        }
    }
}

/// Turns the parser's nodes into the core's, refusing what the house's files may not hold.
private struct Converter {
    let file: String

    func convert(_ node: Node, depth: Int) throws(DocumentErrors) -> DocumentNode {
        let place = place(of: node)
        guard depth < YAMLDocument.maximumDepth else {
            throw refusal(place, "lists and mappings stand more than \(YAMLDocument.maximumDepth) deep in each other")
        }
        guard node.anchor == nil else {
            throw refusal(place, "anchors and aliases (& and *) are not allowed: write the value out")
        }
        switch node {
        case .scalar(let scalar):
            return DocumentNode(try content(of: scalar, at: place), at: place)
        case .sequence(let sequence):
            try refuseTag(sequence.tag, at: place)
            var nodes: [DocumentNode] = []
            nodes.reserveCapacity(sequence.count)
            for element in sequence { nodes.append(try convert(element, depth: depth + 1)) }
            return DocumentNode(.list(nodes), at: place)
        case .mapping(let mapping):
            try refuseTag(mapping.tag, at: place)
            return DocumentNode(.mapping(try entries(of: mapping, depth: depth)), at: place)
        case .alias:
            throw refusal(place, "aliases (*) are not allowed: write the value out")
        }
    }

    private func entries(of mapping: Node.Mapping, depth: Int) throws(DocumentErrors) -> [DocumentEntry] {
        var entries: [DocumentEntry] = []
        entries.reserveCapacity(mapping.count)
        var seen: Set<String> = []
        for (key, value) in mapping {
            let keyNode = try convert(key, depth: depth + 1)
            guard case .text(let text) = keyNode.content else {
                throw refusal(keyNode.place, "a key must be a text")
            }
            guard seen.insert(text).inserted else {
                throw refusal(keyNode.place, "the key \"\(text)\" stands more than once")
            }
            let valueNode = try convert(value, depth: depth + 1)
            entries.append(DocumentEntry(key: text, place: keyNode.place, value: valueNode))
        }
        return entries
    }

    private func content(
        of scalar: Node.Scalar, at place: SourcePlace
    ) throws(DocumentErrors) -> DocumentNode.Content {
        try refuseTag(scalar.tag, at: place)
        guard scalar.string.utf8.count <= YAMLDocument.maximumTextLength else {
            throw refusal(place, "the text is longer than \(YAMLDocument.maximumTextLength) bytes")
        }
        return scalar.string.isEmpty && scalar.style == .plain ? .empty : .text(scalar.string)
    }

    private func refuseTag(_ tag: Tag, at place: SourcePlace) throws(DocumentErrors) {
        // What a scalar, a list and a mapping are without a tag, before and after the parser has resolved it.
        let own = ["", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
        guard own.contains(tag.description) else {
            throw refusal(place, "tags (!) are not allowed: every scalar is text")
        }
    }

    private func place(of node: Node) -> SourcePlace {
        SourcePlace(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private func refusal(_ place: SourcePlace, _ problem: String) -> DocumentErrors {
        DocumentErrors([DocumentError(at: place, problem)])
    }
}
