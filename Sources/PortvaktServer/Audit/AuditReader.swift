internal import PortvaktCore
internal import PortvaktLedger

/// Looks through the ledger for an officer. Every call blocks: on a thread of its own.
struct AuditReader: Sendable {
    /// Entries that one call looks at before it gives what it has and a cursor: bounds the time of a call.
    static let maximumFound = 20_000
    /// Entries found at a time.
    static let step = 500
    /// Entries read at a time, at least.
    static let smallestStep = 16

    let ledger: Ledger
    let search: LedgerSearch
    let follower: IndexFollower?
    let scope: AuditScope
    private let mostFound: Int

    /// - Parameter mostFound: instead of ``maximumFound``, for a test that has not so many entries.
    init(_ core: ServiceCore, _ scope: AuditScope, mostFound: Int = maximumFound) {
        self.mostFound = mostFound
        ledger = core.ledger
        search = core.search
        follower = core.follower
        self.scope = scope
    }

    /// Entries that the filter holds for, newest first, before an index of the stream (`nil`: from its end).
    func decisions(_ filter: AuditFilter, before: UInt64?, limit: Int) throws(LedgerError) -> AuditPage {
        let oldest = filter.time.from.advanced(byMilliseconds: -LedgerSearch.disorder)
        return try look(matching: filter.keys, before: before, limit: limit, from: oldest) {
            (entry, block) throws(LedgerError) in try audited(entry, block, filter)
        }
    }

    /// Goes backwards through the entries of the node's stream that have the keys, and gathers what `taken` makes of them.
    /// - Parameters:
    ///   - oldest: what is older than this is not looked at, when nothing before it can be younger.
    ///   - picker: reads the entries; of the node's stream.
    func look(
        matching keys: [IndexKey], before: UInt64?, limit: Int, from oldest: Instant = .distantPast,
        with picker: EntryPicker? = nil, hashing: Bool = false,
        _ taken: (Entry, UInt64) throws(LedgerError) -> AuditedEntry?
    ) throws(LedgerError) -> AuditPage {
        let entries: EntryPicker
        if let picker { entries = picker } else { entries = try self.picker() }
        var page = AuditPage()
        var next = before
        var looked = 0
        var order: TimeOrder?
        repeat {
            let found = try search.page(matching: keys, in: ledger.decisions, before: next, limit: Self.step)
            page.next = found.next
            var rest = found.indices[...]
            gathering: while !rest.isEmpty {
                // No more than may be shown, and not one by one when most are passed over.
                let some = rest.prefix(max(limit - page.entries.count, Self.smallestStep))
                rest = rest.dropFirst(some.count)
                for read in try entries.entries(at: [UInt64](some), hashing: hashing) {
                    if try read.entry.checkedSummary().time < oldest {
                        let known: TimeOrder
                        if let order { known = order } else { known = try search.timeOrder(of: ledger.decisions) }
                        order = known
                        let below = try younger(than: oldest, before: read.entry.index, known, entries)
                        if below == read.entry.index { continue }
                        page.next = below
                        if below == 0 { return page }
                        break gathering
                    }
                    if let found = try taken(read.entry, read.block) { page.entries.append(found) }
                    if page.entries.count == limit {
                        page.next = read.entry.index
                        return page
                    }
                }
            }
            looked += max(found.indices.count, 1)
            if page.next == next { break }
            next = page.next
        } while page.next > 0 && looked < mostFound
        return page
    }

    /// Where to look on below an entry that is older than an instant.
    /// - Returns: an index before which there may be younger ones: that entry's own when nothing is known of it; 0 when there are none.
    private func younger(
        than oldest: Instant, before index: UInt64, _ order: TimeOrder, _ picker: EntryPicker
    ) throws(LedgerError) -> UInt64 {
        guard index < order.known else { return index }
        for step in order.steps.reversed() where step <= index && step > 0 {
            // In each part the last entry is hardly older than any.
            let last = try picker.entries(at: [step - 1], hashing: false).first
            if try last?.entry.checkedSummary().time ?? .distantFuture >= oldest { return step }
        }
        return 0
    }

    /// Reads single entries of the node's stream.
    func picker() throws(LedgerError) -> EntryPicker { try ledger.picker(of: ledger.decisions, follower?.index) }

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
