internal import COpenSSL
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
        var salts = [UInt8](repeating: 0, count: count * EntryCodec.saltBytes)
        guard unsafe RAND_bytes(&salts, Int32(salts.count)) == 1 else { throw .cryptography("making salts") }
        leaves.reserveCapacity(count)
        var offset = 0
        for position in 0..<count {
            let leafStart = offset + EntryCodec.frameBytes
            let leafEnd = leafStart + Int(word(at: offset))
            let end = leafEnd + Int(word(at: offset + 4))
            let salt = position * EntryCodec.saltBytes
            payload.replaceSubrange(
                leafEnd..<leafEnd + EntryCodec.saltBytes, with: salts[salt..<salt + EntryCodec.saltBytes])
            set(firstNumber + UInt64(position), at: leafStart + EntryCodec.numberOffset)
            unsafe payload.withUnsafeMutableBytes { bytes in
                let commitment = unsafe hasher.plain(UnsafeRawBufferPointer(rebasing: bytes[leafEnd..<end]))
                unsafe commitment.withBytes {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[leafEnd - Digest.byteCount..<leafEnd])
                        .copyMemory(from: $0)
                }
                let leaf = unsafe hasher.leaf(UnsafeRawBufferPointer(rebasing: bytes[leafStart..<leafEnd]))
                leaves.append(leaf)
                unsafe leaf.withBytes { unsafe bytes[offset + 8..<offset + 12].copyBytes(from: $0[0..<4]) }
            }
            offset = end
        }
    }

    private func word(at offset: Int) -> UInt32 {
        unsafe payload.withUnsafeBytes {
            UInt32(bigEndian: unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }

    private mutating func set(_ number: UInt64, at offset: Int) {
        unsafe payload.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: number.bigEndian, toByteOffset: offset, as: UInt64.self)
        }
    }
}
