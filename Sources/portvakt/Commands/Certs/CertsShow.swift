internal import ArgumentParser

/// `portvakt certs show`
struct CertsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows certificates: whose, until when, and whether they are revoked.",
        discussion: """
            Exit status 1 unless every one of them is valid: issued by the authority, neither revoked nor ended, and the \
            authority has not ended either. Also 1 when the revocation list was not signed by the authority, so that nothing \
            says who is revoked, or is past its next update, when the daemon refuses everybody under it.

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
        let now = WallTime.now
        let listState: ListState =
            !list.isSigned(by: issuer) ? .foreign : list.isStale(at: now) ? .stale : .current
        let shown = try certificates.map { path -> (path: String, certificate: Certificate, state: String) in
            let certificate = try Certificate.load(path)
            guard certificate.isSigned(by: issuer) else { return (path, certificate, "of another authority") }
            if listState != .foreign, list.contains(certificate) { return (path, certificate, "revoked") }
            if certificate.hasEnded(at: now) || issuer.hasEnded(at: now) { return (path, certificate, "ended") }
            return (path, certificate, listState == .foreign ? "unknown" : Self.valid)
        }
        let values = shown.map { item -> JSONValue in
            [
                "certificate": .string(item.path), "subject": .string(item.certificate.subject),
                "serial": .string(item.certificate.serial), "not_after": .string(item.certificate.validUntil),
                "fingerprint_sha256": .string(item.certificate.fingerprint), "state": .string(item.state),
            ]
        }
        output.show([
            "certificates": .array(values),
            "authority": [
                "certificate": .string(authority.certificatePath), "not_after": .string(issuer.validUntil),
                "state": .string(issuer.hasEnded(at: now) ? "ended" : Self.valid),
            ],
            "revocation_list": [
                "file": .string(authority.listPath), "next_update": .optional(list.validUntil),
                "state": .string(listState.rawValue),
            ],
        ]) {
            var table = Table("certificate", "subject", "valid until", "state")
            for item in shown {
                table.add(
                    Table.Cell(item.path), Table.Cell(item.certificate.subject),
                    Table.Cell(item.certificate.validUntil),
                    Table.Cell(item.state, item.state == Self.valid ? .green : .red))
            }
            Output.table(table)
            if issuer.hasEnded(at: now) {
                Output.line(
                    "The authority \(authority.certificatePath.printable) ended at \(issuer.validUntil): nobody takes what it has issued."
                )
            }
            if let remark = remark(listState, list) { Output.line(remark) }
        }
        guard listState == .current, shown.allSatisfy({ $0.state == Self.valid }) else {
            throw ExitCode(ExitStatus.no.rawValue)
        }
    }

    private static let valid = "valid"

    /// How it stands with the authority's revocation list.
    private enum ListState: String {
        case current
        case stale
        case foreign = "not signed by the authority"
    }

    /// What is wrong with the list, and what to do about it.
    private func remark(_ state: ListState, _ list: RevocationList) -> String? {
        let file = "The revocation list \(folder.authority.listPath.printable)"
        switch state {
        case .current: return nil
        case .stale:
            let due = list.validUntil.map { "was due at \($0)" } ?? "is due at a time that it does not tell"
            return
                "\(file) is stale: the next one \(due). Renew it with portvakt certs renew \(folder.folder.printable)."
        case .foreign:
            return
                "\(file) was not signed by the authority: nothing says who is revoked. Put the authority's own there."
        }
    }
}
