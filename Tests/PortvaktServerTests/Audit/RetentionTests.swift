import PortvaktClient
import PortvaktCore
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

/// What retention takes and what it leaves, over years, with a clock that is set.
@Suite("What has been kept long enough", .timeLimit(.minutes(10)))
struct RetentionTests {
    private static func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }
    private static let kommuneB = ChangeHeader(controller: id("kommune-b"))

    private static func person(_ name: String) -> Record { .person(Person(id: id(name), born: nil)) }

    private static func job(
        _ name: String, of person: String? = nil, at unit: String, _ role: EmploymentRole = .medarbeider,
        _ validity: Validity = .always
    ) -> Record {
        .employment(
            Employment(id: id(name), person: id(person ?? name), unit: id(unit), role: role, validity: validity))
    }

    private static let persons = ["ombud", "leder", "vikar", "ombud-b", "larer-b2"].map(person)
    private static let own = [
        job("ombud", at: "skole", .personvernombud), job("leder", at: "ppt", .leder), job("vikar", at: "ppt"),
    ]
    private static let others = [job("ombud-b", at: "skole-b", .personvernombud), job("larer-b2", at: "skole-b")]

    private func register(
        _ records: [Record], through channel: PortvaktChannel, _ header: ChangeHeader = TestTown.header()
    ) async throws {
        let _: RegisterRecordsResponse = try await channel.call(
            .registerRecords, RegisterRecordsRequest(header: header, records: records))
    }

    /// An officer's system that is registered for both controllers.
    private func officerOfBoth(_ service: TestService) async throws -> PortvaktChannel {
        let system = System(
            id: Self.id("officer-ab"), identity: .spiffe("spiffe://portvakt.test/stranger"),
            controllers: [Self.id("kommune-a"), Self.id("kommune-b")], permissions: [.audit])
        let _: RegisterSystemResponse = try await service.channel(as: "administrator").call(
            .registerSystem, RegisterSystemRequest(header: TestTown.header(), system: system))
        return try service.channel(as: "stranger")
    }

    private func retain(
        _ channel: PortvaktChannel, _ first: String? = nil, _ second: String? = nil, reader: StatedReader? = nil
    ) async throws -> [UInt64] {
        let request = RetainRequest(
            dryRun: first == nil, first: first.map { .employment(Self.id($0)) },
            second: second.map { .employment(Self.id($0)) }, reader: reader)
        let response: RetainResponse = try await channel.call(.retain, request)
        return response.classes.map(\.count)
    }

    private func use(_ channel: PortvaktChannel) async throws -> EntryReference {
        let question = Question(
            actor: .employment(Self.id("vikar")), action: .logRead, object: .caseID(Self.id("sak")),
            emergency: Emergency(reason: "fare for livet", anonymisedInsufficient: true, minutes: 30))
        let answer = try await channel.check(question)
        try #require(answer.effect == .allow)
        return try #require(answer.entry)
    }

    private func close(_ caseID: String, of subject: String, _ controller: String, at instant: Instant) -> Record {
        var closed = Case(
            id: Self.id(caseID), subject: Self.id(subject), controller: Self.id(controller), level: 2, log: .closed,
            closedAt: instant)
        closed.holder = Self.id(controller == "kommune-a" ? "larer" : "larer-b")
        return .caseRecord(closed)
    }

    @Test(
        "Each controller's two persons erase what is their own controller's, whatever else their system is registered for"
    )
    func controllers() async throws {
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            let (journal, nabo) = (try service.channel(as: "journal"), try service.channel(as: "nabo"))
            try await register(Self.persons + Self.own, through: journal)
            try await register(Self.others, through: nabo, Self.kommuneB)
            let both = try await officerOfBoth(service)
            _ = try await journal.check(TestTown.reads())
            _ = try await nabo.check(
                Question(
                    actor: .employment(Self.id("larer-b")), action: .logRead, object: .caseID(Self.id("sak-b"))))
            // Read in the other's audit too: of the security class.
            let _: QueryResponse = try await both.call(
                .queryAudit, QueryRequest(reader: StatedReader(actor: .employment(Self.id("ombud-b")))))
            try await register([close("sak", of: "barn", "kommune-a", at: TestTown.start)], through: journal)
            try await register(
                [close("sak-b", of: "barn-b", "kommune-b", at: TestTown.start)], through: nabo, Self.kommuneB)
            clock.set(OsloTime.adding(months: 61, to: TestTown.start))

            let officer = try service.channel(as: "officer")
            #expect(try await retain(officer) == [1, 0, 0], "the other's decision and reading are not this officer's")
            #expect(try await retain(both)[0] == 2)
            #expect(try await retain(both, "ombud", "leder") == [1, 0, 0])
            #expect(try await retain(both, reader: StatedReader(controller: Self.id("kommune-b")))[0] == 1)
            let refused = try await status {
                try await retain(
                    both, "ombud", "leder", reader: StatedReader(controller: Self.id("kommune-b")))
            }
            #expect(refused.code == .permissionDenied)
            #expect(try await retain(both, "ombud-b", "larer-b2") == [1, 1, 0])
            #expect(try await retain(both)[0] == 0)
        }
    }

    @Test("A leder of a unit does not see what would go")
    func leader() async throws {
        try await TestTown.run { service in
            try await register(Self.persons + Self.own, through: service.channel(as: "journal"))
            let officer = try service.channel(as: "officer")
            let refused = try await status {
                try await retain(officer, reader: StatedReader(actor: .employment(Self.id("leder"))))
            }
            #expect(refused.code == .permissionDenied)
        }
    }

    @Test(
        "What was reviewed and what was erased stay as long as an emergency, and what is gone is in no list of reviews")
    func acts() async throws {
        let clock = ManualClock(TestTown.start)
        let store = MemoryStore()
        try await TestTown.run(store, clock: clock) { service in
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            try await register(Self.persons + Self.own, through: journal)
            let plain = try #require(try await journal.check(TestTown.reads()).entry)
            let access = try await use(journal)
            for role in ["leder", "ombud"] {
                let _: ReviewResponse = try await officer.call(
                    .review,
                    ReviewRequest(
                        stream: access.stream, index: access.index, reviewer: .employment(Self.id(role)),
                        outcome: .justified))
            }
            let _: EraseResponse = try await officer.call(
                .erase,
                EraseRequest(
                    entries: ["\(plain.stream)#\(plain.index)"], first: .employment(Self.id("ombud")),
                    second: .employment(Self.id("leder")), reason: "feil barn"))
            // Twelve months and ten years of rules section 10.
            clock.set(OsloTime.adding(months: 13, to: TestTown.start))
            #expect(try await retain(officer) == [0, 0, 0])
            clock.set(OsloTime.adding(months: 12 * 10, to: TestTown.start).advanced(byMilliseconds: -1))
            #expect(try await retain(officer)[2] == 0)
            var done: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest(done: true))
            #expect(done.tasks.map(\.entry) == [access])
            clock.advance(byMilliseconds: 2)
            // The access, its two reviews and the act of erasing.
            #expect(try await retain(officer, "ombud", "leder")[2] == 4)
            for isDone in [true, false] {
                done = try await officer.call(.reviews, ReviewsRequest(done: isDone))
                #expect(done.tasks.isEmpty && done.waiting == 0)
            }
            _ = try await journal.check(TestTown.reads())
        }
        // A new start gathers what is there, and stumbles over nothing that is not.
        let certificates = try await TestCertificates.make(TestTown.callers)
        try await TestService.run(try await TestTown.setup(store, clock: clock, certificates: certificates)) {
            service in
            let officer = try service.channel(as: "officer")
            for isDone in [true, false] {
                let found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest(done: isDone))
                #expect(found.tasks.isEmpty && found.waiting == 0)
            }
        }
    }

    @Test(
        "Of a case that is closed the time of each decision runs from the closing, or from the decision that came later"
    )
    func afterClosing() async throws {
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            _ = try await journal.check(TestTown.reads())
            clock.set(OsloTime.adding(months: 12, to: TestTown.start))
            let closing = clock.now()
            try await register([close("sak", of: "barn", "kommune-a", at: closing)], through: journal)
            clock.set(OsloTime.adding(months: 18, to: TestTown.start))
            let late = clock.now()
            _ = try await journal.check(TestTown.reads())
            for (since, counts) in [(closing, [0, 1] as [UInt64]), (late, [1, 2])] {
                for (offset, count) in zip([0, 1] as [Int64], counts) {
                    clock.set(OsloTime.adding(months: 60, to: since).advanced(byMilliseconds: offset))
                    #expect(try await retain(officer)[0] == count)
                }
            }
        }
    }

    @Test("More than is read at a time is gone through to its end")
    func pages() async throws {
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            try await register(Self.persons + Self.own, through: journal)
            let items = (0..<WireLimits.questions).map {
                CheckManyRequest.Item(id: TestTown.id("q-\($0)"), .question(TestTown.reads()))
            }
            var asked: UInt64 = 0
            while asked <= 5_000 {
                let _: CheckManyResponse = try await journal.call(.checkMany, CheckManyRequest(items: items))
                asked += UInt64(items.count)
            }
            try await register([close("sak", of: "barn", "kommune-a", at: TestTown.start)], through: journal)
            clock.set(OsloTime.adding(months: 61, to: TestTown.start))
            #expect(try await retain(officer)[0] == asked)
            #expect(try await retain(officer, "ombud", "leder")[0] == asked)
            #expect(try await retain(officer)[0] == 0)
        }
    }

    @Test("Who reviews an emergency works now, for its unit or its controller, and is not the one who used it")
    func reviewers() async throws {
        try await TestTown.run { service in
            let journal = try service.channel(as: "journal")
            try await register(Self.persons + Self.own, through: journal)
            try await register(
                [
                    Self.job("leder-skole", of: "larer", at: "skole", .leder),
                    Self.job("leder-selv", of: "vikar", at: "ppt", .leder),
                    Self.job("ombud-selv", of: "vikar", at: "skole", .personvernombud),
                    Self.job("leder-sluttet", of: "larer", at: "ppt", .leder, Validity(until: TestTown.start)),
                    Self.job(
                        "ombud-kommer", of: "larer", at: "ppt", .personvernombud,
                        Validity(from: TestTown.start.advanced(byMilliseconds: 1))),
                ], through: journal)
            try await register(Self.others, through: service.channel(as: "nabo"), Self.kommuneB)
            let access = try await use(journal)
            let found: ReviewsResponse = try await service.channel(as: "officer").call(.reviews, ReviewsRequest())
            #expect(found.tasks.map(\.reviewers) == [[Self.id("leder"), Self.id("ombud")]])

            // Through which system, as whom, and what comes of it: who used it, who leads another unit, who is of another controller.
            let (officer, both) = (try service.channel(as: "officer"), try await officerOfBoth(service))
            let attempts: [(PortvaktChannel, String, StatusCode)] = [
                (officer, "leder-selv", .permissionDenied), (officer, "ombud-selv", .permissionDenied),
                (officer, "leder-skole", .notFound), (officer, "leder-sluttet", .permissionDenied),
                (officer, "ombud-b", .permissionDenied), (both, "ombud-b", .notFound),
            ]
            for (channel, reviewer, code) in attempts {
                let ended = try await status {
                    let response: ReviewResponse = try await channel.call(
                        .review,
                        ReviewRequest(
                            stream: access.stream, index: access.index, reviewer: .employment(Self.id(reviewer)),
                            outcome: .justified))
                    return response
                }
                #expect(ended.code == code, "\(reviewer): \(ended)")
            }
            for reader in ["leder-skole", "ombud-b"] {
                let seen: ReviewsResponse = try await both.call(
                    .reviews, ReviewsRequest(reader: StatedReader(actor: .employment(Self.id(reader)))))
                #expect(seen.tasks.isEmpty && seen.waiting == 0)
            }
        }
    }

    @Test("A review that nobody can make is awaited while nobody has made any, and by none other once one has")
    func awaited() async throws {
        let hour: Int64 = 3_600_000
        let clock = ManualClock(TestTown.start)
        try await TestTown.run(clock: clock) { service in
            let journal = try service.channel(as: "journal")
            let officer = try service.channel(as: "officer")
            func until(_ hours: Int64) -> Validity {
                Validity(until: TestTown.start.advanced(byMilliseconds: hours * hour))
            }
            try await register(
                Self.persons + [
                    Self.job("ombud", at: "skole", .personvernombud, until(1)),
                    Self.job("leder", at: "ppt", .leder, until(2)), Self.job("vikar", at: "ppt"),
                ], through: journal)
            let access = try await use(journal)
            func awaits() async throws -> [[EmploymentRole]] {
                let found: ReviewsResponse = try await officer.call(.reviews, ReviewsRequest())
                return found.tasks.map(\.awaits)
            }
            #expect(try await awaits() == [[.leder, .personvernombud]])
            clock.advance(byMilliseconds: hour)
            #expect(try await awaits() == [[.leder]])
            clock.advance(byMilliseconds: hour)
            #expect(try await awaits() == [[.leder, .personvernombud]])
            try await register([Self.person("ny"), Self.job("ny", at: "ppt", .leder)], through: journal)
            #expect(try await awaits() == [[.leder]])
            let review = ReviewRequest(
                stream: access.stream, index: access.index, reviewer: .employment(Self.id("ny")), outcome: .justified)
            let reviewed: ReviewResponse = try await officer.call(.review, review)
            #expect(reviewed.awaits.isEmpty)
            #expect(try await awaits().isEmpty)
            let again = try await status {
                let response: ReviewResponse = try await officer.call(.review, review)
                return response
            }
            #expect(again.parsedDetails?.errorInfo?.reason == "REVIEWED")
        }
    }
}
