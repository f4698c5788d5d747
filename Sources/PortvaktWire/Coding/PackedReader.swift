/// The byte before a field with a number below 16.
enum PackedTag {
    static func of(_ field: UInt8, _ type: UInt8) -> UInt8 { field << 3 | type }
}

/// Reads the protobuf encoding (protobuf.dev, "Encoding") from bytes that outlive it, field by field.
@unsafe struct PackedReader {
    private var place: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        // Of no bytes there may be no address: any will do.
        unsafe place = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
        unsafe end = place + bytes.count
    }

    var isAtEnd: Bool { unsafe place == end }

    @inline(__always)
    mutating func byte() -> UInt8? {
        guard unsafe place < end else { return nil }
        defer { unsafe place += 1 }
        return unsafe place.load(as: UInt8.self)
    }

    /// `nil` when it does not end, in the bytes or within 64 bits.
    @inline(__always)
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard let next = unsafe byte() else { return nil }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
        }
        return nil
    }

    /// A length, and so many bytes. `nil` when there are fewer.
    @inline(__always)
    mutating func bytes() -> UnsafeRawBufferPointer? {
        guard let count = unsafe varint(), count <= UInt64(unsafe end - place) else { return nil }
        defer { unsafe place += Int(count) }
        return unsafe UnsafeRawBufferPointer(start: place, count: Int(count))
    }
}
