internal import ArgumentParser
internal import PortvaktCore

/// The language of texts for people.
struct LanguageOptions: ParsableArguments {
    @Option(help: "The language of reasons: nb, nn or en. Default: that of the terminal.")
    var language: String?

    func validate() throws { _ = try chosen() }

    func chosen() throws -> Language {
        if let language {
            guard let found = Language(word: language) else { throw ValidationError("--language is nb, nn or en") }
            return found
        }
        // One that is empty says nothing (POSIX.1, chapter 8.2).
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(Terminal.environment).first { !$0.isEmpty } ?? ""
        if locale.hasPrefix("nn") { return .nynorsk }
        return locale.hasPrefix("nb") || locale.hasPrefix("no") ? .bokmal : .english
    }
}

/// Shows a tree of what was considered.
enum ExplanationReport {
    static func lines(_ explanation: Explanation) -> [String] {
        explanation.steps.flatMap { lines($0, depth: 0) }
    }

    private static func lines(_ node: ExplanationNode, depth: Int) -> [String] {
        var line = String(repeating: "  ", count: depth) + mark(node.outcome) + " " + node.rule
        if let reason = node.reason { line += "  " + reason.word }
        if !node.evidence.isEmpty { line += "  [" + node.evidence.map(\.shown).joined(separator: ", ") + "]" }
        if !node.sources.isEmpty { line += "  (" + node.sources.joined(separator: ", ") + ")" }
        return [line] + node.children.flatMap { lines($0, depth: depth + 1) }
    }

    private static func mark(_ outcome: ExplanationNode.Outcome) -> String {
        switch outcome {
        case .holds: Output.styled("+", .green)
        case .fails: Output.styled("-", .red)
        case .unknown: Output.styled("?", .yellow)
        case .not_applicable: Output.styled(".", .dim)
        }
    }

    static func json(_ explanation: Explanation) -> JSONValue { .array(explanation.steps.map(json)) }

    private static func json(_ node: ExplanationNode) -> JSONValue {
        [
            "rule": .string(node.rule), "outcome": .string(node.outcome.word), "reason": .optional(node.reason?.word),
            "evidence": .array(node.evidence.map(ReflectedJSON.value)), "sources": .strings(node.sources),
            "children": .array(node.children.map(json)),
        ]
    }
}
