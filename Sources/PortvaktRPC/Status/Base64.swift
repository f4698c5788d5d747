/// Base64 of RFC 4648 section 4, as metadata whose name ends in `-bin` carries it: written without padding, read
/// with or without it (grpc/doc/PROTOCOL-HTTP2.md, "Binary-Header").
enum Base64 {
    static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(encodedLength(of: bytes.count))
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in bytes {
            accumulator = accumulator << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(alphabet[Int(accumulator >> UInt32(bits) & 0x3f)])
            }
        }
        if bits > 0 {
            output.append(alphabet[Int(accumulator << UInt32(6 - bits) & 0x3f)])
        }
        return output
    }

    /// The length of `count` bytes when encoded without padding.
    static func encodedLength(of count: Int) -> Int { (count * 4 + 2) / 3 }

    /// The bytes, or nil for a foreign character, misplaced padding, an impossible length or stray bits at the end.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var padding = 0
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 3 / 4)
        var accumulator: UInt32 = 0
        var bits = 0
        var digits = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let digit = value(of: character) else { return nil }
            digits += 1
            accumulator = (accumulator << 6 | UInt32(digit)) & 0xffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        guard digits % 4 != 1, accumulator & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        guard padding == 0 || (digits + padding) % 4 == 0 && padding <= 2 else { return nil }
        return output
    }

    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
