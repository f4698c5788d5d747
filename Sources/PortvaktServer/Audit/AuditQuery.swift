internal import PortvaktCore
internal import PortvaktLedger

/// What an officer looks for among the decisions. Every filter that is given must hold.
struct AuditFilter: Sendable, Hashable {
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

    /// What the leaf alone can say: most entries need not be opened.
    func mayHold(_ summary: EntrySummary) -> Bool {
        guard case .decision(let effect, let hisReasons, let action, _, _, _) = summary.details else { return false }
        return time.contains(summary.time) && (system == nil || system == summary.system)
            && (effects.isEmpty || effects.contains(effect)) && (actions.isEmpty || actions.contains(action))
            && (reasons.isEmpty || !reasons.isDisjoint(with: hisReasons))
    }

    /// Whether only facts of the leaf are asked for, so that an erased decision can be found too.
    var needsOnlyLeaf: Bool {
        subject == nil && actor == nil && unit == nil && object == nil && caseID == nil && !emergenciesOnly
            && requestID == nil
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

/// Looks through the ledger for an officer. Every call blocks: on a thread of its own.
struct AuditReader: Sendable {
    /// Entries that one call looks at before it gives what it has and a cursor: bounds the time of a call.
    static let maximumScan: UInt64 = 200_000
    /// Entries read at a time.
    static let step: UInt64 = 2_000

    let ledger: Ledger
    /// The controllers whose entries the officer sees.
    let controllers: Set<ControllerID>

    /// Decisions that the filter holds for, newest first, before an index of the stream (`nil`: from its end).
    func decisions(_ filter: AuditFilter, before: UInt64?, limit: Int) throws(LedgerError) -> AuditPage {
        var page = AuditPage()
        var end = try self.end(before)
        let floor = end > Self.maximumScan ? end - Self.maximumScan : 0
        while end > floor, page.entries.count < limit {
            let start = end > floor + Self.step ? end - Self.step : floor
            let read = try ledger.entries(of: ledger.decisions, from: start, limit: Int(end - start))
            for (entry, block) in zip(read.entries, read.blocks).reversed() {
                end = entry.index
                if let found = try audited(entry, block, filter) { page.entries.append(found) }
                if page.entries.count == limit { break }
            }
            if read.entries.isEmpty { end = start }
        }
        page.next = end
        return page
    }

    private func end(_ before: UInt64?) throws(LedgerError) -> UInt64 {
        if let before { return before }
        return try size(of: ledger.decisions)
    }

    private func size(of stream: StreamID) throws(LedgerError) -> UInt64 {
        try ledger.heads().first { $0.stream == stream }?.size ?? 0
    }

    private func audited(_ entry: Entry, _ block: UInt64, _ filter: AuditFilter) throws(LedgerError) -> AuditedEntry? {
        do throws(EntryError) {
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            guard filter.mayHold(summary) else { return nil }
            if entry.isErased {
                return filter.needsOnlyLeaf
                    ? AuditedEntry(entry: entry, block: block, summary: summary, body: nil) : nil
            }
            let body = try EntryCodec.body(of: entry)
            guard case .decision(let record) = body, filter.holds(record), sees(record) else { return nil }
            return AuditedEntry(entry: entry, block: block, summary: summary, body: body)
        } catch {
            throw .damaged(stream: entry.stream, index: entry.index, what: error.description)
        }
    }

    /// One entry, or `nil` when there is none, or it is not the officer's to see.
    func entry(of stream: StreamID, at index: UInt64) throws(LedgerError) -> AuditedEntry? {
        let page = try ledger.entries(of: stream, from: index, limit: 1)
        guard let entry = page.entries.first, let block = page.blocks.first else { return nil }
        do throws(EntryError) {
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            let body = entry.isErased ? nil : try EntryCodec.body(of: entry)
            switch body {
            case .decision(let record)? where !sees(record): return nil
            case .change(let change)? where !controllers.contains(change.controller): return nil
            default: return AuditedEntry(entry: entry, block: block, summary: summary, body: body)
            }
        } catch {
            throw .damaged(stream: stream, index: index, what: error.description)
        }
    }

    /// A decision is shown to the officer of the controller whose matter it was. One whose controller is not known (an unknown
    /// object, a stranger's question) belongs to nobody, and is shown to every officer of the node.
    private func sees(_ record: DecisionRecord) -> Bool {
        record.decision.controller.map(controllers.contains) ?? true
    }

    /// The state as it was at a revision: a fold from the beginning.
    func state(at revision: Revision) throws -> Snapshot {
        var state = Snapshot.empty
        do {
            try ledger.replay { recorded in
                guard recorded.revision <= revision else { throw Reached() }
                guard let change = recorded.change else { throw Reached() }
                try state.apply(change)
            }
        } catch is Reached {}
        return state
    }

    /// Ends a replay that has gone far enough.
    private struct Reached: Error {}
}
