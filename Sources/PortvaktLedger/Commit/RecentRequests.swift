internal import PortvaktCore

/// The newest entries by their callers' request ids, so that a retry finds what was written but never answered.
struct RecentRequests {
    /// Requests that are remembered at least; twice as many at most.
    static let remembered = 65_536

    struct Key: Hashable, Sendable {
        /// Two systems may use the same ids.
        var system: SystemID
        var requestID: Identifier

        init(system: SystemID, requestID: Identifier) {
            self.system = system
            self.requestID = requestID
        }

        /// `nil` when the caller gave no id.
        init?(_ system: SystemID, _ requestID: Identifier?) {
            guard let requestID else { return nil }
            self.init(system: system, requestID: requestID)
        }
    }

    private var newer: [Key: DurableEntry] = [:]
    private var older: [Key: DurableEntry] = [:]

    mutating func add(_ entry: DurableEntry, for key: Key) {
        if newer.count >= Self.remembered {
            older = newer
            newer = [:]
        }
        newer[key] = entry
    }

    func entry(for key: Key) -> DurableEntry? { newer[key] ?? older[key] }
}

extension RecentRequests {
    /// Entries at the end of each stream that are looked through when a ledger is opened.
    static let scanned: UInt64 = 16_384

    /// The requests of the newest entries of a store. Entries that cannot be read are passed over: a verification finds
    /// them.
    init(store: any LedgerStore, heads: [StreamHead]) throws(LedgerError) {
        self.init()
        let hasher = try TreeHasher()
        for head in heads {
            var next = head.size - min(head.size, Self.scanned)
            while next < head.size {
                let blocks = try store.checkedBlocks(of: head.stream, from: next, limit: Ledger.blocksAtATime)
                guard let last = blocks.last else { break }
                for block in blocks { try add(block, hasher) }
                next = last.endIndex
            }
        }
    }

    private mutating func add(_ block: Block, _ hasher: borrowing TreeHasher) throws(LedgerError) {
        for entry in try block.checkedEntries() where !entry.isErased {
            guard let requestID = try? EntryCodec.requestID(inOpening: entry.opening),
                let summary = try? EntryCodec.summary(ofLeaf: entry.leaf)
            else { continue }
            let durable = DurableEntry(
                stream: block.stream, index: entry.index,
                revision: summary.kind == .change ? Revision(summary.number) : nil, leafHash: hasher.leaf(entry.leaf),
                treeSize: block.endIndex, sequence: block.sequence)
            add(durable, for: Key(system: summary.system, requestID: requestID))
        }
    }
}
