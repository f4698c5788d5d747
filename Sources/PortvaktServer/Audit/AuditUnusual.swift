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

    private static func unusual(
        _ reader: AuditReader, _ time: Validity, _ state: Snapshot, _ values: AuditValues
    ) throws -> UnusualResponse {
        var finder = PatternFinder(state, PatternFinder.Thresholds(values))
        let stream = reader.ledger.decisions
        let size = try reader.size(of: stream)
        var next = try reader.firstIndex(at: time.from)
        let start = next
        while next < size, next - start < UInt64(maximumLookedAt) {
            let page = try reader.ledger.entries(of: stream, from: next, limit: readAtOnce)
            for entry in page.entries where !entry.isErased {
                let summary = try entry.checkedSummary()
                guard summary.kind == .decision, time.contains(summary.time) else { continue }
                guard case .decision(let record) = try entry.checkedBody(), reader.scope.sees(record) else { continue }
                finder.take(record, "\(stream)#\(entry.index)")
            }
            guard page.next > next else { break }
            next = page.next
        }
        return UnusualResponse(patterns: finder.patterns, lookedAt: next - start, complete: next >= size)
    }
}

extension AuditReader {
    /// An index before which every entry of the node's stream is older than the instant.
    func firstIndex(at instant: Instant) throws(LedgerError) -> UInt64 {
        let order = try search.timeOrder(of: ledger.decisions)
        for part in order.parts {
            guard part.isOrdered else { return part.range.lowerBound }
            let first = try firstIndex(at: instant, in: part.range)
            if first < part.range.upperBound { return first }
        }
        return order.size
    }

    /// The beginnings of the parts of the node's stream that have every entry which is older than the instant.
    func ranges(olderThan instant: Instant) throws(LedgerError) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        for part in try search.timeOrder(of: ledger.decisions).parts {
            let later = instant.advanced(byMilliseconds: 2 * LedgerSearch.disorder)
            let end = part.isOrdered ? try firstIndex(at: later, in: part.range) : part.range.upperBound
            ranges.append(part.range.lowerBound..<end)
        }
        return ranges
    }

    /// In a part whose times are in order: found by halving.
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
