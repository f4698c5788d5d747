public import PortvaktCore

/// A change as the fold takes it.
public struct RecordedChange: Equatable, Sendable {
    /// The revision of the state that first includes it, from one.
    public var revision: Revision
    /// `nil` when the entry's opening has been erased.
    public var change: Change?
    /// Where it stands.
    public var stream: StreamID
    public var index: UInt64
    /// The number of its block among all blocks.
    public var block: UInt64
}

/// Some entries of a stream.
public struct EntryPage: Sendable {
    public var entries: [Entry]
    /// For each entry, the number of its block among all blocks.
    public var blocks: [UInt64]
    /// The index to go on from.
    public var next: UInt64
    /// There were no more when it was read.
    public var isComplete: Bool
}

extension Ledger {
    /// Entries of one page at most.
    public static let maximumPage = 10_000
    /// Blocks that are read at a time.
    static let blocksAtATime = 64

    /// Calls the body with every change in the order of its revision. Blocks. Each entry is checked against its
    /// commitment, and each stream against the roots of its blocks: what is folded is what the trees cover.
    /// - Throws: ``LedgerError``, or what the body throws.
    public func replay(_ body: (RecordedChange) throws -> Void) throws {
        try ChangeReplay(store: store).run(body)
    }

    /// The heads of all streams as they are on disk. Blocks.
    public func heads() throws(LedgerError) -> [StreamHead] {
        do { return try store.heads() } catch { throw .store(error) }
    }

    /// Entries of a stream from an index on, at most `limit` (and ``maximumPage``). Blocks.
    public func entries(of stream: StreamID, from index: UInt64, limit: Int) throws(LedgerError) -> EntryPage {
        let limit = min(max(limit, 1), Self.maximumPage)
        var page = EntryPage(entries: [], blocks: [], next: index, isComplete: false)
        var blocksAtOnce = 1
        while page.entries.count < limit {
            let blocks = try store.checkedBlocks(of: stream, from: page.next, limit: blocksAtOnce)
            // A single entry is in one block; a long page is read with few calls.
            blocksAtOnce = min(2 * blocksAtOnce, Self.blocksAtATime)
            if blocks.isEmpty {
                page.isComplete = true
                break
            }
            for block in blocks where page.entries.count < limit {
                page.entries += try block.checkedEntries(in: page.next..<index + UInt64(limit))
                page.blocks += repeatElement(block.sequence, count: page.entries.count - page.blocks.count)
                page.next = index + UInt64(page.entries.count)
            }
        }
        return page
    }
}

extension LedgerStore {
    /// Blocks without gaps, the first of which holds the index.
    package func checkedBlocks(of stream: StreamID, from index: UInt64, limit: Int) throws(LedgerError) -> [Block] {
        let blocks: [Block]
        do { blocks = try self.blocks(of: stream, from: index, limit: limit) } catch { throw .store(error) }
        guard let first = blocks.first else { return [] }
        guard first.firstIndex <= index, index < first.endIndex else {
            throw .damaged(stream: stream, index: index, what: "its block is missing")
        }
        for (block, next) in zip(blocks, blocks.dropFirst()) where block.endIndex != next.firstIndex {
            let missing = min(block.endIndex, next.firstIndex)
            throw .damaged(stream: stream, index: missing, what: "the blocks around it do not join")
        }
        return blocks
    }
}

extension Block {
    /// Some of the entries, with the error that a reader of the ledger throws.
    package func checkedEntries(in range: Range<UInt64>) throws(LedgerError) -> [Entry] {
        do { return try entries(in: range) } catch {
            throw .damaged(stream: stream, index: firstIndex, what: "its block: \(error)")
        }
    }

    /// The entries, with the error that a reader of the ledger throws.
    package func checkedEntries() throws(LedgerError) -> [Entry] {
        do { return try entries() } catch {
            throw .damaged(stream: stream, index: firstIndex, what: "its block: \(error)")
        }
    }
}
