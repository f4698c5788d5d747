internal import ArgumentParser
internal import PortvaktCore

/// `portvakt certs`: certificates for development and for trying things out.
struct CertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "Makes and revokes certificates for development.",
        discussion: """
            A folder holds an authority (ca.pem, ca.key), its revocation list (crl.pem), and NAME.pem with NAME.key for \
            every holder. Keys are readable by their owner only, and nothing is ever overwritten.

            Example:
              portvakt certs init certs-here
              portvakt certs system certs-here conexus --organization 312345676
              portvakt certs revoke certs-here certs-here/conexus.pem
            """,
        subcommands: [
            CertsInit.self, CertsServer.self, CertsSystem.self, CertsOfficer.self, CertsAdministrator.self,
            CertsRevoke.self, CertsRenew.self, CertsShow.self,
        ])
}

/// Which authority.
struct AuthorityArgument: ParsableArguments {
    @Argument(help: "The folder of the authority.", completion: .directory)
    var folder: String

    func validate() throws {
        // Its files would stand in the root of the file system.
        guard !folder.isEmpty else { throw ValidationError("the folder has no name: is a variable empty?") }
    }

    var authority: AuthorityFolder { AuthorityFolder(path: folder) }
}

/// What the certificates that a command makes have in common.
struct IssueOptions: ParsableArguments {
    @Option(help: "Days until the certificate ends, 1 to \(CertificateRequest.maximumDays); never after its authority.")
    var days = CertificateRequest.standardDays

    @Option(help: "The kind of key: p256 or p384.")
    var algorithm = KeyAlgorithm.p256

    func validate() throws {
        guard (1...CertificateRequest.maximumDays).contains(days) else {
            throw ValidationError("--days is a whole number from 1 to \(CertificateRequest.maximumDays)")
        }
    }
}

/// How long a revocation list holds.
struct RevocationListOptions: ParsableArguments {
    @Option(help: "Days until the next revocation list is due, 1 to 365.")
    var listDays = RevocationList.standardDays

    func validate() throws {
        guard (1...365).contains(listDays) else { throw ValidationError("--list-days is a whole number from 1 to 365") }
    }
}

/// What identifies the holder: exactly one of an organisation number and a SPIFFE id.
struct IdentityOptions: ParsableArguments {
    @Option(help: "The holder's organisation number, nine digits: becomes organizationIdentifier NTRNO-….")
    var organization: String?

    @Option(help: "The holder's SPIFFE id, such as spiffe://kommune.test/journal.")
    var spiffe: String?

    func validate() throws {
        guard organization == nil || spiffe == nil else {
            throw ValidationError("give --organization or --spiffe, not both")
        }
        _ = try identity()
    }

    /// The identity that was asked for; nil when none was.
    func identity() throws -> System.Identity? {
        if let organization {
            let text = organization.hasPrefix("NTRNO-") ? organization : "NTRNO-" + organization
            guard let identity = System.Identity(text) else {
                throw ValidationError("--organization is nine digits, the last one their check digit")
            }
            return identity
        }
        guard let spiffe else { return nil }
        guard spiffe.hasPrefix("spiffe://"), let identity = System.Identity(spiffe) else {
            throw ValidationError("--spiffe is a URI such as spiffe://kommune.test/journal")
        }
        return identity
    }
}

/// Shows what was made.
enum IssuedReport {
    static func show(_ issued: [AuthorityFolder.Issued], also list: String? = nil, _ output: OutputOptions) {
        let values = issued.map { item -> JSONValue in
            [
                "name": .string(item.name), "certificate": .string(item.certificatePath), "key": .string(item.keyPath),
                "identity": .string(item.identity), "serial": .string(item.certificate.serial),
                "fingerprint_sha256": .string(item.certificate.fingerprint),
                "not_after": .string(item.certificate.validUntil),
            ]
        }
        var object: JSONValue.KeyValues = ["certificates": .array(values)]
        if let list { object.pairs.append(.init(key: "revocation_list", value: .string(list))) }
        output.show(.object(object)) {
            var table = Table("name", "identity", "valid until", "certificate", "key")
            for item in issued {
                table.add(
                    Table.Cell(item.name, .bold), Table.Cell(item.identity),
                    Table.Cell(item.certificate.validUntil), Table.Cell(item.certificatePath),
                    Table.Cell(item.keyPath))
            }
            Output.table(table)
            if let list { Output.line("Revocation list: \(list.printable)") }
        }
        for item in issued where item.isShortened {
            Output.note(
                "\(item.certificatePath.printable) ends with its authority, at \(item.certificate.validUntil), before the days that were asked for"
            )
        }
    }
}
