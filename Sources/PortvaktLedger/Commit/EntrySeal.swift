internal import COpenSSL

/// Salt and commitment of framed entries: the part of sealing that does not depend on an entry's place in the log.
///
/// The committer does it for what has none; a lane does it for many entries at once while the committer is busy with those
/// before them.
enum EntrySeal {
    /// The byte of a frame that says that its entry has salt and commitment. The leaf's hash takes its place in the end.
    private static let markOffset = 8

    /// Gives every entry that has none yet a salt and its commitment.
    /// - Parameter frames: framed entries, one after the other.
    @unsafe static func commit(
        _ frames: UnsafeMutableRawBufferPointer, count: Int, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        var missing = 0
        unsafe forEach(frames, count) { start, _, _ in missing += unsafe frames[start + markOffset] == 0 ? 1 : 0 }
        guard missing > 0 else { return }
        var salts = [UInt8](repeating: 0, count: missing * EntryCodec.saltBytes)
        guard unsafe RAND_bytes(&salts, Int32(salts.count)) == 1 else { throw .cryptography("making salts") }
        var next = 0
        unsafe salts.withUnsafeBytes { salts in
            unsafe forEach(frames, count) { start, leafEnd, end in
                guard unsafe frames[start + markOffset] == 0 else { return }
                let opening = unsafe UnsafeMutableRawBufferPointer(rebasing: frames[leafEnd..<end])
                unsafe opening.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: salts[next..<next + EntryCodec.saltBytes]))
                next += EntryCodec.saltBytes
                let commitment = unsafe hasher.plain(UnsafeRawBufferPointer(opening))
                unsafe commitment.withBytes {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: frames[leafEnd - Digest.byteCount..<leafEnd])
                        .copyMemory(from: $0)
                }
                unsafe frames[start + markOffset] = 1
            }
        }
    }

    /// Calls the body with the start of each frame, the end of its leaf and its end.
    @unsafe @inline(__always)
    static func forEach(
        _ frames: UnsafeMutableRawBufferPointer, _ count: Int,
        _ body: (_ start: Int, _ leafEnd: Int, _ end: Int) -> Void
    ) {
        func word(_ offset: Int) -> Int {
            Int(UInt32(bigEndian: unsafe frames.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        var start = 0
        for _ in 0..<count {
            let leafEnd = start + EntryCodec.frameBytes + word(start)
            let end = leafEnd + word(start + 4)
            body(start, leafEnd, end)
            start = end
        }
    }
}
