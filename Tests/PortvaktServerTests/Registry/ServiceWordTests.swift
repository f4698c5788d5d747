import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import PortvaktYAML
import Testing

@testable import PortvaktServer

@Suite("Services that records name", .timeLimit(.minutes(10)))
struct ServiceWordTests {
    private static func word(_ text: String) throws -> Service { try Service(text) }

    private static func unit(_ service: String, _ name: String = "ny") throws -> Record {
        .unit(
            PortvaktCore.Unit(
                id: ID(TestTown.id(name)), service: try word(service), controller: ID(TestTown.id("kommune-a"))))
    }

    /// One record of each kind that names services, with this one among them; and the field that names it.
    private static func records(_ service: String) throws -> [(record: Record, field: String)] {
        let word = try word(service)
        var consent = TestTown.consentOfFather("s-ny")
        consent.services.append(word)
        return [
            (try unit(service), "unit.service"), (.consent(consent), "consent.services"),
            (
                .objection(
                    Objection(
                        id: ID(TestTown.id("o-1")), by: ID(TestTown.id("barn")), caseID: ID(TestTown.id("sak")),
                        service: word)), "objection.service"
            ),
            (
                .anonymousDiscussion(
                    AnonymousDiscussion(
                        id: ID(TestTown.id("a-1")), meeting: ID(TestTown.id("mote")), services: [word],
                        topic: try Topic("mobbing"), ageBand: .from6to9)), "anonymous_discussion.services"
            ),
            (
                .caseRecord(
                    Case(
                        id: ID(TestTown.id("sak-ny")), subject: ID(TestTown.id("barn")),
                        controller: ID(TestTown.id("kommune-a")), sensitive: [word])), "case_record.sensitive"
            ),
        ]
    }

    private func register(_ channel: PortvaktChannel, _ records: [Record]) async throws -> RPCStatus {
        try await status {
            let request = RegisterRecordsRequest(header: TestTown.header(), records: records)
            let response: RegisterRecordsResponse = try await channel.call(.registerRecords, request)
            return response
        }
    }

