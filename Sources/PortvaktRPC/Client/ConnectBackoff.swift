public import NIOCore

/// How long to wait before the next attempt to connect: doubling, bounded, and spread so that clients that lost the
/// same server do not come back together (grpc/doc/connection-backoff.md). A value without a clock.
public struct ConnectBackoff: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Wait after the first failure.
        public var initial: TimeAmount = .milliseconds(100)
        /// Longest wait, before it is spread.
        public var maximum: TimeAmount = .seconds(10)
        /// Growth with each failure.
        public var factor = 1.6
        /// Part of the wait that is added or taken away at random.
        public var jitter = 0.2

        public init() {}
    }

    let limits: Limits
    private var delay: Int64

    init(_ limits: Limits) {
        self.limits = limits
        delay = limits.initial.nanoseconds
    }

    /// The wait after another failure.
    mutating func next(using random: inout some RandomNumberGenerator) -> TimeAmount {
        let base = Double(min(delay, limits.maximum.nanoseconds))
        delay = min(Int64(Double(delay) * max(limits.factor, 1)), limits.maximum.nanoseconds)
        let spread = base * min(max(limits.jitter, 0), 1)
        return .nanoseconds(Int64(base + Double.random(in: -spread...spread, using: &random)))
    }

    mutating func next() -> TimeAmount {
        var random = SystemRandomNumberGenerator()
        return next(using: &random)
    }

    /// A connection proved to be usable.
    mutating func reset() { delay = limits.initial.nanoseconds }
}
