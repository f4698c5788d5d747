internal import PortvaktCore
internal import PortvaktWire

/// Shows answers.
enum AnswerReport {
    static func json(_ answer: Answer) -> JSONValue {
        [
            "effect": .string(answer.effect.word), "external": .string(answer.external.word),
            "reasons": .strings(answer.reasons.map(\.word)),
            "unknown_reasons": .array(answer.unknownReasons.map { .int(Int64($0)) }),
            "obligations": .strings(answer.obligations.map(\.word)), "missing": .strings(answer.missing.map(\.shown)),
            "holds_until": .string(answer.holdsUntil.rfc3339),
            "decided_at": .string(answer.decidedAt.rfc3339), "revision": .int(Int64(clamping: answer.revision.number)),
            "entry": answer.entry.map { .string($0.reference) } ?? .null,
            "policy_hash": .string(Hexadecimal.text(answer.policyHash)),
            "emergency_minutes": answer.emergencyMinutes.map { .int(Int64($0)) } ?? .null,
            "single_use": .bool(answer.singleUse),
        ]
    }

    static func lines(_ answer: Answer, in language: Language) -> [String] {
        var lines = [Output.styled(Catalogue.text(for: answer.effect, in: language), answer.effect.style)]
        for reason in answer.reasons {
            lines.append("  \(reason.word): \(Catalogue.text(for: reason, in: language))")
        }
        for number in answer.unknownReasons { lines.append("  a reason that this release does not know: \(number)") }
        for obligation in answer.obligations {
            lines.append("  obligation \(obligation.word): \(Catalogue.text(for: obligation, in: language))")
        }
        for missing in answer.missing { lines.append("  missing: \(missing.shown)") }
        if let minutes = answer.emergencyMinutes { lines.append("  for \(minutes) minutes") }
        if answer.singleUse {
            lines.append("  carries one use: a one-time consent was spent by it")
        } else if answer.effect == .allow {
            lines.append("  may be relied on until \(answer.holdsUntil.rfc3339)")
        }
        let place = answer.entry.map { "recorded as \($0.reference), " } ?? "not recorded, "
        lines.append("  \(place)decided on revision \(answer.revision.number)")
        return lines
    }
}
