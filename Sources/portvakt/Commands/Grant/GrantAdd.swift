internal import ArgumentParser
internal import PortvaktCore
internal import PortvaktScenarios
internal import PortvaktWire

/// `portvakt grant add`
struct GrantAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Gives a unit, an employment or a person a role on a case.",
        discussion: """
            The keys are those of grants in the files that portvakt import reads (docs/import.md). A grant opens nothing \
            without a basis, a consent above all.

            Example:
              portvakt grant add id=g-1 case=sak-1 to.unit=ppt-1 granted_by.employment=larer-1 --controller kommune-a
            """)

    @OptionGroup var fields: FieldArguments
    @OptionGroup var change: ChangeOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let located = try RecordArguments.record(kind: "grant", fields)
        guard case .grant(let grant) = located.record, located.followUps.isEmpty else {
            throw Failure("a grant is given here; it ends with portvakt grant revoke", status: .usage)
        }
        let header = try change.header(connection)
        let response = try await Remote.with(connection) { remote in
            try await unsafe remote.call(
                .addGrant, AddGrantRequest(header: header, grant: grant), as: AddGrantResponse.self)
        }
        ReceiptReport.show("grant \(grant.id)", response.receipt, output)
    }
}
