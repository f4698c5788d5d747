import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

/// Kommune-b's systems on a node that holds kommune-a's children, too.
@Suite("What one controller's systems can do to another's", .timeLimit(.minutes(10)))
struct NeighbourTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let kommuneB = ChangeHeader(controller: id("kommune-b"))

    private func register(
        _ records: [Record], through channel: PortvaktChannel, _ header: ChangeHeader = kommuneB
    ) async throws -> RPCStatus {
        try await status {
            let response: RegisterRecordsResponse = try await channel.call(
                .registerRecords, RegisterRecordsRequest(header: header, records: records))
            return response
        }
    }

    /// An officer's system of kommune-b.
    private func officer(_ service: TestService) async throws -> PortvaktChannel {
        let administrator = try service.channel(as: "administrator")
        let system = System(
            id: Self.id("officer-b"), identity: .spiffe("spiffe://portvakt.test/stranger"),
            controllers: [Self.id("kommune-b")], permissions: [.audit])
        let _: RegisterSystemResponse = try await administrator.call(
            .registerSystem, RegisterSystemRequest(header: TestTown.header(), system: system))
        return try service.channel(as: "stranger")
    }

    @Test(
        "Nobody makes another's child one's own with a case, a job or a parent, nor changes what stands about the child"
    )
    func takeover() async throws {
        try await TestTown.run { service in
            let nabo = try service.channel(as: "nabo")
            let administrator = try service.channel(as: "administrator")
            let restriction = Restriction(
                id: Self.id("r"), subject: Self.id("barn"), against: Self.id("far"), kind: .fare)
            #expect(
                try await register([.restriction(restriction)], through: administrator, TestTown.header()).code == .ok)

            let case2 = Case(id: Self.id("sak-2"), subject: Self.id("barn"), controller: Self.id("kommune-b"))
            #expect(try await register([.caseRecord(case2)], through: nabo).code == .notFound)
            // As for a child who is not there, but for what it lacks.
            #expect(
                try await register(
                    [.person(Person(id: Self.id("barn"), born: CivilDate(year: 2001, month: 1, day: 1)))], through: nabo
                ).code == .notFound)

            let job = Employment(id: Self.id("jobb"), person: Self.id("barn"), unit: Self.id("skole-b"))
            let parent = Authority(id: Self.id("fa-b"), holder: .person(Self.id("barn")), over: Self.id("barn-b"))
            #expect(try await register([.employment(job), .authority(parent)], through: nabo).code == .ok)
            var ended = restriction
            ended.until = TestTown.start
            #expect(try await register([.restriction(ended)], through: nabo).code == .notFound)
            #expect(
                try await register(
                    [.person(Person(id: Self.id("barn"), born: CivilDate(year: 2001, month: 1, day: 1)))], through: nabo
                ).code == .notFound)
            #expect(
                try await register([.capacity(Capacity(id: Self.id("k"), person: Self.id("barn")))], through: nabo).code
                    == .notFound)

            // A system that is registered for both may.
            #expect(try await register([.caseRecord(case2)], through: administrator).code == .ok)
            #expect(try await register([.restriction(ended)], through: nabo).code == .ok)
        }
    }

    @Test("A unit that has somebody at work for another controller stays its own controller's, with all others in it")
    func units() async throws {
        try await TestTown.run { service in
            let nabo = try service.channel(as: "nabo")
            let administrator = try service.channel(as: "administrator")
            var shared = Employment(id: Self.id("delt"), person: Self.id("delt"), unit: Self.id("ppt"))
            shared.forController = Self.id("kommune-b")
            let person = Record.person(Person(id: Self.id("delt"), born: CivilDate(year: 1980, month: 1, day: 1)))
            #expect(
                try await register([person, .employment(shared)], through: administrator, TestTown.header()).code == .ok
            )

            var adviser = Employment(id: Self.id("radgiver"), person: Self.id("radgiver"), unit: Self.id("ppt"))
            adviser.role = .leder
            #expect(try await register([.employment(adviser)], through: nabo).code == .notFound)
            adviser.id = Self.id("ny")
            #expect(try await register([.employment(adviser)], through: nabo).code == .notFound)
        }
    }

    @Test(
        "Nothing is registered in the name of a controller that the system is not registered for, the own things neither"
    )
    func header() async throws {
        try await TestTown.run { service in
            let nabo = try service.channel(as: "nabo")
            let own = Record.caseRecord(
                Case(id: Self.id("sak-b2"), subject: Self.id("barn-b"), controller: Self.id("kommune-b")))
            #expect(try await register([own], through: nabo, TestTown.header()).code == .notFound)
            #expect(try await register([own], through: nabo).code == .ok)
        }
    }

    @Test("A statement about a child is not given through a system whose controllers have no case of the child")
    func statement() async throws {
        try await TestTown.run { service in
            let request = StatementRequest(subject: Self.id("barn"), asker: .person(Self.id("mor")), assurance: .high)
            let own: StatementResponse = try await service.channel(as: "journal").call(.statement, request)
            #expect(own.answer.effect == .allow)
            let other: StatementResponse = try await service.channel(as: "nabo").call(.statement, request)
            let nobody: StatementResponse = try await service.channel(as: "nabo").call(
                .statement,
                StatementRequest(subject: Self.id("ingen"), asker: .person(Self.id("mor")), assurance: .high))
            #expect(other.answer.effect == .deny && other.lines.isEmpty)
            #expect(other.answer.external == nobody.answer.external && other.answer.reasons == nobody.answer.reasons)
        }
    }

    @Test("What a parent asked about a child is seen by the officers of the child's controllers, and by no other")
    func audit() async throws {
        try await TestTown.run { service in
            let question = Question(
                actor: .person(Self.id("mor")), action: .accessLogRead, object: .person(Self.id("barn")))
            let answer = try await service.channel(as: "journal").check(question)
            let place = try #require(answer.entry)
            let request = QueryRequest(subject: Self.id("barn"))
            let own: QueryResponse = try await service.channel(as: "officer").call(.queryAudit, request)
            #expect(own.entries.map(\.entry.index).contains(place.index))
            let stranger = try await officer(service)
            let other: QueryResponse = try await stranger.call(.queryAudit, request)
            #expect(other.entries.isEmpty)
            let shown = try await status {
                let response: ShowResponse = try await stranger.call(
                    .showAudit, ShowRequest(stream: place.stream, index: place.index))
                return response
            }
            #expect(shown.code == .notFound)
        }
    }

    @Test("An attempt to erase, to retain or to review that was refused is recorded, with both persons")
    func refusedAttempts() async throws {
        try await TestTown.run { service in
            let channel = try service.channel(as: "officer")
            let (larer, radgiver) = (Actor.employment(Self.id("larer")), Actor.employment(Self.id("radgiver")))
            let codes = [
                try await status {
                    let response: EraseResponse = try await channel.call(
                        .erase, EraseRequest(subject: Self.id("barn"), first: larer, second: radgiver, reason: "r"))
                    return response
                },
                try await status {
                    let response: RetainResponse = try await channel.call(
                        .retain, RetainRequest(dryRun: false, first: larer, second: radgiver))
                    return response
                },
                try await status {
                    let response: ReviewResponse = try await channel.call(
                        .review,
                        ReviewRequest(stream: "decisions/node-1", index: 0, reviewer: larer, outcome: .justified))
                    return response
                },
            ].map(\.code)
            #expect(codes == [.permissionDenied, .permissionDenied, .permissionDenied])
            let found: QueryResponse = try await channel.call(.queryAudit, QueryRequest(auditEntries: true))
            let refused = found.entries.compactMap { entry -> RecordedAudit? in
                guard case .audit(let audit) = entry.body, audit.text.hasPrefix("refused: ") else { return nil }
                return audit
            }
            #expect(refused.map(\.text) == ["refused: review", "refused: retain", "refused: erase"])
            #expect(refused.map(\.actor) == [larer, larer, larer])
            #expect(refused.map(\.second) == [nil, radgiver, radgiver])
            #expect(refused.last?.subjects == [Self.id("barn")])
        }
    }

    @Test("A request id that comes again with another acting person, or for another controller, is another request")
    func requestIDs() async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            let records: [Record] = [.person(Person(id: Self.id("ny"), born: CivilDate(year: 2010, month: 1, day: 1)))]
            var header = ChangeHeader(
                requestID: TestTown.id("en"), controller: Self.id("kommune-a"), actor: .employment(Self.id("larer")))
            #expect(try await register(records, through: administrator, header).code == .ok)
            #expect(try await register(records, through: administrator, header).code == .ok)
            header.actor = .employment(Self.id("radgiver"))
            #expect(try await register(records, through: administrator, header).code == .alreadyExists)
            header.actor = .employment(Self.id("larer"))
            header.controller = Self.id("kommune-b")
            #expect(try await register(records, through: administrator, header).code == .alreadyExists)
        }
    }
}
