package import NIOCore
package import PortvaktClient
package import PortvaktCore
internal import PortvaktRPC

/// Asks for the entries of one log through one call of the gate, again and again, as a log system does that shows it.
package struct LogDriver: Sendable {
    private let gate: Gate
    private let question: Question
    private let entries: [(id: Identifier, labels: EntryLabels)]

    /// - Parameter gate: handles every obligation, or what is allowed comes out as refused.
    package init(_ gate: Gate, question: Question, entries: [(id: Identifier, labels: EntryLabels)]) {
        self.gate = gate
        self.question = question
        self.entries = entries
    }

    /// One call after the other for so long, at least one.
    /// - Parameter duration: nanoseconds.
    /// - Throws: ``LoadFailure`` for an entry without an answer.
    package func run(duration: UInt64, timeout: TimeAmount = .seconds(30)) async throws -> LogResult {
        var result = LogResult(entries: entries.count)
        let start = NIODeadline.now().uptimeNanoseconds
        var now = start
        repeat {
            let begun = now
            for await (_, ruling) in gate.checkEach(question, entries: entries, timeout: timeout) {
                switch ruling {
                case .allowed: result.allowed += 1
                case .refused(.denied), .refused(.notFound): break
                case .refused(let refusal): throw LoadFailure("an entry of the log has no answer: \(refusal)")
                }
            }
            now = NIODeadline.now().uptimeNanoseconds
            result.latencies.append(UInt32(clamping: now - begun))
        } while now < start + duration
        result.duration = now - start
        return result
    }
}

/// What came of asking for a log.
package struct LogResult: Sendable {
    /// Entries of the log.
    package let entries: Int
    /// Nanoseconds of each call, capped at `UInt32.max` (4.3 s).
    package var latencies: [UInt32] = []
    /// Nanoseconds.
    package var duration: UInt64 = 0
    /// Entries that came out as allowed, over all calls.
    package var allowed = 0

    /// Entries per second, each decided, recorded and answered.
    package var rate: Double {
        duration == 0 ? 0 : Double(latencies.count * entries) * 1e9 / Double(duration)
    }
}

/// The rounds of a log, taken together.
package struct LogSummary: Sendable {
    package let entries: Int
    package let calls: Int
    /// Entries per second over all rounds.
    package let rate: Double
    /// Entries per second, round by round.
    package let rates: [Double]
    /// Microseconds of a call.
    package let p50: Double
    package let p90: Double
    package let p99: Double
    package let maximum: Double
    /// Of all entries.
    package let allowedShare: Double

    package init(rounds: [LogResult]) {
        let sorted = rounds.flatMap(\.latencies).sorted()
        entries = rounds.first?.entries ?? 0
        calls = sorted.count
        let duration = rounds.reduce(0) { $0 + $1.duration }
        let asked = Double(calls * entries)
        rate = duration == 0 ? 0 : asked * 1e9 / Double(duration)
        rates = rounds.map(\.rate)
        p50 = LoadSummary.percentile(sorted, 0.5)
        p90 = LoadSummary.percentile(sorted, 0.9)
        p99 = LoadSummary.percentile(sorted, 0.99)
        maximum = Double(sorted.last ?? 0) / 1000
        allowedShare = asked == 0 ? 0 : Double(rounds.reduce(0) { $0 + $1.allowed }) / asked
    }
}
