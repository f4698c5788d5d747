internal import NIOCore

/// Counts events against a rate: `burst` at once, refilled with `perSecond`. A value type without a clock of its own.
struct TokenBucket {
    private static let nanosecondsPerToken: Int64 = 1_000_000_000

    private let capacity: Int64
    private let perSecond: Int64
    private var credit: Int64
    private var last: NIODeadline

    init(_ rate: HTTP2Limits.Rate, now: NIODeadline) {
        capacity = Int64(rate.burst) * Self.nanosecondsPerToken
        perSecond = Int64(rate.perSecond)
        credit = capacity
        last = now
    }

    /// Takes one token; false when there is none.
    mutating func take(now: NIODeadline) -> Bool {
        if now > last {
            let elapsed = min((now - last).nanoseconds, 3_600 * Self.nanosecondsPerToken)
            let (gain, overflow) = elapsed.multipliedReportingOverflow(by: perSecond)
            credit = overflow ? capacity : min(capacity, credit + gain)
            last = now
        }
        guard credit >= Self.nanosecondsPerToken else { return false }
        credit -= Self.nanosecondsPerToken
        return true
    }

    /// Gives one token back, for an event that we caused ourselves.
    mutating func refund() {
        credit = min(capacity, credit + Self.nanosecondsPerToken)
    }
}
