import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("Grants that are asked for, given, refused and ended", .timeLimit(.minutes(10)))
struct GrantTests {
    private static let until = TestTown.start.advanced(byMilliseconds: 200 * 86_400_000)
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

    /// The town with Forvaltningstjenesten, and a coordinator to be.
    private func run(
        _ store: MemoryStore = MemoryStore(), clock: ManualClock = ManualClock(TestTown.start),
        _ body: (TestService, PortvaktChannel) async throws -> Void
    ) async throws {
        try await TestTown.run(store, clock: clock) { service in
            let administrator = try service.channel(as: "administrator")
            let units = [
                Unit(id: Self.id("tildeling"), service: try Service("forvaltning"), controller: Self.id("kommune-a")),
                Unit(id: Self.id("helse"), service: try Service("helsestasjon"), controller: Self.id("kommune-a")),
            ]
            let employments = [("saksbehandler", "tildeling"), ("koordinator", "helse"), ("fysio", "helse")].map {
                Employment(id: Self.id($0), person: Self.id($0), unit: Self.id($1))
            }
            let _: RegisterRecordsResponse = try await administrator.call(
                .registerRecords,
                RegisterRecordsRequest(
                    header: TestTown.header(), records: units.map(Record.unit) + employments.map(Record.employment)))
            try await body(service, try service.channel(as: "journal"))
        }
    }

    private func header(_ actor: String? = nil, _ requestID: String? = nil) -> ChangeHeader {
        var header = TestTown.header(requestID)
        header.actor = actor.map { .employment(Self.id($0)) }
        return header
    }

    private func coordinator(_ name: String = "k-1", under: String? = nil, to: String = "koordinator") -> Grant {
        Grant(
            id: Self.id(name), caseID: Self.id("sak"), to: .employment(Self.id(to)),
            role: under == nil ? .koordinator : .deltaker, document: .plan,
            validity: Validity(from: .distantPast, until: Self.until), under: under.map { Self.id($0) })
    }

    private func request(_ journal: PortvaktChannel, _ grant: Grant) async throws {
        let _: RequestGrantResponse = try await journal.call(
            .requestGrant, RequestGrantRequest(header: header("larer"), grant: grant))
    }

    private func approve(
        _ journal: PortvaktChannel, _ name: String = "k-1", by actor: String? = "saksbehandler",
        requestID: String? = nil
    ) async throws -> PortvaktWire.ChangeReceipt {
        let response: ApproveGrantResponse = try await journal.call(
            .approveGrant, ApproveGrantRequest(header: header(actor, requestID), id: Self.id(name)))
        return response.receipt
    }

    /// Both parents consent to the plan.
    private func consent(_ journal: PortvaktChannel) async throws {
        for parent in ["mor", "far"] {
            let consent = Consent(
                id: Self.id("ip-\(parent)"), scope: .caseID(Self.id("sak")), givenBy: .person(Self.id(parent)),
                capacity: .foreldreansvar, services: [try Service("helsestasjon"), try Service("skole")],
                purposes: [.individuell_plan])
            _ = try await journal.give(consent)
        }
    }

    private func list(_ journal: PortvaktChannel) async throws -> [GrantID: Grant] {
        let response: ListGrantsResponse = try await journal.call(
            .listGrants, ListGrantsRequest(caseID: Self.id("sak")))
        return Dictionary(uniqueKeysWithValues: response.grants.map { ($0.grant.id, $0.grant) })
    }

    private func pending(_ journal: PortvaktChannel) async throws -> [String] {
        let response: PendingGrantsResponse = try await journal.call(.pendingGrants, PendingGrantsRequest())
        return response.grants.map(\.grant.id.text)
    }

