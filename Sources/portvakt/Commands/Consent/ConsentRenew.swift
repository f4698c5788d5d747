internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt consent renew`
struct ConsentRenew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Puts a new consent in the place of one that was given.",
        discussion: """
            The giver was asked anew. The new one is of the same giver, about the same; the old one is superseded in the same \
            moment. The keys are those of portvakt consent give.

            Example:
              portvakt consent renew s-1 id=s-3 case=sak-1 given_by.person=mor capacity=foreldreansvar \
            'to.services=[skole,ppt]' text_version=tekst-4-nb until=2028-01-01 --controller kommune-a
            """)

    @Argument(help: "The id of the consent that stands.")
    var old: String
    @OptionGroup var fields: FieldArguments
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let located = try RecordArguments.record(kind: "consent", fields)
        guard case .consent(let consent) = located.record, located.followUps.isEmpty else {
            throw Failure("a consent is given here, without what became of it", status: .usage)
        }
        let request = RenewConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(old, "the consent's id"), consent: consent)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.renewConsent, request, as: RenewConsentResponse.self)
        }
        ReceiptReport.show("consent \(consent.id) in the place of \(old)", response.receipt, output)
    }
}

/// `portvakt consent extend`
struct ConsentExtend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Lets a consent go on for longer, everything else as it was.",
        discussion: """
            The giver has said so. The extended one gets an id of its own and takes the old one's place.

            Example:
              portvakt consent extend s-1 --new-id s-1b --until 2028-01-01 --form elektronisk --controller kommune-a
            """)

    @Argument(help: "The id of the consent that stands.")
    var id: String
    @Option(help: "The id of the extended one.")
    var newId: String
    @Option(help: "Its end: RFC 3339 or a date, later than that of the one that stands.")
    var until: String
    @Option(help: "How the giver said so: skriftlig, elektronisk or muntlig_dokumentert.")
    var form = ConsentForm.skriftlig.word
    @Option(help: "Version and language of the text that was shown.")
    var textVersion: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = ExtendConsentRequest(
            header: try change.header(connection), id: try ArgumentText.id(id, "the consent's id"),
            newID: try ArgumentText.id(newId, "--new-id"), until: try ArgumentText.instant(until, "--until"),
            form: try ArgumentText.word(form, "--form", ConsentForm.self),
            textVersion: try textVersion.map { try ArgumentText.identifier($0, "--text-version") })
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.extendConsent, request, as: ExtendConsentResponse.self)
        }
        ReceiptReport.show("consent \(newId) in the place of \(id)", response.receipt, output)
    }
}
