internal import PortvaktCore
internal import PortvaktWire

/// Decisions as the answer of the Estonian data tracker's `findUsage` (its WSDL: logtime, action, receiver): what was done
/// with a person's data, without the envelope of X-Road. Only what was allowed is a use.
struct FindUsage {
    private let entries: [AuditEntry]

    init(_ entries: [AuditEntry]) { self.entries = entries }

    var xml: String {
        let usages = entries.compactMap(Self.usage).joined(separator: "\n")
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <p:findUsageResponse xmlns:p="http://dumonitor.x-road.eu/producer">
            \(usages)
            </p:findUsageResponse>
            """
    }

    private static func usage(_ entry: AuditEntry) -> String? {
        guard case .decision(let recorded) = entry.body, recorded.decision.effect == .allow else { return nil }
        let receiver = recorded.decision.unit?.text ?? recorded.question.actor.shown
        let action = "\(recorded.question.action.word) (\(recorded.question.purpose.word))"
        return """
              <usage>
                <logtime>\(entry.time.rfc3339)</logtime>
                <action>\(StatementPage.escaped(action))</action>
                <receiver>\(StatementPage.escaped(receiver))</receiver>
              </usage>
            """
    }
}
