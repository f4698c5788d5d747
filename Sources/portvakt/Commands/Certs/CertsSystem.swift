internal import ArgumentParser

/// `portvakt certs system`
struct CertsSystem: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system",
        abstract: "Makes a certificate for a system that asks.",
        discussion: """
            Example:
              portvakt certs system certs-here conexus --organization 312345676
              portvakt certs system certs-here journal --spiffe spiffe://kommune.test/journal
            """)

    @OptionGroup var folder: AuthorityArgument
    @Argument(help: "The name of its files.")
    var name: String
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var issue: IssueOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let identity = try identity.identity() else {
            throw ValidationError("a system needs an identity: give --organization or --spiffe")
        }
        let issued = try folder.authority.issue(
            name, use: .client(identity), algorithm: issue.algorithm, days: issue.days)
        IssuedReport.show([issued], output)
    }
}
