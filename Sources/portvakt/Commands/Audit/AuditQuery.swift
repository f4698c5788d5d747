internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt audit query`
struct AuditQuery: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Lists decisions that match every filter, newest first.",
        discussion: """
            The list says whether it is complete. That it was read is recorded, with the filters.

            Example:
              portvakt audit query --case sak-1 --effect deny --from 2026-11-01 --certs certs-here --as officer
            """)

    @OptionGroup var filters: AuditFilters
    @Flag(help: "Instead of decisions, what was read and done in the audit itself.")
    var auditEntries = false
    @Flag(help: "Print comma-separated values (RFC 4180).")
    var csv = false
    @Option(help: "Go on where an earlier list ended: what it called next.")
    var cursor: String?
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if csv, output.json { throw ValidationError("--csv and --json: give one of them") }
    }

    func run() async throws {
        var request = try filters.request()
        request.reader = try reader.stated()
        request.auditEntries = auditEntries
        let start = try cursor.map(Self.parse) ?? []
        let entries = try await AuditPages.gather(request, page, connection, from: start)
        if csv {
            for line in AuditCSV.lines(entries.items) { Output.line(line) }
            if !entries.isComplete { Output.note(Self.more(entries)) }
            return
        }
        show(entries)
    }

    private func show(_ entries: Gathered<AuditEntry>) {
        let next = Hexadecimal.text(entries.next)
        output.show([
            "entries": .array(entries.items.map(AuditReport.json)), "complete": .bool(entries.isComplete),
            "next": entries.isComplete ? .null : .string(next),
        ]) {
            Output.table(AuditReport.table(entries.items))
            Output.line(entries.isComplete ? "\(entries.items.count) in all" : Self.more(entries))
        }
    }

    /// Where to go on, of a list that was cut off.
    private static func more(_ entries: Gathered<AuditEntry>) -> String {
        let next = Hexadecimal.text(entries.next)
        return "\(entries.items.count) shown, there is more: raise --limit, or give --cursor \(next)"
    }

    /// What the service's cursors of this list have: what was asked for, and a place.
    private static let cursorBytes = 16

    private static func parse(_ cursor: String) throws -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(cursor), bytes.count == cursorBytes else {
            throw Failure("--cursor is no place that a list ended at: give what it called next", status: .usage)
        }
        return bytes
    }
}

/// Reads pages of entries.
enum AuditPages {
    static func gather(
        _ request: QueryRequest, _ page: PageOptions, _ connection: ConnectionOptions, from start: [UInt8] = []
    ) async throws -> Gathered<AuditEntry> {
        try await Remote.with(connection) { remote in
            try await page.gather(from: start) { page in
                var request = request
                request.page = page
                let response: QueryResponse = try await unsafe remote.call(.queryAudit, request)
                return (response.entries, response.page)
            }
        }
    }
}

/// What an officer looks for.
struct AuditFilters: ParsableArguments {
    @Option(help: "Whose matter it was: a person's id.")
    var subject: String?
    @Option(help: "Who acted: employment:ID, person:ID or proxy:ID.")
    var actor: String?
    @Option(help: "The acting employment's unit at the time.")
    var unit: String?
    @Option(help: "The system that asked.")
    var system: String?
    @Option(help: "What was asked about: case:ID, meeting:ID, person:ID or controller:ID.")
    var object: String?
    @Option(name: .customLong("case"), help: "Whatever belongs to this case.")
    var caseID: String?
    @Option(help: "allow, deny or refer; may be repeated.")
    var effect: [String] = []
    @Option(help: "Any of these among the reasons; may be repeated.")
    var reason: [String] = []
    @Option(help: "Any of these actions; may be repeated.")
    var action: [String] = []
    @Option(help: "Decided from this instant on: RFC 3339 or a date.")
    var from: String?
    @Option(help: "Decided before this instant: RFC 3339 or a date.")
    var until: String?
    @Flag(help: "Only questions that claimed an emergency.")
    var emergencies = false
    @Option(help: "The asking system's own id of the request.")
    var requestId: String?

    func request() throws -> QueryRequest {
        QueryRequest(
            subject: try subject.map { try ArgumentText.id($0, "--subject") },
            actor: try actor.map { try ArgumentText.actor($0, "--actor") },
            unit: try unit.map { try ArgumentText.id($0, "--unit") },
            system: try system.map { try ArgumentText.id($0, "--system") },
            object: try object.map { try ArgumentText.object($0, "--object") },
            caseID: try caseID.map { try ArgumentText.id($0, "--case") },
            effects: try effect.map { try ArgumentText.word($0, "--effect") },
            reasons: try reason.map { try ArgumentText.word($0, "--reason") },
            actions: try action.map { try ArgumentText.word($0, "--action") },
            time: Validity(
                from: try from.map { try ArgumentText.instant($0, "--from") } ?? .distantPast,
                until: try until.map { try ArgumentText.instant($0, "--until") } ?? .distantFuture),
            emergenciesOnly: emergencies,
            requestID: try requestId.map { try ArgumentText.identifier($0, "--request-id") })
    }
}
