import Testing

@testable import PortvaktRPC

@Suite struct PercentEncodingTests {
    /// The last two are gRPC's interoperability test "special_status_message".
    static let knownTexts = [
        ("my favorite character is \u{0}", "my favorite character is %00"), ("100%", "100%25"),
        ("my favorite character is %", "my favorite character is %25"), ("~ }", "~ }"), ("\u{7f}", "%7F"),
        ("\u{e6}\u{f8}\u{e5}", "%C3%A6%C3%B8%C3%A5"), ("\u{1F600}", "%F0%9F%98%80"),
        (
            "\t\ntest with whitespace\r\nand Unicode BMP \u{263a} and non-BMP \u{1F608}\t\n",
            "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%09%0A"
        ),
    ]

    @Test("Known messages", arguments: knownTexts)
    func known(text: String, encoded: String) {
        #expect(String(decoding: PercentEncoding.encode(text), as: UTF8.self) == encoded)
        #expect(PercentEncoding.decode(encoded.utf8) == text)
    }

    @Test(
        "Broken escapes stand for themselves and broken UTF-8 is repaired",
        arguments: [
            ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%%41", "%A"), ("a%", "a%"), ("%e6", "\u{fffd}"),
            ("%c3%a6", "\u{e6}"),
        ])
    func lenient(encoded: String, text: String) {
        #expect(PercentEncoding.decode(encoded.utf8) == text)
    }

    @Test("Any text comes back, and only printable ASCII is written")
    func roundTrip() {
        var random = SeededGenerator()
        for length in 0..<100 {
            let text = random.text(length)
            let encoded = PercentEncoding.encode(text)
            #expect(PercentEncoding.decode(encoded) == text, random.comment)
            #expect(encoded.allSatisfy { (0x20...0x7e).contains($0) }, random.comment)
        }
    }
}
