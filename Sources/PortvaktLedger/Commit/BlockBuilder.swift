internal import PortvaktCore

/// One block while it is put together: takes framed entries, then seals them.
struct BlockBuilder {
    /// The stream's slot in the ``StreamTable``.
    let slot: Int
    let firstIndex: UInt64
    /// The number that the first entry gets in its leaf: its revision, or its index.
    let firstNumber: UInt64
    private(set) var count = 0
    private(set) var payload: [UInt8] = []
    /// After sealing: the leaf hashes, in order.
    private(set) var leaves: [Digest] = []

    init(slot: Int, firstIndex: UInt64, firstNumber: UInt64) {
        self.slot = slot
        self.firstIndex = firstIndex
        self.firstNumber = firstNumber
    }

    mutating func add(_ entries: ArraySlice<UInt8>, count: Int) {
        payload.append(contentsOf: entries)
        self.count += count
    }

    /// Sets every entry's number, salt and commitment, and computes the leaf hashes.
    mutating func seal(_ hasher: borrowing TreeHasher) throws(LedgerError) {
        leaves.reserveCapacity(count)
        var payload = payload
        self.payload = []
        let outcome = unsafe payload.withUnsafeMutableBytes { bytes in
            Result { () throws(LedgerError) in try unsafe seal(bytes, hasher) }
        }
        self.payload = payload
        try outcome.get()
    }

    @unsafe private mutating func seal(
        _ bytes: UnsafeMutableRawBufferPointer, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        try unsafe EntrySeal.commit(bytes, count: count, hasher)
        var number = firstNumber
        unsafe EntrySeal.forEach(bytes, count) { start, leafEnd, _ in
            let leafStart = start + EntryCodec.frameBytes
            unsafe bytes.storeBytes(
                of: number.bigEndian, toByteOffset: leafStart + EntryCodec.numberOffset, as: UInt64.self)
            number += 1
            let leaf = unsafe hasher.leaf(UnsafeRawBufferPointer(rebasing: bytes[leafStart..<leafEnd]))
            leaves.append(leaf)
            unsafe leaf.withBytes { unsafe bytes[start + 8..<start + 12].copyBytes(from: $0[0..<4]) }
        }
    }
}
