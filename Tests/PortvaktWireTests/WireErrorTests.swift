import PortvaktCore
import PortvaktWire
import Testing

@Suite("An error is a sentence about a field")
struct WireErrorTests {
    static let problems: [WireError.Problem] = [
        .malformed, .tooLarge(limit: 10), .unknownField, .missing, .misplaced, .badIdentifier(.empty),
        .unknownValue(99),
        .outOfRange(1...2), .tooMany(limit: 10), .tooFew(minimum: 1), .tooLong(limit: 10), .wrongLength(expected: 32),
        .notUTF8, .controlCharacter, .looksLikeNationalID, .notADate, .notASystemIdentity, .duplicate, .contradictory,
    ]

    @Test("It starts with the field, or with the message", arguments: problems)
    func sentence(problem: WireError.Problem) {
        #expect(WireError(problem, field: "question.actor").description.hasPrefix("`question.actor` "))
        #expect(WireError(problem).description.hasPrefix("the message "))
        let words = WireError(problem).explanation
        #expect(words.first?.isLowercase == true && words.last != ".")
    }

    @Test("It never repeats what was given")
    func silence() {
        let object = RawMessage().text(1, "Ola Nordmann")
        let request = RawMessage().message(1, minimalQuestion(without: [3]).message(3, object))
        let error = refusal(of: CheckRequest.self, request.bytes)
        #expect(error?.field == "question.object.case_id")
        #expect(error?.description.contains("Nordmann") == false)
    }
}
