internal import PortvaktCore

/// A page of indices of a stream, newest first.
public struct SearchPage: Equatable, Sendable {
    public var indices: [UInt64]
    /// Entries before this index are still to be looked at; 0: none, the list is complete.
    public var next: UInt64

    public var isComplete: Bool { next == 0 }
}

/// Where the entries of a stream are in the order of their times, but for ``LedgerSearch/disorder``. Not everywhere: when the machine's
/// clock was ahead, and was set right while the service was down, what was decided afterwards is earlier than what was decided before.
public struct TimeOrder: Equatable, Sendable {
    /// Entries that are much earlier than the one before them, rising.
    public var steps: [UInt64]
    /// From this index on nothing is known yet.
    public var known: UInt64
    public var size: UInt64

    /// The parts of the stream, in which times are in order; the last one may be one of which that is not known.
    public var parts: [(range: Range<UInt64>, isOrdered: Bool)] {
        var parts: [(range: Range<UInt64>, isOrdered: Bool)] = []
        var start: UInt64 = 0
        for end in steps + [known] where end > start {
            parts.append((start..<end, true))
            start = end
        }
        if start < size { parts.append((start..<size, false)) }
        return parts
    }
}

/// Finds entries through an index, and by reading where the index does not reach yet: what it gives is complete up to the
/// end of the stream at the call, however far behind the index is. One that cannot be read is none.
public struct LedgerSearch: Sendable {
    /// Entries that one call reads outside the index, and as many again when it is cleared meanwhile: bounds the time of a call, not what is found.
    public static let maximumScan: UInt64 = 200_000

    /// Times of entries that stand side by side differ by no more, while one process writes: decisions are made on several loops.
    /// Milliseconds.
    public static let disorder: Int64 = 60_000
    /// An entry that is earlier than the one before it by more was decided by another clock: far above what loops differ by, and less than
    /// ``disorder``, so that some small steps together are less than that, too. Milliseconds.
    static let stepBack: Int64 = 15_000
    /// Steps back in time that are found: one for each restart after which the clock was right again. More are not told apart.
    static let maximumSteps = 4096

    private let store: any LedgerStore
    /// `nil`: everything is read.
    private let index: (any LedgerIndex)?

    public init(store: any LedgerStore, index: (any LedgerIndex)?) {
        self.store = store
        self.index = index
    }

    /// Entries that have all of the keys, newest first. Blocks.
    /// - Parameters:
    ///   - keys: at least one. An entry with another request id may be found by hash: compare it.
    ///   - end: only entries before this index; `nil`: all that are durable now.
    ///   - limit: of the page.
    public func page(
        matching keys: [IndexKey], in stream: StreamID, before end: UInt64? = nil, limit: Int
    ) throws(LedgerError) -> SearchPage {
        do {
            let size = try store.heads().first { $0.stream == stream }?.size ?? 0
            var page = SearchPage(indices: [], next: min(end ?? size, size))
            let indexed = min((try? index?.size(of: stream)) ?? 0, page.next)
            try scan(Set(keys), in: stream, downTo: indexed, &page, limit: limit)
            guard let index, page.next <= indexed, page.next > 0, page.indices.count < limit else { return page }
            let wanted = limit - page.indices.count
            let indices = try? index.indices(matching: keys, in: stream, before: page.next, limit: wanted)
            guard let found = indices ?? nil else {
                // It was cleared since its size was asked for, or is damaged: what it does not give is read.
                try scan(Set(keys), in: stream, downTo: 0, &page, limit: limit)
                return page
            }
            page.indices += found
            page.next = found.count == wanted ? found.last ?? 0 : 0
            return page
        } catch let error as LedgerError { throw error } catch let error as StoreError { throw .store(error) } catch {
            throw .cryptography("searching")
        }
    }

    /// Where the times of a stream of decisions are in order. Blocks.
    public func timeOrder(of stream: StreamID) throws(LedgerError) -> TimeOrder {
        do throws(StoreError) {
            let size = try store.heads().first { $0.stream == stream }?.size ?? 0
            guard let index else { return TimeOrder(steps: [], known: 0, size: size) }
            let known = min((try? index.size(of: stream)) ?? 0, size)
            let found = try? index.indices(matching: [.stepBack], in: stream, before: known, limit: Self.maximumSteps)
            guard let found = found ?? nil, found.count < Self.maximumSteps else {
                return TimeOrder(steps: [], known: 0, size: size)
            }
            return TimeOrder(steps: found.reversed(), known: known, size: size)
        } catch { throw .store(error) }
    }

    /// Reads backwards from the page's `next`, and leaves there where it stopped.
    private func scan(
        _ keys: Set<IndexKey>, in stream: StreamID, downTo floor: UInt64, _ page: inout SearchPage, limit: Int
    ) throws {
        let lowest = max(floor, page.next - min(page.next, Self.maximumScan))
        while page.next > lowest, page.indices.count < limit {
            let start = max(lowest, page.next - min(page.next, Self.step))
            var matching: [UInt64] = []
            try forEach(in: stream, from: start, to: page.next) { entry in
                var missing = keys
                try? IndexKey.forEach(of: entry) { missing.remove($0) }
                if missing.isEmpty { matching.append(entry.index) }
            }
            let taken = matching.reversed().prefix(limit - page.indices.count)
            page.indices += taken
            page.next = taken.count < matching.count ? taken.last ?? start : start
        }
    }

    /// Entries that are read at a time, backwards.
    private static let step: UInt64 = 4096

    private func forEach(in stream: StreamID, from: UInt64, to end: UInt64, _ body: (Entry) throws -> Void) throws {
        var next = from
        while next < end {
            let blocks = try store.checkedBlocks(of: stream, from: next, limit: Ledger.blocksAtATime)
            guard let last = blocks.last else { return }
            for block in blocks where block.firstIndex < end {
                for entry in try block.checkedEntries() where (from..<end).contains(entry.index) { try body(entry) }
            }
            next = last.endIndex
        }
    }
}

extension Ledger {
    /// Finds entries of this ledger.
    public func search(_ index: (any LedgerIndex)?) -> LedgerSearch { LedgerSearch(store: store, index: index) }
}
