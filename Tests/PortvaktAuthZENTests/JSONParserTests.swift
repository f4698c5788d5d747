import Testing

@testable import PortvaktAuthZEN

@Suite("JSON, read strictly", .timeLimit(.minutes(1)))
struct JSONParserTests {
    @Test(
        "a JSON text is read as it is written",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)),
            ("\n-0.5e+10\r\n", .number("-0.5e+10")),
            ("0", .number("0")), ("[]", .list([])), ("{}", .object([])),
            ("[1,\t2]", .list([.number("1"), .number("2")])),
            (#"{"a":{"b":[null]}}"#, .object([.init("a", .object([.init("b", .list([.null]))]))])),
            (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{08}\u{0C}\n\r\t")), (#""\u00e5\u00C5""#, .text("\u{e5}\u{c5}")),
            (#""\ud83d\ude00""#, .text("\u{1F600}")), ("\"å\"", .text("å")),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(
        "what is no JSON text, or could be read in two ways, is refused, with the place",
        arguments: [
            ("", 0, .empty), ("  ", 2, .empty), ("{", 1, .endsEarly), (#"{"a""#, 4, .endsEarly),
            (#"{"a":"#, 5, .endsEarly),
            (#"{"a":1"#, 6, .endsEarly), (#"{"a":1,}"#, 7, .unexpected), ("[1,]", 3, .unexpected),
            ("[1 2]", 3, .unexpected),
            ("{a:1}", 1, .unexpected), ("nul", 3, .endsEarly), ("nulL", 3, .unexpected), ("'a'", 0, .unexpected),
            ("1 1", 2, .goesOn), ("{}{}", 2, .goesOn), ("01", 1, .goesOn), ("-", 1, .endsEarly), ("1.", 2, .endsEarly),
            ("1.x", 2, .badNumber), ("1e", 2, .endsEarly), ("+1", 0, .unexpected), (".5", 0, .unexpected),
            ("NaN", 0, .unexpected),
            (#"{"a":1,"a":2}"#, 10, .duplicateName), (#"{"a":1,"\u0061":2}"#, 15, .duplicateName),
            ("\"a\nb\"", 2, .controlCharacter), ("\"a\u{1F}b\"", 2, .controlCharacter),
            (#""\x""#, 3, .badEscape), (#""\u12g4""#, 5, .badEscape), (#""\ud800""#, 7, .loneSurrogate),
            (#""\ud800\n""#, 8, .loneSurrogate), (#""\udc00""#, 7, .loneSurrogate),
            (#""\ud800\ud800""#, 13, .loneSurrogate), (#""\ud800\ue000""#, 13, .loneSurrogate),
        ] as [(String, Int, JSONError.Problem)])
    func refuses(_ text: String, _ offset: Int, _ problem: JSONError.Problem) {
        #expect(throws: JSONError(offset: offset, problem: problem)) { try parse(text) }
    }

    @Test("a pair of surrogates is the character that it stands for, from the first to the last")
    func pairs() throws {
        #expect(try parse(#""\ud800\udc00""#) == .text("\u{10000}"))
        #expect(try parse(#""\uDBFF\uDFFF""#) == .text("\u{10FFFF}"))
    }

    @Test("bytes that are not UTF-8 are refused, overlong forms and surrogates too")
    func notUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE5], [0xF5, 0x80, 0x80, 0x80]] {
            #expect(throws: JSONError.self) { try parse([0x22] + bytes + [0x22]) }
        }
        #expect(throws: JSONError.self) { try parse([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) }
    }

    @Test("names that only look the same are two names")
    func canonical() throws {
        let value = try parse("{\"\u{e5}\":1,\"a\u{30A}\":2}")
        guard case .object(let members) = value else { throw JSONError(offset: 0, problem: .unexpected) }
        #expect(members.count == 2)
    }

    @Test("nesting is bounded, and so is the length of a number")
    func bounds() throws {
        let depth = JSONParser.maximumDepth
        let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: Never.self) { try parse(deepest) }
        #expect(throws: JSONError(offset: depth, problem: .tooDeep(limit: depth))) { try parse("[\(deepest)]") }
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        let digits = String(repeating: "1", count: JSONParser.maximumNumberLength)
        #expect(try parse(digits) == .number(digits))
        #expect(throws: JSONError(offset: digits.count + 1, problem: .badNumber)) { try parse(digits + "1") }
    }

    @Test("what is written is read back, whatever the text")
    func roundTrip() throws {
        var random = Seeded()
        for _ in 0..<2_000 {
            let value = random.value(depth: 4)
            #expect(try parse(value.utf8) == value, "seed \(random.seed)")
        }
    }

    @Test("random bytes, and a right text with a byte changed, are read or refused, and nothing else happens")
    func hostile() throws {
        var random = Seeded()
        let right = Array(#"{"subject":{"type":"person","id":"a"},"n":[1.5e3,true,null,"\ud83d\ude00"]}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = right
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let read = try? parse(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
            if let read { #expect(try parse(read.utf8) == read, "seed \(random.seed)") }
        }
    }
}

func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    try bytes.withUnsafeBytes { raw in Result { () throws(JSONError) in try JSONParser.parse(raw) } }.get()
}
