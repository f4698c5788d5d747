import Foundation
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Consents that are asked for, refused, renewed, extended; their receipts", .timeLimit(.minutes(10)))
struct ConsentWorkflowTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private let day: Int64 = 86_400_000

    private func consent(_ name: String, until days: Int64? = nil) -> Consent {
        var consent = TestTown.consentOfFather(name)
        if let days {
            consent.validity = Validity(
                from: .distantPast, until: TestTown.start.advanced(byMilliseconds: days * day))
        }
        return consent
    }

    /// The town without the father's consent.
    private func run(
        clock: ManualClock = ManualClock(TestTown.start), key: SigningKey? = nil,
        _ body: (TestService, PortvaktChannel) async throws -> Void
    ) async throws {
        var setup = try await TestTown.setup(MemoryStore(), clock: clock)
        setup.signingKey = key
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            try await body(service, try service.channel(as: "journal"))
        }
    }

    private func state(_ journal: PortvaktChannel, _ name: String) async throws -> ConsentState {
        let response: GetConsentResponse = try await journal.call(.getConsent, GetConsentRequest(Self.id(name)))
        return response.consent.consent.state
    }

    private func ask(_ journal: PortvaktChannel, _ name: String = "s-far") async throws {
        let _: RequestConsentResponse = try await journal.call(
            .requestConsent, RequestConsentRequest(header: TestTown.header(), consent: consent(name)))
    }

    @Test("What is asked for carries nothing; given with the same id it does")
    func given() async throws {
        try await run { _, journal in
            try await ask(journal)
            #expect(try await state(journal, "s-far") == .requested)
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
            _ = try await journal.give(consent("s-far"))
            #expect(try await state(journal, "s-far") == .given)
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
            let refuse = RefuseConsentRequest(header: TestTown.header(), id: Self.id("s-far"))
            #expect(
                try await status { try await journal.call(.refuseConsent, refuse, as: RefuseConsentResponse.self) }.code
                    == .failedPrecondition)
        }
    }

    @Test("What was refused stays refused, also when the refusal is sent again")
    func refused() async throws {
        try await run { _, journal in
            try await ask(journal)
            var receipts: [PortvaktWire.ChangeReceipt] = []
            for _ in 0..<2 {
                let response: RefuseConsentResponse = try await journal.call(
                    .refuseConsent, RefuseConsentRequest(header: TestTown.header("r-1"), id: Self.id("s-far")))
                receipts.append(response.receipt)
            }
            #expect(receipts[0] == receipts[1])
            #expect(try await state(journal, "s-far") == .refused)
            #expect(try await status { try await journal.give(consent("s-far")) }.code == .failedPrecondition)
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
        }
    }

    @Test("An extension carries on where the old one ends, and takes its place at once")
    func extended() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            _ = try await journal.give(consent("s-far", until: 10))
            func extend(_ days: Int64, to name: String, requestID: String? = nil) async throws -> Revision {
                let request = ExtendConsentRequest(
                    header: TestTown.header(requestID), id: Self.id("s-far"), newID: Self.id(name),
                    until: TestTown.start.advanced(byMilliseconds: days * day), form: .elektronisk,
                    textVersion: TestTown.id("tekst-3-nb"))
                let response: ExtendConsentResponse = try await journal.call(.extendConsent, request)
                return response.receipt.revision
            }
            for days in [5, 10] as [Int64] {
                let refused = try await status { try await extend(days, to: "s-far-2") }
                #expect(refused.code == .invalidArgument)
                let earliest = TestTown.start.advanced(byMilliseconds: 10 * day + 1)
                #expect(refused.message.contains("give \(earliest.rfc3339) or a later"), "\(refused.message)")
            }
            let first = try await extend(30, to: "s-far-2", requestID: "e-1")
            #expect(try await extend(30, to: "s-far-2", requestID: "e-1") == first)
            #expect(try await state(journal, "s-far") == .superseded)
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
            clock.advance(byMilliseconds: 20 * day)
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
            clock.advance(byMilliseconds: 11 * day)
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
            #expect(try await status { try await extend(60, to: "s-far-3") }.code == .failedPrecondition)
        }
    }

    @Test("A renewal is of the same giver, may narrow, and needs a consent that stands")
    func renewed() async throws {
        try await run { _, journal in
            _ = try await journal.give(consent("s-far"))
            func renew(_ new: Consent, of old: String = "s-far") async throws -> RPCStatus {
                let request = RenewConsentRequest(header: TestTown.header(), id: Self.id(old), consent: new)
                return try await status {
                    try await journal.call(.renewConsent, request, as: RenewConsentResponse.self)
                }
            }
            var other = consent("s-2")
            other.givenBy = .person(Self.id("mor"))
            let another = try await renew(other)
            #expect(another.code == .failedPrecondition)
            #expect(another.parsedDetails?.fieldViolations.map(\.field) == ["consent.given_by"])
            var elsewhere = consent("s-2")
            elsewhere.scope = .subject(Self.id("barn"))
            #expect(
                try await renew(elsewhere).parsedDetails?.fieldViolations.map(\.field) == ["consent.subject"])
            #expect(try await state(journal, "s-far") == .given)
            var narrower = consent("s-3")
            narrower.services = [try Service("skole")]
            #expect(try await renew(narrower).code == .ok)
            #expect(try await journal.check(TestTown.reads()).effect == .deny)
            #expect(try await renew(consent("s-4")).code == .failedPrecondition)
            _ = try await journal.withdraw("s-3")
            #expect(try await renew(consent("s-5"), of: "s-3").code == .failedPrecondition)
            #expect(try await renew(consent("s-6"), of: "no-such").code == .notFound)
        }
    }

    @Test("A receipt is checked with the public key alone; a changed letter, another key or another kind is found")
    func receipts() async throws {
        let key = try SigningKey.generate(name: "portvakt.test/log")
        try await run(key: key) { _, journal in
            var given = consent("s-far", until: 10)
            given.evidenceHash = [UInt8](repeating: 0xAB, count: 32)
            given.textVersion = TestTown.id("tekst-2-nb")
            _ = try await journal.give(given)
            _ = try await journal.withdraw("s-far")
            let response: ConsentReceiptResponse = try await journal.call(
                .consentReceipt, ConsentReceiptRequest(Self.id("s-far")))
            let note = String(decoding: response.note, as: UTF8.self)
            let kind = "portvakt-consent-receipt/1"
            let body = try #require(SignedText.open(note, kind: kind, keys: [key.verifier]))
            let receipt = try #require(
                try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
            #expect(receipt["schema_version"] as? String == "ISO/IEC TS 27560:2023")
            #expect(receipt["record_id"] as? String == "s-far" && receipt["pii_principal_id"] as? String == "barn")
            let processing = try #require(receipt["pii_processing"] as? [String: Any])
            #expect(processing["privacy_notice"] as? String == "tekst-2-nb")
            #expect(processing["evidence_sha256"] as? String == String(repeating: "ab", count: 32))
            let events = try #require(receipt["events"] as? [[String: Any]])
            #expect(events.map { $0["event_type"] as? String } == ["given", "withdrawn"])

            let other = try SigningKey.generate(name: "portvakt.test/log")
            #expect(SignedText.open(note, kind: kind, keys: [other.verifier]) == nil)
            #expect(SignedText.open(note, kind: "portvakt-consent-receipt/2", keys: [key.verifier]) == nil)
            let forged = note.replacingOccurrences(of: "withdrawn", with: "suspended")
            #expect(forged != note && SignedText.open(forged, kind: kind, keys: [key.verifier]) == nil)
        }
        try await run { _, journal in
            _ = try await journal.give(consent("s-far"))
            let status = try await status {
                try await journal.call(
                    .consentReceipt, ConsentReceiptRequest(Self.id("s-far")), as: ConsentReceiptResponse.self)
            }
            #expect(status.parsedDetails?.errorInfo?.reason == "NO_KEY")
        }
    }

    @Test("Receipts and exports of another controller's consents are not found")
    func foreign() async throws {
        try await run { service, journal in
            _ = try await journal.give(consent("s-far"))
            let nabo = try service.channel(as: "nabo")
            for name in ["s-far", "no-such"] {
                let export = ExportConsentRequest(Self.id(name))
                #expect(
                    try await status { try await nabo.call(.exportConsent, export, as: ExportConsentResponse.self) }
                        .code
                        == .notFound)
            }
        }
    }

    private func get(_ journal: PortvaktChannel, _ name: String) async throws -> Consent {
        let response: GetConsentResponse = try await journal.call(.getConsent, GetConsentRequest(Self.id(name)))
        return response.consent.consent
    }

    private func extend(
        _ journal: PortvaktChannel, _ name: String, until days: Int64, to new: String
    ) async throws -> RPCStatus {
        let request = ExtendConsentRequest(
            header: TestTown.header(), id: Self.id(name), newID: Self.id(new),
            until: TestTown.start.advanced(byMilliseconds: days * day), form: .muntlig_dokumentert, evidence: false,
            evidenceHash: [UInt8](repeating: 0xCD, count: 32), textVersion: TestTown.id("tekst-4-nb"), informed: false)
        return try await status { try await journal.call(.extendConsent, request, as: ExtendConsentResponse.self) }
    }

    private func renew(_ journal: PortvaktChannel, _ name: String, _ new: Consent) async throws -> RPCStatus {
        let request = RenewConsentRequest(header: TestTown.header(), id: Self.id(name), consent: new)
        return try await status { try await journal.call(.renewConsent, request, as: RenewConsentResponse.self) }
    }

    @Test("An extension is proven as it says itself, and not as the old one was; it is known from when it was given")
    func extendedAnew() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            var old = consent("s-1", until: 10)
            old.validity.from = TestTown.start
            _ = try await journal.give(old)
            clock.advance(byMilliseconds: 5 * day)
            #expect(try await extend(journal, "s-1", until: 30, to: "s-2").code == .ok)
            var expected = old
            expected.id = Self.id("s-2")
            expected.validity = Validity(
                from: TestTown.start, until: TestTown.start.advanced(byMilliseconds: 30 * day))
            expected.form = .muntlig_dokumentert
            expected.evidence = false
            expected.evidenceHash = [UInt8](repeating: 0xCD, count: 32)
            expected.textVersion = TestTown.id("tekst-4-nb")
            expected.informed = false
            expected.registeredAt = clock.now()
            #expect(try await get(journal, "s-2") == expected)
            #expect(try await get(journal, "s-1").registeredAt == TestTown.start)
        }
    }

    @Test("An extension ends after the present instant, also of what has ended already")
    func extendedLate() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            _ = try await journal.give(consent("s-1", until: 10))
            clock.advance(byMilliseconds: 20 * day)
            for days in [15, 20] as [Int64] {
                let refused = try await extend(journal, "s-1", until: days, to: "s-2")
                #expect(refused.code == .invalidArgument)
                let earliest = clock.now().advanced(byMilliseconds: 1)
                #expect(refused.message.contains("give \(earliest.rfc3339) or a later"), "\(refused.message)")
            }
            #expect(try await state(journal, "s-1") == .given)
            #expect(try await extend(journal, "s-1", until: 21, to: "s-2").code == .ok)
        }
    }

    @Test("What was used, withdrawn, asked for or superseded by another is not gone on with")
    func standing() async throws {
        try await run { _, journal in
            var once = consent("brukt", until: 10)
            once.once = true
            _ = try await journal.give(once)
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
            _ = try await journal.give(consent("trukket", until: 10))
            _ = try await journal.withdraw("trukket")
            try await ask(journal, "spurt")
            _ = try await journal.give(consent("avlost", until: 10))
            #expect(try await extend(journal, "avlost", until: 20, to: "etter").code == .ok)
            for (number, name) in ["brukt", "trukket", "spurt", "avlost"].enumerated() {
                var new = consent("ny-\(number)", until: 20)
                new.once = name == "brukt"
                for refused in [
                    try await renew(journal, name, new),
                    try await extend(journal, name, until: 30, to: "ny-\(number)"),
                ] {
                    #expect(refused.code == .failedPrecondition, "\(name)")
                    #expect(refused.message.contains("no longer there to go on with"), "\(name): \(refused.message)")
                }
                #expect(try await status { try await get(journal, "ny-\(number)") }.code == .notFound)
            }
        }
    }

    @Test("A renewal is about the same person, and known from when it was given")
    func renewedAbout() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            _ = try await journal.give(consent("s-1"))
            var other = consent("s-2")
            other.about = Self.id("far")
            let refused = try await renew(journal, "s-1", other)
            #expect(refused.code == .failedPrecondition)
            #expect(refused.parsedDetails?.fieldViolations.map(\.field) == ["consent.about"])
            clock.advance(byMilliseconds: day)
            #expect(try await renew(journal, "s-1", consent("s-3")).code == .ok)
            #expect(try await get(journal, "s-3").registeredAt == clock.now())
            clock.advance(byMilliseconds: day)
            try await ask(journal, "s-4")
            #expect(try await get(journal, "s-4").registeredAt == clock.now())
        }
    }
}
