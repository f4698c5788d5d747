internal import ArgumentParser

/// `portvakt certs officer`
struct CertsOfficer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "officer",
        abstract: "Makes a certificate for a privacy officer, who reads the audit.",
        discussion: """
            Without --organization and --spiffe the holder is spiffe://\(CertsDefaults.trustDomain)/NAME.

            Example:
              portvakt certs officer certs-here officer-2
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
