internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktYAML

/// A record or a question written as arguments: `key=value`, with dots for what lies within (`on.case=sak-1`), and `[a, b]` or
/// `{k: v}` for lists and mappings. The keys are those of the files (docs/import.md, docs/cli.md).
struct FieldArguments: ParsableArguments {
    @Argument(help: "key=value; dots for what lies within (on.case=sak-1), [a, b] for lists.")
    var fields: [String] = []
    @Option(help: "A YAML or JSON file with the same keys; the arguments go before it.", completion: .file())
    var file: String?

    /// The fields as a document.
    func document() throws -> DocumentNode {
        var document = DocumentNode(.mapping([]), at: SourcePlace(file: "arguments", line: 1, column: 1))
        for (index, field) in fields.enumerated() {
            let place = SourcePlace(file: "argument", line: index + 1, column: 1)
            guard let equals = field.firstIndex(of: "="), equals > field.startIndex else {
                throw Failure("argument \(index + 1) is not of the form key=value", status: .usage)
            }
            let keys = field[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard keys.count <= YAMLDocument.maximumDepth else {
                throw Failure(
                    "argument \(index + 1) is more than \(YAMLDocument.maximumDepth) keys deep", status: .usage)
            }
            let value = try Self.value(String(field[field.index(after: equals)...]), place)
            document = try Self.set(document, keys[...], to: value, place)
        }
        guard let file else { return document }
        return document.extending(try YAMLDocument.parse(try CertificateFile.read(file), file: file))
    }

    private static func value(_ text: String, _ place: SourcePlace) throws -> DocumentNode {
        guard text.hasPrefix("[") || text.hasPrefix("{") else { return DocumentNode(.text(text), at: place) }
        do throws(DocumentErrors) {
            return try YAMLDocument.parse(text, file: "argument \(place.line)")
        } catch {
            throw Failure(error.description, status: .usage)
        }
    }

    private static func set(
        _ node: DocumentNode, _ keys: ArraySlice<String>, to value: DocumentNode, _ place: SourcePlace
    ) throws -> DocumentNode {
        guard let key = keys.first else { return value }
        guard case .mapping(var entries) = node.content, !key.isEmpty else {
            throw Failure("argument \(place.line) has no place: its key is empty, or a value already", status: .usage)
        }
        let rest = keys.dropFirst()
        if let index = entries.firstIndex(where: { $0.key == key }) {
            guard !rest.isEmpty else {
                throw Failure(
                    "argument \(place.line): the key \(DocumentKey.shown(key)) is given twice", status: .usage)
            }
            entries[index].value = try set(entries[index].value, rest, to: value, place)
        } else {
            let inner = try set(DocumentNode(.mapping([]), at: place), rest, to: value, place)
            entries.append(DocumentEntry(key: key, place: place, value: inner))
        }
        return DocumentNode(.mapping(entries), at: node.place)
    }
}

extension DocumentErrors {
    /// The errors of what was written as arguments.
    var asUsage: Failure { Failure(description, status: .usage) }
}
