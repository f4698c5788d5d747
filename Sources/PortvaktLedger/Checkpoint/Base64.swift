/// Base64 of RFC 4648 section 4, with padding: strict in reading, so that one text has one meaning.
package enum Base64 {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = [UInt8](group) + [UInt8](repeating: 0, count: 3 - group.count)
            let bits = UInt32(padded[0]) << 16 | UInt32(padded[1]) << 8 | UInt32(padded[2])
            for place in 0..<4 {
                let sextet = Int(bits >> UInt32(18 - 6 * place)) & 63
                text.append(place <= group.count ? alphabet[sextet] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for anything but the one encoding of some bytes.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = [UInt8](text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: characters.count, by: 4) {
            var bits: UInt32 = 0
            var pads = 0
            for character in characters[start..<start + 4] {
                bits <<= 6
                if character == padding {
                    pads += 1
                    continue
                }
                guard pads == 0, let sextet = alphabet.firstIndex(of: character) else { return nil }
                bits |= UInt32(sextet)
            }
            guard pads <= 2, pads == 0 || start + 4 == characters.count else { return nil }
            let group = [
                UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 8),
                UInt8(truncatingIfNeeded: bits),
            ]
            bytes += group.dropLast(pads)
        }
        return encode(bytes).utf8.elementsEqual(characters) ? bytes : nil
    }
}
