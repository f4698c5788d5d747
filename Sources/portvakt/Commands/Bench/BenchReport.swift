internal import PortvaktLoad

/// What a run of `portvakt bench` found.
struct BenchReport: Sendable {
    let connections: Int
    private(set) var loads: [Load] = []
    /// One log through the gate, when it was asked for.
    var log: LogSummary?

    /// One load: our service first, then the peer when there is one.
    struct Load: Sendable {
        var summaries: [LoadSummary]
        /// The ledger's median commit just after it.
        var commitNanoseconds: Double?

        var streams: Int { summaries[0].streams }
        var ratio: Double? { summaries.count > 1 ? summaries[0].ratio(to: summaries[1]) : nil }
    }

    init(connections: Int) { self.connections = connections }

    mutating func add(_ summaries: [LoadSummary], commitNanoseconds: Double?) {
        loads.append(Load(summaries: summaries, commitNanoseconds: commitNanoseconds))
    }

    /// The goals whose load was measured and whose ratio is lower, or whose load was not measured at all.
    func missedGoals(_ goals: [RatioGoal]) -> [RatioGoal] {
        goals.filter { goal in
            guard let ratio = loads.first(where: { $0.streams == goal.streams })?.ratio else { return true }
            return ratio < goal.ratio
        }
    }

    func show() {
        var table = Table(
            "load", "server", "answers/s#", "p50 µs#", "p90 µs#", "p99 µs#", "p99.9 µs#", "max µs#", "calls#", "ratio#")
        for load in loads {
            for (index, summary) in load.summaries.enumerated() {
                let ratio = index == 0 ? load.ratio.map { Self.decimals($0, 2) } ?? "" : ""
                table.add([
                    index == 0 ? "\(connections) × \(load.streams)" : "", summary.server,
                    Self.decimals(summary.rate, 0),
                    Self.decimals(summary.p50, 0), Self.decimals(summary.p90, 0), Self.decimals(summary.p99, 0),
                    Self.decimals(summary.p999, 0), Self.decimals(summary.maximum, 0), "\(summary.calls)", ratio,
                ])
            }
        }
        Output.table(table)
        for load in loads where !load.summaries[0].effects.isEmpty {
            let effects = load.summaries[0].effects.sorted { $0.key < $1.key }
            let seen = effects.reduce(0) { $0 + $1.value }
            let shares = effects.map { "\($0.key) \(seen == 0 ? 0 : $0.value * 100 / seen) %" }.joined(separator: ", ")
            var line = "\(connections) × \(load.streams): of \(seen) answers looked into \(shares)"
            if let commit = load.commitNanoseconds {
                let times = commit == 0 ? 0 : load.summaries[0].p50 * 1000 / commit
                line +=
                    "; median commit \(Self.decimals(commit / 1000, 0)) µs, median answer \(Self.decimals(times, 1)) times that"
            }
            Output.line(line)
        }
        if let log { Output.line(Self.line(log)) }
    }

    private static func line(_ log: LogSummary) -> String {
        let times = [log.p50, log.p90, log.p99, log.maximum].map { decimals($0 / 1000, 1) }
        return "a log of \(decimals(Double(log.entries), 0)) entries, one call of the gate at a time: "
            + "\(decimals(log.rate, 0)) entries/s (rounds from \(decimals(log.rates.min() ?? 0, 0)) "
            + "to \(decimals(log.rates.max() ?? 0, 0))), \(Int((log.allowedShare * 100).rounded())) % allowed; a call "
            + "p50 \(times[0]), p90 \(times[1]), p99 \(times[2]), max \(times[3]) ms, \(log.calls) calls"
    }

    var json: JSONValue {
        let values = loads.map { load -> JSONValue in
            [
                "connections": .int(Int64(connections)), "streams": .int(Int64(load.streams)),
                "ratio": load.ratio.map { .number($0) } ?? .null,
                "commit_median_microseconds": load.commitNanoseconds.map { .number($0 / 1000) } ?? .null,
                "servers": .array(load.summaries.map(Self.json)),
            ]
        }
        return ["loads": .array(values), "log": log.map(Self.json) ?? .null]
    }

    private static func json(_ log: LogSummary) -> JSONValue {
        [
            "entries": .int(Int64(log.entries)), "calls": .int(Int64(log.calls)),
            "entries_per_second": .number(log.rate), "rounds": .array(log.rates.map { .number($0) }),
            "p50_microseconds": .number(log.p50), "p90_microseconds": .number(log.p90),
            "p99_microseconds": .number(log.p99), "max_microseconds": .number(log.maximum),
            "allowed_share": .number(log.allowedShare),
        ]
    }

    private static func json(_ summary: LoadSummary) -> JSONValue {
        let effects = summary.effects.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.int(Int64($0.value))) }
        return [
            "server": .string(summary.server), "calls": .int(Int64(summary.calls)),
            "answers_per_second": .number(summary.rate),
            "rounds": .array(summary.rates.map { .number($0) }), "p50_microseconds": .number(summary.p50),
            "p90_microseconds": .number(summary.p90), "p99_microseconds": .number(summary.p99),
            "p99_9_microseconds": .number(summary.p999), "max_microseconds": .number(summary.maximum),
            "effects": .object(.init(effects)),
        ]
    }

    /// With so many decimals, thousands apart.
    static func decimals(_ value: Double, _ count: Int) -> String {
        var scale = 1
        for _ in 0..<count { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let whole = String(scaled / scale)
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        guard count > 0 else { return grouped }
        let rest = String(scaled % scale)
        return grouped + "." + String(repeating: "0", count: count - rest.count) + rest
    }
}
