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

    @Test("A field that this release does not know, in an item of a list")
    func unknownFieldOfItem() {
        let labels = RawMessage().number(1, 1).text(3, "skole")
        let item = RawMessage().text(1, "e").message(2, labels).number(99, 1)
        let many = RawMessage().message(1, minimalQuestion()).message(2, item).bytes
        let field = WireError(.unknownField, field: "items[0]")
        #expect(refusal(of: CheckManyRequest.self, many) == field)
        #expect(refusal(of: CheckEachRequest.self, many) == field)
        let record = RawMessage().message(1, RawMessage().text(1, "kommune").number(2, 1)).number(99, 1)
        let register = RawMessage().message(1, RawMessage().text(2, "kommune")).message(2, record)
        #expect(
            refusal(of: RegisterRecordsRequest.self, register.bytes) == WireError(.unknownField, field: "records[0]"))
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
        #expect(emergency(Array("a\u{7F}".utf8)) == WireError(.controlCharacter, field: field))
        #expect(emergency(Array("a\u{85}b".utf8)) == WireError(.controlCharacter, field: field))
        #expect(emergency(Array("\t\r\n".utf8)) == nil)
        #expect(emergency(Array("om \(fictitious)".utf8)) == WireError(.looksLikeNationalID, field: field))
        // The same in digits of another script, fullwidth ones.
        let wide = String(String.UnicodeScalarView(fictitious.unicodeScalars.compactMap { .init($0.value + 0xFEE0) }))
        #expect(emergency(Array("om \(wide)".utf8)) == WireError(.looksLikeNationalID, field: field))
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

    @Test("A name that is missing, and one that is too long")
    func names() {
        func show(_ stream: String) -> WireError? { refusal(of: ShowRequest.self, RawMessage().text(1, stream).bytes) }
        #expect(show("") == WireError(.missing, field: "stream"))
        #expect(show(String(repeating: "s", count: WireLimits.nameBytes)) == nil)
        #expect(
            show(String(repeating: "s", count: WireLimits.nameBytes + 1))
                == WireError(.tooLong(limit: WireLimits.nameBytes), field: "stream"))
    }

    @Test("What is to be given with a call: records, a file, chunks, a reason")
    func nothing() throws {
        var model = RandomModel(seed: 3)
        let (header, importID) = (model.header(), model.identifier())
        func refused(_ request: some WireMessage) -> WireError? {
            do {
                _ = try roundTrip(request)
                return nil
            } catch { return error as? WireError }
        }
        let none = WireError(.tooFew(minimum: 1), field: "records")
        #expect(refused(RegisterRecordsRequest(header: header, records: [])) == none)
        #expect(refused(StageRequest(importID: importID, chunk: 0, records: [])) == none)
        #expect(refused(ValidateProfileRequest(file: [])) == WireError(.missing, field: "file"))
        #expect(
            refused(RefuseGrantRequest(header: header, id: model.id(), reason: ""))
                == WireError(.missing, field: "reason"))
        for (chunks, records, field) in [(0, 1, "chunks"), (1, 0, "records")] {
            let request = CommitRequest(header: header, importID: importID, chunks: chunks, records: records)
            #expect(refused(request) == WireError(.outOfRange(1...Int64(UInt32.max)), field: field))
        }
    }

    @Test("A consent is given, asked for or renewed without what the service sets")
    func untouchedConsent() throws {
        var model = RandomModel(seed: 4)
        let header = model.header()
        var stated = model.consent()
        (stated.state, stated.registeredAt, stated.withdrawnAt, stated.spentAt) = (.given, .distantPast, nil, nil)
        let instant = model.instant()
        let changes: [(String, (inout Consent) -> Void)] = [
            ("state", { $0.state = .requested }), ("registered_at", { $0.registeredAt = instant }),
            ("withdrawn_at", { $0.withdrawnAt = instant }), ("spent_at", { $0.spentAt = instant }),
        ]
        for (field, change) in changes {
            var consent = stated
            change(&consent)
            let wrong = WireError(.misplaced, field: "consent.\(field)")
            #expect(throws: wrong) { try roundTrip(GiveConsentRequest(header: header, consent: consent)) }
            #expect(throws: wrong) { try roundTrip(RequestConsentRequest(header: header, consent: consent)) }
            #expect(throws: wrong) {
                try roundTrip(RenewConsentRequest(header: header, id: stated.id, consent: consent))
            }
        }
        _ = try roundTrip(RenewConsentRequest(header: header, id: stated.id, consent: stated))
    }

    @Test("A grant is asked for with an end, and without what is the giver's or the service's to say")
    func requestedGrant() throws {
        var model = RandomModel(seed: 5)
        let header = model.header()
        var stated = model.grant()
        (stated.revokedAt, stated.grantedBy) = (nil, nil)
        stated.validity = Validity(from: .distantPast, until: model.instant())
        let (instant, party) = (model.instant(), model.party())
        let changes: [(WireError, (inout Grant) -> Void)] = [
            (WireError(.misplaced, field: "grant.revoked_at"), { $0.revokedAt = instant }),
            (WireError(.misplaced, field: "grant.granted_by"), { $0.grantedBy = party }),
            (WireError(.misplaced, field: "grant.state"), { $0.state = .requested }),
            (WireError(.misplaced, field: "grant.reason"), { $0.reason = "hjelp" }),
            (WireError(.missing, field: "grant.validity.until"), { $0.validity = .always }),
        ]
        for (wrong, change) in changes {
            var grant = stated
            change(&grant)
            #expect(throws: wrong) { try roundTrip(RequestGrantRequest(header: header, grant: grant)) }
        }
        #expect(try roundTrip(RequestGrantRequest(header: header, grant: stated)).grant == stated)
    }

    @Test("A text with an identity in it is one, or is not stated")
    func freeText() {
        let field = "question.identifies"
        #expect(check(minimalQuestion().message(16, RawMessage().number(2, 1))) == nil)
        #expect(
            check(minimalQuestion().message(16, RawMessage().number(2, 0))) == WireError(.missing, field: field))
        #expect(check(minimalQuestion().message(16, RawMessage())) == WireError(.missing, field: field))
    }

    @Test("A page is the last one, or gives the next one")
    func page() {
        func list(_ page: RawMessage) -> WireError? {
            refusal(of: ListGrantsResponse.self, RawMessage().message(2, page).bytes)
        }
        let contradictory = WireError(.contradictory, field: "page.complete")
        #expect(list(RawMessage().number(2, 1)) == nil)
        #expect(list(RawMessage().bytes(1, [7])) == nil)
        #expect(list(RawMessage()) == contradictory)
        #expect(list(RawMessage().bytes(1, [7]).number(2, 1)) == contradictory)
    }

    @Test("A stream of changes from the very first is not one from now on")
    func watchFromTheFirst() throws {
        for after in [nil, .zero, Revision(7)] as [Revision?] {
            #expect(try roundTrip(WatchChangesRequest(after: after)).after == after)
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
