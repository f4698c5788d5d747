import PortvaktCore
import PortvaktScenarios
import PortvaktYAML
import Testing

private func read(_ yaml: String) throws(DocumentErrors) -> ImportDocument {
    try ImportDocument(try YAMLDocument.parse(yaml, file: "import.yaml"))
}

private func problems(_ yaml: String) -> [String] {
    do throws(DocumentErrors) {
        _ = try read(yaml)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

private let sample = """
    format: portvakt-records/1
    records:
      consents:
        - {id: c1, case: sak, given_by: mor, capacity: foreldreansvar, to: {services: [skole]}, once: true,
           registered_at: 2026-02-01, spent_at: 2026-03-01, withdrawn_at: 2026-02-15}
      grants:
        - {id: g1, case: sak, to: larer, revoked_at: 2026-04-01}
      cases: [{id: sak, subject: barn, controller: kommune-a, holder: larer}]
      employments: [{id: larer, unit: skole-2}]
      authorities: [{id: fa, holder: mor, over: barn, sole: true}]
      persons: [{id: barn, born: 2017-03-10}, {id: mor, born: 1986-04-17}]
      units:
        - {id: skole-2, service: skole, controller: kommune-a, named_in: skole-1}
        - {id: skole-1, service: skole, controller: kommune-a, closed_at: 2025-08-01}
      controllers: [{id: kommune-a}]
      systems:
        - {id: logg, identity: "spiffe://example.no/logg", controllers: [kommune-a], permissions: [ask, register]}
    """

@Suite("An import file")
struct ImportDocumentTests {
    @Test("is put in an order in which every record can be registered, whatever order it is written in")
    func order() throws {
        let document = try read(sample)
        let ids = document.records.records.map(\.record.identifier.text)
        #expect(
            ids == ["kommune-a", "skole-1", "skole-2", "barn", "mor", "larer", "fa", "sak", "g1", "c1", "logg"])
    }

    @Test("tells what happened to a record afterwards, in the order of time")
    func followUps() throws {
        let document = try read(sample)
        let events = document.records.changes(system: try SystemID("s"), controller: try ControllerID("kommune-a"))
            .suffix(4).map(\.change.event)
        let consent = try ConsentID("c1")
        func instant(_ text: String) -> Instant { CivilDate(text).map(OsloTime.startOfDay) ?? .distantPast }
        guard case .registered(.consent(let registered))? = events.first else {
            Issue.record("the consent is registered first")
            return
        }
        #expect(registered.state == .given && registered.withdrawnAt == nil && registered.spentAt == nil)
        #expect(registered.registeredAt == instant("2026-02-01"))
        #expect(
            Array(events.dropFirst()) == [
                .consentWithdrawn(consent, at: instant("2026-02-15")),
                .consentSpent(consent, at: instant("2026-03-01")),
                .grantRevoked(try GrantID("g1"), at: instant("2026-04-01")),
            ])
    }

    @Test("tells of nothing that happened to a record before it was registered")
    func followUpsBeforeRegistration() throws {
        let document = try read(
            sample.replacing("spent_at: 2026-03-01, withdrawn_at: 2026-02-15", with: "revoked_at: 2026-01-15"))
        let changes = document.records.changes(system: try SystemID("s"), controller: try ControllerID("kommune-a"))
        let registered = CivilDate("2026-02-01").map(OsloTime.startOfDay)
        let stated = try #require(CivilDate("2026-01-15").map(OsloTime.startOfDay))
        let revoked = try #require(
            changes.firstIndex { $0.change.event == .consentRevoked(ID(Self.consent), at: stated) })
        #expect(changes[revoked].at == registered)
        guard case .registered(.consent)? = changes[..<revoked].last?.change.event else {
            Issue.record("the consent is registered first")
            return
        }
    }

    private static let consent: Identifier = {
        guard let id = try? Identifier("c1") else { preconditionFailure("a valid identifier") }
        return id
    }()

    @Test("registers each record for the controller that it belongs to, and for the importing one what belongs to none")
    func owners() throws {
        let document = try read(
            """
            format: portvakt-records/1
            partial: true
            records:
              controllers: [{id: other}]
              units: [{id: u, service: ppt, controller: other}]
              persons: [{id: p}]
              employments: [{id: e, unit: u}]
              cases: [{id: s, subject: p, controller: other}]
              handovers: [{id: h, case: s, from_holder: e, to: e, state: accepted}]
              meetings: [{id: m, type: fagmote, case: s, convened_by: e}, {id: m-2, type: fagmote, convened_by: e}]
              grants: [{id: g, case: s, to: e}]
              consents:
                - {id: c, case: s, given_by: p, capacity: self}
                - {id: c-2, subject: p, given_by: p, capacity: self}
              objections: [{id: o, by: p, case: s, service: ppt}]
              discussions: [{id: d, person: p, unit: u, started: 2026-01-02}]
            """)
        let own = try ControllerID("own")
        let changes = document.records.changes(system: try SystemID("s"), controller: own)
        let mine = changes.filter { $0.change.controller == own }
        let ids = mine.compactMap { timed -> String? in
            guard case .registered(let record) = timed.change.event else { return nil }
            return record.identifier.text
        }
        #expect(ids == ["p", "m-2", "c-2"])
        #expect(changes.filter { $0.change.controller.text == "other" }.count == changes.count - ids.count)
    }

    @Test("says of one kind which party it means")
    func twoParties() {
        let found = problems(sample.replacing("to: larer,", with: "to: {employment: larer, unit: skole-2},"))
        #expect(found.count == 1 && found.first?.contains("grants[0].to: expected exactly one of the keys") == true)
    }

    @Test("reads the same from JSON")
    func json() throws {
        let document = try read(
            #"{"format": "portvakt-records/1", "records": {"controllers": [{"id": "kommune-a", "kind": "stat"}]}}"#)
        #expect(
            document.records.records.map(\.record) == [
                .controller(Controller(id: try ControllerID("kommune-a"), kind: .stat))
            ])
    }

    @Test("that names what it does not hold is an error, unless it says that it is partial")
    func partial() throws {
        let text = "format: portvakt-records/1\nrecords:\n  cases: [{id: sak, subject: barn, controller: kommune-a}]\n"
        #expect(problems(text).count == 2)
        let document = try read("partial: true\n" + text)
        #expect(document.records.records.count == 1 && document.isPartial)
    }

    @Test("that is partial says which kind a party is when the file cannot tell")
    func partialParty() throws {
        let text = """
            format: portvakt-records/1
            partial: true
            records:
              grants:
                - {id: g, case: sak, to: larer}
                - {id: h, case: sak, to: {employment: larer}}
            """
        #expect(
            problems(text) == [
                "import.yaml:5:30: records.grants[0].to: names no record of this file: say which kind it is, "
                    + "{employment: …}"
            ])
    }

    @Test(
        "with a consent to a case or about a person that no record has: that is the one error of it",
        arguments: [
            ("case: sak,", "case: sakk,", "consents[0].case"), ("case: sak,", "subject: x,", "consents[0].subject"),
        ])
    func consentOfNothing(_ right: String, _ wrong: String, _ path: String) {
        let found = problems(sample.replacing("{id: c1, \(right)", with: "{id: c1, \(wrong)"))
        #expect(found.count == 1 && found.first?.contains("\(path): names a") == true, "\(found)")
    }

    @Test("with a consent without an id: that is the one error of it")
    func consentWithoutID() {
        let found = problems(sample.replacing("{id: c1, case: sak,", with: "{case: sak,"))
        #expect(found.count == 1 && found.first?.contains("consents[0]: the key \"id\" is missing") == true, "\(found)")
    }

    @Test("with a key that looks like a national identity number is an error that does not repeat it")
    func numberAsKey() throws {
        // A synthetic number: the month is above 80.
        let number = try #require((10_000..<100_000).lazy.map { "018100\($0)" }.first(where: NationalID.occurs))
        for text in [
            sample.replacing("{id: barn,", with: "{id: barn, \(number): x,"),
            sample.replacing("{id: barn,", with: "{\(number): x, \(number): y, id: barn,"),
        ] {
            let found = problems(text)
            #expect(found.count == 1 && found.first?.contains("looks like a national identity number") == true)
            #expect(found.allSatisfy { !$0.contains(number) }, "\(found)")
        }
    }

    @Test("whose records contradict each other is an error at the later one")
    func contradiction() {
        let text = sample.replacing(
            "sole: true}]", with: "sole: true}, {id: fa2, holder: far, over: barn, sole: true}]"
        ).replacing("{id: mor,", with: "{id: far, born: 1980-01-01}, {id: mor,")
        #expect(problems(text).count == 1)
        #expect(problems(text).first?.contains("authority fa2: `sole`") == true)
    }

    @Test(
        "with a wrong value is an error that says what would be right",
        arguments: [
            ("identity: \"spiffe://example.no/logg\"", "identity: NTRNO-123456789", "expected NTRNO- and nine digits"),
            ("permissions: [ask, register]", "permissions: [ask, registre]", "(did you mean \"register\"?)"),
            ("born: 2017-03-10", "born: 10.03.2017", "expected a date as YYYY-MM-DD"),
            ("spent_at: 2026-03-01", "spent_at: tomorrow", "expected an instant as"),
            ("holder: larer}", "holder: larer, level: 4}", "expected a whole number from 0 to 3"),
            ("once: true", "once: yes", "expected one of true, false"),
            ("case: sak, given_by", "given_by", "a consent needs \"case\" or \"subject\""),
            ("case: sak, given_by", "case: sak, subject: barn, given_by", "not both"),
            ("once: true", "evidence_hash: abc", "expected a SHA-256 as 64 hexadecimal digits"),
            ("once: true", "state: withdrawn", "expected one of requested, given, refused, invalidated, superseded"),
        ])
    func wrongValue(_ old: String, _ new: String, _ expected: String) {
        let found = problems(sample.replacing(old, with: new))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
}
