import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Consents that are listed, looked up and ended", .timeLimit(.minutes(10)))
struct ConsentListTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let sak = ConsentScope.caseID(id("sak"))
    private static let barn = ConsentScope.subject(id("barn"))

    private func register(_ service: TestService, _ records: [Record]) async throws {
        let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
            .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
    }

    private func list(
        _ channel: PortvaktChannel, _ scope: ConsentScope, _ states: [ConsentState] = [], size: Int = 100,
        after cursor: [UInt8] = []
    ) async throws -> ListConsentsResponse {
        try await channel.call(
            .listConsents,
            ListConsentsRequest(of: scope, states: states, page: PageRequest(size: size, cursor: cursor)))
    }

    private func names(
        _ channel: PortvaktChannel, _ scope: ConsentScope, _ states: [ConsentState] = []
    ) async throws -> [String] {
        try await list(channel, scope, states).consents.map(\.consent.id.text)
    }

    private func get(_ channel: PortvaktChannel, _ name: String) async throws -> Consent {
        let response: GetConsentResponse = try await channel.call(.getConsent, GetConsentRequest(Self.id(name)))
        return response.consent.consent
    }

    /// A consent of the mother's.
    private func own(_ name: String, _ scope: ConsentScope = sak, about: PersonID? = nil) -> Consent {
        var consent = TestTown.consentOfFather(name)
        consent.givenBy = .person(Self.id("mor"))
        consent.scope = scope
        consent.about = about
        return consent
    }

    @Test("A list goes on where a page ended, in pages of any size; a cursor of another question is refused")
    func listed() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            for name in ["c", "a", "b"] { _ = try await journal.give(TestTown.consentOfFather(name)) }
            _ = try await journal.withdraw("b")
            let wanted: [([ConsentState], [String])] = [
                ([], ["a", "b", "c", "s-far", "s-mor"]), ([.given], ["a", "c", "s-far", "s-mor"]),
                ([.withdrawn, .given], ["a", "b", "c", "s-far", "s-mor"]), ([.withdrawn], ["b"]),
            ]
            for scope in [Self.sak, Self.barn] {
                for (states, expected) in wanted {
                    for size in 1...5 {
                        let found = try await pages { cursor in
                            let page = try await list(journal, scope, states, size: size, after: cursor)
                            return (page.consents.map(\.consent.id.text), page.page)
                        }
                        #expect(found == chunks(expected, of: size), "\(scope) \(states) by \(size)")
                    }
                }
            }
            let cursor = try await list(journal, Self.sak, size: 2).page.nextCursor
            for (scope, states) in [(Self.barn, []), (Self.sak, [.given])] as [(ConsentScope, [ConsentState])] {
                let refused = try await status { try await list(journal, scope, states, size: 2, after: cursor) }
                #expect(refused.parsedDetails?.fieldViolations.map(\.field) == ["page.cursor"])
            }
        }
    }

    @Test(
        "A case's list has what is about a parent or a sibling and names the case, once, and none that names no case or another"
    )
    func ofCase() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            try await register(
                service,
                [
                    .person(Person(id: Self.id("sosken"), born: nil)),
                    .authority(
                        Authority(
                            id: Self.id("fa-mor-2"), holder: .person(Self.id("mor")), over: Self.id("barn"),
                            kind: .verge)),
                    .caseRecord(
                        Case(
                            id: Self.id("sak-2"), subject: Self.id("barn"), controller: Self.id("kommune-a"), level: 2,
                            holder: Self.id("larer"))),
                ])
            _ = try await journal.give(own("egen", about: Self.id("mor")))
            for name in ["sosken-1", "sosken-2"] { _ = try await journal.give(own(name, about: Self.id("sosken"))) }
            _ = try await journal.give(own("barnets", Self.barn))
            _ = try await journal.give(own("annen-sak", .caseID(Self.id("sak-2"))))
            #expect(try await names(journal, Self.sak) == ["egen", "s-far", "s-mor", "sosken-1", "sosken-2"])
            #expect(try await names(journal, .caseID(Self.id("sak-2"))) == ["annen-sak"])
            #expect(try await names(journal, Self.barn) == ["annen-sak", "barnets", "s-far", "s-mor"])
        }
    }

    @Test(
        "Another controller's case, person or consent is not found, and of a shared child's consents each lists its own"
    )
    func controllers() async throws {
        try await TestTown.run { service in
            let (journal, nabo) = (try service.channel(as: "journal"), try service.channel(as: "nabo"))
            for scope in [Self.sak, Self.barn, .caseID(Self.id("ingen")), .subject(Self.id("ingen"))] {
                #expect(try await status { try await names(nabo, scope) }.code == .notFound, "\(scope)")
            }
            for name in ["s-mor", "ingen"] {
                #expect(try await status { try await get(nabo, name) }.code == .notFound, "\(name)")
            }
            // The child has a case in the other municipality, too.
            let other = Case(
                id: Self.id("sak-c"), subject: Self.id("barn"), controller: Self.id("kommune-b"), level: 2,
                holder: Self.id("larer-b"))
            try await register(service, [.caseRecord(other)])
            let give = GiveConsentRequest(
                header: ChangeHeader(controller: Self.id("kommune-b")),
                consent: own("s-b", .caseID(Self.id("sak-c"))))
            let _: GiveConsentResponse = try await nabo.call(.giveConsent, give)
            #expect(try await names(nabo, Self.barn) == ["s-b"])
            #expect(try await names(journal, Self.barn) == ["s-far", "s-mor"])
        }
    }

    @Test(
        "A consent ends at the instant that is said, now when none is, and never in the future; known from its giving")
    func instants() async throws {
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            let journal = try service.channel(as: "journal")
            let (now, before) = (TestTown.start, TestTown.start.advanced(byMilliseconds: -1))
            let after = TestTown.start.advanced(byMilliseconds: 1)
            func withdraw(_ name: String, _ at: Instant?) async throws -> StatusCode {
                try await status {
                    let request = WithdrawConsentRequest(header: TestTown.header(), id: Self.id(name), at: at)
                    return try await journal.call(.withdrawConsent, request, as: WithdrawConsentResponse.self)
                }.code
            }
            func revoke(_ name: String, _ at: Instant?) async throws -> StatusCode {
                try await status {
                    let request = RevokeConsentRequest(header: TestTown.header(), id: Self.id(name), at: at)
                    return try await journal.call(.revokeConsent, request, as: RevokeConsentResponse.self)
                }.code
            }
            let ends: [(ConsentState, (String, Instant?) async throws -> StatusCode)] = [
                (.withdrawn, withdraw), (.revoked, revoke),
            ]
            for (state, end) in ends {
                for (name, at) in [("now", now), ("before", before), ("unsaid", nil)] as [(String, Instant?)] {
                    let consent = "\(state)-\(name)"
                    _ = try await journal.give(TestTown.consentOfFather(consent))
                    #expect(try await end(consent, after) == .invalidArgument)
                    #expect(try await get(journal, consent).state == .given)
                    #expect(try await end(consent, at) == .ok)
                    let ended = try await get(journal, consent)
                    #expect(ended.state == state && ended.withdrawnAt == at ?? now && ended.registeredAt == now)
                }
            }
            _ = try await journal.give(TestTown.consentOfFather("feil"))
            let _: InvalidateConsentResponse = try await journal.call(
                .invalidateConsent, InvalidateConsentRequest(header: TestTown.header(), id: Self.id("feil")))
            #expect(try await get(journal, "feil").state == .invalidated)
        }
    }
}
