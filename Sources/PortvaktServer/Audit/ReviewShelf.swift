internal import PortvaktCore
internal import PortvaktLedger
internal import Synchronization

/// Every emergency access and its reviews, in memory: gathered from the ledger in the background after a start, and
/// kept up with as entries become durable.
final class ReviewShelf: Sendable {
    /// Entries read at a time while gathering.
    static let step = 5_000

    /// An emergency access that was allowed.
    struct Emergency: Sendable {
        var place: AuditRecord.Place
        var block: UInt64
        var record: DecisionRecord
    }

    /// One review of it.
    struct Review: Sendable {
        var place: AuditRecord.Place
        var block: UInt64
        var record: AuditRecord
    }

    /// An emergency access with its reviews.
    struct Task: Sendable {
        var emergency: Emergency
        var reviews: [Review]

        /// The roles that have reviewed it.
        var roles: Set<EmploymentRole> { Set(reviews.compactMap(\.record.role)) }
    }

    private struct State {
        var emergencies: [AuditRecord.Place: Emergency] = [:]
        var reviews: [AuditRecord.Place: [Review]] = [:]
        var progress = Progress.idle
    }

    private enum Progress { case idle, gathering, gathered }

    private let state = Mutex(State())

    /// Everything in the ledger has been gathered.
    var isGathered: Bool { state.withLock { $0.progress == .gathered } }

    func note(_ decided: Decided, _ entry: DurableEntry) {
        let place = AuditRecord.Place(stream: entry.stream, index: entry.index)
        put(Emergency(place: place, block: entry.sequence, record: decided.record))
    }

    func note(_ record: AuditRecord, _ entry: DurableEntry) {
        put(
            Review(
                place: .init(stream: entry.stream, index: entry.index), block: entry.sequence, record: record))
    }

    private func put(_ emergency: Emergency) { state.withLock { $0.emergencies[emergency.place] = emergency } }

    private func put(_ review: Review) {
        guard let about = review.record.entries.first else { return }
        state.withLock { state in
            // Gathering and noting may both see it.
            if state.reviews[about]?.contains(where: { $0.place == review.place }) == true { return }
            state.reviews[about, default: []].append(review)
        }
    }

    /// Every task, in no order.
    var tasks: [Task] {
        state.withLock { state in
            state.emergencies.values.map { Task(emergency: $0, reviews: state.reviews[$0.place] ?? []) }
        }
    }

    func task(_ place: AuditRecord.Place) -> Task? {
        state.withLock { state in
            state.emergencies[place].map { Task(emergency: $0, reviews: state.reviews[place] ?? []) }
        }
    }

    /// Lets go of what has been erased from the ledger.
    func forget(_ places: some Sequence<AuditRecord.Place>) {
        state.withLock { state in
            for place in places {
                state.emergencies[place] = nil
                state.reviews[place] = nil
            }
        }
    }

    /// Looks through every stream of decisions. Blocks; does nothing the second time.
    func gather(_ ledger: Ledger) throws(LedgerError) {
        let begins = state.withLock { state in
            defer { if state.progress == .idle { state.progress = .gathering } }
            return state.progress == .idle
        }
        guard begins else { return }
        do throws(LedgerError) {
            for head in try ledger.heads() where head.stream.kind == .decisions {
                try gather(ledger, head.stream, to: head.size)
            }
            state.withLock { $0.progress = .gathered }
        } catch {
            state.withLock { $0.progress = .idle }
            throw error
        }
    }

    private func gather(_ ledger: Ledger, _ stream: StreamID, to size: UInt64) throws(LedgerError) {
        var next: UInt64 = 0
        while next < size {
            let page = try ledger.entries(of: stream, from: next, limit: Self.step)
            for (entry, block) in zip(page.entries, page.blocks) {
                do throws(EntryError) { try take(entry, block) } catch {
                    throw .damaged(stream: stream, index: entry.index, what: error.description)
                }
            }
            guard page.next > next else { return }
            next = page.next
        }
    }

    private func take(_ entry: Entry, _ block: UInt64) throws(EntryError) {
        guard !entry.isErased else { return }
        switch try EntryCodec.summary(ofLeaf: entry.leaf).details {
        case .decision(_, let reasons, _, _, _, _) where reasons.first == .allowBreakGlass: break
        case .audit(.reviewed, _): break
        default: return
        }
        let place = AuditRecord.Place(stream: entry.stream, index: entry.index)
        switch try EntryCodec.body(of: entry) {
        case .decision(let record): put(Emergency(place: place, block: block, record: record))
        case .audit(let record): put(Review(place: place, block: block, record: record))
        case .change: break
        }
    }
}
