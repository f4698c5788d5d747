public import PortvaktLedger

/// A store in memory: for tests and for `--testing`, never for anything that must last.
public final class MemoryStore: LedgerStore {
    private struct Content {
        var blocks: [StreamID: [Block]] = [:]
        var changes: [Block] = []
        var nodes: [StreamID: [Int: [Digest]]] = [:]
    }

    private let content = Locked(Content())

    public init() {}

    public func heads() -> [StreamHead] {
        content.withLock { content in content.blocks.values.compactMap { $0.last.map { StreamHead(after: $0) } } }
    }

    public func append(_ commit: Commit) throws(StoreError) {
        try content.withLock { (content) throws(StoreError) in
            for block in commit.blocks {
                guard (content.blocks[block.stream]?.last?.endIndex ?? 0) == block.firstIndex else {
                    throw StoreError(.damaged, place: "memory", detail: "a block that does not join")
                }
                content.blocks[block.stream, default: []].append(block)
                if block.stream.kind == .changes { content.changes.append(block) }
            }
            for node in commit.nodes {
                content.nodes[node.stream, default: [:]][node.node.level, default: []].append(node.node.hash)
            }
        }
    }

    public func blocks(of stream: StreamID, from index: UInt64, limit: Int) -> [Block] {
        content.withLock { content in
            let blocks = content.blocks[stream] ?? []
            guard let first = blocks.firstIndex(where: { index < $0.endIndex }) else { return [] }
            return [Block](blocks[first...].prefix(limit))
        }
    }

    public func changeBlocks(after sequence: UInt64, limit: Int) -> [Block] {
        content.withLock { content in
            [Block](content.changes.drop { $0.sequence <= sequence }.prefix(limit))
        }
    }

    public func nodes(of stream: StreamID, level: Int, from position: UInt64, limit: Int) -> [Digest] {
        content.withLock { content in
            let nodes = content.nodes[stream]?[level] ?? []
            return [Digest](nodes.dropFirst(Int(clamping: position)).prefix(limit))
        }
    }

    public func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int {
        try content.withLock { (content) throws(StoreError) in
            var erased = 0
            for place in (content.blocks[stream] ?? []).indices {
                do throws(EntryError) {
                    erased += try content.blocks[stream]?[place].eraseOpenings(of: indices) ?? 0
                } catch { throw StoreError(.damaged, place: "memory", detail: "\(error)") }
            }
            return erased
        }
    }

    public func close() {}
}
