internal import CPortvaktProto
internal import CProtobufC
internal import PortvaktCore

/// Takes values from protobuf-c's structures, and checks them: presence, length, range, UTF-8, known numbers.
@safe package struct WireReader {
    let arena: WireArena
    let refusesUnknownFields: Bool

    /// - Throws: when the structure came with fields that this release does not know, and that matters.
    @inline(__always)
    func checkKnown<Form>(_ form: UnsafePointer<Form>) throws(WireError) {
        guard refusesUnknownFields else { return }
        // Every generated structure begins with it.
        let base = unsafe UnsafeRawPointer(form).assumingMemoryBound(to: ProtobufCMessage.self)
        guard unsafe base.pointee.n_unknown_fields == 0 else { throw WireError(.unknownField) }
    }

    // MARK: Messages

    func optional<Message: WireMessage>(
        _ form: UnsafeMutablePointer<Message.Form>?, _ field: StaticString, as type: Message.Type = Message.self
    ) throws(WireError) -> Message? {
        guard let form = unsafe form else { return nil }
        do throws(WireError) {
            try unsafe checkKnown(form)
            return try unsafe Message(form, self)
        } catch { throw error.inside(field) }
    }

    func message<Message: WireMessage>(
        _ form: UnsafeMutablePointer<Message.Form>?, _ field: StaticString, as type: Message.Type = Message.self
    ) throws(WireError) -> Message {
        guard let message = try unsafe optional(form, field, as: type) else { throw missing(field) }
        return message
    }

    func messages<Message: WireMessage>(
        _ count: Int, _ forms: UnsafeMutablePointer<UnsafeMutablePointer<Message.Form>?>?, _ field: StaticString,
        limit: Int = WireLimits.items, as type: Message.Type = Message.self
    ) throws(WireError) -> [Message] {
        try unsafe list(count, forms, field, limit: limit) { (form) throws(WireError) in
            guard let form = unsafe form else { throw WireError(.missing) }
            try unsafe checkKnown(form)
            return try unsafe Message(form, self)
        }
    }

    /// Reads every item of a list; an error gets the item's place.
    func list<Form, Value>(
        _ count: Int, _ forms: UnsafeMutablePointer<Form>?, _ field: StaticString, limit: Int,
        _ each: (Form) throws(WireError) -> Value
    ) throws(WireError) -> [Value] {
        guard count > 0, let forms = unsafe forms else { return [] }
        guard count <= limit else { throw WireError(.tooMany(limit: limit), field: "\(field)") }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            do throws(WireError) { values.append(try unsafe each(forms[index])) } catch {
                throw error.inside(index: index).inside(field)
            }
        }
        return values
    }

    // MARK: Texts

    /// The bytes of a string, all of them, a NUL inside it too. `nil` when it is empty.
    @inline(__always)
    private func utf8(_ text: UnsafeMutablePointer<CChar>?) -> UnsafeBufferPointer<UInt8>? {
        guard let text = unsafe text else { return nil }
        let raw = UnsafeRawPointer(text)
        // The generated code's constant for the empty string is the one string that is not from the arena.
        if unsafe text.pointee == 0, unsafe !arena.owns(raw) { return nil }
        let count = unsafe arena.size(of: raw) - 1
        guard count > 0 else { return nil }
        return unsafe UnsafeBufferPointer(start: raw.assumingMemoryBound(to: UInt8.self), count: count)
    }

    func optionalIdentifier(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError)
        -> Identifier?
    {
        guard let utf8 = unsafe utf8(text) else { return nil }
        do throws(IdentifierError) {
            return try unsafe Identifier(utf8: utf8)
        } catch {
            throw WireError(.badIdentifier(error), field: "\(field)")
        }
    }

    func identifier(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError) -> Identifier {
        guard let identifier = try unsafe optionalIdentifier(text, field) else { throw missing(field) }
        return identifier
    }

    func optionalID<Kind>(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, _ type: ID<Kind>.Type = ID<Kind>.self
    ) throws(WireError) -> ID<Kind>? {
        try unsafe optionalIdentifier(text, field).map(ID.init)
    }

    func id<Kind>(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, _ type: ID<Kind>.Type = ID<Kind>.self
    ) throws(WireError) -> ID<Kind> {
        ID(try unsafe identifier(text, field))
    }

    func ids<Kind>(
        _ count: Int, _ texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ field: StaticString,
        _ type: ID<Kind>.Type = ID<Kind>.self
    ) throws(WireError) -> [ID<Kind>] {
        try unsafe list(count, texts, field, limit: WireLimits.items) { (text) throws(WireError) in
            ID(try unsafe identifier(text, ""))
        }
    }

    func optionalCode<Kind>(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, _ type: Code<Kind>.Type = Code<Kind>.self
    ) throws(WireError) -> Code<Kind>? {
        try unsafe optionalIdentifier(text, field).map(Code.init)
    }

    func code<Kind>(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, _ type: Code<Kind>.Type = Code<Kind>.self
    ) throws(WireError) -> Code<Kind> {
        guard let code = try unsafe optionalCode(text, field, type) else { throw missing(field) }
        return code
    }

    func codes<Kind>(
        _ count: Int, _ texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ field: StaticString,
        _ type: Code<Kind>.Type = Code<Kind>.self
    ) throws(WireError) -> [Code<Kind>] {
        try unsafe list(count, texts, field, limit: WireLimits.items) { (text) throws(WireError) in
            try unsafe code(text, "", type)
        }
    }

    /// Words for people: UTF-8, no control characters but line breaks and tabs, nothing that looks like a national id.
    func prose(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, limit: Int = WireLimits.textBytes
    ) throws(WireError) -> String {
        let (prose, digits) = try unsafe plainText(text, field, limit: limit)
        guard digits < NationalID.length || !NationalID.occurs(in: prose) else {
            throw WireError(.looksLikeNationalID, field: "\(field)")
        }
        return prose
    }

    /// A signed text, a checkpoint or a proof: a size and a count stand side by side in it, and what they look like is chance.
    func note(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError) -> String {
        try unsafe plainText(text, field, limit: WireLimits.noteBytes).text
    }

    /// UTF-8 with no control characters but line breaks and tabs; and how many of its bytes may be digits.
    private func plainText(
        _ text: UnsafeMutablePointer<CChar>?, _ field: StaticString, limit: Int
    ) throws(WireError) -> (text: String, digits: Int) {
        guard let utf8 = unsafe utf8(text) else { return ("", 0) }
        guard utf8.count <= limit else { throw WireError(.tooLong(limit: limit), field: "\(field)") }
        var digits = 0
        for unsafe(index, byte) in unsafe utf8.enumerated() {
            if unsafe Self.isControl(byte, after: index == 0 ? 0 : utf8[index - 1]) {
                throw WireError(.controlCharacter, field: "\(field)")
            }
            // A digit, or a part of one of another script.
            if (0x30...0x39).contains(byte) || byte >= 0x80 { digits += 1 }
        }
        guard let plain = unsafe String(validating: utf8, as: UTF8.self) else {
            throw WireError(.notUTF8, field: "\(field)")
        }
        return (plain, digits)
    }

    /// As ``prose(_:_:limit:)``; `nil` when it is empty.
    func optionalProse(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError) -> String? {
        let prose = try unsafe prose(text, field)
        return prose.isEmpty ? nil : prose
    }

    /// A name that is no id; not empty.
    func name(_ text: UnsafeMutablePointer<CChar>?, _ field: StaticString) throws(WireError) -> String {
        let name = try unsafe prose(text, field, limit: WireLimits.nameBytes)
        guard !name.isEmpty else { throw missing(field) }
        return name
    }

    func names(
        _ count: Int, _ texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ field: StaticString
    ) throws(WireError) -> [String] {
        try unsafe list(count, texts, field, limit: WireLimits.items) { (text) throws(WireError) in
            try unsafe name(text, "")
        }
    }

    /// A control character of ASCII but tab and line breaks, or one of U+0080 to U+009F, which UTF-8 writes as C2 80 to
    /// C2 9F.
    @inline(__always)
    private static func isControl(_ byte: UInt8, after previous: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x0A, 0x0D: false
        case 0..<0x20, 0x7F: true
        case 0x80..<0xA0: previous == 0xC2
        default: false
        }
    }

    // MARK: Numbers and bytes

    func optionalWord<Word: Vocabulary>(
        _ number: some RawRepresentable<UInt32>, _ field: StaticString, as type: Word.Type = Word.self
    ) throws(WireError) -> Word? {
        guard number.rawValue != 0 else { return nil }
        guard let byte = UInt8(exactly: number.rawValue), let word = Word(rawValue: byte) else {
            throw WireError(.unknownValue(number.rawValue), field: "\(field)")
        }
        return word
    }

    func word<Word: Vocabulary>(
        _ number: some RawRepresentable<UInt32>, _ field: StaticString, as type: Word.Type = Word.self
    ) throws(WireError) -> Word {
        guard let word = try optionalWord(number, field, as: type) else { throw missing(field) }
        return word
    }

    func words<Word: Vocabulary, Number: RawRepresentable<UInt32>>(
        _ count: Int, _ numbers: UnsafeMutablePointer<Number>?, _ field: StaticString, as type: Word.Type = Word.self
    ) throws(WireError) -> [Word] {
        try unsafe list(count, numbers, field, limit: WireLimits.items) { (number) throws(WireError) in
            try word(number, "", as: type)
        }
    }

    func number<Number: BinaryInteger>(
        _ number: Number, in range: ClosedRange<Int64>, _ field: StaticString
    ) throws(WireError) -> Number {
        guard let wide = Int64(exactly: number), range.contains(wide) else {
            throw WireError(.outOfRange(range), field: "\(field)")
        }
        return number
    }

    func bytes(_ data: ProtobufCBinaryData, _ field: StaticString, limit: Int) throws(WireError) -> [UInt8] {
        guard unsafe data.len <= limit else { throw WireError(.tooLong(limit: limit), field: "\(field)") }
        return unsafe [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// SHA-256, or nothing.
    func optionalHash(_ data: ProtobufCBinaryData, _ field: StaticString) throws(WireError) -> [UInt8] {
        guard unsafe data.len == 0 || data.len == WireLimits.hashBytes else {
            throw WireError(.wrongLength(expected: WireLimits.hashBytes), field: "\(field)")
        }
        return try unsafe bytes(data, field, limit: WireLimits.hashBytes)
    }

    func hash(_ data: ProtobufCBinaryData, _ field: StaticString) throws(WireError) -> [UInt8] {
        guard unsafe data.len > 0 else { throw missing(field) }
        return try unsafe optionalHash(data, field)
    }

    func missing(_ field: StaticString) -> WireError { WireError(.missing, field: "\(field)") }
}
