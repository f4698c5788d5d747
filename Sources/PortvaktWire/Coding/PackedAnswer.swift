internal import PortvaktCore

// The answer that nearly every call gets, packed at once: protobuf-c's way over structures, sizes and descriptors took a
// twentieth of a check. A test holds that the bytes are the same.

extension WireCoder {
    /// Packs ``CheckResponse`` of an answer.
    /// - Parameter body: gets the packed bytes, valid during the call. It must not use the coder itself.
    package func encodeCheck<Result>(_ answer: Answer, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // What is missing is a tree of messages, and rare.
        guard answer.missing.isEmpty else { return unsafe encode(CheckResponse(answer), body) }
        let start = unsafe memory(of: PackedWriter.headroom + PackedWriter.bound(of: answer))
        var writer = unsafe PackedWriter(start + PackedWriter.headroom)
        unsafe writer.write(answer)
        return unsafe body(writer.enclosed(from: start + PackedWriter.headroom))
    }
}

/// Writes the protobuf encoding (protobuf.dev, "Encoding"): fields in the order of their numbers, defaults left out.
@unsafe private struct PackedWriter {
    /// Bytes kept before a message for the tag and the length of the field that it is.
    static let headroom = 8

    private var place: UnsafeMutablePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) { unsafe place = start }

    /// Bytes that an answer takes at most: a word is at most two, a number at most ten, a tag or a short length one.
    static func bound(of answer: Answer) -> Int {
        let words = 2 * (answer.reasons.count + answer.obligations.count)
        return words + (answer.entry?.stream.utf8.count ?? 0) + answer.policyHash.count + 160
    }

    mutating func write(_ answer: Answer) {
        unsafe number(1, UInt64(answer.effect.rawValue))
        unsafe number(2, UInt64(answer.external.rawValue))
        unsafe words(3, answer.reasons)
        unsafe words(4, answer.obligations)
        unsafe number(6, UInt64(bitPattern: answer.holdsUntil.milliseconds))
        unsafe number(7, UInt64(bitPattern: answer.decidedAt.milliseconds))
        unsafe number(8, answer.revision.number)
        if let entry = answer.entry { unsafe write(entry) }
        unsafe answer.policyHash.withUnsafeBufferPointer { unsafe bytes(10, $0) }
        unsafe number(11, UInt64(answer.emergencyMinutes ?? 0))
        unsafe number(12, answer.singleUse ? 1 : 0)
    }

    private mutating func write(_ entry: EntryReference) {
        let name = entry.stream.utf8.count
        let length =
            PackedSize.size(ofBytes: name) + PackedSize.size(ofNumber: entry.index)
            + PackedSize.size(ofNumber: entry.block)
        unsafe tag(9, 2)
        unsafe varint(UInt64(length))
        var stream = entry.stream
        stream.withUTF8 { unsafe bytes(1, $0) }
        unsafe number(2, entry.index)
        unsafe number(3, entry.block)
    }

    /// The bytes since `start`, as the first field of a message around them.
    func enclosed(from start: UnsafeMutablePointer<UInt8>) -> UnsafeRawBufferPointer {
        let count = unsafe place - start
        let before = 1 + PackedSize.size(ofVarint: UInt64(count))
        var header = unsafe PackedWriter(start - before)
        unsafe header.tag(1, 2)
        unsafe header.varint(UInt64(count))
        return unsafe UnsafeRawBufferPointer(start: start - before, count: before + count)
    }

    @inline(__always)
    private mutating func tag(_ field: UInt8, _ type: UInt8) {
        unsafe place.pointee = field << 3 | type
        unsafe place += 1
    }

    @inline(__always)
    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            unsafe place.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            unsafe place += 1
            rest >>= 7
        }
        unsafe place.pointee = UInt8(truncatingIfNeeded: rest)
        unsafe place += 1
    }

    private mutating func number(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        unsafe tag(field, 0)
        unsafe varint(value)
    }

    private mutating func bytes(_ field: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count > 0, let source = bytes.baseAddress else { return }
        unsafe tag(field, 2)
        unsafe varint(UInt64(bytes.count))
        unsafe place.update(from: source, count: bytes.count)
        unsafe place += bytes.count
    }

    /// A packed list of words.
    private mutating func words<Word: Vocabulary>(_ field: UInt8, _ words: [Word]) {
        guard !words.isEmpty else { return }
        unsafe tag(field, 2)
        unsafe varint(UInt64(words.reduce(0) { $0 + ($1.rawValue < 0x80 ? 1 : 2) }))
        for word in words { unsafe varint(UInt64(word.rawValue)) }
    }
}

/// Bytes that fields with numbers below 16 take.
private enum PackedSize {
    static func size(ofVarint value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    static func size(ofNumber value: UInt64) -> Int { value == 0 ? 0 : 1 + size(ofVarint: value) }

    static func size(ofBytes count: Int) -> Int { count == 0 ? 0 : 1 + size(ofVarint: UInt64(count)) + count }
}
