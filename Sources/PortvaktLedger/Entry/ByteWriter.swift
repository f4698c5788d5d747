internal import PortvaktCore

/// Writes canonical bytes into memory that it owns and uses again: integers big-endian, lengths before what they count.
///
/// It goes on after a value that is too long and remembers the first such error, so that encoders need not check after
/// every field: whoever takes the bytes asks ``checked()`` first.
@safe struct ByteWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private var failure: EntryError?

    init(capacity: Int = 1024) {
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    mutating func removeAll() {
        count = 0
        failure = nil
    }

    /// - Throws: the first error of the writing.
    func checked() throws(EntryError) {
        if let failure { throw failure }
    }

    mutating func fail(_ problem: EntryError.Problem) {
        if failure == nil { failure = EntryError(offset: count, problem: problem) }
    }

    /// The bytes written so far, valid until the next write.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<count]))
    }

    @inline(__always)
    private mutating func room(_ extra: Int) {
        if unsafe count + extra > memory.count { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * memory.count, count + extra), alignment: 16)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<count]))
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    @inline(__always)
    private mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        room(MemoryLayout<Value>.size)
        unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func write(_ value: UInt8) { integer(value) }
    @inline(__always)
    mutating func write(_ value: UInt16) { integer(value) }
    @inline(__always)
    mutating func write(_ value: UInt32) { integer(value) }
    @inline(__always)
    mutating func write(_ value: UInt64) { integer(value) }
    @inline(__always)
    mutating func write(_ value: Int64) { integer(value) }
    @inline(__always)
    mutating func write(_ value: Bool) { integer(UInt8(value ? 1 : 0)) }

    mutating func write(raw bytes: UnsafeRawBufferPointer) {
        room(bytes.count)
        if let source = bytes.baseAddress, let target = unsafe memory.baseAddress {
            unsafe (target + count).copyMemory(from: source, byteCount: bytes.count)
        }
        count += bytes.count
    }

    mutating func write(zeros: Int) {
        room(zeros)
        unsafe memory[count..<count + zeros].initializeMemory(as: UInt8.self, repeating: 0)
        count += zeros
    }

    /// Overwrites four bytes that were written before.
    mutating func patch(_ value: UInt32, at offset: Int) {
        precondition(offset + 4 <= count)
        unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// A length byte and the identifier's ASCII.
    mutating func write(_ identifier: Identifier) {
        let text = identifier.text
        let written: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
            integer(UInt8(truncatingIfNeeded: utf8.count))
            unsafe write(raw: UnsafeRawBufferPointer(utf8))
        }
        if written == nil {
            integer(UInt8(truncatingIfNeeded: text.utf8.count))
            for byte in text.utf8 { integer(byte) }
        }
    }

    /// Two length bytes and UTF-8.
    mutating func write(text: String) {
        guard text.utf8.count <= EntryCodec.maximumTextBytes else {
            return fail(.tooLong(limit: EntryCodec.maximumTextBytes))
        }
        integer(UInt16(text.utf8.count))
        for byte in text.utf8 { integer(byte) }
    }

    /// A length byte and the bytes: a hash, or none.
    mutating func write(hash: [UInt8]) {
        guard hash.count <= Int(UInt8.max) else { return fail(.tooLong(limit: Int(UInt8.max))) }
        integer(UInt8(hash.count))
        unsafe hash.withUnsafeBytes { unsafe write(raw: $0) }
    }

    /// Two bytes of count and the items.
    mutating func write<Item>(list: [Item], _ each: (inout ByteWriter, Item) -> Void) {
        guard write(listOf: list.count) else { return }
        for item in list { each(&self, item) }
    }

    /// Two bytes of count; the items follow.
    /// - Returns: false when they are too many, which is then the writer's failure.
    @discardableResult
    mutating func write(listOf count: Int) -> Bool {
        guard count <= EntryCodec.maximumItems else {
            fail(.tooLong(limit: EntryCodec.maximumItems))
            return false
        }
        integer(UInt16(count))
        return true
    }

    /// 0, or 1 and the value.
    @inline(__always)
    mutating func write<Value>(optional value: Value?, _ some: (inout ByteWriter, Value) -> Void) {
        guard let value else { return integer(UInt8(0)) }
        integer(UInt8(1))
        some(&self, value)
    }
}
