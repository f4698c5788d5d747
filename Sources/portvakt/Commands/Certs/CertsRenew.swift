internal import ArgumentParser

/// `portvakt certs renew`
struct CertsRenew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Signs the revocation list anew, before it goes stale.",
        discussion: """
            Example:
              portvakt certs renew certs-here --list-days 7
            """)

    @OptionGroup var folder: AuthorityArgument
    @OptionGroup var list: RevocationListOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let authority = folder.authority
        let total = try authority.revoke([], reason: .unspecified, listDays: list.listDays)
        output.show(["revoked_in_all": .int(Int64(total)), "revocation_list": .string(authority.listPath)]) {
            Output.line("\(total) revoked in all: \(authority.listPath.printable)")
        }
    }
}
