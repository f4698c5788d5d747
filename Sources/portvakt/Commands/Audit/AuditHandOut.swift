internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire

/// The shapes in which decisions are handed out.
enum HandOutFormat: String, CaseIterable, ExpressibleByArgument {
    case csv, jsonl, fhir
    case findUsage = "find-usage"
}

/// `portvakt audit hand-out`
struct AuditHandOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand-out",
        abstract: "Hands decisions out in a shape that other systems read: CSV, JSON lines, FHIR, findUsage.",
        discussion: """
            csv: RFC 4180, one line for each decision. jsonl: one JSON value for each, as show gives it. fhir: FHIR R5 AuditEvent \
            resources, one on each line (NDJSON). find-usage: the findUsageResponse of the Estonian data tracker. That they were \
            handed out is recorded. For files that prove what they hold use portvakt audit export.

            Example:
              portvakt audit hand-out fhir --subject barn-1 --certs certs-here --as officer > events.ndjson
            """)

    @Argument(help: "csv, jsonl, fhir or find-usage.")
    var format: HandOutFormat
    @OptionGroup var filters: AuditFilters
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        var request = try filters.request()
        request.reader = try reader.stated()
        request.exported = true
        let entries = try await AuditPages.gather(request, page, connection)
        switch format {
        case .csv: for line in AuditCSV.lines(entries.items) { Output.line(line) }
        case .jsonl: for entry in entries.items { Output.line(AuditReport.json(entry).compact) }
        case .fhir: for event in entries.items.compactMap(FHIRAuditEvent.init) { Output.line(event.json.compact) }
        case .findUsage: Output.line(FindUsage(entries.items).xml)
        }
        guard entries.isComplete else {
            throw Failure("\(entries.items.count) handed out, there is more: raise --limit")
        }
    }
}

/// `portvakt audit archive`
struct AuditArchive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Makes the archive package of a closed log: its keys and every decision about it.",
        discussion: """
            A folder with package.json (the keys that the archive finds it by: system, log type, the controller's organisation \
            number, the subject's pseudonym) and decisions.jsonl, oldest first. Whether the log may be archived has been asked \
            before (log.archive, by an arkivar, which is allowed for a closed log): the answer's entry is given here, checked, \
            and stands in the package. It names no person: the log system adds what only it knows.

            Example:
              portvakt audit archive package-1 --case sak-1 --organization 974652277 --log-type stafettlogg \\
                --archive-system arkiv-1 --decided 'decisions/node-1#42' --certs certs-here --as officer
            """)

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String
    @Option(name: .customLong("case"), help: "The case's id.")
    var caseID: String
    @Option(help: "The controller's organisation number, nine digits.")
    var organization: String
    @Option(help: "The archive's key of the log's kind.")
    var logType = "stafettlogg"
    @Option(help: "The archive's key of the system that kept the log.")
    var archiveSystem: String
    @Option(help: "The allowed log.archive of this case: STREAM#INDEX.")
    var decided: String
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard PortvaktCore.System.Identity("NTRNO-" + organization) != nil else {
            throw ValidationError("--organization is nine digits with a valid check digit")
        }
    }

    func run() async throws {
        let caseID: CaseID = try ArgumentText.id(caseID, "--case")
        let stated = try reader.stated()
        try await checkDecided(caseID, stated)
        let request = QueryRequest(caseID: caseID, reader: stated, exported: true)
        let entries = try await AuditPages.gather(request, page, connection)
        guard entries.isComplete else {
            throw Failure("there are more than \(entries.items.count) decisions: raise --limit; nothing was written")
        }
        try write(entries.items, caseID)
        output.show(["folder": .string(folder), "decisions": .int(Int64(entries.items.count))]) {
            Output.line("\(folder): \(entries.items.count) decisions of case \(caseID)")
        }
    }

    /// The entry allows this case's log to be archived.
    private func checkDecided(_ caseID: CaseID, _ reader: StatedReader?) async throws {
        let (stream, index) = try EntryArgument.parse(decided)
        let shown = try await Remote.with(connection) { remote in
            try await unsafe remote.call(
                .showAudit, ShowRequest(stream: stream, index: index, reader: reader), as: ShowResponse.self)
        }
        guard case .decision(let recorded) = shown.entry.body, recorded.decision.effect == .allow,
            recorded.question.action == .logArchive, recorded.decision.caseID == caseID
        else { throw Failure("\(decided) is no allowed log.archive of this case", status: .no) }
    }

    private func write(_ entries: [AuditEntry], _ caseID: CaseID) throws {
        var subject: PersonID?
        var controller: ControllerID?
        for case .decision(let recorded) in entries.map(\.body) {
            subject = subject ?? recorded.decision.subject
            controller = controller ?? recorded.decision.controller
        }
        let decisions = entries.reversed().map { AuditReport.json($0).compact + "\n" }.joined()
        let digest = try AuditFailure.catching { try TreeHasher().plain([UInt8](decisions.utf8)) }
        let package: JSONValue = [
            "format": .string("portvakt-archive/1"), "system": .string(archiveSystem), "log_type": .string(logType),
            "organization": .string(organization), "controller": .optional(controller?.text),
            "case": .string(caseID.text), "subject": .optional(subject?.text), "decided": .string(decided),
            "decisions": .int(Int64(entries.count)), "first": .optional(entries.last?.entry.reference),
            "last": .optional(entries.first?.entry.reference),
            "decisions_sha256": .string("\(digest)"),
        ]
        try OutputFolder.make(folder, ["decisions.jsonl": decisions, "package.json": package.text + "\n"])
    }
}
