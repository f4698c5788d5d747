internal import PortvaktCore

/// Reads all changes in the order of their revisions, and checks what it reads.
struct ChangeReplay {
    let store: any LedgerStore

    func run(_ body: (RecordedChange) throws -> Void) throws {
        let hasher = try TreeHasher()
        // Before the changes: while they are read, more may come.
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw LedgerError.store(error) }
        var frontiers: [StreamID: Frontier] = [:]
        var revision: UInt64 = 0
        var sequence: UInt64 = 0
        while true {
            let blocks: [Block]
            do { blocks = try store.changeBlocks(after: sequence, limit: Ledger.blocksAtATime) } catch {
                throw LedgerError.store(error)
            }
            guard let last = blocks.last else { return try Self.check(heads, frontiers) }
            for block in blocks {
                try check(block, &frontiers, hasher)
                for entry in try block.checkedEntries() {
                    revision += 1
                    try body(recorded(entry, revision: revision, block: block.sequence, hasher))
                }
            }
            sequence = last.sequence
        }
    }

    private func recorded(
        _ entry: Entry, revision: UInt64, block: UInt64, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> RecordedChange {
        var recorded = RecordedChange(
            revision: Revision(revision), change: nil, stream: entry.stream, index: entry.index, block: block)
        do {
            let summary = try EntryCodec.summary(ofLeaf: entry.leaf)
            let number = summary.number
            guard number == revision else {
                throw LedgerError.damaged(
                    stream: entry.stream, index: entry.index, what: "revision \(number) stands where \(revision) must")
            }
            if !entry.isErased, case .change(let change) = try EntryCodec.body(of: entry, summary, hasher) {
                recorded.change = change
            }
        } catch let error as EntryError {
            throw .damaged(stream: entry.stream, index: entry.index, what: error.description)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .damaged(stream: entry.stream, index: entry.index, what: "unreadable")
        }
        return recorded
    }

    /// Every stream of changes was read to its end: a state that lacks what was withdrawn is not the ledger's.
    private static func check(_ heads: [StreamHead], _ frontiers: [StreamID: Frontier]) throws(LedgerError) {
        for head in heads where head.stream.kind == .changes {
            let size = frontiers[head.stream]?.size ?? 0
            guard size >= head.size else {
                throw .damaged(stream: head.stream, index: size, what: "it is not found among the changes")
            }
        }
    }

    /// The block's root is what its stream's leaves give.
    private func check(
        _ block: Block, _ frontiers: inout [StreamID: Frontier], _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        var frontier = frontiers[block.stream] ?? Frontier()
        guard frontier.size == block.firstIndex else {
            throw .damaged(stream: block.stream, index: frontier.size, what: "its block is missing")
        }
        for entry in try block.checkedEntries() { frontier.append(hasher.leaf(entry.leaf), hasher) }
        guard frontier.root(hasher) == block.root else {
            throw .damaged(stream: block.stream, index: block.firstIndex, what: "the root of its block is another")
        }
        frontiers[block.stream] = frontier
    }
}
