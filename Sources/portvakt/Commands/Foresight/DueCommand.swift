internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt due`
struct DueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: "Lists what ends within a time: consents, grants, employments, birthdays, accesses that break.",
        discussion: """
            Example:
              portvakt due --within 60d
              portvakt due --within 60d --case sak-1
            """)

    @Option(help: "How far ahead to look, in days: 60d. At most 3660d.")
    var within = "60d"
    @Option(name: .customLong("case"), help: "A case's id. Default: every case.")
    var caseID: String?
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let days = try Self.days(within)
        let id: CaseID? = try caseID.map { try ArgumentText.id($0, "--case") }
        let found = try await Remote.with(connection) { remote in
            try await page.gather { page in
                let request = DueRequest(days: days, caseID: id, page: page)
                let response: DueResponse = try await unsafe remote.call(.due, request)
                return (response.coming, response.page)
            }
        }
        found.show("coming", output, json: Self.json, people: Self.table)
    }

    private static func days(_ text: String) throws -> UInt32 {
        let number = text.hasSuffix("d") ? text.dropLast() : text[...]
        guard let days = UInt32(number), DueRequest.days.contains(Int64(days)) else {
            throw Failure("--within is a number of days from 1d to 3660d", status: .usage)
        }
        return days
    }

    private static func what(_ coming: Coming) -> String {
        if let breaks = coming.breaks?.access {
            return "\(breaks.actor.shown) loses \(breaks.action.word) on \(breaks.object.shown)"
        }
        let id = coming.id?.text ?? ""
        switch coming.kind {
        case .person: return "person \(id) turns \(coming.age)"
        case .some(let kind): return "\(kind.word) \(id) ends"
        case nil: return ""
        }
    }

    private static func json(_ coming: Coming) -> JSONValue {
        [
            "case": .string(coming.caseID.text), "kind": .optional(coming.kind?.word), "id": .optional(coming.id?.text),
            "age": coming.age == 0 ? .null : .int(Int64(coming.age)), "at": .optional(coming.at?.rfc3339),
            "breaks": coming.breaks.map(AccessTable.json) ?? .null,
        ]
    }

    private static func table(_ coming: [Coming]) -> Table {
        var table = Table("case", "when", "what")
        for item in coming {
            table.add(
                Table.Cell(item.caseID.text, .bold), Table.Cell(item.at?.rfc3339 ?? "within the time"),
                Table.Cell(what(item)))
        }
        return table
    }
}