    @Test("A request waits, opens nothing, and is given by Forvaltningstjenesten once the parents have consented")
    func whole() async throws {
        try await run { service, journal in
            try await request(journal, coordinator())
            #expect(try await pending(journal) == ["k-1"])
            #expect(try await pending(try service.channel(as: "nabo")).isEmpty)
            #expect(try await list(journal)[Self.id("k-1")] == nil)
            let refused = try await status { try await approve(journal) }
            #expect(refused.code == .failedPrecondition)
            #expect(refused.parsedDetails?.errorInfo?.reason == "CONSENT_MISSING")
            #expect(refused.parsedDetails?.fieldViolations.isEmpty == false)
            try await consent(journal)
            _ = try await approve(journal)
            #expect(try await pending(journal).isEmpty)
            let grant = try #require(try await list(journal)[Self.id("k-1")])
            #expect(grant.state == .granted && grant.grantedBy == .employment(Self.id("saksbehandler")))
            #expect(grant.validity.until == Self.until)
        }
    }

    @Test("Nobody else gives it: no teacher, nobody without a name, no other controller")
    func givers() async throws {
        try await run { service, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            for actor in ["larer", "koordinator", nil] {
                let status = try await status { try await approve(journal, by: actor) }
                #expect(status.parsedDetails?.errorInfo?.reason == "NOT_ITS_GIVER")
            }
            let nabo = try service.channel(as: "nabo")
            // Whoever answers: a neighbour does not learn that it has been asked for.
            for actor in ["saksbehandler", "larer-b"] {
                let foreign = ApproveGrantRequest(
                    header: ChangeHeader(controller: Self.id("kommune-b"), actor: .employment(Self.id(actor))),
                    id: Self.id("k-1"))
                let ended = try await status {
                    try await nabo.call(.approveGrant, foreign, as: ApproveGrantResponse.self)
                }
                #expect(ended.code == .notFound, "\(actor)")
            }
            #expect(try await pending(journal) == ["k-1"])
        }
    }

