/// The encoding of `grpc-message` (grpc/doc/PROTOCOL-HTTP2.md, "Responses"): printable ASCII except `%` stands for
/// itself, every other byte of the UTF-8 text is `%` and two hexadecimal digits.
enum PercentEncoding {
    /// The text as a header value.
    static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexDigits[Int(byte >> 4)])
                bytes.append(hexDigits[Int(byte & 0xf)])
            }
        }
        return bytes
    }

    /// The text of a header value. An invalid escape stands for itself and invalid UTF-8 becomes U+FFFD: the
    /// specification asks readers to be lenient, so that a diagnosis is never lost.
    static func decode(_ value: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.count)
        var index = value.startIndex
        while index != value.endIndex {
            let byte = value[index]
            let next = value.index(after: index)
            if byte == UInt8(ascii: "%"), next != value.endIndex, let high = hexValue(value[next]) {
                let afterNext = value.index(after: next)
                if afterNext != value.endIndex, let low = hexValue(value[afterNext]) {
                    bytes.append(high << 4 | low)
                    index = value.index(after: afterNext)
                    continue
                }
            }
            bytes.append(byte)
            index = next
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexDigits = [UInt8]("0123456789ABCDEF".utf8)

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
