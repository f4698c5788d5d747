internal import PortvaktCore

/// Shows what would make a refusal an allow.
enum RemedyReport {
    static func lines(_ remedies: Remedies) -> [String] {
        guard !remedies.sets.isEmpty else { return [] }
        var lines = ["It would be an allow with" + (remedies.sets.count > 1 ? " one of these:" : ":")]
        for (number, set) in remedies.sets.enumerated() {
            for (place, piece) in set.enumerated() {
                let mark = place == 0 ? "  \(number + 1). " : "     "
                lines.append(mark + line(piece))
            }
        }
        if !remedies.isComplete { lines.append("  There may be other sets: the search ended at its limit.") }
        return lines
    }

    private static func line(_ piece: Remedy) -> String {
        var line = piece.missing.shown
        if let about = piece.about { line += ", about \(about)" }
        if let to = piece.to { line += ", to \(to.shown)" }
        if let role = piece.role { line += " as \(role.word)" }
        if case .grant = piece.missing {
            line += ", from " + piece.givers.map(\.shown).joined(separator: " or ")
        }
        return line
    }

    static func json(_ remedies: Remedies) -> JSONValue {
        [
            "complete": .bool(remedies.isComplete),
            "sets": .array(remedies.sets.map { .array($0.map(json)) }),
        ]
    }

    private static func json(_ piece: Remedy) -> JSONValue {
        [
            "missing": .string(piece.missing.shown), "about": .optional(piece.about?.text),
            "to": .optional(piece.to?.shown), "role": .optional(piece.role?.word),
            "givers": .strings(piece.givers.map(\.shown)),
        ]
    }
}
