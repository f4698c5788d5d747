internal import ArgumentParser
internal import PortvaktLedger

/// `portvakt audit key`: the keys that sign checkpoints.
struct AuditKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes, shows and replaces the key that signs the log's checkpoints, or a witness's.",
        subcommands: [AuditKeyCreate.self, AuditKeyShow.self, AuditKeyRotate.self])
}

/// `portvakt audit key create`
struct AuditKeyCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes an Ed25519 key in a file that only its owner may read.",
        discussion: """
            The name is the log's for all time: a domain of the owner's, and no spaces or plus signs. The public key is printed.

            Example:
              portvakt audit key create portvakt.example.no /etc/portvakt/checkpoint.key > log.pub
            """)

    @Argument(help: "The name of the log, or of the witness.")
    var name: String
    @Argument(help: "The file to make; never over one that is there.", completion: .file())
    var file: String

    func run() throws {
        let key: SigningKey
        do { key = try SigningKey.generate(name: name) } catch {
            throw ValidationError("a name is not empty and has no spaces and no plus signs")
        }
        try AuditFailure.catching { try key.save(path: file) }
        Output.line("\(key.verifier)")
    }
}

/// `portvakt audit key show`
struct AuditKeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the public key of a key file, and those it has replaced: what verifiers trust.",
        discussion: """
            Examples:
              portvakt audit key show /etc/portvakt/checkpoint.key > log.pub
              portvakt audit key show --witness witness.key > witness.pub
            """)

    @Argument(help: "The key file.", completion: .file())
    var file: String
    @Flag(help: "As the key of a witness, whose signatures are cosignatures.")
    var witness = false

    func run() throws {
        let ring = try AuditFailure.catching { try SigningKey.ring(path: file) }
        for key in ring.keys { Output.line(witness ? "\(key.ofWitness)" : "\(key)") }
    }
}

/// `portvakt audit key rotate`
struct AuditKeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replaces the key; what the old one has signed stays verifiable.",
        discussion: """
            The old public key is kept in FILE.retired, the old private key is gone. Restart the daemon, and give verifiers what \
            audit key show prints. Proofs that were made before stay good.

            Example:
              portvakt audit key rotate /etc/portvakt/checkpoint.key
            """)

    @Argument(help: "The key file.", completion: .file())
    var file: String

    func run() throws {
        _ = try AuditFailure.catching { try SigningKey.rotate(path: file) }
        for key in try AuditFailure.catching({ try SigningKey.ring(path: file) }).keys { Output.line("\(key)") }
        Output.note("restart the daemon, and give these public keys to those who verify")
    }
}
