public import PortvaktCore

/// A fact by which entries are found.
public enum IndexKey: Hashable, Sendable {
    /// Whose matter it was: of decisions, and of readings of the audit about that person.
    case subject(PersonID)
    /// Who acted, as what.
    case actor(Actor)
    /// The system that asked, registered or read.
    case system(SystemID)
    /// The acting employment's unit at the time.
    case unit(UnitID)
    /// What was asked about.
    case object(Object)
    /// Whatever belongs to the case.
    case caseID(CaseID)
    case controller(ControllerID)
    case effect(Effect)
    /// Among the decision's reasons.
    case reason(Reason)
    case action(Action)
    /// An emergency was claimed.
    case emergency
    /// The caller's own id of the request.
    case requestID(Identifier)
    case kind(EntryKind)
    /// What an officer did in the audit.
    case call(AuditCall)
    /// The entry is earlier than the one before it by more than ``LedgerSearch/stepBack``: the clock was set right over a restart. Of
    /// the streams of decisions.
    case stepBack
}

extension IndexKey {
    /// Calls the body with every key of an entry: of an erased one, with what its leaf alone says.
    /// - Throws: ``EntryError`` when the entry cannot be read.
    static func forEach(of entry: Entry, _ body: (IndexKey) -> Void) throws(EntryError) {
        let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
        // Read before the first key is given: of an entry that cannot be read, none is.
        let opened = entry.isErased ? nil : try EntryCodec.uncheckedBody(of: entry, summary)
        body(.system(summary.system))
        body(.kind(summary.kind))
        switch summary.details {
        case .change(let controller): body(.controller(controller))
        case .audit(let call, _): body(.call(call))
        case .decision(let effect, let reasons, let action, _, _, _):
            body(.effect(effect))
            for reason in reasons { body(.reason(reason)) }
            body(.action(action))
        }
        switch opened {
        case nil: break
        case .change(let change):
            if let actor = change.actor { body(.actor(actor)) }
            if let request = change.requestID { body(.requestID(request)) }
        case .decision(let record): keys(of: record, body)
        case .audit(let record): keys(of: record, body)
        }
    }

    private static func keys(of record: DecisionRecord, _ body: (IndexKey) -> Void) {
        let (question, decision) = (record.question, record.decision)
        body(.actor(question.actor))
        body(.object(question.object))
        if let subject = decision.subject { body(.subject(subject)) }
        if let unit = decision.unit { body(.unit(unit)) }
        if let caseID = decision.caseID { body(.caseID(caseID)) }
        if let controller = decision.controller { body(.controller(controller)) }
        if question.emergency != nil { body(.emergency) }
        if let request = record.requestID { body(.requestID(request)) }
    }

    private static func keys(of record: AuditRecord, _ body: (IndexKey) -> Void) {
        if let actor = record.actor { body(.actor(actor)) }
        var seen: Set<PersonID> = []
        for subject in record.subjects where seen.insert(subject).inserted { body(.subject(subject)) }
        if let caseID = record.caseID { body(.caseID(caseID)) }
        if let controller = record.controller { body(.controller(controller)) }
        if let request = record.requestID { body(.requestID(request)) }
    }

    /// The key as an engine stores it: its sort, and its text within the sort. Never changed without building anew.
    package var stored: (sort: UInt8, text: String) {
        switch self {
        case .subject(let id): (1, id.text)
        case .actor(.employment(let id)): (2, "e:" + id.text)
        case .actor(.person(let id)): (2, "p:" + id.text)
        case .actor(.proxy(let id)): (2, "g:" + id.text)
        case .system(let id): (3, id.text)
        case .unit(let id): (4, id.text)
        case .object(.caseID(let id)): (5, "c:" + id.text)
        case .object(.meeting(let id)): (5, "m:" + id.text)
        case .object(.person(let id)): (5, "p:" + id.text)
        case .object(.controller(let id)): (5, "k:" + id.text)
        case .caseID(let id): (6, id.text)
        case .controller(let id): (7, id.text)
        case .effect(let effect): (8, String(effect.rawValue))
        case .reason(let reason): (9, String(reason.rawValue))
        case .action(let action): (10, String(action.rawValue))
        case .emergency: (11, "")
        case .requestID(let id): (12, id.text)
        case .kind(let kind): (13, String(kind.rawValue))
        case .call(let call): (14, String(call.rawValue))
        case .stepBack: (15, "")
        }
    }
}
