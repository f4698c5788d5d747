internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

/// `portvakt consent receipt`
struct ConsentReceipt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Prints the signed receipt of a consent, for its giver.",
        discussion: """
            The receipt is a record of ISO/IEC TS 27560:2023 in JSON, signed with the ledger's key (checkpoint-key of the \
            daemon). portvakt consent verify-receipt checks it without asking anybody.

            Example:
              portvakt consent receipt s-1 >s-1.receipt
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let request = ConsentReceiptRequest(try ArgumentText.id(id, "the consent's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.consentReceipt, request, as: ConsentReceiptResponse.self)
        }
        // The note ends with a line break of its own.
        Output.line(String(decoding: response.note.dropLast(), as: UTF8.self))
    }
}

/// `portvakt consent verify-receipt`
struct ConsentVerifyReceipt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-receipt",
        abstract: "Checks the signature of a receipt, offline, and prints what it says.",
        discussion: """
            Status 0: the key has signed it and no letter was changed. Status 1: it cannot be trusted.

            Example:
              portvakt consent verify-receipt s-1.receipt --keys log.pub
            """)

    @Argument(help: "The receipt's file.")
    var file: String
    @Option(help: "The public key, <name>+<id>+<base64>, as the daemon's operator publishes it; may be repeated.")
    var key: [String] = []
    @Option(help: "A file of public keys, one a line: the present one and those before it.")
    var keys: String?

    func validate() throws {
        guard keys != nil || !key.isEmpty else { throw ValidationError("give --keys or --key") }
    }

    func run() throws {
        var trusted = try key.map { text in
            guard let key = VerifierKey(text) else {
                throw Failure("--key is no public key: give <name>+<id>+<base64>", status: .usage)
            }
            return key
        }
        if let keys {
            do { trusted += try KeyRing.load(path: keys).keys } catch { throw Failure("\(error)") }
        }
        let note = String(decoding: try CertificateFile.read(file), as: UTF8.self)
        guard let body = SignedText.open(note, kind: "portvakt-consent-receipt/1", keys: trusted) else {
            throw Failure("\(file): this is no receipt that the key has signed", status: .no)
        }
        Output.line(body)
    }
}

/// `portvakt consent export`
struct ConsentExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints a consent as a FHIR R5 Consent, in JSON.",
        discussion: """
            Example:
              portvakt consent export s-1 >s-1.json
            """)

    @Argument(help: "The consent's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let request = ExportConsentRequest(try ArgumentText.id(id, "the consent's id"))
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.exportConsent, request, as: ExportConsentResponse.self)
        }
        Output.line(String(decoding: response.document, as: UTF8.self))
    }
}
