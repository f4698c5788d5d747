internal import ArgumentParser

extension RevocationList.Reason: ExpressibleByArgument {
    init?(argument: String) {
        guard let reason = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self = reason
    }

    static var allValueStrings: [String] { allCases.map { "\($0)" } }
}

/// `portvakt certs revoke`
struct CertsRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revokes certificates: writes them into the authority's revocation list.",
        discussion: """
            The daemon notices the new list by itself and cuts the connections of the revoked. Exit status 1 when a \
            certificate was revoked already; nothing is changed then.

            Example:
              portvakt certs revoke certs-here certs-here/conexus.pem --reason keyCompromise
            """)

    @OptionGroup var folder: AuthorityArgument
    @Argument(help: "The certificates to revoke.", completion: .file(extensions: ["pem"]))
    var certificates: [String]
    @Option(help: "Why.")
    var reason = RevocationList.Reason.unspecified
    @OptionGroup var list: RevocationListOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let authority = folder.authority
        let total = try authority.revoke(certificates, reason: reason, listDays: list.listDays)
        output.show([
            "revoked": .strings(certificates), "revoked_in_all": .int(Int64(total)),
            "revocation_list": .string(authority.listPath),
        ]) {
            Output.line("\(certificates.count) revoked, \(total) in all: \(authority.listPath.printable)")
        }
    }
}
