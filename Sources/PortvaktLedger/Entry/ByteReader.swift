internal import PortvaktCore

/// Reads what ``ByteWriter`` wrote. Every byte may be hostile: an error names the offset and nothing is trusted.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    func error(_ problem: EntryError.Problem, before: Int = 0) -> EntryError {
        EntryError(offset: offset - before, problem: problem)
    }

    /// - Throws: when bytes are left.
    func finish() throws(EntryError) {
        guard offset == bytes.count else { throw error(.trailingBytes) }
    }

    private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(EntryError) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - offset >= size else { throw error(.truncated) }
        var value: Value = 0
        for index in offset..<offset + size { value = (value << 8) | Value(truncatingIfNeeded: bytes[index]) }
        offset += size
        return value
    }

    mutating func readByte() throws(EntryError) -> UInt8 {
        guard offset < bytes.count else { throw error(.truncated) }
        offset += 1
        return bytes[offset - 1]
    }
    mutating func readUInt16() throws(EntryError) -> UInt16 { try integer(UInt16.self) }
    mutating func readUInt32() throws(EntryError) -> UInt32 { try integer(UInt32.self) }
    mutating func readUInt64() throws(EntryError) -> UInt64 { try integer(UInt64.self) }
    mutating func readInt64() throws(EntryError) -> Int64 {
        Int64(bitPattern: try integer(UInt64.self))
    }

    mutating func readBool() throws(EntryError) -> Bool {
        let byte = try readByte()
        guard byte <= 1 else { throw error(.unknownValue(of: "Bool", byte), before: 1) }
        return byte == 1
    }

    mutating func readRaw(_ count: Int) throws(EntryError) -> ArraySlice<UInt8> {
        guard count >= 0, bytes.count - offset >= count else { throw error(.truncated) }
        offset += count
        return bytes[offset - count..<offset]
    }

    mutating func readIdentifier() throws(EntryError) -> Identifier {
        let start = offset
        let length = Int(try readByte())
        let text = String(decoding: try readRaw(length), as: UTF8.self)
        do {
            return try Identifier(text)
        } catch {
            throw EntryError(offset: start, problem: .badIdentifier(error))
        }
    }

    mutating func readID<Kind>(_ kind: ID<Kind>.Type = ID<Kind>.self) throws(EntryError) -> ID<Kind> {
        ID(try readIdentifier())
    }

    mutating func readCode<Kind>(_ kind: Code<Kind>.Type = Code<Kind>.self) throws(EntryError) -> Code<Kind> {
        let start = offset
        let length = Int(try readByte())
        let text = String(decoding: try readRaw(length), as: UTF8.self)
        do {
            return try Code(text)
        } catch {
            throw EntryError(offset: start, problem: .badIdentifier(error))
        }
    }

    mutating func readWord<Word: Vocabulary>(_ word: Word.Type = Word.self) throws(EntryError) -> Word {
        let byte = try readByte()
        guard let value = Word(rawValue: byte) else {
            throw error(.unknownValue(of: "\(Word.self)", byte), before: 1)
        }
        return value
    }

    mutating func readText() throws(EntryError) -> String {
        let start = offset
        let slice = try readRaw(Int(try readUInt16()))
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw EntryError(offset: start, problem: .badText)
        }
        return text
    }

    mutating func readHash() throws(EntryError) -> [UInt8] { [UInt8](try readRaw(Int(try readByte()))) }

    mutating func readInstant() throws(EntryError) -> Instant { Instant(milliseconds: try readInt64()) }

    mutating func readList<Item>(
        _ each: (inout ByteReader) throws(EntryError) -> Item
    ) throws(EntryError) -> [Item] {
        let count = Int(try readUInt16())
        var items: [Item] = []
        // Not reserved from the count: a hostile count must not decide how much memory is taken.
        for _ in 0..<count { items.append(try each(&self)) }
        return items
    }

    mutating func readOptional<Value>(
        _ some: (inout ByteReader) throws(EntryError) -> Value
    ) throws(EntryError) -> Value? {
        try readBool() ? try some(&self) : nil
    }
}
