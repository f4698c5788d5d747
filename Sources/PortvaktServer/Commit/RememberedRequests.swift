internal import PortvaktCore
internal import PortvaktLedger

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
        _ key: Key?, _ changes: [Change], then: @escaping @Sendable (ChangeWriter.Outcome) -> Void
    ) -> Finding {
        guard let key, var found = requests[key] else { return .unknown }
        guard found.fingerprint == Self.fingerprint(of: changes) else { return .other }
        switch found.progress {
        case .done(let receipts): return .done(receipts)
        case .pending(let waiting):
            found.progress = .pending(waiting + [then])
            requests[key] = found
            return .pending
        }
    }

    mutating func begin(_ key: Key?, _ changes: [Change]) {
        guard let key else { return }
        requests[key] = Remembered(fingerprint: Self.fingerprint(of: changes), progress: .pending([]))
    }

    /// Ends a request that was begun. One that failed is forgotten: a retry may succeed.
    /// - Returns: those who asked for the same one meanwhile.
    mutating func end(
        _ key: Key?, _ changes: [Change], _ outcome: ChangeWriter.Outcome
    ) -> [@Sendable (ChangeWriter.Outcome) -> Void] {
        guard let key else { return [] }
        var waiting: [@Sendable (ChangeWriter.Outcome) -> Void] = []
        if case .pending(let asked) = requests[key]?.progress { waiting = asked }
        switch outcome {
        case .failure: requests[key] = nil
        case .success(let receipts):
            requests[key] = Remembered(fingerprint: Self.fingerprint(of: changes), progress: .done(receipts))
            keep(key)
        }
        return waiting
    }

    private static func fingerprint(of changes: [Change]) -> Int {
        var hasher = Hasher()
        for change in changes {
            EntryCodec.hash(change.stated, into: &hasher)
            // Who acts, and for whom, is part of what was asked.
            hasher.combine(change.controller)
            hasher.combine(change.actor)
        }
        return hasher.finalize()
    }

    /// Makes room for one more, in the place of the oldest.
    private mutating func keep(_ key: Key) {
        guard ring.count == Self.maximumCount else { return ring.append(key) }
        requests[ring[oldest]] = nil
        ring[oldest] = key
        oldest = (oldest + 1) % Self.maximumCount
    }
}

extension Change {
    /// What the request stated: the event without an instant that the service put in because the request had none. A retry
    /// comes later than the first, and must still be known as the same request.
    var stated: Event {
        func stated(_ at: Instant) -> Instant { at == registeredAt ? .distantPast : at }
        switch event {
        case .registered(.consent(var consent)):
            consent.registeredAt = stated(consent.registeredAt)
            return .registered(.consent(consent))
        case .consentWithdrawn(let id, let at): return .consentWithdrawn(id, at: stated(at))
        case .consentRevoked(let id, let at): return .consentRevoked(id, at: stated(at))
        case .grantRevoked(let id, let at): return .grantRevoked(id, at: stated(at))
        case .profileActivated(let name, let hash, let from, let reason):
            return .profileActivated(name: name, hash: hash, from: stated(from), reason: reason)
        case .registered, .consentInvalidated, .consentSpent, .systemDisabled: return event
        }
    }
}
