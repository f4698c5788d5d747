internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt watch`
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows the changes that could change an answer to this system, as they happen.",
        discussion: """
            One line for each: the sequence number, and what it touches. Interrupt it, or give --count. With --after it begins \
            after a number that an earlier run has shown.

            Example:
              portvakt watch --count 1
              portvakt watch --after 1284
            """)

    @Option(help: "A sequence number: what came after it is shown first. Default: from now on.")
    var after: UInt64?
    @Option(help: "Ends after so many changes, 1 or more. Default: goes on.")
    var count: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is at least 1") }
    }

    func run() async throws {
        let request = WatchChangesRequest(after: after.map { Revision($0) })
        try await Remote.with(connection) { remote in
            var left = count ?? .max
            try await unsafe remote.each(.watchChanges, request, as: WatchChangesResponse.self) { message in
                guard let touched = message.touched else { return true }
                show(message.sequence, touched)
                // As it happens, also into a pipe; and no longer than somebody reads it.
                Output.flush()
                left -= 1
                return left > 0 && !Output.isLost
            }
        }
    }

    private func show(_ sequence: Revision, _ touched: Touched) {
        let (cases, persons): ([String], [String]) =
            switch touched {
            case .everything: ([], [])
            case .these(let cases, let persons): (cases.map(\.text), persons.map(\.text))
            }
        let value: JSONValue = [
            "sequence": .int(Int64(clamping: sequence.number)), "everything": .bool(touched == .everything),
            "cases": .strings(cases), "persons": .strings(persons),
        ]
        guard !output.json else { return Output.line(value.compact) }
        let ids = cases.map { "case:\($0)" } + persons.map { "person:\($0)" }
        Output.line("\(sequence.number) \(touched == .everything ? "everything" : ids.joined(separator: " "))")
    }
}
