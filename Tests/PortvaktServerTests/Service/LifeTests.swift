import Foundation
import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktServer
import PortvaktSQLite
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A service's life", .timeLimit(.minutes(10)))
struct LifeTests {
    @Test("After a restart from the same ledger it has the same revision and gives the same answers")
    func restart() async throws {
        let folder = try TestFolder()
        let certificates = try await TestCertificates.make(TestTown.callers)
        func start<Value: Sendable>(_ body: (TestService) async throws -> Value) async throws -> Value {
            let store = try SQLiteStore.open(path: folder.file("ledger.db"))
            return try await TestService.run(try await TestTown.setup(store, certificates: certificates), body)
        }
        let first = try await start { service in
            try await TestTown.settle(service)
            let journal = try service.channel(as: "journal")
            _ = try await journal.give(TestTown.consentOfFather())
            _ = try await journal.give(TestTown.consentOfFather("s-old"))
            _ = try await journal.withdraw("s-old")
            return try await answers(service)
        }
        let second = try await start { try await answers($0) }
        #expect(first.map(\.effect) == [.allow, .deny, .deny, .deny])
        #expect(second.compactMap { $0.entry?.index } == [4, 5, 6, 7])
        #expect(first.map(withoutEntry) == second.map(withoutEntry))

        let store = try SQLiteStore.open(path: folder.file("ledger.db"))
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        #expect(ledger.report.isGood && ledger.decisions.count == 8)
        #expect(ledger.changes.count == Int(first[0].revision.number))
    }

    private func answers(_ service: TestService) async throws -> [Answer] {
        let journal = try service.channel(as: "journal")
        var write = TestTown.reads()
        write.actor = .employment(ID(TestTown.id("larer-b")))
        var answers: [Answer] = []
        for question in [TestTown.reads(), TestTown.reads(case: "sak-b"), TestTown.reads(case: "sak-x"), write] {
            answers.append(try await journal.check(question))
        }
        return answers
    }

    private func withoutEntry(_ answer: Answer) -> Answer {
        var answer = answer
        answer.entry = nil
        return answer
    }

    @Test("A drain says NOT_SERVING first, still answers while it lingers, and then takes no more connections")
    func lingers() async throws {
        var setup = try await TestTown.setup(MemoryStore())
        setup.servesMetrics = true
        let service = try await TestService.start(setup)
        do {
            try await TestTown.settle(service)
            let administrator = try service.channel(as: "administrator")
            let journal = try service.channel(as: "journal")
            #expect(try await administrator.isServing())
            async let drained: Void = service.drain(lingerSeconds: 5)
            try await until { try await administrator.isServing() == false }
            let port = try #require(service.metricsPort)
            #expect(try await Collector(port).get("/ready").hasPrefix("HTTP/1.1 503 "))
            #expect(try await Collector(port).get("/live").hasPrefix("HTTP/1.1 200 "))
            #expect(try await journal.check(TestTown.reads()).entry != nil)
            // Whoever begins to watch now is told why not, and does not take it for a service with too much to do.
            var stream = journal.stream(.watchChanges, WatchChangesRequest(), as: WatchChangesResponse.self)
                .makeAsyncIterator()
            let ended = try await status { try await stream.next() }
            #expect(ended.code == .unavailable && ended.parsedDetails?.errorInfo?.reason == "STOPPING", "\(ended)")
            await drained
            #expect(service.events.map(\.text).suffix(2) == ["draining", "stopped"])
        } catch {
            await service.stop()
            throw error
        }
    }

