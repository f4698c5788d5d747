internal import ArgumentParser

/// `portvakt certs server`
struct CertsServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Makes a server certificate.",
        discussion: """
            Example:
              portvakt certs server certs-here node-2 --host node-2.kommune.test
            """)

    @OptionGroup var folder: AuthorityArgument
    @Argument(help: "The name of its files.")
    var name: String
    @Option(help: "A name or address of the server; may be repeated. Default: localhost, 127.0.0.1 and ::1.")
    var host: [String] = []
    @OptionGroup var issue: IssueOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let hosts = host.isEmpty ? CertsDefaults.hosts : host
        let issued = try folder.authority.issue(
            name, use: .server(hosts: hosts), algorithm: issue.algorithm, days: issue.days)
        IssuedReport.show([issued], output)
    }
}
