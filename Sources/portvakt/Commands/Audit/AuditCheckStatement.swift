internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktYAML

/// `portvakt audit check-statement`
struct AuditCheckStatement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-statement",
        abstract: "Checks a statement with nothing but the log's public key: each line, and that none is missing.",
        discussion: """
            For the JSON form made with --proofs. Each line's proof must lead to a signed checkpoint, no two may be of one entry, \
            and the line must say what its entry's leaf says (time, action, purpose, answer, basis). Unit, role, names, consents \
            and whether it was an emergency stand in no leaf, nor does how a reading of the audit came out: compare them with a fresh statement. A \
            statement for the subject or the personvernombud also carries the subject's hash chain: then it is checked that the lines \
            are all entries about the subject up to the signed tree. Of a line that stands as not found, since the asker was told so, \
            it is proved that its entry is in the log, not what it says; emergency accesses that await their review are counted.

            Exit status: 0 it holds, 1 it does not, 2 it could not be tried.

            Example:
              portvakt audit check-statement statement.json --key log.pub
            """)

    @Argument(help: "The statement: JSON, made with --proofs.", completion: .file(extensions: ["json"]))
    var file: String
    @Option(
        help: "A public key of the log (<name>+<id>+<base64>), or a file of such keys. May be repeated.",
        completion: .file())
    var key: [String] = []
    @OptionGroup var output: OutputOptions

    func run() throws {
        var trust = TrustOptions()
        trust.key = key
        trust.checkpoints = nil
        let ring = try trust.neededRing()
        // Proofs make a line some kilobytes: of a thousand lines, which is what a statement has at most by itself, they are megabytes.
        let bytes = try CertificateFile.read(file, atMost: YAMLDocument.maximumSize)
        let document = try YAMLDocument.parse(bytes, file: file)
        guard document["format"]?.plain == "portvakt-statement/1" else {
            throw Failure("\(file) is no statement of portvakt audit statement --json")
        }
        let checked = try StatementCheck(document, keys: ring.keys)
        output.show([
            "lines": .int(Int64(checked.lines)), "readings": .int(Int64(checked.readings)),
            "sealed": .int(Int64(checked.sealed)), "untold": .int(Int64(checked.untold)),
            "complete": .bool(checked.completeTo != nil),
            "complete_to": checked.completeTo.map { .int(Int64(clamping: $0)) } ?? .null,
        ]) {
            Output.line(
                "\(checked.lines) lines, each proved: time, action, purpose, answer and basis are as its entry says; the rest "
                    + "of a line is in no proof")
            if checked.readings > 0 {
                Output.line(
                    "\(checked.readings) of them are readings of what is recorded: whether they were allowed is in no proof"
                )
            }
            if checked.sealed > 0 {
                Output.line(
                    "\(checked.sealed) of them stand as not found: they are in the log, what they say is not proved")
            }
            if let size = checked.completeTo {
                let rest = checked.untold > 0 ? ", with \(checked.untold) that no line tells of," : ""
                Output.line(
                    Output.styled("complete", .green)
                        + ": these\(rest) are all entries about the subject among the stream's first \(size)")
            } else {
                Output.line("nothing in it shows that no line is missing")
            }
        }
    }
}
