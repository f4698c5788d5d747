internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit access-review`
struct AuditAccessReview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-review",
        abstract: "Shows who can read a case now, by whose consent, and what ends when.",
        discussion: """
            Complete but for emergencies, which anybody may claim.

            Example:
              portvakt audit access-review --case sak-1 --days 90 --certs certs-here --as officer
            """)

    @Option(name: .customLong("case"), help: "The case's id.")
    var caseID: String
    @Option(help: "What ends within so many days, 1 to 3660.")
    var days = 365
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3660).contains(days) else { throw ValidationError("--days is from 1 to 3660") }
    }

    func run() async throws {
        let request = AccessReviewRequest(
            caseID: try ArgumentText.id(caseID, "--case"), days: UInt32(days), reader: try reader.stated())
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.accessReview, request, as: AccessReviewResponse.self)
        }
        output.show(Self.json(response)) { Self.show(response) }
    }

    private static func show(_ response: AccessReviewResponse) {
        var table = Table("who", "unit", "may", "basis", "by", "until")
        for access in response.accesses {
            table.add([
                access.actor.shown, access.unit?.text ?? "", access.action.word, access.basis.word,
                access.supports.map(shown).joined(separator: ", "), access.until?.rfc3339 ?? "",
            ])
        }
        Output.table(table)
        Output.line("\(response.accesses.count) in all, at \(response.at.rfc3339)")
        guard !response.endings.isEmpty else { return Output.line("Nothing ends within the time.") }
        Output.line()
        var endings = Table("when", "what")
        for ending in response.endings { endings.add([ending.at?.rfc3339 ?? "", shown(ending)]) }
        Output.table(endings)
    }

    private static func shown(_ support: Support) -> String {
        "\(support.kind.word) \(support.id)" + (support.by.map { " of \($0.shown)" } ?? "")
    }

    private static func shown(_ ending: UpcomingEnd) -> String {
        if let access = ending.breaks { return "\(access.actor.shown) may no longer \(access.action.word)" }
        if ending.age > 0 { return "person \(ending.id) turns \(ending.age)" }
        return "\(ending.kind?.word ?? "") \(ending.id) ends"
    }

    private static func json(_ response: AccessReviewResponse) -> JSONValue {
        [
            "accesses": .array(response.accesses.map(json)), "endings": .array(response.endings.map(json)),
            "at": .string(response.at.rfc3339), "revision": .int(Int64(clamping: response.revision.number)),
        ]
    }

    private static func json(_ access: CaseAccess) -> JSONValue {
        [
            "actor": .string(access.actor.shown), "unit": .optional(access.unit?.text),
            "action": .string(access.action.word), "basis": .string(access.basis.word),
            "supports": .array(
                access.supports.map { support -> JSONValue in
                    [
                        "kind": .string(support.kind.word), "id": .string(support.id),
                        "by": .optional(support.by?.shown),
                    ]
                }), "until": .optional(access.until?.rfc3339),
        ]
    }

    private static func json(_ ending: UpcomingEnd) -> JSONValue {
        [
            "kind": .optional(ending.kind?.word), "id": .string(ending.id), "age": .int(Int64(ending.age)),
            "at": .optional(ending.at?.rfc3339), "breaks": ending.breaks.map(json) ?? .null,
        ]
    }
}
