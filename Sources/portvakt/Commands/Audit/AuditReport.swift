internal import PortvaktCore
internal import PortvaktWire

/// Shows entries of the ledger.
enum AuditReport {
    static func json(_ entry: AuditEntry) -> JSONValue {
        [
            "entry": .string(entry.entry.reference), "block": .int(Int64(clamping: entry.entry.block)),
            "time": .string(entry.time.rfc3339), "system": .string(entry.system.text),
            "revision": .int(Int64(clamping: entry.revision.number)), "request_id": .optional(entry.requestID?.text),
            "body": ReflectedJSON.value(entry.body),
        ]
    }

    static func table(_ entries: [AuditEntry]) -> Table {
        var table = Table("entry", "time", "effect", "reason", "action", "on", "actor", "system")
        for entry in entries {
            let row = row(entry)
            table.add(
                Table.Cell(entry.entry.reference, .bold), Table.Cell(entry.time.rfc3339), row.effect,
                Table.Cell(row.reason), Table.Cell(row.action), Table.Cell(row.object), Table.Cell(row.actor),
                Table.Cell(entry.system.text))
        }
        return table
    }

    private struct Row {
        var effect = Table.Cell("")
        var reason = ""
        var action = ""
        var object = ""
        var actor = ""
    }

    private static func row(_ entry: AuditEntry) -> Row {
        switch entry.body {
        case .decision(let recorded):
            Row(
                effect: Table.Cell(recorded.decision.effect.word, recorded.decision.effect.style),
                reason: recorded.decision.primary.word, action: recorded.question.action.word,
                object: recorded.question.object.shown, actor: recorded.question.actor.shown)
        case .change(let recorded):
            Row(effect: "change", action: eventName(recorded.event), actor: recorded.actor?.shown ?? "")
        case .erasedDecision(let erased):
            Row(
                effect: Table.Cell(erased.effect.word, erased.effect.style), reason: erased.reasons.first?.word ?? "",
                action: erased.action.word, object: "erased", actor: "erased")
        case .erasedChange: Row(effect: "change", action: "erased", actor: "erased")
        case .audit(let recorded):
            Row(
                effect: "audit", reason: recorded.text, action: recorded.call.word,
                object: recorded.subjects.first.map { "person:\($0)" } ?? "", actor: recorded.actor?.shown ?? "")
        }
    }

    /// `registered consent s-1`.
    static func eventName(_ event: Event) -> String {
        switch event {
        case .registered(let record): "registered \(record.kind.word) \(record.identifier)"
        case .consentWithdrawn(let id, _): "consent \(id) withdrawn"
        case .consentRevoked(let id, _): "consent \(id) revoked"
        case .consentInvalidated(let id): "consent \(id) invalid"
        case .consentSpent(let id, _): "consent \(id) spent"
        case .grantRevoked(let id, _): "grant \(id) revoked"
        case .systemDisabled(let id): "system \(id) disabled"
        case .profileActivated(let name, _, _, let reason):
            "profile \(name) activated" + (reason.map { ": \($0)" } ?? "")
        }
    }

    /// One entry for people: what was asked, how it came out, on which evidence.
    static func lines(_ entry: AuditEntry, in language: Language) -> [String] {
        var lines = [
            "\(Output.styled(entry.entry.reference, .bold)), block \(entry.entry.block), revision \(entry.revision.number)"
        ]
        lines.append("  time: \(entry.time.rfc3339)")
        lines.append("  system: \(entry.system)")
        if let request = entry.requestID { lines.append("  request: \(request)") }
        switch entry.body {
        case .decision(let recorded): lines += decision(recorded, in: language)
        case .change(let recorded):
            lines.append("  change: \(eventName(recorded.event)), for \(recorded.controller)".printable)
            if let actor = recorded.actor { lines.append("  actor: \(actor.shown)") }
        case .erasedDecision(let erased):
            lines.append("  \(erased.effect.word) of \(erased.action.word); the personal part has been erased")
        case .erasedChange(let erased):
            lines.append("  a change for \(erased.controller); the personal part has been erased")
        case .audit(let recorded): lines += audit(recorded)
        }
        return lines
    }

    private static func audit(_ recorded: RecordedAudit) -> [String] {
        guard !recorded.erased else {
            return ["  \(recorded.call.word) in the audit; the personal part has been erased"]
        }
        var lines = ["  audit: \(recorded.call.word)" + (recorded.outcome.map { ", \($0.word)" } ?? "")]
        lines.append("  by: \(recorded.actor?.shown ?? "the holder of the certificate")")
        if let second = recorded.second { lines.append("  and: \(second.shown)") }
        if !recorded.subjects.isEmpty {
            lines.append("  about: " + recorded.subjects.map(\.text).joined(separator: ", "))
        }
        if let caseID = recorded.caseID { lines.append("  case: \(caseID)") }
        if !recorded.entries.isEmpty { lines.append("  entries: " + recorded.entries.joined(separator: ", ")) }
        if !recorded.text.isEmpty { lines.append("  text: \(recorded.text)".printable) }
        return lines
    }

    private static func decision(_ recorded: RecordedDecision, in language: Language) -> [String] {
        let (question, decision) = (recorded.question, recorded.decision)
        var lines = [
            "  question: may \(question.actor.shown) do \(question.action.word) on \(question.object.shown), for \(question.purpose.word)?"
        ]
        lines.append(
            "  answer: " + Output.styled(Catalogue.text(for: decision.effect, in: language), decision.effect.style))
        for reason in decision.reasons {
            lines.append("    \(reason.word): \(Catalogue.text(for: reason, in: language))")
        }
        for obligation in decision.obligations { lines.append("  obligation: \(obligation.word)") }
        for evidence in decision.evidence { lines.append("  evidence: \(evidence.shown)") }
        for missing in decision.missing { lines.append("  missing: \(missing.shown)") }
        let whose = [
            decision.subject.map { "subject \($0)" }, decision.caseID.map { "case \($0)" },
            decision.controller.map { "controller \($0)" }, decision.unit.map { "unit \($0)" },
        ].compactMap { $0 }
        if !whose.isEmpty { lines.append("  about: " + whose.joined(separator: ", ")) }
        if let emergency = question.emergency { lines.append("  emergency: \(emergency.reason)".printable) }
        lines.append("  policy: \(Hexadecimal.text(recorded.policyHash))")
        return lines
    }
}
