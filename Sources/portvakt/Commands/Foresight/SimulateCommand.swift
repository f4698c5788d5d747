internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktWire

/// `portvakt simulate`
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Shows what a change, or the passing of time, would do: which accesses appear and disappear.",
        discussion: """
            Nothing is changed. The flags may be given together and repeated; the changes are thought to happen now.

            Example:
              portvakt simulate --withdraw samtykke-1
              portvakt simulate --turns barn-1=16
              portvakt simulate --end-authority fa-far-1 --then 2027-01-01
              portvakt simulate --close-log sak-1
            """)

    @Option(help: "A consent is withdrawn: its id.")
    var withdraw: [String] = []
    @Option(help: "A consent is revoked: its id.")
    var revoke: [String] = []
    @Option(help: "A consent is found invalid: its id.")
    var invalidate: [String] = []
    @Option(help: "A grant is revoked: its id.")
    var endGrant: [String] = []
    @Option(help: "An authority ends, such as foreldreansvar: its id.")
    var endAuthority: [String] = []
    @Option(help: "An employment ends: its id.")
    var endEmployment: [String] = []
    @Option(help: "The log of a case is closed: the case's id.")
    var closeLog: [String] = []
    @Option(help: "Look at it on the day that a person reaches an age: PERSON=AGE.")
    var turns: String?
    @Option(help: "Look at it at this date or instant.")
    var then: String?
    @Option(
        name: .customLong("case"), help: "Look at this case only; may be repeated. Default: those that are touched.")
    var cases: [String] = []
    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard then == nil || turns == nil else { throw ValidationError("give --then or --turns, not both") }
        let changes = [withdraw, revoke, invalidate, endGrant, endAuthority, endEmployment, closeLog]
        guard then != nil || turns != nil || changes.contains(where: { !$0.isEmpty }) else {
            throw ValidationError("what is to happen? See portvakt help simulate")
        }
    }

    func run() async throws {
        var request = SimulateRequest(
            try proposals(), then: try then.map { try ArgumentText.instant($0, "--then") },
            turning: try turns.map(Self.birthday), cases: try cases.map { try ArgumentText.id($0, "--case") })
        let found = try await Remote.with(connection) { remote in
            try await page.gather { page in
                request.page = page
                let response: SimulateResponse = try await unsafe remote.call(.simulate, request)
                return (response.changes, response.page)
            }
        }
        found.show("changes", output, json: Self.json, people: Self.table)
    }

    /// What the flags say, each kind in turn.
    func proposals() throws -> [Proposal] {
        try withdraw.map { .withdrawConsent(try ArgumentText.id($0, "--withdraw")) }
            + revoke.map { .revokeConsent(try ArgumentText.id($0, "--revoke")) }
            + invalidate.map { .invalidateConsent(try ArgumentText.id($0, "--invalidate")) }
            + endGrant.map { .revokeGrant(try ArgumentText.id($0, "--end-grant")) }
            + endAuthority.map { .endAuthority(try ArgumentText.id($0, "--end-authority")) }
            + endEmployment.map { .endEmployment(try ArgumentText.id($0, "--end-employment")) }
            + closeLog.map { .closeLog(try ArgumentText.id($0, "--close-log")) }
    }

    private static func birthday(_ text: String) throws -> Birthday {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let age = UInt32(parts[1]), Birthday.ages.contains(Int64(age)) else {
            throw Failure("--turns is PERSON=AGE, such as barn-1=16", status: .usage)
        }
        return Birthday(person: try ArgumentText.id(String(parts[0]), "--turns"), age: age)
    }

    private static func json(_ change: AccessChange) -> JSONValue {
        [
            "change": .string(change.appears ? "appears" : "disappears"), "access": AccessTable.json(change.access),
            "lost_by": .optional(change.lostBy?.word),
        ]
    }

    private static func table(_ changes: [AccessChange]) -> Table {
        var table = Table("", "actor", "action", "object", "purpose", "basis", "lost by")
        for change in changes {
            let access = change.access.access
            table.add(
                change.appears ? Table.Cell("+", .green) : Table.Cell("-", .red), Table.Cell(access.actor.shown, .bold),
                Table.Cell(access.action.word), Table.Cell(access.object.shown), Table.Cell(access.purpose.word),
                Table.Cell(access.basis.word), Table.Cell(change.lostBy?.word ?? ""))
        }
        return table
    }
}
