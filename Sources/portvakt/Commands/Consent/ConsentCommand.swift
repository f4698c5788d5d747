internal import ArgumentParser

/// `portvakt consent`
struct ConsentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent",
        abstract: "Registers consents and what becomes of them.",
        subcommands: [
            ConsentRequest.self, ConsentGive.self, ConsentRefuse.self, ConsentRenew.self, ConsentExtend.self,
            ConsentWithdraw.self, ConsentRevoke.self, ConsentInvalidate.self, ConsentList.self,
            ConsentShow.self, ConsentReceipt.self, ConsentVerifyReceipt.self, ConsentExport.self,
        ])
}
