public import PortvaktLedger

extension Writer {
    /// Blocks that are rewritten in one transaction read and write their payloads whole; SQLite overwrites what it frees.
    mutating func erase(_ blocks: [Block], number: Int64) throws(StoreError) {
        var update = try connection.prepare("UPDATE blocks SET payload = ? WHERE place = ?")
        try connection.execute("BEGIN IMMEDIATE")
        for block in blocks {
            do {
                try unsafe block.payload.withUnsafeBytes { payload in
                    try unsafe update.bind(1, borrowing: payload)
                    try update.bind(2, Schema.place(number, block.firstIndex))
                    try update.run()
                }
            } catch let error as StoreError { throw error } catch {
                // The body throws nothing else.
            }
        }
        try connection.execute("COMMIT")
        try cutLog()
    }
}

extension SQLiteStore {
    /// The writer is held from the reading to the commit: of two erasures of one block at a time, each would otherwise write
    /// back what the other has taken away.
    public func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int {
        try writing { (writer) throws(StoreError) in
            let (blocks, erased) = try cut(indices, outOf: stream)
            guard erased > 0 else { return 0 }
            try writer.erase(blocks, number: try writer.number(of: stream))
            return erased
        }
    }

    /// The blocks that hold any of these entries, without their openings, and how many openings were there.
    private func cut(_ indices: Set<UInt64>, outOf stream: StreamID) throws(StoreError) -> ([Block], erased: Int) {
        var rewritten: [Block] = []
        var erased = 0
        for index in indices.sorted() where rewritten.last.map({ $0.endIndex <= index }) ?? true {
            guard var block = try blocks(of: stream, from: index, limit: 1).first, block.firstIndex <= index else {
                continue
            }
            do throws(EntryError) {
                erased += try block.eraseOpenings(of: indices)
            } catch {
                throw StoreError(.damaged, place: "the ledger", detail: "\(error)")
            }
            rewritten.append(block)
        }
        return (rewritten, erased)
    }
}
