import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Who may call what", .timeLimit(.minutes(10)))
struct PermissionTests {
    @Test("A call that the certificate's system may not make is PERMISSION_DENIED, with one constant text")
    func denied() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            let stranger = try service.channel(as: "stranger")
            let administrator = try service.channel(as: "administrator")
            let calls: [() async throws -> Void] = [
                { let _: ListSystemsResponse = try await journal.call(.listSystems, ListSystemsRequest()) },
                { let _: QueryResponse = try await journal.call(.queryAudit, QueryRequest()) },
                { _ = try await officer.check(TestTown.reads()) },
                { _ = try await officer.withdraw("s-far") },
                { _ = try await stranger.withdraw("s-far") },
                { let _: QueryResponse = try await stranger.call(.queryAudit, QueryRequest()) },
                { _ = try await administrator.check(TestTown.reads()) },
                // A stranger's question is recorded; what changes is not told to a stranger.
                {
                    var changes = stranger.stream(
                        .watchChanges, WatchChangesRequest(heartbeat: 1000), as: WatchChangesResponse.self
                    ).makeAsyncIterator()
                    _ = try await changes.next()
                },
            ]
            var texts: Set<String> = []
            for call in calls {
                let ended = try await status(of: call)
                #expect(ended.code == .permissionDenied)
                texts.insert(ended.message)
            }
            #expect(texts.count == 1)
        }
    }

    @Test("A change to what another controller has is answered as a change to what does not exist")
    func foreignChange() async throws {
        try await TestTown.run { service in
            let nabo = try service.channel(as: "nabo")
            func withdraw(_ consent: String) async throws -> RPCStatus {
                let header = ChangeHeader(controller: ID(TestTown.id("kommune-b")))
                return try await status {
                    let response: WithdrawConsentResponse = try await nabo.call(
                        .withdrawConsent, WithdrawConsentRequest(header: header, id: ID(TestTown.id(consent))))
                    return response
                }
            }
            let foreign = try await withdraw("s-far")
            #expect(foreign.code == .notFound)
            #expect(foreign == (try await withdraw("no-such")))
            // Nor may it name the other controller in the header.
            #expect(try await status { try await nabo.withdraw("s-far") } == foreign)
            let journal = try service.channel(as: "journal")
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
        }
    }

    @Test("A disabled system is a stranger at its next question, on the connection that it has")
    func disabled() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            #expect(try await journal.check(TestTown.reads()).effect == .allow)
            let administrator = try service.channel(as: "administrator")
            let _: DisableSystemResponse = try await administrator.call(
                .disableSystem, DisableSystemRequest(header: TestTown.header(), id: ID(TestTown.id("journal"))))
            #expect(try await journal.check(TestTown.reads()).external == .not_found)
            #expect(try await status { try await journal.withdraw("s-far") }.code == .permissionDenied)
        }
    }

    @Test(
        "Permissions that no system has together are refused by name, with what to do",
        arguments: [
            ([Permission.health, .administer, .ask, .audit], "no system has administer together with ask or audit"),
            ([.register, .audit], "no system has audit together with register"),
            ([.explain, .administer], "no system has administer together with explain"),
            ([.ask, .audit], "no system has audit together with ask"),
        ])
    func permissionsApart(_ permissions: [Permission], _ sentence: String) async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            let system = System(
                id: ID(TestTown.id("new")), identity: .spiffe("spiffe://portvakt.test/new"),
                controllers: [ID(TestTown.id("kommune-a"))], permissions: permissions)
            let ended = try await status {
                let _: RegisterSystemResponse = try await administrator.call(
                    .registerSystem, RegisterSystemRequest(header: TestTown.header(), system: system))
            }
            #expect(ended.code == .invalidArgument && ended.message.contains(sentence), "\(ended.message)")
            let violation = try #require(ended.parsedDetails?.fieldViolations.first)
            #expect(violation.field == "system.permissions" && violation.description.contains("two systems"))
        }
    }

    @Test("A field that is wrong is named by its path, and the connection lives on")
    func malformed() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            let good = PortvaktChannel.bytes(of: CheckRequest(TestTown.reads()))
            let bad = try #require(replacing("radgiver", with: "rad iver", in: good))
            let ended = try await status { try await journal.raw(.check, bytes: bad) }
            #expect(ended.code == .invalidArgument)
            let details = try #require(ended.parsedDetails)
            #expect(details.fieldViolations.map(\.field) == ["question.actor.employment"])
            #expect(details.errorInfo?.reason == "MALFORMED")
            #expect(!ended.message.contains("rad iver"))

            let noise = try await status { try await journal.raw(.check, bytes: [0xff, 0xff, 0xff]) }
            #expect(noise.code == .invalidArgument)
            #expect(try await journal.check(TestTown.reads()).effect == .allow)

            let twice = [0, 1].map { _ in CheckManyRequest.Item(id: TestTown.id("x"), .question(TestTown.reads())) }
            let doubled = try await status { try await journal.raw(.checkMany, CheckManyRequest(items: twice)) }
            #expect(doubled.code == .invalidArgument)
            #expect(doubled.parsedDetails?.fieldViolations.map(\.field) == ["items[1].id"])
        }
    }

    /// The bytes with one text in the place of another of the same length.
    private func replacing(_ text: String, with other: String, in bytes: [UInt8]) -> [UInt8]? {
        let (old, new) = (Array(text.utf8), Array(other.utf8))
        guard old.count == new.count,
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: old) })
        else { return nil }
        var changed = bytes
        changed.replaceSubrange(start..<start + old.count, with: new)
        return changed
    }
}
