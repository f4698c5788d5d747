public import PortvaktCore
public import PortvaktLedger

/// Everything that a store holds, read after its service has stopped, and whether its trees come out.
public struct RecordedLedger: Sendable {
    /// Decisions by their index in the node's stream.
    public private(set) var decisions: [DecisionRecord] = []
    /// Changes in the order of their revisions.
    public private(set) var changes: [RecordedChange] = []
    /// What a verification of the whole store found.
    public let report: LedgerVerifier.Report

    /// Opens the store, verifies it, reads it, and closes it. Blocks.
    /// - Parameter node: whose decisions are read.
    /// - Throws: when the store or an entry cannot be read. An entry that has been erased cannot.
    public init(reading store: any LedgerStore, node: Identifier) throws {
        report = try LedgerVerifier(store: store).run()
        let ledger = try Ledger.open(store: store, configuration: .init(node: node) { _ in })
        defer { ledger.stop() }
        try ledger.replay { changes.append($0) }
        var next: UInt64 = 0
        while true {
            let page = try ledger.entries(of: ledger.decisions, from: next, limit: Ledger.maximumPage)
            for entry in page.entries {
                if case .decision(let record) = try EntryCodec.body(of: entry) { decisions.append(record) }
            }
            guard !page.isComplete, page.next > next else { break }
            next = page.next
        }
    }
}
