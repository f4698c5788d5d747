internal import ArgumentParser
internal import PortvaktRPC

/// How to reach the service and as whom: from flags, the environment, or a small file, in that order.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The service's address, host:port. Also PORTVAKT_ADDRESS, or address in the file.")
    var address: String?
    @Option(
        help: "The authority that the service's certificate leads to (PEM). Also PORTVAKT_CA, or ca.",
        completion: .file())
    var ca: String?
    @Option(
        help: "That authority's revocation list (PEM). Also PORTVAKT_CRL, or crl. Default: none.", completion: .file())
    var crl: String?
    @Option(help: "Your certificate (PEM). Also PORTVAKT_CERTIFICATE, or certificate.", completion: .file())
    var certificate: String?
    @Option(help: "Your certificate's key (PEM). Also PORTVAKT_KEY, or key.", completion: .file())
    var key: String?
    @Option(help: "A folder made by portvakt certs, for --as. Also PORTVAKT_CERTS, or certs.", completion: .directory)
    var certs: String?
    @Option(
        name: .customLong("as"), help: "Whose certificate in that folder to use: NAME.pem. Also PORTVAKT_AS, or as.")
    var holder: String?
    @Option(
        help:
            "A YAML file with these settings. Also PORTVAKT_CONFIG; else ~/.config/portvakt/portvakt.yaml when it is there.",
        completion: .file(extensions: ["yaml"]))
    var config: String?
    @Option(help: "Seconds to wait for an answer, 1 to 3600.")
    var timeout = 10

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is from 1 to 3600 seconds") }
    }

    /// Where to connect and with which files. Reads the settings, not the certificates.
    func resolve() throws -> ConnectionSettings {
        let file = try ConnectionFile.find(config)
        let lookup = { (flag: String?, name: String) -> String? in
            flag ?? Terminal.environment("PORTVAKT_" + name.uppercased()) ?? file[name]
        }
        let address = try ServerAddress(lookup(address, "address") ?? "localhost:\(ServerAddress.standardPort)")
        let folder = lookup(certs, "certs")
        guard folder != "" else { throw Failure("--certs names no folder: is a variable empty?", status: .usage) }
        let inFolder = { (name: String, kind: String) -> String? in
            folder.map { AuthorityFolder(path: $0).file(name, kind) }
        }
        guard let ca = lookup(ca, "ca") ?? inFolder(AuthorityFolder.authorityName, "pem") else {
            throw Self.missing("the service's authority", "--ca FILE")
        }
        // Whoever is named first is asked as: a flag is not overruled by what a file says, whether by --as or by a file's name.
        let own = { (flag: String?, name: String, kind: String) throws -> String? in
            let (variable, filed) = ("PORTVAKT_" + name.uppercased(), file[name])
            for (path, holder) in [
                (flag, holder), (Terminal.environment(variable), Terminal.environment("PORTVAKT_AS")),
                (filed, file["as"]),
            ] {
                if let path { return path }
                guard let holder else { continue }
                guard let path = inFolder(holder, kind) else {
                    throw Failure(
                        "--as names a certificate in a folder: give the folder with --certs DIR", status: .usage)
                }
                return path
            }
            return nil
        }
        guard let certificate = try own(certificate, "certificate", "pem") else {
            throw Self.missing("your certificate", "--certificate FILE and --key FILE")
        }
        guard let key = try own(key, "key", "key") else { throw Self.missing("your key", "--key FILE") }
        return ConnectionSettings(
            address: address,
            tls: TLSFiles(
                certificateChain: certificate, privateKey: key, trustAnchors: ca, revocationLists: lookup(crl, "crl")),
            timeoutSeconds: timeout)
    }

    private static func missing(_ what: String, _ flags: String) -> Failure {
        Failure(
            "\(what) is missing: give \(flags), or --certs DIR with --as NAME (portvakt help certs)", status: .usage)
    }
}

/// Where to connect, as whom.
struct ConnectionSettings: Sendable {
    var address: ServerAddress
    var tls: TLSFiles
    var timeoutSeconds: Int
}
