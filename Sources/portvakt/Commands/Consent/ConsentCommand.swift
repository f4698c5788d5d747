internal import ArgumentParser

/// `portvakt consent`
struct ConsentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent",
        abstract: "Registers consents and what becomes of them.",
        subcommands: [
            ConsentGive.self, ConsentWithdraw.self, ConsentRevoke.self, ConsentInvalidate.self, ConsentList.self,
            ConsentShow.self,
        ])
}
