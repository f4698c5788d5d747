internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt explain`
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Asks one question and shows everything that was considered.",
        discussion: """
            The decision is made and recorded as by check. Marks: + holds, - stops it, ? a fact is unknown, . does not apply. \
            For a refusal it ends with what would make it an allow: the smallest sets of consents and grants, and who could \
            give them. \
            Exit status 0 for an allow, 1 for a deny or a refer.

            Example:
              portvakt explain actor.employment=larer-1 action=log.read on.case=sak-1
            """)

    @OptionGroup var question: QuestionArguments
    @OptionGroup var language: LanguageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = ExplainRequest(
            try question.question(), requestID: try question.request(), atLeastAsFresh: Revision(question.atLeast))
        let chosen = try language.chosen()
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.explain, request, as: ExplainResponse.self)
        }
        output.show([
            "answer": AnswerReport.json(response.answer),
            "decision": response.decision.map(ReflectedJSON.value) ?? .null,
            "explanation": ExplanationReport.json(response.explanation),
            "remedies": RemedyReport.json(response.remedies),
        ]) {
            for line in AnswerReport.lines(response.answer, in: chosen) { Output.line(line) }
            for line in ExplanationReport.lines(response.explanation) { Output.line(line) }
            for line in RemedyReport.lines(response.remedies) { Output.line(line) }
        }
        if response.answer.effect != .allow { throw ExitCode(ExitStatus.no.rawValue) }
    }
}
