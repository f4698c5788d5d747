internal import ArgumentParser

/// `portvakt grant`
struct GrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Registers roles on cases.",
        subcommands: [
            GrantAdd.self, GrantRequest.self, GrantPending.self, GrantApprove.self, GrantRefuse.self, GrantRevoke.self,
            GrantList.self,
        ])
}
