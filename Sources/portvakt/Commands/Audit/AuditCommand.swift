internal import ArgumentParser

/// `portvakt audit`: what was decided and changed, for the privacy officer.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Finds and shows decisions and changes in the ledger.",
        subcommands: [AuditQuery.self, AuditShow.self])
}
