import NIOCore
import NIOPosix
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@testable import PortvaktServer

private func id<Kind>(_ text: String) -> ID<Kind> { ID(TestTown.id(text)) }

/// The figures that alarms are raised on.
@Suite("The figures of the page of metrics", .timeLimit(.minutes(10)))
struct MetricsPageTests {
    private static func value(_ name: String, in page: String) -> Int64? {
        page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Int64($0.dropFirst(name.count + 1)) }
    }

    private static func page(_ service: TestService) async throws -> String {
        try await Collector(try #require(service.metricsPort)).get("/metrics")
            .replacing("\r\n", with: "\n")
    }

    @Test("Decisions are counted by effect, and by themselves those that failed, were emergencies or were not recorded")
    func decisions() async throws {
        let configuration = ServiceConfiguration(
            tls: TLSFiles(certificateChain: "", privateKey: "", trustAnchors: ""), node: TestTown.node,
            profiles: ProfileShelf(initial: try TestService.profile(named: "nasjonal", in: TestTown.policies)),
            clock: ManualClock(TestTown.start))
        let core = try ServiceCore.open(configuration, store: MemoryStore()) {}
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let lane = core.ledger.lane { work in loop.execute(work) }
        let counters = DecisionCounters()
        for (reason, count) in [
            (Reason.allowConsent, 1), (.allowBreakGlass, 2), (.denyRole, 3), (.denyEvaluationError, 4),
            (.referConflict, 5),
        ] {
            let decision = Decision(
                effect: reason.effect, reasons: [reason], external: reason.effect == .allow ? .allow : .deny,
                holdsUntil: TestTown.start)
            let question = Question(actor: .employment(id("larer")), action: .logRead, object: .caseID(id("sak")))
            let record = DecisionRecord(
                question: question, decision: decision, system: id("journal"), at: TestTown.start, revision: .zero,
                policyHash: [UInt8](repeating: 0, count: 32))
            let outcome = await withCheckedContinuation { continuation in
                lane.append(record) { continuation.resume(returning: $0) }
            }
            let entry = try outcome.get()
            for _ in 0..<count { counters.count(Verdict(Decided(record), recordedAs: entry)) }
            if reason == .allowConsent {
                for _ in 0..<6 { counters.count(Verdict(unrecorded: Decided(record))) }
            }
        }
        await core.close()
        var text = MetricsText()
        counters.write(to: &text)
        for (name, value) in [
            ("portvakt_decisions_total{effect=\"allow\"}", 3), ("portvakt_decisions_total{effect=\"deny\"}", 7),
            ("portvakt_decisions_total{effect=\"refer\"}", 5), ("portvakt_decisions_unrecorded_total", 6),
            ("portvakt_decisions_evaluation_error_total", 4), ("portvakt_emergency_accesses_total", 2),
        ] as [(String, Int64)] {
            #expect(Self.value(name, in: text.text) == value, "\(name)")
        }
    }

    @Test("The page has the state's revision, the calls by their status, and the reviews that wait and are overdue")
    func figures() async throws {
        let clock = ManualClock(TestTown.start)
        var setup = try await TestTown.setup(MemoryStore(), clock: clock)
        setup.servesMetrics = true
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            let journal = try service.channel(as: "journal")
            let records: [Record] = [
                .person(Person(id: id("vikar-p"), born: nil)),
                .employment(Employment(id: id("vikar"), person: id("vikar-p"), unit: id("ppt"))),
            ]
            let _: RegisterRecordsResponse = try await journal.call(
                .registerRecords, RegisterRecordsRequest(header: TestTown.header(), records: records))
            let receipt = try await journal.give(TestTown.consentOfFather())
            for hours in [Int64(0), 12] {
                clock.set(TestTown.start.advanced(byMilliseconds: hours * 3_600_000))
                let answer = try await journal.check(
                    Question(
                        actor: .employment(id("vikar")), action: .logRead, object: .caseID(id("sak")),
                        emergency: Emergency(reason: "fare for livet", anonymisedInsufficient: true, minutes: 30)))
                #expect(answer.effect == .allow)
            }
            for _ in 0..<3 {
                let stranger = try service.channel(as: "stranger")
                #expect(try await status { try await stranger.withdraw("s-far") }.code == .permissionDenied)
            }
            // emergency.review_hours is 24.
            for (hours, overdue) in [(Int64(23), Int64(0)), (24, 1), (36, 2)] {
                clock.set(TestTown.start.advanced(byMilliseconds: hours * 3_600_000))
                let page = try await Self.page(service)
                #expect(Self.value("portvakt_reviews_waiting", in: page) == 2)
                #expect(Self.value("portvakt_reviews_overdue", in: page) == overdue, "\(hours)")
                #expect(Self.value("portvakt_emergency_accesses_total", in: page) == 2)
                #expect(Self.value("portvakt_revision", in: page) == Int64(receipt.revision.number))
                #expect(Self.value("portvakt_calls_ended_total{code=\"7\"}", in: page) == 3)
                #expect(Self.value("portvakt_ready", in: page) == 1)
                #expect(Self.value("portvakt_clock_behind_milliseconds", in: page) == 0)
                #expect(Self.value("portvakt_ledger_failures_total", in: page) == 0)
            }
        }
    }

    @Test("A ledger that failed is one failure, nothing is ready, and what is asked then is counted as unrecorded")
    func failed() async throws {
        // Register, three systems: the fifth write is the first question.
        let store = FaultyStore(MemoryStore(), fault: .init(.append, .before, number: 5))
        var setup = try await TestTown.setup(store)
        setup.servesMetrics = true
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            let journal = try service.channel(as: "journal")
            for _ in 0..<3 { #expect(try await journal.check(TestTown.reads()).reasons == [.denyUnrecorded]) }
            // Callers are told first, then the operator.
            while !service.hasLedgerFailed { try await Task.sleep(for: .milliseconds(5)) }
            let page = try await Self.page(service)
            #expect(Self.value("portvakt_ledger_failures_total", in: page) == 1)
            #expect(Self.value("portvakt_ready", in: page) == 0)
            #expect(Self.value("portvakt_decisions_unrecorded_total", in: page) == 3)
            #expect(Self.value("portvakt_decisions_total{effect=\"deny\"}", in: page) == 0)
        }
    }
}
