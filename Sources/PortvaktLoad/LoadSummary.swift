/// The rounds of one server under one load, taken together.
package struct LoadSummary: Sendable {
    package let server: String
    package let streams: Int
    package let calls: Int
    /// Answers per second over all rounds.
    package let rate: Double
    /// Answers per second, round by round.
    package let rates: [Double]
    /// Microseconds.
    package let p50: Double
    package let p90: Double
    package let p99: Double
    package let p999: Double
    package let maximum: Double
    package let effects: [String: Int]

    package init(server: String, streams: Int, rounds: [LoadResult]) {
        self.server = server
        self.streams = streams
        let sorted = rounds.flatMap(\.latencies).sorted()
        calls = sorted.count
        let duration = rounds.reduce(0) { $0 + $1.duration }
        rate = duration == 0 ? 0 : Double(sorted.count) * 1e9 / Double(duration)
        rates = rounds.map(\.rate)
        p50 = Self.percentile(sorted, 0.5)
        p90 = Self.percentile(sorted, 0.9)
        p99 = Self.percentile(sorted, 0.99)
        p999 = Self.percentile(sorted, 0.999)
        maximum = Double(sorted.last ?? 0) / 1000
        effects = rounds.reduce(into: [:]) { $0.merge($1.effects) { $0 + $1 } }
    }

    /// The smallest value that so many of the values do not exceed (nearest rank), in microseconds.
    package static func percentile(_ sorted: [UInt32], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1000
    }

    /// The median of the rounds' ratios to the other server's.
    package func ratio(to other: LoadSummary) -> Double {
        let ratios = zip(rates, other.rates).map { $1 == 0 ? 0 : $0 / $1 }.sorted()
        guard !ratios.isEmpty else { return 0 }
        let middle = ratios.count / 2
        return ratios.count % 2 == 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2
    }
}
