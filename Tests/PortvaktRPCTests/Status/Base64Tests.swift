import Testing

@testable import PortvaktRPC

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    static let knownTexts = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("Known texts are read with padding and without, and written without", arguments: knownTexts)
    func known(plain: String, encoded: String) {
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
        #expect(Base64.decode(bare.utf8) == Array(plain.utf8))
        #expect(Base64.encode(Array(plain.utf8)) == Array(bare.utf8))
    }

    @Test("Both special digits are used: fb ff is +/8")
    func specialDigits() {
        #expect(Base64.encode([0xfb, 0xff]) == Array("+/8".utf8))
        #expect(Base64.decode("+/8".utf8) == [0xfb, 0xff])
    }

    @Test(
        "What is not base64 is refused",
        arguments: [
            "Z", "Zg=", "Zg===", "Z===", "=Zg", "Zm9v=", "Zh", "Zm9", "Zm8_", "Zm8-", "Zm 8", "Zg==Zg==", "\u{e6}",
        ])
    func refused(text: String) {
        // "Zh" and "Zm9" have bits beyond the last byte, so two texts would mean the same bytes.
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("Any bytes come back, and the length is as announced")
    func roundTrip() {
        var random = SeededGenerator()
        for length in 0..<200 {
            let bytes = random.bytes(length)
            let encoded = Base64.encode(bytes)
            #expect(Base64.decode(encoded) == bytes, random.comment)
            #expect(encoded.count == Base64.encodedLength(of: length), random.comment)
        }
    }
}
