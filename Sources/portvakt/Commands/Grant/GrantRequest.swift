internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt grant request`
struct GrantRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Asks for a role on a case: a coordinator of an individual plan, a participant in some areas of it.",
        discussion: """
            It opens nothing before it is approved, and it must have an end (until). With --under it hangs on another grant \
            and ends with it. The keys are those of portvakt grant add, without granted_by.

            Example:
              portvakt grant request id=g-2 case=sak-1 to.employment=fysio-1 document=plan 'areas=[skole]' until=2027-06-30 \
            --under g-1 --actor employment:koordinator-1 --controller kommune-a
            """)

    @OptionGroup var fields: FieldArguments
    @Option(help: "The grant of the same case that it hangs on: an id.")
    var under: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let located = try RecordArguments.record(kind: "grant", fields)
        guard case .grant(var grant) = located.record, located.followUps.isEmpty else {
            throw Failure("a grant is asked for here; it ends with portvakt grant revoke", status: .usage)
        }
        grant.under = try under.map { try ArgumentText.id($0, "--under") }
        let request = RequestGrantRequest(header: try change.header(connection), grant: grant)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(.requestGrant, request, as: RequestGrantResponse.self)
        }
        ReceiptReport.show("grant \(request.grant.id) asked for", response.receipt, output)
    }
}
