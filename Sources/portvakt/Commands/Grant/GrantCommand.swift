internal import ArgumentParser

/// `portvakt grant`
struct GrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Registers roles on cases.",
        subcommands: [GrantAdd.self, GrantRevoke.self, GrantList.self])
}
