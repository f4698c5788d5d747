internal import ArgumentParser

/// `portvakt certs show`
struct CertsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows certificates: whose, until when, and whether they are revoked.",
        discussion: """
            Exit status 1 when one of them is revoked or has ended.

            Example:
              portvakt certs show certs-here certs-here/conexus.pem
            """)

    @OptionGroup var folder: AuthorityArgument
    @Argument(help: "The certificates.", completion: .file(extensions: ["pem"]))
    var certificates: [String]
    @OptionGroup var output: OutputOptions

    func run() throws {
        let authority = folder.authority
        let issuer = try Certificate.load(authority.certificatePath)
        let list = try RevocationList.load(authority.listPath)
        let shown = try certificates.map { path -> (path: String, certificate: Certificate, state: String) in
            let certificate = try Certificate.load(path)
            guard certificate.isSigned(by: issuer) else { return (path, certificate, "of another authority") }
            if list.contains(certificate) { return (path, certificate, "revoked") }
            return (path, certificate, certificate.hasEnded(at: WallTime.now) ? "ended" : "valid")
        }
        let values = shown.map { item -> JSONValue in
            [
                "certificate": .string(item.path), "subject": .string(item.certificate.subject),
                "serial": .string(item.certificate.serial), "not_after": .string(item.certificate.validUntil),
                "fingerprint_sha256": .string(item.certificate.fingerprint), "state": .string(item.state),
            ]
        }
        output.show(["certificates": .array(values)]) {
            var table = Table("certificate", "subject", "valid until", "state")
            for item in shown {
                table.add(
                    Table.Cell(item.path), Table.Cell(item.certificate.subject),
                    Table.Cell(item.certificate.validUntil),
                    Table.Cell(item.state, item.state == "valid" ? .green : .red))
            }
            Output.table(table)
        }
        if shown.contains(where: { ["revoked", "ended"].contains($0.state) }) {
            throw ExitCode(ExitStatus.no.rawValue)
        }
    }
}
