internal import PortvaktCore

/// The newest requests that changed something, by their callers' own ids: a retry finds what the first one did.
struct RememberedRequests {
    /// Requests that are remembered. A retry comes within seconds; this many changes take minutes at any rate seen.
    static let maximumCount = 65_536

    /// A system's own id of a request.
    struct Key: Hashable {
        var system: SystemID
        var requestID: Identifier

        /// - Returns: `nil` for a change without a request id.
        init?(_ change: Change) {
            guard let requestID = change.requestID else { return nil }
            system = change.system
            self.requestID = requestID
        }
    }

    private struct Remembered {
        /// Says whether a retry states the same changes. In memory only, so the process's own hash will do.
        var fingerprint: Int
        var progress: Progress
    }

    private enum Progress {
        /// On the way to the disk, with those who asked again meanwhile.
        case pending([@Sendable (ChangeWriter.Outcome) -> Void])
        case done([LedgerReceipt])
    }

    enum Finding {
        case unknown
        case done([LedgerReceipt])
        /// The same changes are on their way; the closure that was handed over is called with their outcome.
        case pending
        /// The same id with other changes.
        case other
    }

    private var requests: [Key: Remembered] = [:]
    /// Keys in the order of arrival, as a ring.
    private var ring: [Key] = []
    private var oldest = 0

    /// - Parameter then: kept when the request is on its way.
    mutating func find(
        _ key: Key?, events: [Event], then: @escaping @Sendable (ChangeWriter.Outcome) -> Void
    ) -> Finding {
        guard let key, var found = requests[key] else { return .unknown }
        guard found.fingerprint == events.hashValue else { return .other }
        switch found.progress {
        case .done(let receipts): return .done(receipts)
        case .pending(let waiting):
            found.progress = .pending(waiting + [then])
            requests[key] = found
            return .pending
        }
    }

    mutating func begin(_ key: Key?, events: [Event]) {
        guard let key else { return }
        requests[key] = Remembered(fingerprint: events.hashValue, progress: .pending([]))
    }

    /// Ends a request that was begun. One that failed is forgotten: a retry may succeed.
    /// - Returns: those who asked for the same one meanwhile.
    mutating func end(
        _ key: Key?, events: [Event], _ outcome: ChangeWriter.Outcome
    ) -> [@Sendable (ChangeWriter.Outcome) -> Void] {
        guard let key else { return [] }
        var waiting: [@Sendable (ChangeWriter.Outcome) -> Void] = []
        if case .pending(let asked) = requests[key]?.progress { waiting = asked }
        switch outcome {
        case .failure: requests[key] = nil
        case .success(let receipts):
            requests[key] = Remembered(fingerprint: events.hashValue, progress: .done(receipts))
            keep(key)
        }
        return waiting
    }

    /// Makes room for one more, in the place of the oldest.
    private mutating func keep(_ key: Key) {
        guard ring.count == Self.maximumCount else { return ring.append(key) }
        requests[ring[oldest]] = nil
        ring[oldest] = key
        oldest = (oldest + 1) % Self.maximumCount
    }
}
