import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A store that fails", .timeLimit(.minutes(10)))
struct FailureTests {
    /// What a caller was told in one run.
    private struct Told {
        var answers: [(question: Question, answer: Answer)] = []
        var receipts: [ChangeReceipt] = []
        /// The service's health after the run.
        var isServing = true
        var hasLedgerFailed = false
    }

    @Test(
        "Whichever write fails, there is no allow and no receipt that is not in the store, and the service says NOT_SERVING",
        arguments: FaultyStore.Fault.Moment.allCases)
    func sweep(_ moment: FaultyStore.Fault.Moment) async throws {
        let certificates = try await TestCertificates.make(TestTown.callers)
        let whole = FaultyStore(MemoryStore(), fault: nil)
        let all = try await run(whole, certificates)
        #expect(all.isServing && all.answers.filter { $0.answer.effect == .allow }.count == 4)
        let writes = whole.count(of: .append)
        try #require(writes > 10)
        for number in 1...writes {
            let inner = MemoryStore()
            let store = FaultyStore(inner, fault: .init(.append, moment, number: number))
            let told = try await run(store, certificates)
            #expect(store.hasFailed, "write \(number)")
            #expect(!told.isServing && told.hasLedgerFailed, "write \(number): it goes on")
            try check(told, isIn: try RecordedLedger(reading: inner, node: TestTown.node), "write \(number) \(moment)")
        }
    }

    private func check(_ told: Told, isIn ledger: RecordedLedger, _ context: String) throws {
        #expect(ledger.report.isGood, "\(context)")
        for (question, answer) in told.answers {
            guard let entry = answer.entry else {
                #expect(answer.effect == .deny && answer.reasons == [.denyUnrecorded], "\(context)")
                continue
            }
            let record = try #require(ledger.decisions.dropFirst(Int(entry.index)).first, "\(context): lost")
            #expect(record.question == question && record.decision.effect == answer.effect, "\(context)")
        }
        for receipt in told.receipts {
            #expect(ledger.changes.contains { $0.revision == receipt.revision && $0.block == receipt.entry.block })
        }
    }

    /// Sets the town up, asks, withdraws, gives again: as far as it goes.
    private func run(_ store: FaultyStore, _ certificates: TestCertificates) async throws -> Told {
        try await TestService.run(try await TestTown.setup(store, certificates: certificates)) { service in
            var told = Told()
            try? await play(service, &told)
            let administrator = try service.channel(as: "administrator")
            // Callers are told first, then the operator.
            for _ in 0..<500 where store.hasFailed && !service.hasLedgerFailed {
                try await Task.sleep(for: .milliseconds(10))
            }
            told.hasLedgerFailed = service.hasLedgerFailed
            told.isServing = try await administrator.isServing()
            return told
        }
    }

    private func play(_ service: TestService, _ told: inout Told) async throws {
        try await TestTown.settle(service)
        let journal = try service.channel(as: "journal")
        for name in ["s-1", "s-2"] {
            told.receipts.append(try await journal.give(TestTown.consentOfFather(name)))
            for caseID in ["sak", "no-such", "sak"] {
                let question = TestTown.reads(case: caseID)
                told.answers.append((question, try await journal.check(question)))
            }
            told.receipts.append(try await journal.withdraw(name))
            told.answers.append((TestTown.reads(), try await journal.check(TestTown.reads())))
        }
    }

    @Test("When nothing can be recorded a question is answered with deny.unrecorded and a change with UNAVAILABLE")
    func afterwards() async throws {
        // Register, three systems, the consent: the sixth write is the first question.
        let store = FaultyStore(MemoryStore(), fault: .init(.append, .before, number: 6))
        try await TestTown.run(store) { service in
            let gate = try service.gate(as: "journal", handling: Set(Obligation.allCases))
            for _ in 0..<3 { #expect(await gate.check(TestTown.reads()) == .refused(.unrecorded)) }
            let journal = try service.channel(as: "journal")
            #expect(try await status { try await journal.withdraw("s-far") }.code == .unavailable)
            #expect(service.hasLedgerFailed)
        }
    }

    @Test(
        "Who watches when the ledger fails is told that the service stops, and does not keep it from being started again"
    )
    func watches() async throws {
        // Register, three systems, the consent: the sixth write is the question.
        let store = FaultyStore(MemoryStore(), fault: .init(.append, .before, number: 6))
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            var changes = journal.stream(.watchChanges, WatchChangesRequest(), as: WatchChangesResponse.self)
                .makeAsyncIterator()
            _ = try #require(await changes.next())
            var health = try service.channel(as: "administrator").rpc
                .serverStream("/grpc.health.v1.Health/Watch", ByteBuffer()).makeAsyncIterator()
            _ = try #require(await health.next())
            #expect(try await journal.check(TestTown.reads()).reasons == [.denyUnrecorded])
            async let aborted: Void = service.abort()
            // Told by the service: a connection that is cut in the end has no such words.
            let feed = try await status { while try await changes.next() != nil {} }
            #expect(feed.code == .unavailable && feed.parsedDetails?.errorInfo?.reason == "STOPPING", "\(feed)")
            var ended: RPCStatus?
            do { while try await health.next() != nil {} } catch let status as RPCStatus { ended = status }
            #expect(ended?.message == "the server goes away", "\(String(describing: ended))")
            await aborted
        }
    }

    @Test(
        "A change that was being written when the disk failed may be found later: the answer does not say that nothing was done"
    )
    func beingWritten() async throws {
        let store = FaultyStore(MemoryStore(), fault: .init(.append, .after, number: 6))
        try await TestTown.run(store) { service in
            let journal = try service.channel(as: "journal")
            let status = try await status { try await journal.withdraw("s-far") }
            #expect(status.code == .unavailable && status.message.contains("is not known"), "\(status.message)")
        }
    }
}

extension PortvaktChannel {
    /// What `grpc.health.v1.Health/Check` says of the server as a whole: the response is `08 01` when it serves.
    func isServing() async throws -> Bool {
        do {
            let reply = try await rpc.unary("/grpc.health.v1.Health/Check", .init())
            return Array(reply.readableBytesView) == [0x08, 0x01]
        } catch {
            throw ChannelFailure.status(error)
        }
    }
}
