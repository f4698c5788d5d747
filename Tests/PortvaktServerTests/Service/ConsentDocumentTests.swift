import PortvaktCore
import PortvaktTesting
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// What the documents of one consent say, in whichever state it stands.
@Suite("A consent as a receipt and as FHIR")
struct ConsentDocumentTests {
    private static let later = TestTown.start.advanced(byMilliseconds: 1000)

    /// - Parameter events: happen to it a second after it was registered.
    private func document(
        _ consent: Consent, _ events: [Event] = [], registered: Instant = TestTown.start, at now: Instant = later
    ) throws -> ConsentDocument {
        var state = Snapshot.empty
        let records = try TestTown.records().map { (Event.registered($0), registered) }
        for (event, at) in records + [(.registered(.consent(consent)), registered)] + events.map({ ($0, Self.later) }) {
            try state.apply(
                Change(event: event, registeredAt: at, system: id("journal"), controller: id("kommune-a")))
        }
        return ConsentDocument(try #require(state.consent(consent.id)), in: state, at: now)
    }

    private func consent(_ change: (inout Consent) -> Void = { _ in }) -> Consent {
        var consent = TestTown.consentOfFather()
        change(&consent)
        return consent
    }

    private func event(_ type: String, _ at: String, _ state: String) -> String {
        #"{"event_time":"\#(at)","event_type":"\#(type)","event_state":"\#(state)","entity_id":"far"}"#
    }

    private func events(_ document: ConsentDocument) -> String {
        String(document.receipt.split(separator: #""events":"#, maxSplits: 1).last ?? "")
    }

    /// 1,790,000,000 seconds after 1970, as `date -u` says.
    private static let (first, second) = ("2026-09-21T14:13:20Z", "2026-09-21T14:13:21Z")

    @Test("A receipt says what happened to it, in order, and when")
    func history() throws {
        let known = consent { $0.registeredAt = TestTown.start }
        let given = event("given", Self.first, "given")
        #expect(try events(document(known)) == "[\(given)]}")
        for (happened, type, state) in [
            (Event.consentWithdrawn(id("s-far"), at: Self.later), "withdrawn", "withdrawn"),
            (.consentRevoked(id("s-far"), at: Self.later), "revoked", "revoked"),
            (.consentInvalidated(id("s-far")), "invalidated", "invalidated"),
        ] {
            let expected = "[\(given),\(event(type, Self.second, state))]}"
            #expect(try events(document(known, [happened])) == expected)
        }
        var once = known
        once.once = true
        let spent = try events(document(once, [.consentSpent(id("s-far"), at: Self.later)]))
        #expect(spent == "[\(given),\(event("spent", Self.second, "given"))]}")
        var ended = known
        ended.state = .superseded
        let superseded = event("superseded", Self.second, "superseded")
        #expect(try events(document(ended, registered: Self.later)) == "[\(given),\(superseded)]}")
        ended.state = .refused
        let refused = try events(document(ended, registered: Self.later))
        #expect(refused == "[\(event("refused", Self.second, "refused"))]}")
        ended.state = .requested
        #expect(try events(document(ended)) == "[\(event("requested", Self.first, "requested"))]}")
    }

    @Test(
        "What was imported without an instant was given when it was imported; when that was is gone with a change of it"
    )
    func imported() throws {
        #expect(try events(document(consent())) == "[\(event("given", Self.first, "given"))]}")
        #expect(try document(consent()).fhir.contains(#""date":"2026-09-21""#))
        let withdrawn = try document(consent(), [.consentWithdrawn(id("s-far"), at: Self.later)])
        let given = #"{"event_type":"given","event_state":"given","entity_id":"far"}"#
        #expect(events(withdrawn) == "[\(given),\(event("withdrawn", Self.second, "withdrawn"))]}")
        #expect(!withdrawn.fhir.contains(#""date":"#) && !withdrawn.fhir.contains("verificationDate"))
    }

    @Test("A receipt says what it narrows, for whom it is, and that its giver did not understand it")
    func narrowing() throws {
        let plain = try document(consent()).receipt
        #expect(plain.contains(#""pii_type":"all categories""#) && plain.contains(#""informed":true"#))
        #expect(plain.contains(#""recipient_third_parties":["skole","ppt"]"#) && !plain.contains("excluded"))
        #expect(plain.contains(#""pii_controllers":["kommune-a"]"#) && plain.contains(#""pii_principal_id":"barn""#))
        let topic = try Topic("sovn")
        let narrow = try document(
            consent {
                $0.categories = [.education]
                $0.topicsExcluded = [topic]
                $0.personsExcluded = [id("mor")]
                $0.informed = false
                $0.once = true
                $0.units = [id("skole-b")]
            }
        ).receipt
        for part in [
            #""pii_type":["education"]"#, #""topics_excluded":["sovn"]"#, #""persons_excluded":["mor"]"#,
            #""informed":false"#, #""single_use":true"#, #""recipient_third_parties":["skole","ppt","skole-b"]"#,
        ] {
            #expect(narrow.contains(part), "\(part)")
        }
    }

    @Test("FHIR's state is active as long as the consent stands and has not been used, to the instant of its end")
    func status() throws {
        func status(_ consent: Consent, _ events: [Event] = [], at now: Instant = Self.later) throws -> String {
            let fhir = try document(consent, events, at: now).fhir
            return String(fhir.split(separator: #""status":""#, maxSplits: 1).last?.prefix { $0 != "\"" } ?? "")
        }
        #expect(try status(consent()) == "active")
        let ending = consent { $0.validity.until = Self.later }
        #expect(try status(ending, at: Self.later.advanced(byMilliseconds: -1)) == "active")
        #expect(try status(ending) == "inactive")
        #expect(
            try status(consent { $0.once = true }, [.consentSpent(id("s-far"), at: Self.later)]) == "inactive")
        #expect(try status(consent(), [.consentWithdrawn(id("s-far"), at: Self.later)]) == "inactive")
        #expect(try status(consent(), [.consentInvalidated(id("s-far"))]) == "entered-in-error")
        #expect(try status(consent { $0.state = .requested }) == "draft")
    }

    @Test("FHIR has what the giver keeps back, who gave it, to whom, and whether it counts")
    func provision() throws {
        let plain = try document(consent()).fhir
        #expect(plain.contains(#""verified":true"#) && plain.contains(#""decision":"deny""#))
        #expect(
            plain.contains(
                #""grantor":[{"type":"RelatedPerson","identifier":{"system":"urn:portvakt:person","value":"far"}}]"#))
        #expect(!plain.contains("urn:portvakt:topic") && !plain.contains(#""value":"mor""#))
        let topic = try Topic("sovn")
        let narrow = try document(
            consent {
                $0.givenBy = .person(id("barn"))
                $0.capacity = .`self`
                $0.topicsExcluded = [topic]
                $0.personsExcluded = [id("mor")]
                $0.units = [id("skole-b")]
                $0.informed = false
            }
        ).fhir
        for part in [
            #""verified":false"#,
            #""grantor":[{"type":"Patient","identifier":{"system":"urn:portvakt:person","value":"barn"}}]"#,
            #"{"system":"urn:portvakt:topic","code":"sovn"}"#,
            #"{"type":"RelatedPerson","identifier":{"system":"urn:portvakt:person","value":"mor"}}"#,
            #"{"type":"Organization","identifier":{"system":"urn:portvakt:unit","value":"skole-b"}}"#,
        ] {
            #expect(narrow.contains(part), "\(part)")
        }
    }

    @Test("FHIR's date is the day in Norway on which it was given, whatever day it was in Greenwich")
    func date() throws {
        // 22 September 2026, 00:30 in Oslo.
        let day = try #require(CivilDate(year: 2026, month: 9, day: 22))
        let night = OsloTime.startOfDay(day).advanced(byMilliseconds: 1_800_000)
        #expect(try document(consent(), registered: night, at: night).fhir.contains(#""date":"2026-09-22""#))
    }
}
