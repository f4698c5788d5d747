internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt consent request`
struct ConsentRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Registers that somebody was asked for a consent.",
        discussion: """
            It carries nothing before it is given: with portvakt consent give and the same id. The keys are those of \
            portvakt consent give.

            Example:
              portvakt consent request id=s-2 case=sak-1 given_by.person=far capacity=foreldreansvar 'to.services=[ppt]' \
            --controller kommune-a
            """)

    @OptionGroup var fields: FieldArguments
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let located = try RecordArguments.record(kind: "consent", fields)
        guard case .consent(let consent) = located.record, located.followUps.isEmpty else {
            throw Failure("a consent is asked for here, without what became of it", status: .usage)
        }
        let request = RequestConsentRequest(header: try change.header(connection), consent: consent)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.requestConsent, request, as: RequestConsentResponse.self)
        }
        ReceiptReport.show("consent \(consent.id) asked for", response.receipt, output)
    }
}

/// `portvakt consent refuse`
struct ConsentRefuse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse",
        abstract: "Who was asked says no.",
        discussion: """
            Example:
              portvakt consent refuse s-2 --actor person:far --controller kommune-a
            """)

    @Argument(help: "The id of what was asked for.")
    var id: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = RefuseConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the consent's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.refuseConsent, request, as: RefuseConsentResponse.self)
        }
        ReceiptReport.show("consent \(id) refused", response.receipt, output)
    }
}
