public import ArgumentParser
internal import PortvaktClient
internal import PortvaktCore

/// A consent as it is written on the command line.
public struct ConsentOptions: ParsableArguments {
    @Option(help: "The case that it is for.") var `case`: String
    @Option(help: "Who gives it: a person's id.") var giver: String
    @Option(help: "As what: self, foreldreansvar, omsorg, verge or representant.") var capacity: String
    @Option(help: "Services that may know, with commas.") var to: String
    @Option(help: "What for, with commas.") var purposes: String
    @Option(help: "skriftlig, elektronisk or muntlig_dokumentert.") var form = "skriftlig"
    @Option(help: "The first day on which it has ended.") var until: String

    public init() {}

    /// As it is registered.
    func consent(_ id: String) throws -> Consent {
        Consent(
            id: try ConsentID(id), scope: .caseID(try CaseID(self.case)), givenBy: .person(try PersonID(giver)),
            capacity: try Words.word(capacity), services: try Words.list(to).map { try Service($0) },
            purposes: try Words.list(purposes).map { try Words.word($0) }, form: try Words.word(form),
            validity: Validity(until: try Words.day(until)))
    }
}

/// `consent ID …`: somebody has consented, in this system.
public struct GiveConsent: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "Somebody consents. Whether it is enough is decided when somebody asks.")
    @Argument var id: String
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var options: HostOptions

    public init() {}

    public func run() async throws {
        try await Host.with(options, schema: "") { host in
            let consent = try consent.consent(id)
            guard case .person(let giver) = consent.givenBy else { return }
            // Registered only when it can count: a father without foreldreansvar is told at once.
            let question = Question(
                actor: .person(giver), action: .consentGive, object: .caseID(try CaseID(self.consent.case)),
                consent: consent)
            try await host.carryOut(question, "\(giver) consents") { _ in
                try await host.registrar.give(consent, by: .person(giver))
            }
        }
    }
}

/// `withdraw ID`: whoever gave it takes it back.
public struct WithdrawConsent: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Takes a consent back. Nobody has to be asked: it is always right.")
    @Argument var id: String
    @Option(help: "Who takes it back: a person's id.") var giver: String
    @OptionGroup var options: HostOptions

    public init() {}

    public func run() async throws {
        try await Host.with(options, schema: "") { host in
            try await host.registrar.withdraw(ConsentID(id), by: .person(PersonID(giver)))
            say("\(giver) has withdrawn \(id)")
        }
    }
}
