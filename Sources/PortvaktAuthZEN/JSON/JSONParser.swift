/// Reads a JSON text strictly: RFC 8259, and of I-JSON (RFC 7493) what the AuthZEN specification asks for — UTF-8,
/// no lone surrogates, unique names. Nothing is repaired, and nesting is bounded.
@safe package struct JSONParser {
    /// Values inside each other: a question has six.
    package static let maximumDepth = 16
    /// Digits and signs of one number: what a double needs.
    static let maximumNumberLength = 32

    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0

    /// - Throws: when the bytes are not exactly one value.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var parser = unsafe JSONParser(bytes: bytes.bindMemory(to: UInt8.self))
        parser.skipSpace()
        guard parser.place < bytes.count else { throw parser.error(.empty) }
        let value = try parser.value(depth: 1)
        parser.skipSpace()
        guard parser.place == bytes.count else { throw parser.error(.goesOn) }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { unsafe self.bytes = unsafe bytes }

    private func error(_ problem: JSONError.Problem) -> JSONError { JSONError(offset: place, problem: problem) }

    private var next: UInt8? { unsafe place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func take(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard let byte = next else { throw error(.endsEarly) }
            guard unsafe byte == text.utf8Start[index] else { throw error(.unexpected) }
            place += 1
        }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= Self.maximumDepth else { throw error(.tooDeep(limit: Self.maximumDepth)) }
        guard let next else { throw error(.endsEarly) }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try take("true", .bool(true))
        case UInt8(ascii: "f"): return try take("false", .bool(false))
        case UInt8(ascii: "n"): return try take("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error(.unexpected)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<[UInt8]> = []
        place += 1
        skipSpace()
        if next == UInt8(ascii: "}") {
            place += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error(next == nil ? .endsEarly : .unexpected) }
            let name = try text()
            // By bytes: a Swift string compares by canonical equivalence.
            guard names.insert(Array(name.utf8)).inserted else { throw error(.duplicateName) }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error(next == nil ? .endsEarly : .unexpected) }
            place += 1
            skipSpace()
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            guard try goesOn(until: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    private mutating func list(depth: Int) throws(JSONError) -> JSONValue {
        var items: [JSONValue] = []
        place += 1
        skipSpace()
        if next == UInt8(ascii: "]") {
            place += 1
            return .list([])
        }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            guard try goesOn(until: UInt8(ascii: "]")) else { return .list(items) }
        }
    }

    /// After an item: a comma, or the end.
    private mutating func goesOn(until end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let byte = next else { throw error(.endsEarly) }
        guard byte == UInt8(ascii: ",") || byte == end else { throw error(.unexpected) }
        place += 1
        return byte == UInt8(ascii: ",")
    }

    private mutating func number() throws(JSONError) -> String {
        let start = place
        if next == UInt8(ascii: "-") { place += 1 }
        if next == UInt8(ascii: "0") { place += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            place += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        guard place - start <= Self.maximumNumberLength else { throw error(.badNumber) }
        return unsafe String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<place]), as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let start = place
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
        guard place > start else { throw error(next == nil ? .endsEarly : .badNumber) }
    }

    private mutating func text() throws(JSONError) -> String {
        place += 1
        var text: [UInt8] = []
        while true {
            guard let byte = next else { throw error(.endsEarly) }
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else { throw error(.notUTF8) }
                place += 1
                return valid
            case UInt8(ascii: "\\"):
                place += 1
                let scalar = try escape()
                text += Array(String(Character(scalar)).utf8)
            case 0..<0x20: throw error(.controlCharacter)
            default:
                text.append(byte)
                place += 1
            }
        }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = next else { throw error(.endsEarly) }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error(.badEscape)
        }
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A pair of surrogates (RFC 8259 section 7).
        guard (0xD800..<0xDC00).contains(first), next == UInt8(ascii: "\\") else { throw error(.loneSurrogate) }
        place += 1
        guard next == UInt8(ascii: "u") else { throw error(.loneSurrogate) }
        place += 1
        let second = try fourDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw error(.loneSurrogate) }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.endsEarly) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error(.badEscape)
            }
            number = number << 4 | UInt32(digit)
            place += 1
        }
        return number
    }
}
