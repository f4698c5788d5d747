internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit statement`
struct AuditStatement: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "Makes a statement for a family: who has seen what about one person.",
        discussion: """
            Whether the asker may have it is decided like any question, and recorded: the youth, parents with foreldreansvar \
            unless it is cut, not the parent whom the child is hidden from; an employee gets the own look-ups, the \
            personvernombud everything of the own controller. Exit status 1: refused.

            Examples:
              portvakt audit statement --subject barn-1 --asker person:mor-1 --html --language nn > statement.html
              portvakt audit statement --subject barn-1 --asker employment:ombud-1 --json --proofs
            """)

    @Option(help: "Whose: a person's id.")
    var subject: String
    @Option(help: "Who asks: person:ID, proxy:ID or employment:ID.")
    var asker: String
    @Option(help: "How well the asker was identified: high, substantial or low.")
    var assurance = "high"
    @Option(help: "From this instant on: RFC 3339 or a date. Default: everything.")
    var from: String?
    @Option(help: "Before this instant: RFC 3339 or a date.")
    var until: String?
    @Flag(help: "With an inclusion proof of each line (in the JSON).")
    var proofs = false
    @Flag(help: "Print a page that prints well and needs nothing else: HTML.")
    var html = false
    @OptionGroup var page: PageOptions
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if html, output.json { throw ValidationError("--html and --json: give one of them") }
    }

    func run() async throws {
        let chosen = try language.chosen()
        let statement = try await statement()
        guard statement.answer.effect == .allow else { return try refuse(statement, chosen) }
        if html {
            return Output.line(StatementPage(statement: statement, language: chosen).html)
        }
        output.show(StatementReport.json(statement)) {
            Output.table(StatementReport.table(statement, in: chosen))
            for line in StatementReport.boundary(statement, in: chosen) { Output.line(line) }
        }
    }

    private func statement() async throws -> Statement {
        let request = StatementRequest(
            subject: try ArgumentText.id(subject, "--subject"), asker: try ArgumentText.actor(asker, "--asker"),
            assurance: try ArgumentText.word(assurance, "--assurance"),
            time: Validity(
                from: try from.map { try ArgumentText.instant($0, "--from") } ?? .distantPast,
                until: try until.map { try ArgumentText.instant($0, "--until") } ?? .distantFuture),
            proofs: proofs, page: .first)
        return try await Remote.with(connection) { remote in
            var first: StatementResponse?
            var awaiting: UInt64 = 0
            var untold: [Untold] = []
            var newer: UInt32 = 0
            let lines = try await page.gather { page in
                var request = request
                request.page = page
                let response: StatementResponse = try await unsafe remote.call(.statement, request)
                if first == nil { first = response }
                awaiting += response.awaitingReview
                untold += response.untold.map { Untold(after: newer + $0.after, leafHash: $0.leafHash) }
                newer += UInt32(response.lines.count)
                return (response.lines, response.page)
            }
            guard let first else { throw Failure("the service gave no answer") }
            return Statement(
                request: request, head: first, lines: lines.items, isComplete: lines.isComplete, awaiting: awaiting,
                untold: untold)
        }
    }

    private func refuse(_ statement: Statement, _ language: Language) throws {
        output.show([
            "effect": .string(statement.answer.effect.word),
            "reasons": .strings(statement.answer.reasons.map(\.word)),
        ]) {
            for reason in statement.answer.reasons {
                Output.line("\(reason.word): \(Catalogue.text(for: reason, in: language))")
            }
        }
        throw ExitCode(ExitStatus.no.rawValue)
    }
}

/// A statement with all its lines.
struct Statement: Sendable {
    var request: StatementRequest
    /// The first page: up to where it is complete, and on what it was decided.
    var head: StatementResponse
    var lines: [StatementLine]
    /// Nothing was left out because of a limit.
    var isComplete: Bool
    /// Emergency accesses that are still being reviewed.
    var awaiting: UInt64
    /// Entries of the subject's chain that no line tells of, by the lines that are newer.
    var untold: [Untold] = []

    var answer: Answer { head.answer }
    var accesses: [StatementLine] { lines.filter { $0.effect == .allow } }
    var refusals: [StatementLine] { lines.filter { $0.effect != .allow } }
}

/// A statement as JSON and as a table.
enum StatementReport {
    static func json(_ statement: Statement) -> JSONValue {
        let request = statement.request
        return [
            "format": .string("portvakt-statement/1"), "subject": .string(request.subject.text),
            "asker": .string(request.asker.shown), "own": .bool(statement.head.own),
            "decided": .optional(statement.answer.entry?.reference),
            "from": request.time.from == .distantPast ? .null : .string(request.time.from.rfc3339),
            "until": request.time.until == .distantFuture ? .null : .string(request.time.until.rfc3339),
            "complete": .bool(statement.isComplete),
            "complete_to": [
                "time": .string(statement.head.completeToTime.rfc3339),
                "entries": .int(Int64(clamping: statement.head.completeTo)),
            ],
            "awaiting_review": .int(Int64(clamping: statement.awaiting)),
            "checkpoint": statement.head.checkpoint.isEmpty ? .null : .string(statement.head.checkpoint),
            "completeness": statement.head.completeness.map(json) ?? .null,
            "untold": .array(
                statement.untold.map {
                    ["after": .int(Int64($0.after)), "leaf_hash": .string(Hexadecimal.text($0.leafHash))]
                }),
            "lines": .array(statement.lines.map(json)),
        ]
    }

    private static func json(_ completeness: Completeness) -> JSONValue {
        [
            "count": .int(Int64(clamping: completeness.count)), "end": .string(Hexadecimal.text(completeness.end)),
            "ordinal": .int(Int64(clamping: completeness.ordinal)),
            "path": .string(Hexadecimal.text(completeness.path)),
            "stream_size": .int(Int64(clamping: completeness.streamSize)),
            "subjects": .int(Int64(clamping: completeness.subjects)),
            "root": .string(Hexadecimal.text(completeness.root)),
        ]
    }

    private static func json(_ line: StatementLine) -> JSONValue {
        [
            "entry": .string(line.entry.reference), "time": .string(line.time.rfc3339),
            "unit": .optional(line.unit?.text), "service": .optional(line.service?.text),
            "role": .optional(line.role?.word), "employment": .optional(line.employment?.text),
            "person": .optional(line.person?.text), "action": .string(line.action.word),
            "purpose": .string(line.purpose.word), "effect": .string(line.effect.word),
            "basis": .string(line.reason.word), "emergency": .bool(line.emergency),
            "consents": .strings(line.consents.map(\.text)),
            "proof": line.proof.isEmpty ? .null : .string(line.proof),
            "leaf_hash": line.leafHash.isEmpty ? .null : .string(Hexadecimal.text(line.leafHash)),
        ]
    }

    static func table(_ statement: Statement, in language: Language) -> Table {
        var table = Table("when", "who", "role", "what", "for", "answer", "basis")
        for line in statement.lines {
            let words = LineWords(line, statement, language)
            table.add(
                Table.Cell(words.time), Table.Cell(words.who), Table.Cell(words.role), Table.Cell(words.what),
                Table.Cell(words.purpose), Table.Cell(words.outcome, line.effect.style), Table.Cell(line.reason.word))
        }
        return table
    }

    /// Up to where it is complete.
    static func boundary(_ statement: Statement, in language: Language) -> [String] {
        let time = LineWords.time(statement.head.completeToTime, language)
        var lines = [
            statement.isComplete
                ? "\(Catalogue.text(for: .complete, in: language)) \(time) (\(statement.head.completeTo))"
                : Catalogue.text(for: .incomplete, in: language)
        ]
        if statement.awaiting > 0 {
            lines.append("\(Catalogue.text(for: .awaiting, in: language)) \(statement.awaiting)")
        }
        return lines
    }
}

/// What a line says in words.
struct LineWords {
    let time: String
    let who: String
    let role: String
    let what: String
    let purpose: String
    let outcome: String
    let basis: String

    init(_ line: StatementLine, _ statement: Statement, _ language: Language) {
        func text(_ text: StatementText) -> String { Catalogue.text(for: text, in: language) }
        time = Self.time(line.time, language)
        if let unit = line.unit {
            let service = line.service.map { $0.text == unit.text ? "" : " (\($0.text))" } ?? ""
            who = unit.text + service + (line.employment.map { ", \($0.text)" } ?? "")
        } else if line.role == .personvernombud {
            who = text(.officer)
        } else if let person = line.person {
            who = .person(person) == statement.request.asker ? text(.you) : person.text
        } else if line.reason == .allowSelf {
            who = text(.person)
        } else {
            who = text(.otherPerson)
        }
        role = line.role.map { Catalogue.text(for: $0, in: language) } ?? ""
        what = Catalogue.text(for: line.action, in: language)
        // An officer's reading of the audit is for no purpose of a consent.
        let isControl = line.action == .accessLogRead && line.purpose == .egen_sak
        purpose = isControl ? text(.control) : Catalogue.text(for: line.purpose, in: language)
        outcome = Catalogue.text(for: line.effect, in: language)
        basis = Catalogue.text(for: line.reason, in: language)
    }

    /// Local time, as people write it.
    static func time(_ instant: Instant, _ language: Language) -> String {
        let date = OsloTime.date(at: instant)
        let (year, month, day) = date.components
        // By the clock on the wall: on the days when it is changed that is not the time since midnight.
        let local = instant.milliseconds + OsloTime.offset(at: instant)
        let minutes = (local - Int64(date.daysSinceEpoch) * 86_400_000) / 60_000
        let clock = "\(two(minutes / 60)):\(two(minutes % 60))"
        switch language {
        case .bokmal, .nynorsk: return "\(day).\(month).\(year) kl. \(clock)"
        case .english: return "\(year)-\(two(Int64(month)))-\(two(Int64(day))) \(clock)"
        }
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
