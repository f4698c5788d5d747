internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit review`
struct AuditReview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Lists emergency accesses that await their review, overdue ones first; records an outcome.",
        discussion: """
            Each is reviewed by a leder of the unit that used it and by the personvernombud of its controller (the profile's \
            emergency.reviewers), never by the one who used it. What was recorded stays.

            Examples:
              portvakt audit review --certs certs-here --as officer
              portvakt audit review 'decisions/node-1#42' --outcome justified --reviewer employment:ombud-1 \\
                --text "necessary, ended in time" --certs certs-here --as officer
            """)

    @Argument(help: "The emergency access whose review is recorded: STREAM#INDEX. Without it they are listed.")
    var entry: String?
    @Option(help: "justified, unjustified or followed_up.")
    var outcome: String?
    @Option(help: "Who reviewed it: employment:ID.")
    var reviewer: String?
    @Option(help: "In words, without names.")
    var text = ""
    @Option(help: "Your own id of the request.")
    var requestId: String?
    @Flag(help: "List those that have been reviewed.")
    var done = false
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if entry != nil, outcome == nil || reviewer == nil {
            throw ValidationError("an outcome is recorded with --outcome and --reviewer")
        }
        if entry == nil, outcome != nil || reviewer != nil {
            throw ValidationError("say which access was reviewed: STREAM#INDEX")
        }
    }

    func run() async throws {
        if let entry { return try await record(entry) }
        let stated = try reader.stated()
        let (tasks, waiting, overdue) = try await Remote.with(connection) { remote in
            var counts: (UInt64, UInt64) = (0, 0)
            let tasks = try await page.gather { page in
                let request = ReviewsRequest(done: done, reader: stated, page: page)
                let response: ReviewsResponse = try await unsafe remote.call(.reviews, request)
                counts = (response.waiting, response.overdue)
                return (response.tasks, response.page)
            }
            return (tasks, counts.0, counts.1)
        }
        output.show([
            "tasks": .array(tasks.items.map(Self.json)), "complete": .bool(tasks.isComplete),
            "waiting": .int(Int64(clamping: waiting)), "overdue": .int(Int64(clamping: overdue)),
        ]) {
            Output.table(Self.table(tasks.items))
            let style: Style = overdue > 0 ? .red : .green
            Output.line("\(waiting) waiting, " + Output.styled("\(overdue) overdue", style))
            if !tasks.isComplete { Output.line(tasks.boundary) }
        }
    }

    private func record(_ entry: String) async throws {
        let (stream, index) = try EntryArgument.parse(entry)
        let request = ReviewRequest(
            stream: stream, index: index, reviewer: try ArgumentText.actor(reviewer ?? "", "--reviewer"),
            outcome: try ArgumentText.word(outcome ?? "", "--outcome"), text: text,
            requestID: try requestId.map { try ArgumentText.identifier($0, "--request-id") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.review, request, as: ReviewResponse.self)
        }
        output.show([
            "recorded": .string(response.entry.reference), "awaits": .strings(response.awaits.map(\.word)),
        ]) {
            let left = response.awaits.map(\.word).joined(separator: " and ")
            Output.line("recorded as \(response.entry.reference)" + (left.isEmpty ? "" : "; still awaits \(left)"))
        }
    }

    static func table(_ tasks: [ReviewTask]) -> Table {
        var table = Table("entry", "used", "by", "unit", "case", "due", "awaits", "reviewers")
        for task in tasks {
            table.add(
                Table.Cell(task.entry.reference, .bold), Table.Cell(task.time.rfc3339),
                Table.Cell(task.actor?.shown ?? ""), Table.Cell(task.unit?.text ?? ""),
                Table.Cell(task.caseID?.text ?? ""),
                Table.Cell(task.deadline.rfc3339 + (task.overdue ? " OVERDUE" : ""), task.overdue ? .red : nil),
                Table.Cell(task.awaits.map(\.word).joined(separator: ", ")),
                Table.Cell(task.reviewers.map(\.text).joined(separator: ", ")))
        }
        return table
    }

    static func json(_ task: ReviewTask) -> JSONValue {
        let reviews = task.reviews.map { review -> JSONValue in
            [
                "entry": .string(review.entry.reference), "reviewer": .string(review.reviewer.shown),
                "role": .string(review.role.word), "outcome": .string(review.outcome.word),
                "time": .string(review.time.rfc3339), "text": .string(review.text),
            ]
        }
        return [
            "entry": .string(task.entry.reference), "time": .string(task.time.rfc3339),
            "actor": .optional(task.actor?.shown), "unit": .optional(task.unit?.text),
            "subject": .optional(task.subject?.text), "case": .optional(task.caseID?.text),
            "controller": .optional(task.controller?.text), "reason": .string(task.reason),
            "minutes": .int(Int64(task.minutes)), "deadline": .string(task.deadline.rfc3339),
            "overdue": .bool(task.overdue), "reviewers": .strings(task.reviewers.map(\.text)),
            "reviews": .array(reviews), "awaits": .strings(task.awaits.map(\.word)),
        ]
    }
}