    @Test("are refused when the profile in force has no such service: field, what it has, what was perhaps meant")
    func unknown() async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            let convened = Meeting(
                id: ID(TestTown.id("mote")), type: .drofting, convenedBy: ID(TestTown.id("larer")), anonymous: true)
            #expect(try await register(administrator, [.meeting(convened)]).code == .ok)
            for (record, field) in try Self.records("skoel") {
                let refused = try await register(administrator, [try Self.unit("bup", "bup"), record])
                #expect(refused.code == .failedPrecondition, "\(refused)")
                #expect(refused.parsedDetails?.errorInfo?.reason == "CONTRADICTS")
                #expect(refused.parsedDetails?.fieldViolations.map(\.field) == ["records[1].\(field)"])
                #expect(refused.message.contains("did you mean skole?"), "\(refused.message)")
                #expect(refused.message.contains("skole, sfo, barnehage"), "\(refused.message)")
                #expect(!refused.message.contains("skoel"))
            }
            #expect(try await register(administrator, try Self.records("skole").map(\.record)).code == .ok)
            // All or none: the unit before it has not come in.
            let absent = try await status {
                let response: GetRecordResponse = try await administrator.call(
                    .getRecord, GetRecordRequest(kind: .unit, id: TestTown.id("bup")))
                return response
            }
            #expect(absent.code == .notFound)
        }
    }

    @Test("are refused in an import and in a consent that is given, too")
    func imports() async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            let imported = try await status {
                let id = TestTown.id("import-1")
                let _: StageResponse = try await administrator.call(
                    .stage, StageRequest(importID: id, chunk: 0, records: [try Self.unit("skoel")]))
                let response: CommitResponse = try await administrator.call(
                    .commit, CommitRequest(header: TestTown.header(), importID: id, chunks: 1, records: 1))
                return response
            }
            #expect(imported.code == .failedPrecondition)
            #expect(imported.parsedDetails?.fieldViolations.map(\.field) == ["records[0].unit.service"])
            let journal = try service.channel(as: "journal")
            var consent = TestTown.consentOfFather("s-ny")
            consent.services.append(try Self.word("pppt"))
            let given = try await status { try await journal.give(consent) }
            #expect(given.code == .failedPrecondition)
            #expect(given.parsedDetails?.fieldViolations.map(\.field) == ["consent.services"])
        }
    }

    /// A profile that has one service more than nasjonal.
    private func wider() throws -> PolicyProfile {
        let text = """
            format: portvakt-policy/1
            name: kommune
            extends: nasjonal
            services:
              ungdomslos: {regime: fvl, category: education}
            """
        return try ProfileFolder(path: TestTown.policies).validate(Array(text.utf8))
    }

    @Test("may be those of a profile that is activated for later; without the profile in force nothing is compared")
    func activated() throws {
        let narrow = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        let wide = try wider()
        let event = Event.registered(try Self.unit("ungdomslos"))
        let now = TestTown.start
        func words(_ shelf: ProfileShelf, _ state: Snapshot) -> ServiceWords {
            ServiceWords(in: Published(state: state, profiles: shelf), at: now)
        }
        #expect(throws: ChangeRefusal.self) { try words(ProfileShelf(initial: narrow), .empty).check(event) }
        try words(ProfileShelf(initial: wide), .empty).check(event)
        var state = Snapshot.empty
        try state.apply(
            Change(
                event: .profileActivated(
                    name: TestTown.id("kommune"), hash: wide.hash, from: now.advanced(byMilliseconds: 1), reason: nil),
                registeredAt: now, system: ChangeDesk.administratorID, controller: ID(TestTown.id("kommune-a"))))
        try words(ProfileShelf(initial: narrow, others: [wide]), state).check(event)
        #expect(throws: ChangeRefusal.self) { try words(ProfileShelf(initial: narrow), state).check(event) }
        let after = Published(state: state, profiles: ProfileShelf(initial: narrow))
        try ServiceWords(in: after, at: now.advanced(byMilliseconds: 2)).check(.registered(try Self.unit("skoel")))
    }

    @Test("may be what the record already names, so that it can be ended; but no other")
    func standing() throws {
        let profile = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        let now = TestTown.start
        var state = Snapshot.empty
        for record in [.controller(Controller(id: ID(TestTown.id("kommune-a")))), try Self.unit("skoel")] {
            try state.apply(
                Change(
                    event: .registered(record), registeredAt: now, system: ChangeDesk.administratorID,
                    controller: ID(TestTown.id("kommune-a"))))
        }
        let words = ServiceWords(in: Published(state: state, profiles: ProfileShelf(initial: profile)), at: now)
        try words.check(.registered(try Self.unit("skoel")))
        #expect(throws: ChangeRefusal.self) { try words.check(.registered(try Self.unit("skolle"))) }
        #expect(throws: ChangeRefusal.self) { try words.check(.registered(try Self.unit("skoel", "another"))) }
    }

    // MARK: Questions

    /// To avert a danger everybody may be told: nothing else in this question stops a service that is none.
    private static func tells(_ service: String) throws -> Question {
        Question(
            actor: .employment(ID(TestTown.id("larer"))), action: .disclose, object: .caseID(ID(TestTown.id("sak"))),
            recipient: .service(try word(service)), ground: .avverging, necessity: "nødvendig")
    }

    private static func asks(consent service: String) throws -> Question {
        var consent = TestTown.consentOfFather("s-ny")
        consent.services.append(try word(service))
        return Question(
            actor: .person(ID(TestTown.id("far"))), action: .consentGive, object: .caseID(ID(TestTown.id("sak"))),
            consent: consent)
    }

    @Test("are refused in a question, in whichever way it is asked, with the field; and nothing of it is recorded")
    func questions() async throws {
        let store = MemoryStore()
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            #expect(try await journal.check(try Self.tells("politi")).effect == .allow)
            for (question, field) in [
                (try Self.tells("polti"), "recipient.service"), (try Self.asks(consent: "polti"), "consent.services"),
            ] {
                var common = question
                common.entry = nil
                let labels = try #require(TestTown.reads().entry)
                let one = CheckManyRequest(items: [
                    .init(id: TestTown.id("i-1"), .question(TestTown.reads())),
                    .init(id: TestTown.id("i-2"), .question(TestTown.reads())),
                    .init(id: TestTown.id("i-3"), .question(question)),
                ])
                let shared = CheckManyRequest(common, items: [.init(id: TestTown.id("i-1"), .entry(labels))])
                var refusals: [(String, RPCStatus)] = [
                    ("question", try await status { try await journal.check(question) }),
                    (
                        "question",
                        try await status {
                            let response: ExplainResponse = try await journal.call(.explain, ExplainRequest(question))
                            return response
                        }
                    ),
                ]
                for (request, path) in [(one, "items[2].question"), (shared, "question")] {
                    let many = try await status {
                        let response: CheckManyResponse = try await journal.call(.checkMany, request)
                        return response
                    }
                    let each = try await status {
                        for try await _ in journal.stream(.checkEach, request, as: CheckEachResponse.self) {}
                    }
                    refusals += [(path, many), (path, each)]
                }
                for (path, refused) in refusals {
                    #expect(refused.code == .invalidArgument, "\(refused)")
                    #expect(refused.parsedDetails?.errorInfo?.reason == "MALFORMED")
                    #expect(refused.parsedDetails?.fieldViolations.map(\.field) == ["\(path).\(field)"])
                    #expect(refused.message.contains("did you mean politi?"), "\(refused.message)")
                    #expect(!refused.message.contains("polti"))
                }
            }
        }
        #expect(try RecordedLedger(reading: store, node: TestTown.node).decisions.count == 1)
    }

    @Test("of a stranger's question tell the stranger nothing: it is refused, and recorded, like every other")
    func strangers() async throws {
        try await TestTown.run { service in
            let stranger = try service.channel(as: "stranger")
            let answers = [
                try await stranger.check(try Self.tells("polti")), try await stranger.check(try Self.tells("politi")),
            ]
            #expect(answers.map(\.external) == [.not_found, .not_found])
            #expect(answers.map(\.entry?.index) == [0, 1])
        }
    }

    @Test("of a later profile are none yet for a recipient; a consent may name them, as it may be registered with them")
    func later() throws {
        let narrow = try TestService.profile(named: "nasjonal", in: TestTown.policies)
        let wide = try wider()
        let now = TestTown.start
        let then = now.advanced(byMilliseconds: 1)
        var state = Snapshot.empty
        try state.apply(
            Change(
                event: .profileActivated(name: TestTown.id("kommune"), hash: wide.hash, from: then, reason: nil),
                registeredAt: now, system: ChangeDesk.administratorID, controller: ID(TestTown.id("kommune-a"))))
        let published = Published(state: state, profiles: ProfileShelf(initial: narrow, others: [wide]))
        let (tells, asks) = (try Self.tells("ungdomslos"), try Self.asks(consent: "ungdomslos"))
        #expect(throws: ServiceWords.Problem.self) { try ServiceWords.check(tells, in: published, at: now) }
        try ServiceWords.check(tells, in: published, at: then)
        try ServiceWords.check(asks, in: published, at: now)
        // Without the profile in force nothing is compared: nothing is allowed either.
        let lacking = Published(state: state, profiles: ProfileShelf(initial: narrow))
        try ServiceWords.check(try Self.tells("polti"), in: lacking, at: then)
    }
}
