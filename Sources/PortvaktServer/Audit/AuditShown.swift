internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

extension AuditEntry {
    /// - Parameter found: with its block looked up where it is shown.
    init(_ found: AuditedEntry) {
        let summary = found.summary
        let reference = EntryReference(
            stream: found.entry.stream.description, index: found.entry.index, block: found.block)
        let (revision, requestID, body) = Self.parts(found)
        self.init(
            entry: reference, time: summary.time, system: summary.system, revision: revision, requestID: requestID,
            body: body)
    }

    private static func parts(_ found: AuditedEntry) -> (Revision, Identifier?, Body) {
        switch (found.body, found.summary.details) {
        case (.decision(let record)?, _):
            return (
                record.revision, record.requestID,
                .decision(RecordedDecision(record.question, decision: record.decision, policyHash: record.policyHash))
            )
        case (.change(let change)?, _):
            return (
                Revision(found.summary.number), change.requestID,
                .change(PortvaktWire.RecordedChange(change.event, actor: change.actor, controller: change.controller))
            )
        case (.audit(let record)?, _): return (record.revision, record.requestID, .audit(RecordedAudit(record)))
        case (nil, .decision(let effect, let reasons, let action, let purpose, let revision, let hash)):
            let left = ErasedDecision(
                effect: effect, reasons: reasons, action: action, purpose: purpose, policyHash: hash)
            return (revision, nil, .erasedDecision(left))
        case (nil, .change(let controller)):
            return (Revision(found.summary.number), nil, .erasedChange(ErasedChange(controller: controller)))
        case (nil, .audit(let call, let revision)):
            return (revision, nil, .audit(RecordedAudit(call: call, erased: true)))
        }
    }
}

extension RecordedAudit {
    init(_ record: AuditRecord) {
        self.init(
            call: record.call, actor: record.actor, second: record.second, subjects: record.subjects,
            caseID: record.caseID, controller: record.controller, entries: record.entries.map(\.reference),
            outcome: record.outcome, text: record.text)
    }
}
