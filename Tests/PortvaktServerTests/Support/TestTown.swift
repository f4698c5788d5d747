import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktScenarios
import PortvaktServer
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import PortvaktYAML
import Testing

/// The wire's, not a scenario's.
typealias Answer = PortvaktWire.Answer

/// Two municipalities with a case each, the systems that ask for them, and the questions that tests ask.
enum TestTown {
    static let node = id("node-1")
    static let start = Instant(milliseconds: 1_790_000_000_000)
    static let administrator = System.Identity.spiffe("spiffe://portvakt.test/administrator")

    /// Everybody who has a certificate; the stranger is registered nowhere.
    static let callers: [String: System.Identity] = [
        "administrator": administrator, "journal": .organizationNumber("312345676"),
        "nabo": .spiffe("spiffe://portvakt.test/nabo"), "officer": .spiffe("spiffe://portvakt.test/officer"),
        "stranger": .spiffe("spiffe://portvakt.test/stranger"),
    ]

    static let systems: [System] = [
        System(
            id: ID(id("journal")), identity: .organizationNumber("312345676"), controllers: [ID(id("kommune-a"))],
            permissions: [.ask, .explain, .register, .health]),
        System(
            id: ID(id("nabo")), identity: .spiffe("spiffe://portvakt.test/nabo"), controllers: [ID(id("kommune-b"))],
            permissions: [.ask, .register]),
        System(
            id: ID(id("officer")), identity: .spiffe("spiffe://portvakt.test/officer"),
            controllers: [ID(id("kommune-a"))], permissions: [.audit, .health]),
    ]

    static let document = """
        format: portvakt-records/1
        records:
          controllers: [{id: kommune-a}, {id: kommune-b}]
          units:
            - {id: skole, service: skole, controller: kommune-a}
            - {id: ppt, service: ppt, controller: kommune-a}
            - {id: skole-b, service: skole, controller: kommune-b}
          persons:
            - {id: barn, born: 2018-03-10}
            - {id: mor, born: 1986-04-17}
            - {id: far, born: 1984-09-02}
            - {id: barn-b, born: 2018-03-11}
          authorities: [{id: fa-mor, holder: mor, over: barn}, {id: fa-far, holder: far, over: barn}]
          employments: [{id: larer, unit: skole}, {id: radgiver, unit: ppt}, {id: larer-b, unit: skole-b}]
          cases:
            - {id: sak, subject: barn, controller: kommune-a, level: 2, log: open, holder: larer}
            - {id: sak-b, subject: barn-b, controller: kommune-b, level: 2, log: open, holder: larer-b}
          grants: [{id: deltar, case: sak, to: radgiver, granted_by: larer}]
          consents:
            - {id: s-mor, case: sak, given_by: mor, capacity: foreldreansvar, to: {services: [skole, ppt]}}
        """

    /// Whoever gives the second consent: without it nothing of the school's is shown to the PPT adviser.
    static func consentOfFather(_ name: String = "s-far", once: Bool = false) -> Consent {
        Consent(
            id: ID(id(name)), scope: .caseID(ID(id("sak"))), givenBy: .person(ID(id("far"))), capacity: .foreldreansvar,
            services: [service("skole"), service("ppt")], once: once)
    }

    /// May the PPT adviser read what the school wrote?
    static func reads(case caseID: String = "sak") -> Question {
        Question(
            actor: .employment(ID(id("radgiver"))), action: .logRead, object: .caseID(ID(id(caseID))),
            entry: EntryLabels(category: .education, about: [ID(id("barn"))], author: ID(id("skole"))))
    }

    /// What a system of kommune-a states when it changes something.
    static func header(_ requestID: String? = nil) -> ChangeHeader {
        ChangeHeader(requestID: requestID.map(id), controller: ID(id("kommune-a")))
    }

    static func records() throws -> [Record] {
        try ImportDocument(try YAMLDocument.parse(document, file: "town.yaml")).records.records.map(\.record)
    }

