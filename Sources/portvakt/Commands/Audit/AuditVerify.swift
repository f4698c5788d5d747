internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger

/// `portvakt audit verify`
struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Computes the whole log again and names the first entry that is wrong.",
        discussion: """
            Reads a database or an export; needs no service. Every leaf, opening, hash and root is computed again. What a log \
            cannot tell by itself is whether it is an old copy: for that, give signed checkpoints (--checkpoints, --key). An \
            export has its own checkpoint, and needs --key only.

            Exit status: 0 it verifies, 1 it does not, 2 it could not be tried.

            Examples:
              portvakt audit verify --ledger ledger.db --checkpoints guard --key log.pub
              portvakt audit verify --export exported --key log.pub
              portvakt audit verify --ledger ledger.db --stream decisions/node-1 --from 1000 --to 2000
            """)

    @OptionGroup var log: LedgerOptions
    @OptionGroup var trust: TrustOptions
    @Option(help: "Only this stream, such as decisions/node-1.")
    var stream: String?
    @Option(
        help: """
            Only entries from this index on; needs --stream and --ledger. The size that was verified last goes on from \
            there: with nothing newer, the end is verified again.
            """)
    var from: UInt64?
    @Option(help: "Only entries before this index; needs --stream and --ledger.")
    var to: UInt64?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if from != nil || to != nil {
            guard stream != nil, log.ledger != nil else {
                throw ValidationError("a range is of one stream of a database: give --stream and --ledger")
            }
            guard from ?? 0 < to ?? .max else { throw ValidationError("--from must be less than --to") }
        }
        if let stream, StreamID(stream) == nil {
            throw ValidationError("a stream is changes/CONTROLLER or decisions/NODE, not \(stream)")
        }
    }

    func run() throws {
        let started = Monotonic.now
        let report = try log.export.map(verifyExport) ?? verifyDatabase()
        let seconds = Double(Monotonic.now - started) / 1e9
        show(report, seconds)
        if let finding = report.findings.first {
            throw Failure("the log does not verify: \(finding)", status: .no)
        }
    }

    private func verifyDatabase() throws -> LedgerVerifier.Report {
        // Before the store's moment: a guard that is read later may know more than it.
        let signed = try trust.signed().map(\.head)
        let store = try log.open(atOneMoment: true)
        defer { store.close() }
        let verifier = LedgerVerifier(store: store, signed: signed)
        let heads = try AuditFailure.catching { try store.heads() }
        return try AuditFailure.catching {
            guard let stream = stream.flatMap({ StreamID($0) }) else {
                var bar = ProgressBar("verifying", total: heads.reduce(0) { $0 + Int(clamping: $1.size) })
                defer { bar.finish() }
                return try verifier.run { bar.update($0) }
            }
            // Of one that was signed and is not here, the verifier says that it is missing; any other name is a slip.
            guard heads.contains(where: { $0.stream == stream }) || signed.contains(where: { $0.stream == stream })
            else { throw Failure(Self.noStream(stream, heads.map(\.stream))) }
            let size = heads.first { $0.stream == stream }?.size ?? 0
            let range = Self.range(from: from ?? 0, to: to, size: size)
            var bar = ProgressBar("verifying", total: range.count)
            defer { bar.finish() }
            return try verifier.run(range, of: stream) { bar.update($0) }
        }
    }

    /// What to walk of a stream: never nothing, so that the head and what was signed are looked at each time.
    ///
    /// Who goes on from where the last verification ended, and asks for no end, may find nothing newer: then it is the last entry again.
    /// Every other range that the stream does not reach is one with entries that are missing.
    static func range(from: UInt64, to: UInt64?, size: UInt64) -> Range<UInt64> {
        if to == nil, from == size, size > 0 { return size - 1..<size }
        return from..<max(min(to ?? size, size), from + 1)
    }

    private static func noStream(_ stream: StreamID, _ present: [StreamID]) -> String {
        let names = present.map(\.description)
        let meant = NearestWord.find(stream.description, in: names).map { ": did you mean \($0)?" }
        let has = names.isEmpty ? "none" : names.joined(separator: ", ")
        return "there is no stream \(stream) in the ledger\(meant ?? ", which has \(has)")"
    }

    private func verifyExport(_ folder: String) throws -> LedgerVerifier.Report {
        let ring = try trust.neededRing()
        let wanted = stream.flatMap { StreamID($0) }
        let exports = try AuditFailure.catching { try ExportReader.all(in: folder) }.filter {
            wanted == nil || $0.stream == wanted
        }
        guard !exports.isEmpty else { throw Failure("there is no \(stream ?? "") in \(folder)") }
        var whole = LedgerVerifier.Report()
        var bar = ProgressBar("verifying", total: exports.reduce(0) { $0 + Int(clamping: $1.size) })
        defer { bar.finish() }
        let signed = try trust.signed().map(\.head)
        for export in exports {
            let before = whole.entries
            let report = try AuditFailure.catching {
                try LedgerExport(folder: export.folder).verify(by: ring, signed: signed) { bar.update(before + $0) }
                    .report
            }
            whole.entries += report.entries
            whole.heads += report.heads
            whole.findings += report.findings
        }
        for head in signed where wanted == nil && !exports.contains(where: { $0.stream == head.stream }) {
            whole.findings.append(
                .init(
                    stream: head.stream, index: 0,
                    what: "it is missing: \(head.size) entries were signed, and the export has nothing of the stream "
                        + "(--stream verifies one stream alone)"))
        }
        return whole
    }

    private func show(_ report: LedgerVerifier.Report, _ seconds: Double) {
        let rate = seconds > 0 ? Double(report.entries) / seconds : 0
        output.show([
            "verifies": .bool(report.isGood), "entries": .int(Int64(clamping: report.entries)),
            "seconds": .number(seconds), "entries_per_second": .number(rate),
            "streams": .array(
                report.heads.map { head in
                    [
                        "stream": .string("\(head.stream)"), "size": .int(Int64(clamping: head.size)),
                        "root": .string("\(head.root)"),
                    ]
                }),
            "findings": .array(
                report.findings.map { finding in
                    [
                        "stream": .string("\(finding.stream)"), "index": .int(Int64(clamping: finding.index)),
                        "what": .string(finding.what),
                    ]
                }),
        ]) {
            var table = Table("stream", "entries", "root")
            for head in report.heads {
                table.add(Table.Cell("\(head.stream)", .bold), Table.Cell("\(head.size)"), Table.Cell("\(head.root)"))
            }
            Output.table(table)
            for finding in report.findings { Output.line(Output.styled("wrong: ", .red) + "\(finding)") }
            if report.isGood {
                Output.line(
                    "\(report.entries) entries verify, \(BenchReport.decimals(rate, 0)) a second"
                        + (log.export == nil && trust.checkpoints == nil
                            ? "; nothing signed was compared: it may be an old copy" : ""))
            }
        }
    }
}
