internal import PortvaktCore
internal import PortvaktWire

/// Entries as comma-separated values (RFC 4180), one line for each. No free text: a stated reason stays in the ledger.
enum AuditCSV {
    static let columns = [
        "entry", "time", "kind", "effect", "reasons", "action", "purpose", "object", "actor", "unit", "role", "subject",
        "case", "controller", "system", "emergency", "revision", "policy",
    ]

    static func lines(_ entries: [AuditEntry]) -> [String] { [line(columns)] + entries.map { line(cells($0)) } }

    private static func cells(_ entry: AuditEntry) -> [String] {
        let (reference, time) = (entry.entry.reference, entry.time.rfc3339)
        let end = [entry.system.text]
        let revision = "\(entry.revision.number)"
        switch entry.body {
        case .decision(let recorded):
            let (question, decision) = (recorded.question, recorded.decision)
            return [
                reference, time, "decision", decision.effect.word, decision.reasons.map(\.word).joined(separator: " "),
                question.action.word, question.purpose.word, question.object.shown, question.actor.shown,
                decision.unit?.text ?? "", decision.role?.word ?? "", decision.subject?.text ?? "",
                decision.caseID?.text ?? "", decision.controller?.text ?? "",
            ] + end + [question.emergency == nil ? "no" : "yes", revision, Hexadecimal.text(recorded.policyHash)]
        case .erasedDecision(let erased):
            return [
                reference, time, "erased", erased.effect.word, erased.reasons.map(\.word).joined(separator: " "),
                erased.action.word, erased.purpose.word, "", "", "", "", "", "", "",
            ] + end + ["", revision, Hexadecimal.text(erased.policyHash)]
        case .change(let recorded):
            return [
                reference, time, "change", "", "", AuditReport.eventName(recorded.event), "", "",
                recorded.actor?.shown ?? "", "", "", "", "", recorded.controller.text,
            ] + end + ["", revision, ""]
        case .erasedChange(let erased):
            return [reference, time, "erased", "", "", "", "", "", "", "", "", "", "", erased.controller.text] + end
                + ["", revision, ""]
        case .audit(let recorded):
            return [
                reference, time, "audit", "", "", recorded.call.word, "", recorded.entries.first ?? "",
                recorded.actor?.shown ?? "", "", "", recorded.subjects.map(\.text).joined(separator: " "),
                recorded.caseID?.text ?? "", recorded.controller?.text ?? "",
            ] + end + ["", revision, ""]
        }
    }

    static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") }

    /// Quoted where it must be. A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    private static func cell(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+-@\t\r".contains(first) { text = "'" + text }
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