    @Test("What was asked for is given for no longer, nothing ends in the future, and a neighbour sees no grant")
    func bounds() async throws {
        try await run { service, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            func ended<Response: WireMessage>(
                _ method: RPC, _ request: some WireMessage, through channel: PortvaktChannel, as type: Response.Type
            ) async throws -> StatusCode {
                try await status { try await channel.call(method, request, as: type) }.code
            }
            var longer = ApproveGrantRequest(header: header("saksbehandler"), id: Self.id("k-1"))
            longer.until = Self.until.advanced(byMilliseconds: 1)
            #expect(
                try await ended(.approveGrant, longer, through: journal, as: ApproveGrantResponse.self)
                    == .invalidArgument)
            let soon = RevokeGrantRequest(
                header: header(), id: Self.id("deltar"), at: Instant(milliseconds: 4_000_000_000_000))
            #expect(
                try await ended(.revokeGrant, soon, through: journal, as: RevokeGrantResponse.self) == .invalidArgument)
            var over = coordinator("k-2")
            over.revokedAt = TestTown.start
            var refused = coordinator("k-3")
            refused.state = .refused
            for grant in [over, refused] {
                let adding = AddGrantRequest(header: header(), grant: grant)
                #expect(
                    try await ended(.addGrant, adding, through: journal, as: AddGrantResponse.self) == .invalidArgument)
            }
            let list = ListGrantsRequest(caseID: Self.id("sak"))
            #expect(try await ended(.listGrants, list, through: journal, as: ListGrantsResponse.self) == .ok)
            let nabo = try service.channel(as: "nabo")
            #expect(try await ended(.listGrants, list, through: nabo, as: ListGrantsResponse.self) == .notFound)
        }
    }

    @Test("A refusal has a reason and is the end of that request")
    func refusal() async throws {
        try await run { _, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            let silent = RefuseGrantRequest(header: header("saksbehandler"), id: Self.id("k-1"), reason: "")
            #expect(
                try await status { try await journal.call(.refuseGrant, silent, as: RefuseGrantResponse.self) }.code
                    == .invalidArgument)
            let refuse = RefuseGrantRequest(
                header: header("saksbehandler"), id: Self.id("k-1"), reason: "barnekoordinator finnes")
            let _: RefuseGrantResponse = try await journal.call(.refuseGrant, refuse)
            #expect(try await pending(journal).isEmpty)
            #expect(try await status { try await approve(journal) }.code == .failedPrecondition)
            #expect(try await status { try await request(journal, coordinator()) }.code == .failedPrecondition)
            try await request(journal, coordinator("k-2"))
            #expect(try await pending(journal) == ["k-2"])
        }
    }

    @Test("What is asked for has an end")
    func ends() async throws {
        try await run { _, journal in
            var endless = coordinator()
            endless.validity = .always
            let status = try await status { try await request(journal, endless) }
            #expect(status.code == .invalidArgument)
            #expect(status.parsedDetails?.fieldViolations.first?.field == "grant.validity.until")
        }
    }

    @Test("When a coordinator's grant ends, so do those that hang on it, and theirs; after a restart it is the same")
    func cascade() async throws {
        let store = MemoryStore()
        try await run(store) { _, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            _ = try await approve(journal)
            try await request(journal, coordinator("d-1", under: "k-1", to: "fysio"))
            _ = try await approve(journal, "d-1")
            try await request(journal, coordinator("d-2", under: "d-1", to: "larer"))
            _ = try await approve(journal, "d-2")
            try await request(journal, coordinator("d-3", to: "fysio"))
            _ = try await approve(journal, "d-3")
            let _: RevokeGrantResponse = try await journal.call(
                .revokeGrant, RevokeGrantRequest(header: header(), id: Self.id("k-1")))
            let grants = try await list(journal)
            for name in ["k-1", "d-1", "d-2"] { #expect(grants[Self.id(name)]?.revokedAt == TestTown.start, "\(name)") }
            #expect(grants[Self.id("d-3")]?.revokedAt == nil)
            let late = try await status { try await request(journal, coordinator("d-4", under: "k-1", to: "fysio")) }
            #expect(late.code == .failedPrecondition)
        }
        try await TestService.run(try await TestTown.setup(store)) { service in
            let grants = try await list(try service.channel(as: "journal"))
            #expect(
                grants[Self.id("d-2")]?.revokedAt == TestTown.start && grants[Self.id("d-2")]?.under == Self.id("d-1"))
        }
    }

    @Test("What hangs on a grant does not outlive it")
    func bounded() async throws {
        try await run { _, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            _ = try await approve(journal)
            var longer = coordinator("d-1", under: "k-1", to: "fysio")
            longer.validity = Validity(from: .distantPast, until: Self.until.advanced(byMilliseconds: 1))
            #expect(try await status { try await request(journal, longer) }.code == .failedPrecondition)
        }
    }

    @Test("An approval that is sent again is the same approval")
    func retry() async throws {
        try await run { _, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            let first = try await approve(journal, requestID: "a-1")
            #expect(try await approve(journal, requestID: "a-1") == first)
        }
    }

    @Test("Its answer, sent again, is the same also when a parent has withdrawn since, and when the grant has ended")
    func lateRetry() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            try await consent(journal)
            try await request(journal, coordinator())
            let first = try await approve(journal, requestID: "a-1")
            _ = try await journal.withdraw("ip-mor")
            #expect(try await approve(journal, requestID: "a-1") == first)
            clock.set(Self.until)
            #expect(try await approve(journal, requestID: "a-1") == first)
            // As long as it was given, and no longer.
            var longer = ApproveGrantRequest(header: header("saksbehandler"), id: Self.id("k-1"))
            longer.until = Self.until.advanced(byMilliseconds: 1)
            let refused = try await status {
                try await journal.call(.approveGrant, longer, as: ApproveGrantResponse.self)
            }
            #expect(refused.code == .invalidArgument)
            #expect(try await list(journal)[Self.id("k-1")]?.validity.until == Self.until)
        }
    }

    // MARK: Who gives it, and on what basis

    private func register(_ service: TestService, _ records: [Record]) async throws {
        let _: RegisterRecordsResponse = try await service.channel(as: "administrator").call(
            .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
    }

    private func job(_ name: String, at unit: String, _ validity: Validity = .always) -> Record {
        .employment(
            Employment(id: Self.id(name), person: Self.id("saksbehandler"), unit: Self.id(unit), validity: validity))
    }

    /// The reason of a refused approval; `nil` when it was given.
    private func refusal(
        _ journal: PortvaktChannel, _ name: String = "k-1", by actor: String = "saksbehandler"
    ) async throws -> String? {
        try await status { try await approve(journal, name, by: actor) }.parsedDetails?.errorInfo?.reason
    }

    @Test("Who gives it works there now: not somebody who has left, nor who has yet to come")
    func giversNow() async throws {
        try await run { service, journal in
            try await register(
                service,
                [
                    job("sluttet", at: "tildeling", Validity(until: TestTown.start)),
                    job("kommer", at: "tildeling", Validity(from: TestTown.start.advanced(byMilliseconds: 1))),
                ])
            try await consent(journal)
            try await request(journal, coordinator())
            for actor in ["sluttet", "kommer"] {
                #expect(try await refusal(journal, by: actor) == "NOT_ITS_GIVER", "\(actor)")
            }
            #expect(try await refusal(journal) == nil)
        }
    }

    @Test("A log's is given by its stafettholder and by nobody else, on the consents to the log and not to a plan")
    func log() async throws {
        try await run { _, journal in
            var grant = coordinator("l-1", to: "radgiver")
            grant.role = .deltaker
            grant.document = .log
            try await request(journal, grant)
            for actor in ["saksbehandler", "radgiver"] {
                #expect(try await refusal(journal, "l-1", by: actor) == "NOT_ITS_GIVER", "\(actor)")
            }
            #expect(try await refusal(journal, "l-1", by: "larer") == nil)
            _ = try await journal.withdraw("s-far")
            grant.id = Self.id("l-2")
            try await request(journal, grant)
            #expect(try await refusal(journal, "l-2", by: "larer") == "CONSENT_MISSING")
        }
    }

    @Test("The person whom the plan is about needs nobody's consent")
    func ownPlan() async throws {
        try await run { _, journal in
            var own = coordinator()
            own.to = .person(Self.id("barn"))
            own.role = .deltaker
            try await request(journal, own)
            #expect(try await refusal(journal) == nil)
        }
    }

    @Test("What begins later rests on the consents that are there then")
    func later() async throws {
        try await run { _, journal in
            let middle = TestTown.start.advanced(byMilliseconds: 100 * 86_400_000)
            for parent in ["mor", "far"] {
                var consent = Consent(
                    id: Self.id("ip-\(parent)"), scope: .caseID(Self.id("sak")), givenBy: .person(Self.id(parent)),
                    capacity: .foreldreansvar, services: [try Service("helsestasjon")], purposes: [.individuell_plan])
                if parent == "far" { consent.validity = Validity(until: middle) }
                _ = try await journal.give(consent)
            }
            for (offset, reason) in [(-1, nil), (0, "CONSENT_MISSING")] as [(Int64, String?)] {
                var grant = coordinator("k\(offset)")
                grant.validity = Validity(from: middle.advanced(byMilliseconds: offset), until: Self.until)
                try await request(journal, grant)
                #expect(try await refusal(journal, "k\(offset)") == reason, "\(offset)")
            }
        }
    }

    @Test("Who begins there later is given it before: that nobody could use it yet is no lack of consents")
    func beginsLater() async throws {
        try await run { service, journal in
            let later = Validity(from: TestTown.start.advanced(byMilliseconds: 1))
            try await register(service, [job("begynner", at: "helse", later)])
            try await consent(journal)
            try await request(journal, coordinator(to: "begynner"))
            #expect(try await refusal(journal) == nil)
        }
    }

    @Test("To a unit it is given when somebody works there now, whom the consents can be asked about")
    func units() async throws {
        try await run { service, journal in
            let empty = Unit(
                id: Self.id("tom"), service: try Service("helsestasjon"), controller: Self.id("kommune-a"))
            try await register(service, [.unit(empty), job("gikk", at: "tom", Validity(until: TestTown.start))])
            try await consent(journal)
            for (unit, reason) in [("tom", "CONSENT_MISSING"), ("helse", nil)] {
                var grant = coordinator("k-\(unit)")
                grant.to = .unit(Self.id(unit))
                grant.role = .deltaker
                try await request(journal, grant)
                #expect(try await refusal(journal, "k-\(unit)") == reason, "\(unit)")
            }
        }
    }

    @Test("What has ended meanwhile is not given; what ends a millisecond later is, and for as short as it is said")
    func ended() async throws {
        let clock = ManualClock(TestTown.start)
        try await run(clock: clock) { _, journal in
            try await consent(journal)
            for name in ["k-1", "k-2", "k-3"] { try await request(journal, coordinator(name)) }
            func approve(_ name: String, until: Instant) async throws -> StatusCode {
                var shorter = ApproveGrantRequest(header: header("saksbehandler"), id: Self.id(name))
                shorter.until = until
                return try await status {
                    try await journal.call(.approveGrant, shorter, as: ApproveGrantResponse.self)
                }.code
            }
            #expect(try await approve("k-1", until: TestTown.start) == .invalidArgument)
            let soon = TestTown.start.advanced(byMilliseconds: 1)
            #expect(try await approve("k-1", until: soon) == .ok)
            #expect(try await list(journal)[Self.id("k-1")]?.validity.until == soon)
            clock.set(Self.until.advanced(byMilliseconds: -1))
            #expect(try await refusal(journal, "k-2") == nil)
            clock.set(Self.until)
            #expect(try await refusal(journal, "k-3") == "CONTRADICTS")
            #expect(try await approve("k-3", until: Self.until) == .failedPrecondition)
            #expect(try await pending(journal) == ["k-3"])
        }
    }

    @Test("What somebody has given, nobody else gives again in the own name")
    func givenOnce() async throws {
        try await run { service, journal in
            try await register(service, [job("annen", at: "tildeling")])
            try await consent(journal)
            try await request(journal, coordinator())
            #expect(try await refusal(journal) == nil)
            #expect(try await refusal(journal, by: "annen") == "NOT_ITS_GIVER")
            #expect(try await list(journal)[Self.id("k-1")]?.grantedBy == .employment(Self.id("saksbehandler")))
        }
    }

    @Test("Who refused, and why, is seen in the case's list; what waits is listed case by case, in pages")
    func lists() async throws {
        try await run { service, journal in
            let other = Case(
                id: Self.id("sak-2"), subject: Self.id("barn"), controller: Self.id("kommune-a"), level: 2,
                holder: Self.id("larer"))
            try await register(service, [.caseRecord(other)])
            var elsewhere = coordinator("k-0")
            elsewhere.caseID = Self.id("sak-2")
            try await request(journal, elsewhere)
            for number in [3, 1, 4, 2] { try await request(journal, coordinator("k-\(number)")) }
            func page(_ caseID: String?, size: Int, after cursor: [UInt8]) async throws -> PendingGrantsResponse {
                try await journal.call(
                    .pendingGrants,
                    PendingGrantsRequest(
                        caseID: caseID.map { Self.id($0) }, page: PageRequest(size: size, cursor: cursor)))
            }
            for (caseID, expected) in [
                ("sak", ["k-1", "k-2", "k-3", "k-4"]), ("sak-2", ["k-0"]), (nil, ["k-0", "k-1", "k-2", "k-3", "k-4"]),
            ] {
                for size in 1...5 {
                    let names = try await pages { cursor in
                        let response = try await page(caseID, size: size, after: cursor)
                        return (response.grants.map(\.grant.id.text), response.page)
                    }
                    #expect(names == chunks(expected, of: size), "\(caseID ?? "all") by \(size)")
                }
            }
            // The other list of the same case is asked for with the same words.
            let cursor = try await page("sak", size: 1, after: []).page.nextCursor
            let mistaken = try await status {
                let request = ListGrantsRequest(caseID: Self.id("sak"), page: PageRequest(size: 1, cursor: cursor))
                return try await journal.call(.listGrants, request, as: ListGrantsResponse.self)
            }
            #expect(mistaken.parsedDetails?.fieldViolations.map(\.field) == ["page.cursor"])
            let refuse = RefuseGrantRequest(
                header: header("saksbehandler"), id: Self.id("k-1"), reason: "barnekoordinator finnes")
            let _: RefuseGrantResponse = try await journal.call(.refuseGrant, refuse)
            let refused = try #require(try await list(journal)[Self.id("k-1")])
            #expect(refused.state == .refused && refused.reason == "barnekoordinator finnes")
            #expect(refused.grantedBy == .employment(Self.id("saksbehandler")))
        }
    }
}