    @Test("Who watches the health is told to go at a drain, and keeps no connection open")
    func healthWatches() async throws {
        try await TestTown.run { service in
            let administrator = try service.channel(as: "administrator")
            var watch = administrator.rpc.serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            let first = try await watch.next()
            #expect(first.map { Array($0.readableBytesView) } == [0x08, 0x01])
            async let drained: Void = service.drain(lingerSeconds: 0)
            var ended: RPCStatus?
            do { while try await watch.next() != nil {} } catch let status as RPCStatus { ended = status }
            // Told by the service: a connection that is cut in the end has no such words.
            #expect(
                ended?.code == .unavailable && ended?.message == "the server goes away", "\(String(describing: ended))")
            await drained
        }
    }

    @Test("A consent that was withdrawn while the clock was wrong does not count again when it was set right")
    func clockSetBack() async throws {
        let store = MemoryStore()
        let certificates = try await TestCertificates.make(TestTown.callers)
        let clock = ManualClock(WallClock().now())
        // Nobody notices.
        let wrong = clock.now().advanced(byMilliseconds: 5 * 3_600_000)
        var setup = try await TestTown.setup(store, certificates: certificates)
        setup.clock = clock
        setup.servesMetrics = true
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            _ = try await service.channel(as: "journal").give(TestTown.consentOfFather())
            clock.set(wrong)
            _ = try await service.channel(as: "journal").withdraw("s-far")
        }
        setup.clock = WallClock()
        try await TestService.run(setup) { service in
            let answer = try await service.channel(as: "journal").check(TestTown.reads())
            #expect(answer.effect == .deny && answer.reasons.contains(.denyConsentWithdrawn), "\(answer.reasons)")
            #expect(service.events.contains { $0.text.contains("seconds behind the ledger's newest change") })
            let page = try await Collector(try #require(service.metricsPort)).get("/metrics")
            let behind = page.split(separator: "\n").first { $0.hasPrefix("portvakt_clock_behind_milliseconds ") }
            #expect(behind.map { !$0.hasSuffix(" 0") } == true)
        }
        #expect(setup.clock.now() >= wrong)
    }

    @Test("A ledger with entries and no guard is served, and the operator is told")
    func guardMissing() async throws {
        let (store, folder) = (MemoryStore(), try TestFolder())
        let key = try SigningKey.generate(name: "portvakt.example")
        func told(_ guardFile: String, isFirst: Bool = false) async throws -> Bool {
            var setup = try await TestTown.setup(store)
            setup.checkpoints = try Checkpointer(
                origin: "portvakt.example", key: key, guardFile: folder.file(guardFile))
            return try await TestService.run(setup) { service in
                if isFirst { try await TestTown.settle(service) }
                return service.events.contains { $0.text.contains("there was no guard") }
            }
        }
        #expect(try await told("guard", isFirst: true) == false)
        #expect(try await told("guard") == false)
        #expect(try await told("elsewhere"))
    }

    @Test("A guard that was cut off between two checkpoints is told from a whole one")
    func guardCut() async throws {
        let (store, folder) = (MemoryStore(), try TestFolder())
        let key = try SigningKey.generate(name: "portvakt.example")
        let path = folder.file("guard")
        func told(isFirst: Bool = false) async throws -> [String] {
            var setup = try await TestTown.setup(store)
            setup.checkpoints = try Checkpointer(origin: "portvakt.example", key: key, guardFile: path)
            return try await TestService.run(setup) { service in
                if isFirst {
                    try await TestTown.settle(service)
                    _ = try await service.channel(as: "journal").check(TestTown.reads())
                }
                return service.events.map(\.text).filter { $0.contains("guard") }
            }
        }
        #expect(try await told(isFirst: true).isEmpty)
        #expect(try await told().isEmpty)
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        // A checkpoint begins with its origin.
        let second = try #require(whole.ranges(of: "portvakt.example/").dropFirst().first, "\(whole)")
        try String(whole[..<second.lowerBound]).write(toFile: path, atomically: true, encoding: .utf8)
        let warned = try await told()
        #expect(warned.count == 1 && warned[0].hasPrefix("the guard knows nothing of "), "\(warned)")
        // It was signed at that start.
        #expect(try await told().isEmpty)
    }

    @Test("A start says under which profile it decides, and by which hash, so that an edited file is seen")
    func profileTold() async throws {
        let store = MemoryStore()
        func told(activating profile: PolicyProfile? = nil) async throws -> [String] {
            try await TestService.run(try await TestTown.setup(store)) { service in
                if let profile {
                    let request = ActivateProfileRequest(
                        header: TestTown.header(),
                        profile: ProfileReference(name: TestTown.id("nasjonal"), hash: profile.hash))
                    let _: ActivateProfileResponse = try await service.channel(as: "administrator").call(
                        .activateProfile, request)
                }
                return service.events.map(\.text).filter { $0.hasPrefix("decides under") }
            }
        }
        let profile = try await TestTown.setup(store).profile
        let hash = try #require(Digest(profile.hash)).description
        let start = "decides under the policy profile nasjonal (\(hash)), "
        #expect(try await told(activating: profile) == [start + "as the settings say: none is activated"])
        #expect(try await told() == [start + "which is activated"])
    }

    @Test("A question that is being recorded when a drain begins is answered, and its entry is in the ledger")
    func openCalls() async throws {
        let memory = MemoryStore()
        let store = GatedStore(memory)
        let service = try await TestService.start(try await TestTown.setup(store))
        do {
            try await TestTown.settle(service)
            let journal = try service.channel(as: "journal")
            _ = try await journal.give(TestTown.consentOfFather())
            store.shut()
            async let answer = journal.check(TestTown.reads())
            try await until { store.holdsWrite }
            async let drained: Void = service.drain()
            try await until { service.events.contains { $0.text == "draining" } }
            try await Task.sleep(for: .milliseconds(50))
            store.open()
            #expect(try await answer.effect == .allow)
            await drained
        } catch {
            store.open()
            await service.stop()
            throw error
        }
        let ledger = try RecordedLedger(reading: memory, node: TestTown.node)
        #expect(ledger.decisions.map(\.decision.effect) == [.allow])
    }

    @Test(
        "Under another node's name the ledger's records are there, the decisions have a stream of their own, and the operator is told what the audit does not find"
    )
    func otherNode() async throws {
        let store = MemoryStore()
        func told(_ service: TestService) -> [String] {
            service.events.map(\.text).filter { $0.contains("decisions of") }
        }
        try await TestTown.run(store) { service in
            _ = try await service.channel(as: "journal").check(TestTown.reads())
            #expect(told(service).isEmpty)
        }
        var setup = try await TestTown.setup(store)
        try await TestService.run(setup) { #expect(told($0).isEmpty) }
        setup.node = TestTown.id("node-2")
        try await TestService.run(setup) { service in
            let answer = try await service.channel(as: "journal").check(TestTown.reads())
            #expect(answer.effect == .allow && answer.entry?.stream == "decisions/node-2" && answer.entry?.index == 0)
            #expect(told(service).count == 1 && told(service)[0].contains("decisions of \(TestTown.node.text):"))
            #expect(service.events.contains { if case .otherNodes = $0 { $0.severity == .warning } else { false } })
        }
    }

    /// Waits until something holds, or the test's time is up.
    private func until(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(5)) }
    }
}
