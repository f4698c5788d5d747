import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

/// What a system of kommune-a is told of what would be, on a node with cases of kommune-b.
@Suite("Whose cases are looked ahead for", .timeLimit(.minutes(10)))
struct ForesightRightsTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let day: Int64 = 86_400_000

    /// The adviser's grant ends after ten days; the child has a case in kommune-b, too.
    private func run(_ body: (PortvaktChannel) async throws -> Void) async throws {
        try await TestTown.run { service in
            let end = OsloTime.adding(days: 10, to: TestTown.start)
            let second = Case(
                id: Self.id("sak-2"), subject: Self.id("barn"), controller: Self.id("kommune-b"), level: 2, log: .open,
                holder: Self.id("larer-b"))
            let grant = Grant(
                id: Self.id("deltar"), caseID: Self.id("sak"), to: .employment(Self.id("radgiver")),
                validity: Validity(until: end), grantedBy: .employment(Self.id("larer")))
            var consent = TestTown.consentOfFather("s-b")
            consent.scope = .caseID(Self.id("sak-b"))
            consent.givenBy = .person(Self.id("barn-b"))
            let request = RegisterRecordsRequest(
                header: TestTown.header(), records: [.caseRecord(second), .grant(grant), .consent(consent)])
            let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
                .registerRecords, request)
            try await body(try service.channel(as: "journal"))
        }
    }

    private func simulate(_ journal: PortvaktChannel, _ request: SimulateRequest) async throws -> RPCStatus {
        try await status {
            let response: SimulateResponse = try await journal.call(.simulate, request)
            return response
        }
    }

    @Test("What is another controller's cannot be simulated about, and is answered as what does not exist")
    func foreign() async throws {
        try await run { journal in
            let unknown = try await simulate(journal, SimulateRequest([], cases: [Self.id("ingen")]))
            #expect(unknown.code == .notFound)
            for request in [
                SimulateRequest([], cases: [Self.id("sak-b")]),
                SimulateRequest([], cases: [Self.id("sak"), Self.id("sak-2")]),
                SimulateRequest([.withdrawConsent(Self.id("s-b"))]),
                SimulateRequest([.endEmployment(Self.id("larer-b"))]),
                SimulateRequest([.closeLog(Self.id("sak-b"))]), SimulateRequest([.closeLog(Self.id("ingen"))]),
                SimulateRequest([], turning: Birthday(person: Self.id("barn-b"), age: 16)),
                SimulateRequest([], turning: Birthday(person: Self.id("ingen"), age: 16)),
            ] {
                #expect(try await simulate(journal, request) == unknown)
            }
            for name in ["sak-b", "sak-2", "ingen"] {
                let ended = try await status {
                    let response: DueResponse = try await journal.call(
                        .due, DueRequest(days: 60, caseID: Self.id(name)))
                    return response
                }
                #expect(ended == unknown, "\(name)")
            }
        }
    }

    @Test("A birthday is looked at in the own cases of the child alone, and one that has been is none to come")
    func birthdays() async throws {
        try await run { journal in
            let turning = SimulateRequest([], turning: Birthday(person: Self.id("barn"), age: 18))
            let found: SimulateResponse = try await journal.call(.simulate, turning)
            let day = try #require(CivilDate(year: 2036, month: 3, day: 10))
            #expect(found.then == OsloTime.startOfDay(day))
            #expect(Set(found.changes.map(\.access.caseID)) == [Self.id("sak")])
            let reached = SimulateRequest([], turning: Birthday(person: Self.id("barn"), age: 8))
            #expect(try await simulate(journal, reached).code == .failedPrecondition)
        }
    }

    @Test("At a later instant every own case is looked at; an instant that is past is refused by name")
    func later() async throws {
        try await run { journal in
            let after = OsloTime.adding(days: 10, to: TestTown.start)
            for (then, isLost) in [(after.advanced(byMilliseconds: -1), false), (after, true)] {
                let found: SimulateResponse = try await journal.call(.simulate, SimulateRequest([], then: then))
                let lost = found.changes.contains {
                    !$0.appears && $0.access.access.actor == .employment(Self.id("radgiver"))
                }
                #expect(lost == isLost && found.then == then)
                #expect(Set(found.changes.map(\.access.caseID)).isSubset(of: [Self.id("sak")]))
            }
            let past = try await simulate(
                journal, SimulateRequest([], then: TestTown.start.advanced(byMilliseconds: -1)))
            #expect(past.code == .invalidArgument && past.parsedDetails?.fieldViolations.map(\.field) == ["then"])
        }
    }

    @Test("What disappears says why, as the question will be answered when it has happened")
    func reasons() async throws {
        try await run { journal in
            let found: SimulateResponse = try await journal.call(
                .simulate, SimulateRequest([.withdrawConsent(Self.id("s-far"))]))
            let lost = try #require(
                found.changes.first { change in
                    change.access.access.actor == .employment(Self.id("radgiver"))
                        && change.access.access.action == .logRead
                })
            #expect(!lost.appears)
            _ = try await journal.withdraw("s-far")
            let access = lost.access.access
            let response: ExplainResponse = try await journal.call(
                .explain,
                ExplainRequest(
                    Question(
                        actor: access.actor, action: access.action, object: access.object, purpose: access.purpose)))
            #expect(lost.lostBy == response.answer.reasons.first && response.answer.effect == .deny)
        }
    }

    @Test("What is due is what ends before the last of the days, each by its kind")
    func due() async throws {
        try await run { journal in
            for (days, isDue) in [(UInt32(10), false), (11, true)] {
                let found: DueResponse = try await journal.call(.due, DueRequest(days: days))
                let ends = found.coming.filter { $0.id == TestTown.id("deltar") }
                #expect(ends.map(\.kind) == (isDue ? [.grant] : []), "\(days)")
                #expect(Set(found.coming.map(\.caseID)).isSubset(of: [Self.id("sak")]))
            }
        }
    }
}
