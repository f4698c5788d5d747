internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit unusual`
struct AuditUnusual: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unusual",
        abstract: "Shows patterns that are worth a look, each with its numbers and its entries.",
        discussion: """
            One employee in many more cases than is the unit's habit (its median), own kin, outside working hours, allowed in \
            another way soon after a refusal, emergencies per unit, many refusals. Thresholds are the profile's unusual.*. A \
            pattern is no judgement: look at its entries with portvakt audit show.

            Example:
              portvakt audit unusual --from 2026-11-01 --certs certs-here --as officer
            """)

    @Option(help: "From this instant on: RFC 3339 or a date. Default: 30 days before --until, or before now.")
    var from: String?
    @Option(help: "Before this instant: RFC 3339 or a date.")
    var until: String?
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = UnusualRequest(
            time: Validity(
                from: try from.map { try ArgumentText.instant($0, "--from") } ?? .distantPast,
                until: try until.map { try ArgumentText.instant($0, "--until") } ?? .distantFuture),
            reader: try reader.stated())
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.unusual, request, as: UnusualResponse.self)
        }
        output.show(Self.json(response)) { Self.show(response) }
    }

    private static func show(_ response: UnusualResponse) {
        var table = Table("pattern", "who", "unit", "count#", "from#", "habit#", "entries")
        for pattern in response.patterns {
            table.add([
                pattern.kind.word, pattern.actor?.shown ?? "", pattern.unit?.text ?? "", "\(pattern.count)",
                "\(pattern.threshold)", habit(pattern), listed(pattern.entries),
            ])
        }
        Output.table(table)
        Output.line(boundary(response))
    }

    /// What was looked at, and whether that is all there is.
    static func boundary(_ response: UnusualResponse) -> String {
        let looked = "\(response.lookedAt) entries looked at"
        return response.complete ? looked : looked + ", there are more: narrow the time"
    }

    private static func habit(_ pattern: Pattern) -> String {
        guard pattern.kind == .manyCases else { return "" }
        return JSONValue.number(Double(pattern.habitThousandths) / 1000).text
    }

    /// The first few; all with --json.
    private static func listed(_ entries: [String]) -> String {
        let shown = 3
        return entries.prefix(shown).joined(separator: " ") + (entries.count > shown ? " …" : "")
    }

    static func json(_ response: UnusualResponse) -> JSONValue {
        let patterns = response.patterns.map { pattern -> JSONValue in
            [
                "pattern": .string(pattern.kind.word), "actor": .optional(pattern.actor?.shown),
                "unit": .optional(pattern.unit?.text), "count": .int(Int64(clamping: pattern.count)),
                "threshold": .int(Int64(clamping: pattern.threshold)),
                "habit": pattern.kind == .manyCases ? .number(Double(pattern.habitThousandths) / 1000) : .null,
                "entries": .strings(pattern.entries),
            ]
        }
        return [
            "patterns": .array(patterns), "looked_at": .int(Int64(clamping: response.lookedAt)),
            "complete": .bool(response.complete),
        ]
    }
}
