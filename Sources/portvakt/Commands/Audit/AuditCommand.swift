internal import ArgumentParser

/// `portvakt audit`: what was decided and changed, for the privacy officer.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Finds, explains and proves decisions and changes in the ledger. Reading it is recorded.",
        subcommands: [
            AuditQuery.self, AuditShow.self, AuditWhy.self, AuditReplay.self, AuditStatement.self,
            AuditCheckStatement.self,
            AuditAccessReview.self, AuditReview.self, AuditUnusual.self, AuditHandOut.self, AuditArchive.self,
            AuditErase.self, AuditRetention.self,
            AuditVerify.self, AuditProve.self, AuditCheckProof.self, AuditExport.self, AuditCheckpoint.self,
            AuditWitness.self, AuditKey.self, AuditFsck.self, AuditBackup.self, AuditRestore.self,
            AuditBench.self,
        ])
}
