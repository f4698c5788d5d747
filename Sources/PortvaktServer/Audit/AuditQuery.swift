internal import PortvaktCore
internal import PortvaktLedger

/// What an officer looks for among the decisions. Every filter that is given must hold.
struct AuditFilter: Sendable, Equatable {
    var subject: PersonID?
    var actor: Actor?
    var unit: UnitID?
    var system: SystemID?
    var object: Object?
    var caseID: CaseID?
    var effects: Set<Effect> = []
    var reasons: Set<Reason> = []
    var actions: Set<Action> = []
    var time = Validity.always
    var emergenciesOnly = false
    var requestID: Identifier?
    /// Instead of decisions, what was read and done in the audit.
    var auditEntries = false

    /// What the leaf alone can say: most entries need not be opened.
    func mayHold(_ summary: EntrySummary) -> Bool {
        guard time.contains(summary.time), system == nil || system == summary.system else { return false }
        if auditEntries { return summary.kind == .audit }
        guard case .decision(let effect, let hisReasons, let action, _, _, _) = summary.details else { return false }
        return (effects.isEmpty || effects.contains(effect)) && (actions.isEmpty || actions.contains(action))
            && (reasons.isEmpty || !reasons.isDisjoint(with: hisReasons))
    }

    /// Whether only facts of the leaf are asked for, so that an erased decision can be found too.
    var needsOnlyLeaf: Bool {
        subject == nil && actor == nil && unit == nil && object == nil && caseID == nil && !emergenciesOnly
            && requestID == nil
    }

    /// The first filter that is given and that only decisions have; the field's name.
    var decisionsOnly: String? {
        if unit != nil { return "unit" }
        if object != nil { return "object" }
        if !effects.isEmpty { return "effects" }
        if !reasons.isEmpty { return "reasons" }
        if !actions.isEmpty { return "actions" }
        return emergenciesOnly ? "emergencies_only" : nil
    }

    /// What the index finds: where several words are wanted, what all of them share, and the rest is compared.
    var keys: [IndexKey] {
        var keys: [IndexKey] = [.kind(auditEntries ? .audit : .decision)]
        if let subject { keys.append(.subject(subject)) }
        if let actor { keys.append(.actor(actor)) }
        if let system { keys.append(.system(system)) }
        if let caseID { keys.append(.caseID(caseID)) }
        if let requestID { keys.append(.requestID(requestID)) }
        guard !auditEntries else { return keys }
        if let unit { keys.append(.unit(unit)) }
        if let object { keys.append(.object(object)) }
        if emergenciesOnly { keys.append(.emergency) }
        if effects.count == 1 { keys += effects.map { .effect($0) } }
        if reasons.count == 1 { keys += reasons.map { .reason($0) } }
        if actions.count == 1 { keys += actions.map { .action($0) } }
        return keys
    }

    /// The filters in words, as the reading's entry keeps them.
    var words: String {
        var words: [String] = []
        if auditEntries { words.append("audit_entries") }
        if let subject { words.append("subject=\(subject)") }
        if let actor { words.append("actor=\(actor.words)") }
        if let unit { words.append("unit=\(unit)") }
        if let system { words.append("system=\(system)") }
        if let object { words.append("object=\(object.words)") }
        if let caseID { words.append("case=\(caseID)") }
        words += effects.map { "effect=\($0.word)" }.ordered() + reasons.map { "reason=\($0.word)" }.ordered()
        words += actions.map { "action=\($0.word)" }.ordered()
        if time.from > .distantPast { words.append("from=\(time.from.rfc3339)") }
        if time.until < .distantFuture { words.append("until=\(time.until.rfc3339)") }
        if emergenciesOnly { words.append("emergencies") }
        if let requestID { words.append("request_id=\(requestID)") }
        return words.joined(separator: " ")
    }

    func holds(_ record: AuditRecord) -> Bool {
        (subject.map(record.subjects.contains) ?? true) && (actor == nil || actor == record.actor)
            && (caseID == nil || caseID == record.caseID) && (requestID == nil || requestID == record.requestID)
    }

    func holds(_ record: DecisionRecord) -> Bool {
        (subject == nil || subject == record.decision.subject) && (actor == nil || actor == record.question.actor)
            && (unit == nil || unit == record.decision.unit) && (object == nil || object == record.question.object)
            && (caseID == nil || caseID == record.decision.caseID)
            && (!emergenciesOnly || record.question.emergency != nil)
            && (requestID == nil || requestID == record.requestID)
    }
}

/// One entry that an officer sees.
struct AuditedEntry: Sendable {
    var entry: Entry
    /// The number of its block among all blocks.
    var block: UInt64
    var summary: EntrySummary
    /// `nil` when the personal part has been erased.
    var body: EntryBody?
}

/// A page of the officer's list.
struct AuditPage: Sendable {
    var entries: [AuditedEntry] = []
    /// Decisions before this index of the stream are still to be looked at; 0: none.
    var next: UInt64 = 0

    var isComplete: Bool { next == 0 }
}

extension Actor {
    /// `kind:id`.
    var words: String {
        switch self {
        case .employment(let id): "employment:\(id)"
        case .person(let id): "person:\(id)"
        case .proxy(let id): "proxy:\(id)"
        }
    }
}

extension Object {
    /// `kind:id`.
    var words: String {
        switch self {
        case .caseID(let id): "case:\(id)"
        case .meeting(let id): "meeting:\(id)"
        case .person(let id): "person:\(id)"
        case .controller(let id): "controller:\(id)"
        }
    }
}
