internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// Two persons who act together.
struct TwoPersonsOptions: ParsableArguments {
    @Option(help: "The one who decides it: employment:ID.")
    var first: String?
    @Option(help: "The one who carries it out: employment:ID of another person. One of the two is the personvernombud.")
    var second: String?

    func actors() throws -> (first: Actor?, second: Actor?) {
        (
            try first.map { try ArgumentText.actor($0, "--first") },
            try second.map { try ArgumentText.actor($0, "--second") }
        )
    }
}

/// `portvakt audit erase`
struct AuditErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erases what is personal in entries. Every proof stays as it was.",
        discussion: """
            What is erased cannot be brought back, derived again or shown in a statement. Two persons ask for it, and it is \
            recorded, with the reason, before it is done. Changes (consents, grants, …) are what decisions rest on and are not \
            erased here. Without --yes nothing is erased: the entries are counted. Copies and exports still hold what they held: \
            renew them.

            Example:
              portvakt audit erase --subject barn-1 --first employment:ombud-1 --second employment:leder-1 \\
                --reason "erasure decided 2026-11-20" --yes --certs certs-here --as officer
            """)

    @Argument(help: "Entries: STREAM#INDEX, at most 2048; or --subject.")
    var entries: [String] = []
    @Option(help: "All decisions about this person: an id. At most 2048 at a time.")
    var subject: String?
    @OptionGroup var persons: TwoPersonsOptions
    @Option(help: "Why, in words without names.")
    var reason: String
    @Flag(help: "Do it.")
    var yes = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard entries.isEmpty != (subject == nil) else { throw ValidationError("give entries, or --subject") }
        guard persons.first != nil, persons.second != nil else {
            throw ValidationError("two persons erase together: give --first and --second")
        }
        for entry in entries { _ = try EntryArgument.parse(entry) }
    }

    func run() async throws {
        let (first, second) = try persons.actors()
        guard let first, let second else { return }
        let request = EraseRequest(
            entries: entries, subject: try subject.map { try ArgumentText.id($0, "--subject") }, first: first,
            second: second, reason: reason, dryRun: !yes)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.erase, request, as: EraseResponse.self)
        }
        output.show([
            "erased": .bool(yes && response.entry != nil), "count": .int(Int64(clamping: response.count)),
            "recorded": .optional(response.entry?.reference),
        ]) {
            let entries = response.count == 1 ? "1 entry" : "\(response.count) entries"
            guard let entry = response.entry else {
                return Output.line("\(entries) would be erased" + (yes ? "" : "; nothing was done: say --yes"))
            }
            Output.line("\(entries) erased; recorded as \(entry.reference)")
        }
    }
}

/// `portvakt audit retention`
struct AuditRetention: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Shows what has been kept as long as the profile says, by class; erases it with --yes.",
        discussion: """
            The classes are the profile's: decisions (retention.decisions_years after the case ends), security \
            (retention.security_months: strangers' questions, readings of the audit), emergency (retention.emergency_years, \
            with reviews and erasures). A dry run first: without --yes nothing is erased.

            Example:
              portvakt audit retention --certs certs-here --as officer
            """)

    @OptionGroup var persons: TwoPersonsOptions
    @Flag(help: "Do it: with --first and --second.")
    var yes = false
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if yes, persons.first == nil || persons.second == nil {
            throw ValidationError("two persons erase together: give --first and --second")
        }
    }

    func run() async throws {
        let (first, second) = try persons.actors()
        let request = RetainRequest(dryRun: !yes, first: first, second: second, reader: try reader.stated())
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.retain, request, as: RetainResponse.self)
        }
        output.show(Self.json(response)) {
            var table = Table("class", "kept", "before", "looked at#", "out#")
            for found in response.classes {
                table.add([found.name, found.kept, found.before.rfc3339, "\(found.lookedAt)", "\(found.count)"])
            }
            Output.table(table)
            let recorded = response.entry.map { "; recorded as \($0.reference)" } ?? ""
            Output.line(outcome(response.classes.reduce(0) { $0 + $1.count }) + recorded)
        }
    }

    private func outcome(_ count: UInt64) -> String {
        if count == 0 { return "Nothing was erased: nothing has been kept long enough" }
        return yes ? "Erased" : "Nothing was erased: say --yes"
    }

    private static func json(_ response: RetainResponse) -> JSONValue {
        let classes = response.classes.map { found -> JSONValue in
            [
                "class": .string(found.name), "kept": .string(found.kept), "before": .string(found.before.rfc3339),
                "looked_at": .int(Int64(clamping: found.lookedAt)), "count": .int(Int64(clamping: found.count)),
            ]
        }
        return ["classes": .array(classes), "recorded": .optional(response.entry?.reference)]
    }
}
