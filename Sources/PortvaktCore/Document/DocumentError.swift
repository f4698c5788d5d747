/// The way to a value inside a document, for error texts: `scenarios[2].records.units[0].service`.
public struct DocumentPath: Equatable, Sendable, CustomStringConvertible {
    private enum Step: Equatable {
        case key(String)
        case index(Int)
    }

    private var steps: [Step] = []

    public static let root = DocumentPath()

    public static func key(_ key: String, of parent: DocumentPath) -> DocumentPath { parent.to(.key(key)) }

    public static func index(_ index: Int, of parent: DocumentPath) -> DocumentPath { parent.to(.index(index)) }

    private func to(_ step: Step) -> DocumentPath {
        var path = self
        path.steps.append(step)
        return path
    }

    /// Empty for the document itself.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + DocumentKey.bare(key)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

/// A file's own key in an error text: one that may be somebody's number is not repeated, since errors end in logs.
public enum DocumentKey {
    /// In quotation marks.
    public static func shown(_ key: String) -> String { NationalID.occurs(in: key) ? bare(key) : "\"\(key)\"" }

    static func bare(_ key: String) -> String {
        NationalID.occurs(in: key) ? "(left out: it looks like a national identity number)" : key
    }
}

/// One thing that is wrong in a file: where, what was expected, and what was perhaps meant.
public struct DocumentError: Error, Equatable, Sendable, CustomStringConvertible {
    public var place: SourcePlace
    public var path: DocumentPath
    /// A sentence part: "expected a list, found a text".
    public var problem: String
    /// The nearest word that would have been right.
    public var suggestion: String?

    public init(at place: SourcePlace, path: DocumentPath = .root, _ problem: String, suggestion: String? = nil) {
        self.place = place
        self.path = path
        self.problem = problem
        self.suggestion = suggestion
    }

    /// `file:line:column: path: problem (did you mean "word"?)`.
    public var description: String {
        let way = path == .root ? "" : "\(path): "
        let hint = suggestion.map { " (did you mean \"\($0)\"?)" } ?? ""
        return "\(place): \(way)\(problem)\(hint)"
    }
}

/// All that is wrong in a document, in the file's order.
public struct DocumentErrors: Error, Equatable, Sendable, CustomStringConvertible {
    public var errors: [DocumentError]

    public init(_ errors: [DocumentError]) { self.errors = errors }

    /// One line each.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Gathers what is wrong while a document is read, so that one reading reports everything.
public final class DocumentProblems {
    /// How many errors are kept: more than this says nothing new about a file and would only fill memory.
    public static let maximumCount = 200

    public private(set) var errors: [DocumentError] = []

    public init() {}

    public var isEmpty: Bool { errors.isEmpty }

    public func add(_ error: DocumentError) {
        guard errors.count < Self.maximumCount else { return }
        errors.append(error)
    }

    /// - Throws: ``DocumentErrors`` with all that was gathered, sorted by place, when there is any.
    public func check() throws(DocumentErrors) {
        guard errors.isEmpty else { throw DocumentErrors(errors.ordered { $0.place < $1.place }) }
    }
}

/// Finds the known word that a mistyped one is nearest to.
public enum NearestWord {
    /// The known word with the fewest edits (insert, delete, replace, swap neighbours), when it is near enough to be
    /// a slip: at most a third of the word's length, and at least one edit is always near enough.
    public static func find(_ word: String, in known: some Sequence<String>) -> String? {
        let letters = Array(word.utf8)
        let limit = max(1, letters.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in known {
            let others = Array(candidate.utf8)
            // What one has more than the other is an edit each. A caller's word may be a megabyte long: it is not compared.
            guard abs(letters.count - others.count) <= limit else { continue }
            let edits = distance(letters, others)
            if edits <= limit, edits < best?.distance ?? .max { best = (candidate, edits) }
        }
        return best?.word
    }

    /// The optimal string alignment distance.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        // The rows of the two letters before, and of this one.
        var beforePrevious = Array(0...b.count)
        var previous = beforePrevious
        var current = beforePrevious
        for row in a.indices {
            current[0] = row + 1
            for column in b.indices {
                let replace = previous[column] + (a[row] == b[column] ? 0 : 1)
                var cheapest = min(replace, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
                    cheapest = min(cheapest, beforePrevious[column - 1] + 1)
                }
                current[column + 1] = cheapest
            }
            swap(&beforePrevious, &previous)
            swap(&previous, &current)
        }
        return previous[b.count]
    }
}
