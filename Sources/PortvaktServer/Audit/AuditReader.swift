internal import PortvaktCore
internal import PortvaktLedger

/// Looks through the ledger for an officer. Every call blocks: on a thread of its own.
struct AuditReader: Sendable {
    /// Entries that one call looks at before it gives what it has and a cursor: bounds the time of a call.
    static let maximumScan: UInt64 = 200_000
    /// Entries read at a time.
    static let step: UInt64 = 2_000

    let ledger: Ledger
    let scope: AuditScope

    /// Entries that the filter holds for, newest first, before an index of the stream (`nil`: from its end).
    func decisions(_ filter: AuditFilter, before: UInt64?, limit: Int) throws(LedgerError) -> AuditPage {
        try look(before: before, limit: limit) { (entry, block) throws(LedgerError) in
            try audited(entry, block, filter)
        }
    }

    /// Goes backwards through the node's stream and gathers what `taken` makes of its entries.
    func look(
        before: UInt64?, limit: Int,
        _ taken: (Entry, UInt64) throws(LedgerError) -> AuditedEntry?
    ) throws(LedgerError) -> AuditPage {
        var page = AuditPage()
        var end: UInt64
        if let before { end = before } else { end = try size(of: ledger.decisions) }
        let floor = end > Self.maximumScan ? end - Self.maximumScan : 0
        while end > floor, page.entries.count < limit {
            let start = end > floor + Self.step ? end - Self.step : floor
            let read = try ledger.entries(of: ledger.decisions, from: start, limit: Int(end - start))
            for (entry, block) in zip(read.entries, read.blocks).reversed() {
                end = entry.index
                if let found = try taken(entry, block) { page.entries.append(found) }
                if page.entries.count == limit { break }
            }
            if read.entries.isEmpty { end = start }
        }
        page.next = end
        return page
    }

    func size(of stream: StreamID) throws(LedgerError) -> UInt64 {
        try ledger.heads().first { $0.stream == stream }?.size ?? 0
    }

    private func audited(_ entry: Entry, _ block: UInt64, _ filter: AuditFilter) throws(LedgerError) -> AuditedEntry? {
        do throws(EntryError) {
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            guard filter.mayHold(summary) else { return nil }
            if entry.isErased {
                let isShown = filter.needsOnlyLeaf && scope.emergenciesOf == nil
                return isShown ? AuditedEntry(entry: entry, block: block, summary: summary, body: nil) : nil
            }
            let body = try EntryCodec.body(of: entry)
            switch body {
            case .decision(let record) where filter.holds(record) && scope.sees(record): break
            case .audit(let record) where filter.holds(record) && scope.sees(record): break
            default: return nil
            }
            return AuditedEntry(entry: entry, block: block, summary: summary, body: body)
        } catch {
            throw .damaged(stream: entry.stream, index: entry.index, what: error.description)
        }
    }

    /// One entry, or `nil` when there is none, or it is not the reader's to see.
    func entry(of stream: StreamID, at index: UInt64) throws(LedgerError) -> AuditedEntry? {
        let page = try ledger.entries(of: stream, from: index, limit: 1)
        guard let entry = page.entries.first, let block = page.blocks.first else { return nil }
        do throws(EntryError) {
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            let body = entry.isErased ? nil : try EntryCodec.body(of: entry)
            switch body {
            case .decision(let record)? where !scope.sees(record): return nil
            case .change(let change)? where !scope.sees(change): return nil
            case .audit(let record)? where !scope.sees(record): return nil
            case nil where scope.emergenciesOf != nil: return nil
            default: return AuditedEntry(entry: entry, block: block, summary: summary, body: body)
            }
        } catch {
            throw .damaged(stream: stream, index: index, what: error.description)
        }
    }

    /// The state as it was at a revision, a fold from the beginning; and what came later, if that is wanted.
    /// - Throws: ``RPCStatus`` when a change before it has been erased: the state cannot be known any more.
    func state(at revision: Revision, later: (RecordedChange) -> Void) throws -> Snapshot {
        try state(at: revision) { recorded, _ in
            later(recorded)
            return true
        }
    }

    func state(at revision: Revision) throws -> Snapshot {
        try state(at: revision) { _, _ in false }
    }

    /// - Parameter later: called with what came after the revision and the state at it, until it returns false.
    func state(at revision: Revision, _ later: (RecordedChange, Snapshot) -> Bool) throws -> Snapshot {
        var state = Snapshot.empty
        do {
            try ledger.replay { recorded in
                guard recorded.revision <= revision else {
                    guard later(recorded, state) else { throw Reached() }
                    return
                }
                guard let change = recorded.change else {
                    throw Failures.lacking("a change before it has been erased, so the state then is not known")
                }
                try state.apply(change)
            }
        } catch is Reached {}
        guard state.revision == revision else {
            throw Failures.lacking("the ledger here has fewer changes than the decision was made on")
        }
        return state
    }

    /// Ends a replay that has gone far enough.
    private struct Reached: Error {}
}
