import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktTesting
import PortvaktWire
import Synchronization
import Testing

@Suite("How a host uses the gate", .timeLimit(.minutes(10)))
struct GateUseTests {
    private let question: Question
    private let sak: CaseID
    private let clock = ManualClock(Instant(milliseconds: 1_790_000_000_000))

    init() throws {
        sak = try CaseID("sak")
        question = Question(actor: .employment(try EmploymentID("larer")), action: .logRead, object: .caseID(sak))
    }

    private func run(
        _ script: @escaping ScriptedService.Script, handling: Set<Obligation> = [.log],
        _ configure: (inout Gate.Configuration) -> Void = { _ in }, _ body: (ScriptedService, Gate) async throws -> Void
    ) async throws {
        let certificates = try await TestCertificates.make(["journal": .organizationNumber("312345676")])
        let service = try await ScriptedService.start(certificates, clock: clock, script)
        let gate = try service.gate(as: "journal", handling: handling) {
            // What a test does not measure takes as long as a busy machine needs.
            $0.timeout = .minutes(1)
            configure(&$0)
        }
        do { try await body(service, gate) } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }

    /// Waits until the gate's stream of changes has begun. The service beats meanwhile: on a busy machine the first word may be an old one
    /// when it is looked at.
    private func whenReusing(_ gate: Gate, of service: ScriptedService) async throws {
        while !gate.isReusing {
            service.beat()
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("An allow is used again while it holds and nothing changes; a change makes the gate ask")
    func reuse() async throws {
        try await run({ _ in .allow() }, { $0.reuse = .seconds(5) }) { service, gate in
            try await whenReusing(gate, of: service)
            for _ in 0..<10 { _ = await gate.check(question) }
            #expect(service.asked.count == 1 && gate.statistics.reused == 9)
            service.change(cases: [try CaseID("sak-2")])
            service.script { _ in .deny([.denyConsentWithdrawn]) }
            service.change(cases: [sak])
            // The change comes on another stream than the answers: soon, not at once.
            while case .allowed = await gate.check(question) { try await Task.sleep(for: .milliseconds(1)) }
            #expect(service.asked.count == 2)
        }
    }

    @Test("A question with a request id, and one that wants a newer state, is asked although an allow is kept")
    func askedAnew() async throws {
        try await run({ _ in .allow() }, { $0.reuse = .seconds(5) }) { service, gate in
            try await whenReusing(gate, of: service)
            for _ in 0..<2 { _ = await gate.check(question) }
            #expect(service.asked.count == 1)
            service.script { _ in .deny([.denyConsentWithdrawn]) }
            for ruling in [
                await gate.check(question, requestID: try Identifier("r-1")),
                await gate.check(question, atLeastAsFresh: Revision(1)),
            ] {
                guard case .refused(.denied) = ruling else {
                    Issue.record("\(ruling)")
                    continue
                }
            }
            #expect(service.asked.count == 3 && gate.statistics.reused == 1)
        }
    }

    @Test("An allow that is used again, and runs out while its obligation is carried out, is a refusal")
    func reusedTooLong() async throws {
        let runs = Mutex(0)
        let carryOut: Gate.ObligationHandler = { _, _ in
            if runs.withLock({
                $0 += 1; return $0
            }) > 1 {
                try await Task.sleep(for: .milliseconds(2500))
            }
        }
        let configure: (inout Gate.Configuration) -> Void = {
            $0.reuse = .seconds(5)
            $0.handlers[.log] = carryOut
        }
        try await run({ _ in .allow(obligations: [.log], milliseconds: 2000) }, handling: [], configure) {
            service, gate in
            try await whenReusing(gate, of: service)
            guard case .allowed = await gate.check(question) else {
                Issue.record("the first was not allowed")
                return
            }
            #expect(await gate.check(question) == .refused(.unanswered(.expired)))
            #expect(runs.withLock { $0 } == 2)
        }
    }

    @Test("What carrying out an obligation took is not added to the time that an allow is kept")
    func keptFromTheQuestionOn() async throws {
        let configure: (inout Gate.Configuration) -> Void = {
            $0.reuse = .seconds(5)
            $0.handlers[.log] = { _, _ in try await Task.sleep(for: .milliseconds(1000)) }
        }
        try await run({ _ in .allow(obligations: [.log], milliseconds: 1500) }, handling: [], configure) {
            service, gate in
            try await whenReusing(gate, of: service)
            let begun = ContinuousClock.now
            _ = await gate.check(question)
            try await Task.sleep(until: begun + .milliseconds(1600))
            _ = await gate.check(question)
            #expect(service.asked.count == 2 && gate.statistics.reused == 0)
        }
    }

    @Test("A gate that was closed releases nothing, whatever it had kept")
    func closed() async throws {
        try await run({ _ in .allow() }, { $0.reuse = .seconds(60) }) { service, gate in
            try await whenReusing(gate, of: service)
            _ = await gate.check(question)
            await gate.close()
            #expect(!gate.isReusing)
            guard case .refused(.unanswered) = await gate.check(question) else {
                Issue.record("a closed gate allowed")
                return
            }
            #expect(service.asked.count == 1 && gate.statistics.reused == 0)
        }
    }

    @Test("When the stream falls silent the gate asks again, and a dead server ends all access")
    func silence() async throws {
        try await run({ _ in .allow() }, { $0.reuse = .milliseconds(100) }) { service, gate in
            try await whenReusing(gate, of: service)
            _ = await gate.check(question)
            // The scripted service beats only when it is told to.
            try await Task.sleep(for: .milliseconds(250))
            #expect(!gate.isReusing)
            _ = await gate.check(question)
            #expect(service.asked.count == 2 && gate.statistics.reused == 0)
            await service.stop()
            let ruling = await gate.check(question, timeout: .milliseconds(500))
            guard case .refused(.unanswered) = ruling else {
                Issue.record("\(ruling)")
                return
            }
        }
    }

    @Test("A host's handler carries out its obligation before the closure; when it throws, the closure does not run")
    func handlers() async throws {
        struct Broken: Error {}
        let order = Mutex<[String]>([])
        let fails = Mutex(false)
        try await run(
            { _ in .allow(obligations: [.log, .informParents]) },
            { configuration in
                configuration.handlers[.informParents] = { receipt, question in
                    order.withLock { $0.append("inform \(receipt.entry.index)") }
                    if fails.withLock({ $0 }) { throw Broken() }
                }
            }
        ) { _, gate in
            let first = await gate.disclose(question) { _ in order.withLock { $0.append("shown") } }
            guard case .released = first else {
                Issue.record("\(first)")
                return
            }
            fails.withLock { $0 = true }
            let second = await gate.disclose(question) { _ in order.withLock { $0.append("shown") } }
            guard case .refused(.unanswered(.obligationFailed(.informParents))) = second else {
                Issue.record("\(second)")
                return
            }
            let rulings = await gate.checkMany([(id: try Identifier("a"), question: question)])
            #expect(rulings[try Identifier("a")] == .refused(.unanswered(.obligationFailed(.informParents))))
            #expect(order.withLock { $0 } == ["inform 1", "shown", "inform 2", "inform 3"])
            #expect(gate.statistics.unanswered == ["obligation_failed": 2])
        }
    }

    @Test("A handler that takes longer than the allow holds makes it a refusal")
    func slowHandler() async throws {
        try await run(
            { _ in .allow(obligations: [.notifyLeader], milliseconds: 150) },
            { $0.handlers[.notifyLeader] = { _, _ in try await Task.sleep(for: .milliseconds(300)) } }
        ) { _, gate in
            #expect(await gate.check(question) == .refused(.unanswered(.expired)))
            let id = try Identifier("a")
            #expect(await gate.checkMany([(id: id, question: question)]) == [id: .refused(.unanswered(.expired))])
        }
    }

    @Test("Each obligation that has a handler is carried out, in the answer's order, and one that fails is enough")
    func severalHandlers() async throws {
        struct Broken: Error {}
        let done = Mutex<[String]>([])
        let fails = Mutex(false)
        try await run(
            { _ in .allow(obligations: [.log, .notifyLeader, .informParents]) },
            { configuration in
                configuration.handlers[.informParents] = { _, _ in
                    if fails.withLock({ $0 }) { throw Broken() }
                    done.withLock { $0.append("inform") }
                }
                configuration.handlers[.notifyLeader] = { _, _ in done.withLock { $0.append("notify") } }
            }
        ) { _, gate in
            let id = try Identifier("a")
            _ = await gate.disclose(question) { _ in done.withLock { $0.append("shown") } }
            guard case .allowed? = await gate.checkMany([(id: id, question: question)])[id] else {
                Issue.record("not allowed")
                return
            }
            #expect(done.withLock { $0 } == ["notify", "inform", "shown", "notify", "inform"])
            done.withLock { $0 = [] }
            fails.withLock { $0 = true }
            let refused = await gate.disclose(question) { _ in done.withLock { $0.append("shown") } }
            guard case .refused(.unanswered(.obligationFailed(.informParents))) = refused else {
                Issue.record("\(refused)")
                return
            }
            #expect(done.withLock { $0 } == ["notify"])
        }
    }

    @Test("An obligation that nobody handles is a refusal, in a batch too")
    func unhandled() async throws {
        try await run({ _ in .allow(obligations: [.appealText]) }) { _, gate in
            #expect(await gate.check(question) == .refused(.unanswered(.obligations([.appealText]))))
            let rulings = await gate.checkMany([(id: try Identifier("a"), question: question)])
            #expect(rulings[try Identifier("a")] == .refused(.unanswered(.obligations([.appealText]))))
        }
    }

    @Test("An emergency is asked with its reason, never used again, and refused when there is no answer")
    func emergency() async throws {
        try await run({ _ in .allow(reason: .allowBreakGlass) }, { $0.reuse = .seconds(5) }) { service, gate in
            try await whenReusing(gate, of: service)
            let claims: [(insufficient: Bool, minutes: UInt32)] = [(true, 30), (false, 5), (true, 30)]
            for claim in claims {
                let disclosure = await gate.discloseInEmergency(
                    question, reason: "acute danger", anonymisedInsufficient: claim.insufficient, minutes: claim.minutes
                ) { _ in 1 }
                guard case .released = disclosure else {
                    Issue.record("\(disclosure)")
                    return
                }
            }
            #expect(
                service.asked.map(\.emergency)
                    == claims.map {
                        Emergency(reason: "acute danger", anonymisedInsufficient: $0.insufficient, minutes: $0.minutes)
                    })
            service.script { _ in .silence }
            let refused = await gate.discloseInEmergency(
                question, reason: "acute danger", anonymisedInsufficient: true, minutes: 30,
                timeout: .milliseconds(100)
            ) { _ in 1 }
            guard case .refused(.unanswered(.deadline)) = refused else {
                Issue.record("\(refused)")
                return
            }
        }
    }

    @Test(
        "What is not an allow is counted by its kind",
        arguments: [
            (ScriptedService.Reply.silence, "deadline", TimeAmount.milliseconds(200)),
            // Time enough for a machine that is busy: what is answered is never counted as late.
            (.status(13), "status", .minutes(1)), (.nonsense, "unintelligible", .minutes(1)),
        ])
    func counted(reply: ScriptedService.Reply, kind: String, timeout: TimeAmount) async throws {
        try await run({ _ in reply }) { _, gate in
            _ = await gate.check(question, timeout: timeout)
            let rulings = await gate.checkMany(
                [(id: try Identifier("a"), question: question)], timeout: timeout)
            #expect(rulings.count == 1)
            #expect(gate.statistics.unanswered == [kind: 2] && gate.statistics.total == 2)
        }
    }

    @Test("What is answered is counted as what it is, alone and of many: once each")
    func countedAnswers() async throws {
        let replies: [ScriptedService.Reply] = [.allow(), .deny([.denyNoConsent]), .notFound, .unrecorded]
        let next = Mutex(0)
        let script: ScriptedService.Script = { _ in
            next.withLock { place in
                defer { place += 1 }
                return replies[place % replies.count]
            }
        }
        try await run(script) { _, gate in
            func counts(_ of: Gate.Statistics) -> [UInt64] { [of.allowed, of.denied, of.unrecorded, of.total] }
            for _ in replies { _ = await gate.check(question) }
            #expect(counts(gate.statistics) == [1, 2, 1, 4])
            let many = try replies.indices.map { (id: try Identifier("q-\($0)"), question: question) }
            _ = await gate.checkMany(many)
            #expect(counts(gate.statistics) == [2, 4, 2, 8] && gate.statistics.unanswered.isEmpty)
        }
    }

    @Test("A server whose clock jumps by a century gives and takes nothing: spans are compared, not instants")
    func clockJumps() async throws {
        try await run({ _ in .allow(milliseconds: 5000) }) { _, gate in
            for century in [3_155_760_000_000, -3_155_760_000_000] as [Int64] {
                clock.advance(byMilliseconds: century)
                guard case .allowed = await gate.check(question) else {
                    Issue.record("the allow holds for five seconds, whatever the server's clock says")
                    return
                }
            }
        }
        try await run({ _ in .allow(milliseconds: -1) }) { _, gate in
            #expect(await gate.check(question) == .refused(.unanswered(.expired)))
        }
    }

    @Test("Rulings of a long list come in order, one for each id, over several requests")
    func longList() async throws {
        try await run({ question in question.entry?.category == .health ? .deny([.denyNoConsent]) : .allow() }) {
            service, gate in
            let entries = try (0..<5000).map { number in
                (
                    id: try Identifier("e-\(number)"),
                    labels: EntryLabels(
                        category: number % 3 == 0 ? .health : .education, about: [], author: try UnitID("skole"))
                )
            }
            var place = 0
            for await (id, ruling) in gate.checkEach(question, entries: entries, timeout: .seconds(20)) {
                #expect(id == entries[place].id)
                guard case .allowed(let receipt) = ruling else {
                    #expect(place % 3 == 0)
                    place += 1
                    continue
                }
                #expect(place % 3 != 0 && receipt.entry.index == UInt64(place + 1))
                place += 1
            }
            #expect(place == entries.count && service.asked.count == entries.count)
            #expect(gate.statistics.total == UInt64(entries.count))
        }
    }

    @Test(
        "Entries are asked about with their own labels, whatever entry the common question has, and so are their obligations"
    )
    func labels() async throws {
        let told = Mutex<[EntryLabels?]>([])
        let author = try UnitID("skole")
        let entries = try [Category.health, .education, .nav].map {
            (id: try Identifier($0.word), labels: EntryLabels(category: $0, about: [], author: author))
        }
        var common = question
        common.entry = EntryLabels(category: .barnevern, about: [], author: author)
        try await run(
            { _ in .allow(obligations: [.informParents]) }, handling: [],
            { $0.handlers[.informParents] = { _, question in told.withLock { $0.append(question.entry) } } }
        ) { service, gate in
            for await (id, ruling) in gate.checkEach(common, entries: entries) {
                guard case .allowed = ruling else {
                    Issue.record("\(id): \(ruling)")
                    continue
                }
            }
            #expect(service.asked.map(\.entry) == entries.map(\.labels))
            #expect(told.withLock { $0 } == entries.map(\.labels))
            #expect(service.asked.allSatisfy { $0.actor == question.actor && $0.object == question.object })
        }
    }

    @Test("A receipt is one line that names nobody and says where the decision stands")
    func receiptText() async throws {
        try await run({ _ in .allow(obligations: [.log]) }) { _, gate in
            guard case .allowed(let receipt) = await gate.check(question) else {
                Issue.record("no allow")
                return
            }
            let zeros = String(repeating: "00", count: 32)
            #expect(
                receipt.text
                    == "portvakt-receipt/1 decisions/scripted 1 1 allow allow.consent log 1790000000000 1790000060000 1 \(zeros)"
            )
        }
    }
}
