/// Where something stands in a file: the line and column count from 1.
public struct SourcePlace: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }

    public static func < (lhs: SourcePlace, rhs: SourcePlace) -> Bool {
        (lhs.file, lhs.line, lhs.column) < (rhs.file, rhs.line, rhs.column)
    }
}

/// One key of a mapping with its value.
public struct DocumentEntry: Equatable, Sendable {
    public var key: String
    /// Where the key stands.
    public var place: SourcePlace
    public var value: DocumentNode

    public init(key: String, place: SourcePlace, value: DocumentNode) {
        self.key = key
        self.place = place
        self.value = value
    }
}

/// A file's content as text, lists and mappings, each with its place. Every scalar is text: what it means (a truth
/// value, a number, an instant) is the reader's to say, so `on` is a word and `2026-06-01` no timestamp.
public struct DocumentNode: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// A key without a value: `records:` and nothing after it.
        case empty
        case text(String)
        case list([DocumentNode])
        /// In the file's order. The parser refuses a key that stands twice.
        case mapping([DocumentEntry])
    }

    public var content: Content
    public var place: SourcePlace

    public init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }

    /// The value of a key, when this is a mapping that holds it.
    public subscript(key: String) -> DocumentNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// What kind of content this is, for an error text.
    public var kindText: String {
        switch content {
        case .empty: "nothing"
        case .text: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// This document laid over another that it extends: where both hold a mapping they are merged key by key, and
    /// everything else (a text, a list as a whole) is this document's. A key that only the parent has stays.
    public func extending(_ parent: DocumentNode) -> DocumentNode {
        guard case .mapping(let own) = content, case .mapping(let inherited) = parent.content else { return self }
        var overrides: [String: DocumentEntry] = [:]
        for entry in own { overrides[entry.key] = entry }
        var merged: [DocumentEntry] = []
        for entry in inherited {
            guard var override = overrides.removeValue(forKey: entry.key) else {
                merged.append(entry)
                continue
            }
            override.value = override.value.extending(entry.value)
            merged.append(override)
        }
        for entry in own where overrides[entry.key] != nil { merged.append(entry) }
        return DocumentNode(.mapping(merged), at: place)
    }
}
