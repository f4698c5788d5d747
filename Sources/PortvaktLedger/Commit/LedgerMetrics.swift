internal import PortvaktCore

/// What a ledger has done since it was opened.
public struct LedgerMetrics: Sendable {
    /// Commits whose durations are kept for the median.
    static let keptDurations = 1024

    /// Group commits that became durable.
    public internal(set) var commits: UInt64 = 0
    /// Entries in them.
    public internal(set) var entries: UInt64 = 0
    /// Failures: 0, or 1 and then the ledger is broken.
    public internal(set) var failed: UInt64 = 0
    private var durations: [UInt64] = []

    /// The median duration of the last 1,024 commits in nanoseconds, from the taking of the entries to their being
    /// durable; zero before the first.
    public var medianCommitNanoseconds: UInt64 {
        guard !durations.isEmpty else { return 0 }
        return durations.ordered()[durations.count / 2]
    }

    mutating func record(entries count: Int, nanoseconds: UInt64) {
        if durations.count < Self.keptDurations {
            durations.append(nanoseconds)
        } else {
            durations[Int(commits) % Self.keptDurations] = nanoseconds
        }
        commits += 1
        entries += UInt64(count)
    }
}
