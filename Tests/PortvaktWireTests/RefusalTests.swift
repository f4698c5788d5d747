import PortvaktCore
import PortvaktWire
import Testing

@Suite("A message that is wrong is refused, and the field is named")
struct RefusalTests {
    func check(_ question: RawMessage) -> WireError? {
        refusal(of: CheckRequest.self, RawMessage().message(1, question).bytes)
    }

    @Test("The least question is taken")
    func least() { #expect(check(minimalQuestion()) == nil) }

    @Test(
        "A missing field is named",
        arguments: [
            (1, "question.actor"), (2, "question.action"), (3, "question.object"), (4, "question.assurance"),
            (5, "question.purpose"),
        ])
    func missing(number: UInt64, field: String) {
        #expect(check(minimalQuestion(without: [number])) == WireError(.missing, field: field))
    }

    @Test("No question at all, no actor in the actor")
    func empty() {
        #expect(refusal(of: CheckRequest.self, []) == WireError(.missing, field: "question"))
        #expect(
            check(minimalQuestion(without: [1]).message(1, RawMessage()))
                == WireError(.missing, field: "question.actor"))
        #expect(
            check(minimalQuestion(without: [1]).message(1, RawMessage().text(1, "")))
                == WireError(.missing, field: "question.actor.employment"))
    }

    @Test("An unknown number of an enum", arguments: [25, 255, 256, 4_294_967_295] as [UInt64])
    func unknownValue(number: UInt64) {
        #expect(
            check(minimalQuestion(without: [2]).number(2, number))
                == WireError(.unknownValue(UInt32(number)), field: "question.action"))
    }

    @Test("A field that this release does not know, at any depth")
    func unknownField() {
        #expect(refusal(of: CheckRequest.self, RawMessage().number(99, 1).bytes) == WireError(.unknownField))
        #expect(check(minimalQuestion().number(99, 1)) == WireError(.unknownField, field: "question"))
        let actor = RawMessage().text(1, "larer").number(99, 1)
        #expect(
            check(minimalQuestion(without: [1]).message(1, actor)) == WireError(.unknownField, field: "question.actor"))
    }

    @Test("An item of a list is named by its place")
    func place() {
        let labels = RawMessage().number(1, 1).text(2, "barn").text(2, "søsken").text(3, "skole")
        #expect(
            check(minimalQuestion().message(8, labels))
                == WireError(.badIdentifier(.notPrintableASCII), field: "question.entry.about[1]"))
    }

    @Test(
        "A text that is no id",
        arguments: [
            (Array("a b".utf8), IdentifierError.notPrintableASCII), (Array("a\0b".utf8), .notPrintableASCII),
            ([0], .notPrintableASCII), ([0x61, 0xFF], .notPrintableASCII), ([0xC3], .notPrintableASCII),
            (Array(repeating: 0x61, count: 65), .tooLong), (Array("x-\(fictitious)".utf8), .looksLikeNationalID),
        ] as [([UInt8], IdentifierError)])
    func noIdentifier(bytes: [UInt8], error: IdentifierError) {
        let object = RawMessage().bytes(1, bytes)
        #expect(
            check(minimalQuestion(without: [3]).message(3, object))
                == WireError(.badIdentifier(error), field: "question.object.case_id"))
    }

    @Test("An id of 64 bytes is taken")
    func longest() {
        let object = RawMessage().bytes(1, Array(repeating: 0x61, count: 64))
        #expect(check(minimalQuestion(without: [3]).message(3, object)) == nil)
    }

    func emergency(_ reason: [UInt8], minutes: UInt64 = 60) -> WireError? {
        check(minimalQuestion().message(18, RawMessage().bytes(1, reason).number(3, minutes)))
    }

    @Test("Words: UTF-8, no control characters, no national identity number, a page at most")
    func words() {
        let field = "question.emergency.reason"
        #expect(emergency(Array("fare for liv, æøå\n".utf8)) == nil)
        #expect(emergency([0x61, 0xFF]) == WireError(.notUTF8, field: field))
        #expect(emergency([0xED, 0xA0, 0x80]) == WireError(.notUTF8, field: field))
        #expect(emergency(Array("a\0b".utf8)) == WireError(.controlCharacter, field: field))
        #expect(emergency(Array("a\u{1B}[2J".utf8)) == WireError(.controlCharacter, field: field))
        #expect(emergency(Array("om \(fictitious)".utf8)) == WireError(.looksLikeNationalID, field: field))
        #expect(emergency(Array(repeating: 0x61, count: WireLimits.textBytes)) == nil)
        #expect(
            emergency(Array(repeating: 0x61, count: WireLimits.textBytes + 1))
                == WireError(.tooLong(limit: WireLimits.textBytes), field: field))
    }

    @Test(
        "Minutes of an emergency",
        arguments: [(0, false), (1, true), (10_080, true), (10_081, false), (1 << 40, false)])
    func minutes(minutes: UInt64, isTaken: Bool) {
        // 1 << 40 is cut to 32 bits, as protobuf demands: zero.
        let expected = WireError(.outOfRange(WireLimits.emergencyMinutes), field: "question.emergency.minutes")
        #expect(emergency([0x61], minutes: minutes) == (isTaken ? nil : expected))
    }

    @Test("An instant outside the years 1 to 9999")
    func instant() {
        for (milliseconds, isTaken) in [
            (WireLimits.instants.lowerBound, true), (WireLimits.instants.lowerBound - 1, false),
            (WireLimits.instants.upperBound, true), (WireLimits.instants.upperBound + 1, false), (.min, false),
        ] {
            let labels = RawMessage().number(1, 1).text(3, "skole")
                .message(6, RawMessage().number(1, UInt64(bitPattern: milliseconds)))
            let field = "question.entry.withheld_until.milliseconds"
            #expect(
                check(minimalQuestion().message(8, labels))
                    == (isTaken ? nil : WireError(.outOfRange(WireLimits.instants), field: field)))
        }
    }

    @Test("A date that does not exist")
    func date() {
        let person = RawMessage().text(1, "barn").text(2, "2025-02-29").number(3, 1)
        let record = RawMessage().message(3, person)
        let request = RawMessage().message(1, RawMessage().text(2, "kommune")).message(2, record)
        #expect(
            refusal(of: RegisterRecordsRequest.self, request.bytes)
                == WireError(.notADate, field: "records[0].person.born"))
    }

    @Test(
        "The identity of a system",
        arguments: ["NTRNO-974760674", "NTRNO-97476067", "https://example.no", "spiffe:///x", "x"])
    func systemIdentity(text: String) {
        let system = RawMessage().text(1, "logg").text(2, text)
        let request = RawMessage().message(1, RawMessage().text(2, "kommune")).message(2, system)
        #expect(
            refusal(of: RegisterSystemRequest.self, request.bytes)
                == WireError(.notASystemIdentity, field: "system.identity"))
    }

    @Test("What only the service sets")
    func misplaced() throws {
        var model = RandomModel(seed: 1)
        var consent = model.consent()
        consent.state = .withdrawn
        let give = GiveConsentRequest(header: model.header(), consent: consent)
        #expect(throws: WireError(.misplaced, field: "consent.state")) { try roundTrip(give) }
        var grant = model.grant()
        grant.revokedAt = model.instant()
        let add = AddGrantRequest(header: model.header(), grant: grant)
        #expect(throws: WireError(.misplaced, field: "grant.revoked_at")) { try roundTrip(add) }
        let register = RegisterRecordsRequest(
            header: model.header(), records: [model.anyRecord(), model.record(of: .system)])
        #expect(throws: WireError(.misplaced, field: "records[1].system")) { try roundTrip(register) }
        #expect(throws: WireError(.misplaced, field: "kind")) {
            try roundTrip(GetRecordRequest(kind: .system, id: model.identifier()))
        }
    }

    @Test("A consent for nothing, of nobody in particular")
    func consent() throws {
        var model = RandomModel(seed: 2)
        var consent = model.consent()
        consent.purposes = []
        #expect(throws: WireError(.missing, field: "record.record.consent.purposes")) {
            try roundTrip(
                GetRecordResponse(FiledRecord(.consent(consent), version: .zero, registeredAt: model.instant())))
        }
        consent.purposes = [.samordning]
        consent.evidenceHash = [1, 2, 3]
        #expect(throws: WireError(.wrongLength(expected: 32), field: "record.record.consent.evidence_hash")) {
            try roundTrip(
                GetRecordResponse(FiledRecord(.consent(consent), version: .zero, registeredAt: model.instant())))
        }
    }
}

/// A number that passes the check and belongs to nobody: a synthetic one, its month raised by eighty. Put together here,
/// so that no such number stands in the text of the repository.
let fictitious = "018120" + "10014"
