extension Block {
    /// Takes the openings of entries away; their leaves, and so every root and proof, stay as they are.
    /// - Parameter indices: of entries of the stream; those of other blocks are passed over.
    /// - Returns: how many openings were there.
    /// - Throws: ``EntryError`` when the lengths in the payload do not add up.
    package mutating func eraseOpenings(of indices: Set<UInt64>) throws(EntryError) -> Int {
        var kept: [UInt8] = []
        kept.reserveCapacity(payload.count)
        var erased = 0
        var reader = ByteReader(payload)
        for index in firstIndex..<endIndex {
            let leafLength = try reader.readUInt32()
            let openingLength = try reader.readUInt32()
            let hash = try reader.readUInt32()
            let isErased = openingLength > 0 && indices.contains(index)
            for word in [leafLength, isErased ? 0 : openingLength, hash] {
                kept += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
            }
            kept += try reader.readRaw(Int(leafLength))
            let opening = try reader.readRaw(Int(openingLength))
            if isErased { erased += 1 } else { kept += opening }
        }
        try reader.finish()
        payload = kept
        return erased
    }
}

extension LedgerStore {
    /// Erases the openings of entries of a stream, durably: all of them, or none. What is personal in them is then gone from
    /// the store; copies, exports and the index are their keepers' to renew. Waits for no reader: bytes that one may still read leave the
    /// disk when it has ended. Blocks, on any thread.
    /// - Returns: how many openings were there.
    public func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(StoreError) -> Int {
        throw StoreError(.notALedger, place: "this store", detail: "it cannot erase")
    }
}

extension Ledger {
    /// Erases the openings of decisions, or of audit entries. Changes are what the state is folded from, and stay. Blocks.
    ///
    /// An error of the store breaks the ledger, as one of an append does: what of it is on disk, the next start finds out.
    /// - Returns: how many openings were there.
    public func erase(_ indices: Set<UInt64>, of stream: StreamID) throws(LedgerError) -> Int {
        guard stream.kind == .decisions else { return 0 }
        return try committer.erase(indices, of: stream)
    }
}
