internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// Days that are looked at when the request does not say: the last before now, or before the end that it gives.
    static let unusualDays = 30
    /// Entries that one call looks at, at most: bounds its time.
    static let maximumLookedAt = 2_000_000
    /// Entries read at a time.
    static let readAtOnce = 5_000

    /// `Audit.Unusual`: patterns that are worth a look.
    @Sendable func unusual(_ request: UnusualRequest, _ call: Call<UnusualResponse>) {
        guard call.admitted.takes(request.time) else { return }
        let core = core
        let published = core.live.current
        let now = core.clock.now()
        var time = request.time
        if time.from == .distantPast { time.from = OsloTime.adding(days: -Self.unusualDays, to: min(now, time.until)) }
        let filters = "from=\(time.from.rfc3339)" + (time.until < .distantFuture ? " until=\(time.until.rfc3339)" : "")
        let reading = AuditReading(call: .unusual, reader: request.reader, filters: filters)
        desk.read(call, reading) { [time] scope in
            try scope.requireAll()
            let values = AuditValues(published.profile(at: now), at: now)
            return try Self.unusual(AuditReader(core, scope), time, published.state, values)
        }
    }

    /// Looks through what may be of the span. Blocks.
    /// - Parameter most: instead of ``maximumLookedAt``, for a test that has not so many entries.
    static func unusual(
        _ reader: AuditReader, _ time: Validity, _ state: Snapshot, _ values: AuditValues,
        most: UInt64 = UInt64(maximumLookedAt)
    ) throws -> UnusualResponse {
        var finder = PatternFinder(state, PatternFinder.Thresholds(values))
        var lookedAt: UInt64 = 0
        var isComplete = true
        for range in try reader.ranges(of: time) {
            let some = range.lowerBound..<min(range.upperBound, range.lowerBound + (most - lookedAt))
            try look(through: some, reader, time, &finder)
            lookedAt += UInt64(some.count)
            isComplete = isComplete && some == range
        }
        return UnusualResponse(patterns: finder.patterns, lookedAt: lookedAt, complete: isComplete)
    }

    private static func look(
        through range: Range<UInt64>, _ reader: AuditReader, _ time: Validity, _ finder: inout PatternFinder
    ) throws {
        let stream = reader.ledger.decisions
        var next = range.lowerBound
        while next < range.upperBound {
            let page = try reader.ledger.entries(of: stream, from: next, limit: readAtOnce)
            for entry in page.entries where range.contains(entry.index) && !entry.isErased {
                let summary = try entry.checkedSummary()
                guard summary.kind == .decision, time.contains(summary.time) else { continue }
                guard case .decision(let record) = try entry.checkedBody(), reader.scope.sees(record) else { continue }
                finder.take(record, "\(stream)#\(entry.index)")
            }
            guard page.next > next else { return }
            next = page.next
        }
    }
}

extension AuditReader {
    /// The parts of the node's stream that have every entry of the span.
    func ranges(of time: Validity) throws(LedgerError) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        for part in try search.timeOrder(of: ledger.decisions).parts {
            guard part.isOrdered else {
                ranges.append(part.range)
                continue
            }
            let later = time.until.advanced(byMilliseconds: 2 * LedgerSearch.disorder)
            let start = try firstIndex(at: time.from, in: part.range)
            let end = try firstIndex(at: later, in: start..<part.range.upperBound)
            if start < end { ranges.append(start..<end) }
        }
        return ranges
    }

    /// An index in a part whose times are in order, before which every entry is older than the instant: found by halving.
    private func firstIndex(at instant: Instant, in range: Range<UInt64>) throws(LedgerError) -> UInt64 {
        var (low, high) = (range.lowerBound, range.upperBound)
        let wanted = instant.advanced(byMilliseconds: -LedgerSearch.disorder)
        while low < high {
            let middle = low + (high - low) / 2
            guard let entry = try ledger.entries(of: ledger.decisions, from: middle, limit: 1).entries.first else {
                return low
            }
            if try entry.checkedSummary().time < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
