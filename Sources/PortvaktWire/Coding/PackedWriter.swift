internal import PortvaktCore

/// Writes the protobuf encoding (protobuf.dev, "Encoding"): fields in the order of their numbers, defaults left out.
@unsafe struct PackedWriter {
    /// Bytes kept before a message for the tag and the length of the field that it is.
    static let headroom = 8

    private(set) var place: UnsafeMutablePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) { unsafe place = start }

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
    mutating func tag(_ field: UInt8, _ type: UInt8) {
        unsafe place.pointee = field << 3 | type
        unsafe place += 1
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            unsafe place.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            unsafe place += 1
            rest >>= 7
        }
        unsafe place.pointee = UInt8(truncatingIfNeeded: rest)
        unsafe place += 1
    }

    mutating func number(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        unsafe tag(field, 0)
        unsafe varint(value)
    }

    mutating func bytes(_ field: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count > 0, let source = bytes.baseAddress else { return }
        unsafe tag(field, 2)
        unsafe varint(UInt64(bytes.count))
        unsafe place.update(from: source, count: bytes.count)
        unsafe place += bytes.count
    }

    /// A message within: it is written when it is empty, too.
    mutating func message(_ field: UInt8, _ message: [UInt8]) {
        unsafe tag(field, 2)
        unsafe varint(UInt64(message.count))
        unsafe message.withUnsafeBufferPointer { message in
            guard let source = message.baseAddress else { return }
            unsafe place.update(from: source, count: message.count)
            unsafe place += message.count
        }
    }

    mutating func text(_ field: UInt8, _ id: Identifier) {
        var text = id.text
        text.withUTF8 { unsafe bytes(field, $0) }
    }

    /// A packed list of words.
    /// - Parameter forEach: gives each word, in their order; it is called twice.
    mutating func words<Word: Vocabulary>(_ field: UInt8, _ count: Int, _ forEach: ((Word) -> Void) -> Void) {
        guard count > 0 else { return }
        var length: UInt64 = 0
        forEach { length += $0.rawValue < 0x80 ? 1 : 2 }
        unsafe tag(field, 2)
        unsafe varint(length)
        forEach { unsafe varint(UInt64($0.rawValue)) }
    }
}

/// Bytes that fields with numbers below 16 take.
enum PackedSize {
    static func size(ofVarint value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    static func size(ofNumber value: UInt64) -> Int { value == 0 ? 0 : 1 + size(ofVarint: value) }

    static func size(ofText id: Identifier) -> Int { size(ofBytes: id.text.utf8.count) }

    static func size(ofBytes count: Int) -> Int { count == 0 ? 0 : 1 + size(ofVarint: UInt64(count)) + count }
}
