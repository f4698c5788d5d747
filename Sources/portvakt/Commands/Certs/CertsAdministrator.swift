internal import ArgumentParser

/// `portvakt certs administrator`
struct CertsAdministrator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "administrator",
        abstract: "Makes a certificate for an administrator, who registers systems and activates policy.",
        discussion: """
            Without --organization and --spiffe the holder is spiffe://\(CertsDefaults.trustDomain)/NAME.

            Example:
              portvakt certs administrator certs-here administrator-2
            """)

    @OptionGroup var folder: AuthorityArgument
    @Argument(help: "The name of its files.")
    var name: String
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var issue: IssueOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let identity = try identity.identity() ?? CertsDefaults.identity(name, in: CertsDefaults.trustDomain)
        let issued = try folder.authority.issue(
            name, use: .client(identity), algorithm: issue.algorithm, days: issue.days)
        IssuedReport.show([issued], output)
    }
}
