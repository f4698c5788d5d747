internal import ArgumentParser
internal import PortvaktCore

/// `portvakt certs init`
struct CertsInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Makes an authority, a server, an officer and an administrator certificate, and an empty revocation list.",
        discussion: """
            Example:
              portvakt certs init certs-here --host localhost --host 127.0.0.1

            The officer and the administrator are identified by spiffe://DOMAIN/officer and spiffe://DOMAIN/administrator.
            """)

    @OptionGroup var folder: AuthorityArgument
    @Option(help: "A name or address of the server; may be repeated. Default: localhost, 127.0.0.1 and ::1.")
    var host: [String] = []
    @Option(help: "The trust domain of the SPIFFE ids.")
    var trustDomain = CertsDefaults.trustDomain
    @Option(help: "Days until the authority ends, 1 to \(CertificateRequest.maximumDays).")
    var authorityDays = 365
    @OptionGroup var issue: IssueOptions
    @OptionGroup var list: RevocationListOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (issue.days...CertificateRequest.maximumDays).contains(authorityDays) else {
            throw ValidationError(
                "--authority-days is a whole number from --days (\(issue.days)) to \(CertificateRequest.maximumDays)")
        }
        _ = try CertsDefaults.identity("officer", in: trustDomain)
    }

    func run() throws {
        let authority = folder.authority
        let hosts = host.isEmpty ? CertsDefaults.hosts : host
        for host in hosts { _ = try AlternativeName(host: host) }
        var holders = [AuthorityFolder.Holder(name: "server", use: .server(hosts: hosts), days: issue.days)]
        for role in ["officer", "administrator"] {
            let identity = try CertsDefaults.identity(role, in: trustDomain)
            holders.append(AuthorityFolder.Holder(name: role, use: .client(identity), days: issue.days))
        }
        let issued = try authority.make(
            algorithm: issue.algorithm, days: authorityDays, listDays: list.listDays, holders: holders)
        IssuedReport.show(issued, also: authority.listPath, output)
    }
}

/// What certificates say when nothing else is asked for.
enum CertsDefaults {
    static let hosts = ["localhost", "127.0.0.1", "::1"]
    /// RFC 6761: names under `test` never exist elsewhere.
    static let trustDomain = "portvakt.test"

    static func identity(_ path: String, in domain: String) throws -> System.Identity {
        guard !domain.contains("/"), let identity = System.Identity("spiffe://\(domain)/\(path)") else {
            throw ValidationError("--trust-domain is a name such as \(trustDomain)")
        }
        return identity
    }
}
