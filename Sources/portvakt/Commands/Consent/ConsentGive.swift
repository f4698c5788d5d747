internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt consent give`
struct ConsentGive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "give",
        abstract: "Registers a consent that was given.",
        discussion: """
            The keys are those of consents in the files that portvakt import reads (docs/import.md). Whether a consent \
            suffices is decided when somebody asks.

            Example:
              portvakt consent give id=s-1 case=sak-1 given_by.person=mor capacity=foreldreansvar 'to.services=[ppt]'
            """)

    @OptionGroup var fields: FieldArguments
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let located = try RecordArguments.record(kind: "consent", fields)
        guard case .consent(let consent) = located.record, located.followUps.isEmpty else {
            throw Failure(
                "a consent is given here; its end is registered with withdraw, revoke or invalidate", status: .usage)
        }
        let header = try change.header(connection)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(
                .giveConsent, GiveConsentRequest(header: header, consent: consent), as: GiveConsentResponse.self)
        }
        ReceiptReport.show("consent \(consent.id)", response.receipt, output)
    }
}
