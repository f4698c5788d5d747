import PortvaktCore
import Testing

@Suite("A text in which a national identity number stands")
struct NationalIDTests {
    /// Six digits and five: the first number of the 1st of January 2000, with 80 added to the month, that has right check digits. It is
    /// given to nobody, and stands in no file.
    private static let halves: (date: String, number: String) = {
        for number in 0..<100_000 {
            let text = String(String(100_000 + number).dropFirst())
            if NationalID.occurs(in: "018100" + text) { return ("018100", text) }
        }
        return ("", "")
    }()
    private var date: String { Self.halves.date }
    private var number: String { Self.halves.number }

    @Test(
        "is found with whatever people put between its halves",
        arguments: [
            "", " ", "-", ".", "  ", " - ", "/", "_", ":", ", ", "\n", "\u{2011}", "\u{2013}", "\u{A0}", "\u{200B}",
            "\u{202F}", "--", "...",
        ])
    func apart(_ between: String) {
        #expect(NationalID.occurs(in: "om \(date)\(between)\(number)."))
    }

    @Test("is found in the digits of other scripts, and between any two digits with one sign")
    func digits() {
        let wide = (date + number).unicodeScalars.compactMap { Unicode.Scalar($0.value - 0x30 + 0xFF10) }
        #expect(NationalID.occurs(in: String(String.UnicodeScalarView(wide))))
        #expect(NationalID.occurs(in: (date + number).map(String.init).joined(separator: " ")))
        #expect(NationalID.occurs(in: "æ" + date + number))
    }

    @Test(
        "is not seen in what is something else: more signs between, letters between, longer numbers, wrong check digits",
        arguments: [
            { "\($0)    \($1)" }, { "\($0) og \($1)" }, { "20\($0):\($1)" }, { "\($0):\($1)0" },
            { "\($0)/\($1.dropLast())" },
            { "\($0)-\($1.dropLast())\((Int(String($1.last ?? "0")) ?? 0) + 1 % 10)" },
        ] as [@Sendable (String, String) -> String])
    func others(_ text: @Sendable (String, String) -> String) {
        #expect(!NationalID.occurs(in: text(date, number)))
    }
}