    static let policies: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/") + "/policies"
    }()

    /// A code that is known to be one.
    private static func service(_ text: String) -> Service {
        guard let service = try? Service(text) else { preconditionFailure("\(text) is no code") }
        return service
    }

    /// An identifier that is known to be one.
    static func id(_ text: String) -> Identifier {
        guard let id = try? Identifier(text) else { preconditionFailure("\(text) is no identifier") }
        return id
    }
}

extension TestTown {
    /// How a service of the town is started.
    static func setup(
        _ store: any LedgerStore, clock: any Clock = ManualClock(start), certificates: TestCertificates? = nil
    ) async throws -> TestService.Setup {
        let made: TestCertificates
        if let certificates { made = certificates } else { made = try await TestCertificates.make(callers) }
        return TestService.Setup(
            store: store, profile: try TestService.profile(named: "nasjonal", in: policies), certificates: made,
            clock: clock, administrator: administrator, node: node)
    }

    /// Starts a service on the store, registers the town and the father's consent, and runs the body.
    static func run(
        _ store: any LedgerStore = MemoryStore(), clock: any Clock = ManualClock(start), once: Bool = false,
        _ body: (TestService) async throws -> Void
    ) async throws {
        try await TestService.run(try await setup(store, clock: clock)) { service in
            try await settle(service)
            let journal = try service.channel(as: "journal")
            _ = try await journal.give(consentOfFather(once: once))
            try await body(service)
        }
    }

    /// Registers everything but the father's consent, as the administrator.
    static func settle(_ service: TestService) async throws {
        try await settle(try service.channel(as: "administrator"))
    }

    /// - Parameter requestID: gives the id of each request, when they have one.
    static func settle(_ channel: PortvaktChannel, requestID: () -> String? = { nil }) async throws {
        let request = RegisterRecordsRequest(header: header(), records: try records())
        let _: RegisterRecordsResponse = try await channel.call(.registerRecords, request)
        for system in systems {
            let _: RegisterSystemResponse = try await channel.call(
                .registerSystem, RegisterSystemRequest(header: header(requestID()), system: system))
        }
    }
}

extension PortvaktChannel {
    func check(_ question: Question, requestID: String? = nil, atLeastAsFresh: Revision = .zero) async throws -> Answer
    {
        let request = CheckRequest(
            question, requestID: requestID.map(TestTown.id), atLeastAsFresh: atLeastAsFresh)
        let response: CheckResponse = try await call(.check, request)
        return response.answer
    }

    func give(_ consent: Consent, requestID: String? = nil) async throws -> ChangeReceipt {
        let response: GiveConsentResponse = try await call(
            .giveConsent, GiveConsentRequest(header: TestTown.header(requestID), consent: consent))
        return response.receipt
    }

    func withdraw(_ consent: String, requestID: String? = nil) async throws -> ChangeReceipt {
        let response: WithdrawConsentResponse = try await call(
            .withdrawConsent,
            WithdrawConsentRequest(header: TestTown.header(requestID), id: ID(TestTown.id(consent))))
        return response.receipt
    }
}

/// The status that a call must end with.
func status(of body: () async throws -> some Any) async throws -> RPCStatus {
    do {
        _ = try await body()
    } catch ChannelFailure.status(let status) {
        return status
    }
    return .ok
}

/// Every page of a list, from the first to the one that says that it is the last.
/// - Parameter page: gives the names on the page after a cursor.
func pages(
    _ page: (_ cursor: [UInt8]) async throws -> (names: [String], page: PortvaktWire.Page)
) async throws -> [[String]] {
    var found: [[String]] = []
    var cursor: [UInt8] = []
    repeat {
        let (names, page) = try await page(cursor)
        found.append(names)
        guard page.complete == page.nextCursor.isEmpty, found.count < 100 else {
            Issue.record("\(found): a page is complete or has a cursor, and there are not so many")
            break
        }
        cursor = page.nextCursor
    } while !cursor.isEmpty
    return found
}

/// What pages of a size hold when nothing is left out and nothing comes twice.
func chunks(_ names: [String], of size: Int) -> [[String]] {
    stride(from: 0, to: names.count, by: size).map { Array(names[$0..<min($0 + size, names.count)]) }
}
