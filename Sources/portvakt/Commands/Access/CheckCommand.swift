internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// A question written as arguments.
struct QuestionArguments: ParsableArguments {
    @OptionGroup var fields: FieldArguments
    @Option(help: "Your own id of the request; it stands in the ledger.")
    var requestId: String?
    @Option(help: "Decide on this revision or a later one: what a change's receipt gave.")
    var atLeast: UInt64 = 0

    func question() throws -> Question {
        let document = try fields.document()
        do throws(DocumentErrors) { return try QuestionDocument(document).question } catch { throw error.asUsage }
    }

    func request() throws -> Identifier? { try requestId.map { try ArgumentText.identifier($0, "--request-id") } }
}

/// `portvakt check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Asks one question. The decision is recorded like any other.",
        discussion: """
            The keys are those of a scenario's ask (docs/cli.md). Exit status 0 for an allow, 1 for a deny or a refer.

            Example:
              portvakt check actor.employment=larer-1 action=log.read on.case=sak-1
              portvakt check actor.person=mor action=log.read on.case=sak-1 entry.category=education entry.author=skole-1
            """)

    @OptionGroup var question: QuestionArguments
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = CheckRequest(
            try question.question(), requestID: try question.request(), atLeastAsFresh: Revision(question.atLeast))
        let chosen = try language.chosen()
        let answer = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.check, request, as: CheckResponse.self)
        }.answer
        output.show(AnswerReport.json(answer)) {
            for line in AnswerReport.lines(answer, in: chosen) { Output.line(line) }
        }
        if answer.effect != .allow { throw ExitCode(ExitStatus.no.rawValue) }
    }
}
