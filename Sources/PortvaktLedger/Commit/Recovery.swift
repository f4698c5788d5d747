internal import PortvaktCore

/// Finds where every stream ends, and the right edge of its tree, from what a store holds.
struct Recovery {
    let store: any LedgerStore

    /// - Parameter guarded: the heads that were signed last.
    func table(guarded: [GuardedHead]) throws(LedgerError) -> StreamTable {
        let hasher = try TreeHasher()
        var table = StreamTable()
        let heads: [StreamHead]
        do { heads = try store.heads() } catch { throw .store(error) }
        for head in heads {
            let frontier = try TreeReader(store: store, stream: head.stream).frontier(size: head.size, hasher)
            guard frontier.root(hasher) == head.root else {
                throw .damaged(
                    stream: head.stream, index: head.size & ~255,
                    what: "it or an entry after it is not what the root says")
            }
            table.add(head.stream, frontier, root: head.root)
            table.sequence = max(table.sequence, head.sequence)
            table.revision = max(table.revision, head.revision)
        }
        for signed in guarded { try check(signed, heads, hasher) }
        return table
    }

    private func check(
        _ signed: GuardedHead, _ heads: [StreamHead], _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        let size = heads.first { $0.stream == signed.stream }?.size ?? 0
        guard size >= signed.size else {
            throw .behindGuard(stream: signed.stream, size: size, guarded: signed.size)
        }
        let frontier = try TreeReader(store: store, stream: signed.stream).frontier(size: signed.size, hasher)
        guard frontier.root(hasher) == signed.root else {
            throw .differsFromGuard(stream: signed.stream, guarded: signed.size)
        }
    }
}
