import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

@Suite("Group commit")
struct LedgerTests {
    let decisions = StreamID("decisions/node-1")!

    @Test("Everything appended is answered once, in order, with the place where it is then found")
    func answeredInOrder() throws {
        var random = SeededGenerator(seed: printedSeed("answeredInOrder"))
        let ledger = try openLedger(MemoryStore())
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        let records = (0..<300).map { _ in random.decisionRecord() }
        for (number, record) in records.enumerated() {
            lane.append(record) { answers.add($0) }
            if number.isMultiple(of: 37) { #expect(loop.turn { answers.count > number / 2 }) }
        }
        #expect(loop.turn { answers.count == records.count })
        #expect(answers.durable.map(\.index) == (0..<300).map(UInt64.init))
        var found: [Entry] = []
        var next: UInt64 = 0
        while true {
            let page = try ledger.entries(of: decisions, from: next, limit: 70)
            found += page.entries
            next = page.next
            if page.isComplete { break }
        }
        #expect(try found.map { try EntryCodec.body(of: $0) } == records.map { .decision($0) })
        let hasher = try TreeHasher()
        #expect(found.map { hasher.leaf($0.leaf) } == answers.durable.map(\.leafHash))
        ledger.stop()
    }

    @Test("What comes while a commit runs is the next commit, and is handed to its lane in one call")
    func oneDelivery() throws {
        var random = SeededGenerator(seed: 7)
        let store = HeldStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        ledger.lane { $0() }.append(random.decisionRecord()) { _ in }
        store.waitForWrite()
        let lane = ledger.lane { loop.enqueue($0) }
        for _ in 0..<500 { lane.append(random.decisionRecord()) { answers.add($0) } }
        #expect(loop.deliveries == 1, "the end of the turn")
        store.release()
        #expect(loop.turn { answers.count == 500 })
        #expect(loop.deliveries == 2, "and one commit")
        #expect(Set(answers.durable.map(\.sequence)).count == 1)
        #expect(ledger.metrics.commits == 2 && ledger.metrics.entries == 501)
        #expect(ledger.metrics.medianCommitNanoseconds > 0)
        ledger.stop()
    }

    @Test("Changes of several controllers keep the order of their lane, in their revisions and when they are replayed")
    func changesKeepOrder() throws {
        var random = SeededGenerator(seed: printedSeed("changesKeepOrder"))
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        let changes = (0..<400).map { _ in random.change(ofControllers: 3) }
        for (number, change) in changes.enumerated() {
            lane.append(change) { answers.add($0) }
            if random.number(0...20) == 0 { #expect(loop.turn { answers.count == number + 1 }) }
            if random.chance() { lane.append(random.decisionRecord()) { _ in } }
        }
        #expect(loop.turn { answers.count == changes.count })
        #expect(answers.durable.compactMap(\.revision?.number) == (1...400).map(UInt64.init))
        ledger.stop()
        let again = try openLedger(store)
        var replayed: [Change] = []
        try again.replay { recorded in
            #expect(recorded.revision.number == UInt64(replayed.count + 1))
            replayed.append(try #require(recorded.change))
        }
        #expect(replayed == changes)
        #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
        again.stop()
    }

    @Test("Many changes in one append are one commit")
    func allOrNothing() throws {
        var random = SeededGenerator(seed: printedSeed("allOrNothing"))
        let ledger = try openLedger(MemoryStore())
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        let changes = (0..<1000).map { _ in random.change(ofControllers: 2) }
        let answers = Answers()
        lane.append(contentsOf: changes) { outcome in
            if case .success(let entries) = outcome { for entry in entries { answers.add(.success(entry)) } }
        }
        #expect(loop.turn { answers.count == 1000 })
        #expect(answers.durable.compactMap(\.revision?.number) == (1...1000).map(UInt64.init))
        #expect(ledger.metrics.commits == 1)
        ledger.stop()
    }

    @Test("Over the limit of waiting entries an append is refused as full, and nothing that waited is lost")
    func full() throws {
        let store = HeldStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let record = try LedgerBenchmark.sample(1)
        ledger.lane { $0() }.append(record) { _ in }
        store.waitForWrite()
        let lane = ledger.lane { loop.enqueue($0) }
        for _ in 0..<CommitLane.maximumWaitingEntries { lane.append(record) { answers.add($0) } }
        let refused = Answers()
        lane.append(record) { refused.add($0) }
        #expect(refused.failures == [.full])
        store.release()
        #expect(loop.turn { answers.count == CommitLane.maximumWaitingEntries })
        #expect(answers.failures.isEmpty)
        let accepted = Answers()
        lane.append(record) { accepted.add($0) }
        #expect(loop.turn { accepted.durable.count == 1 })
        ledger.stop()
    }

    @Test("An append of more bytes than the limit is refused as full, and nothing of it stays in the lane")
    func largeGroups() throws {
        var random = SeededGenerator(seed: 33)
        let record = try LedgerBenchmark.sample(1)
        var writer = ByteWriter()
        try EntryCodec.encode(record, into: &writer)
        let lane = CommitLane(
            decisions: decisions, bell: Doorbell(), preparerBell: Doorbell(), refusal: nil,
            groupBytes: 10 * writer.count, deliver: { $0() })
        let refused = Locked<[LedgerFailure]>([])
        @Sendable func refuse(_ outcome: CommitLane.GroupOutcome) {
            if case .failure(let failure) = outcome { refused.withLock { $0.append(failure) } }
        }
        lane.append([record], at: [Int](repeating: 0, count: 11)) { refuse($0) }
        #expect(refused.withLock { $0 } == [.full])
        lane.append(contentsOf: (0..<1000).map { _ in random.change() }) { refuse($0) }
        #expect(refused.withLock { $0 } == [.full, .full])
        #expect(lane.take()?.bytes.count ?? 0 == 0, "nothing has gathered")
        // As much as the limit, again and again: only what one append brings counts.
        for _ in 0..<3 { lane.append([record], at: [Int](repeating: 0, count: 10)) { refuse($0) } }
        let gathered = try #require(lane.take())
        #expect(gathered.bytes.count == 30 * writer.count && gathered.entries.count == 30)
        #expect(refused.withLock { $0.count } == 2)
    }

    @Test("With enough bytes for a commit the other lanes wait for the next one")
    func enoughForACommit() throws {
        let record = try LedgerBenchmark.sample(1)
        let lanes = (0..<3).map { _ in
            CommitLane(
                decisions: decisions, bell: Doorbell(), preparerBell: Doorbell(), refusal: nil, deliver: { $0() })
        }
        for lane in lanes { lane.append(record) { _ in } }
        #expect(CommitPreparer.take(lanes, refusing: nil, enoughBytes: 1).count == 1)
        #expect(CommitPreparer.take(lanes, refusing: .stopped, enoughBytes: 1).count == 1)
        #expect(CommitPreparer.take(lanes, refusing: .stopped, enoughBytes: 1).count == 1)
        #expect(CommitPreparer.take(lanes, refusing: .stopped, enoughBytes: 1).isEmpty)
    }

    @Test("An entry that cannot be written is refused alone")
    func unwritable() throws {
        let ledger = try openLedger(MemoryStore())
        let loop = TestLoop()
        let (good, bad) = (Answers(), Answers())
        let lane = ledger.lane { loop.enqueue($0) }
        var record = try LedgerBenchmark.sample(1)
        lane.append(record) { good.add($0) }
        record.question.necessity = String(repeating: "x", count: EntryCodec.maximumTextBytes + 1)
        lane.append(record) { bad.add($0) }
        lane.append(try LedgerBenchmark.sample(2)) { good.add($0) }
        #expect(bad.failures.count == 1)
        #expect(loop.turn { good.count == 2 })
        #expect(good.durable.map(\.index) == [0, 1])
        ledger.stop()
    }

    @Test("Stopping writes what has gathered, and refuses what comes later")
    func stopping() throws {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<100 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        ledger.stop()
        lane.append(try LedgerBenchmark.sample(100)) { answers.add($0) }
        #expect(loop.turn { answers.count == 101 })
        #expect(answers.durable.count == 100)
        #expect(answers.failures == [.stopped])
        #expect(store.heads().map(\.size) == [100])
        let late = Answers()
        ledger.lane { $0() }.append(try LedgerBenchmark.sample(0)) { late.add($0) }
        #expect(late.failures == [.stopped])
    }

    @Test("Erasures of one block from many threads all happen, beside appends; after stopping one is refused")
    func erasures() throws {
        var random = SeededGenerator(seed: 21)
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        for _ in 0..<64 { lane.append(random.decisionRecord()) { answers.add($0) } }
        #expect(loop.turn { answers.count == 64 })
        let erased = Locked(0)
        let threads = try (0..<4).map { part in
            try WorkerThread {
                for index in stride(from: UInt64(part), to: 60, by: 4) {
                    let count = (try? ledger.erase([index], of: ledger.decisions)) ?? 0
                    erased.withLock { $0 += count }
                }
            }
        }
        for _ in 0..<64 { lane.append(random.decisionRecord()) { answers.add($0) } }
        for thread in threads { thread.join() }
        #expect(loop.turn { answers.count == 128 })
        #expect(erased.withLock { $0 } == 60)
        // What the service writes before it erases: without it the openings would be missed.
        let places = (0..<60).map { AuditRecord.Place(stream: ledger.decisions, index: $0) }
        lane.append(
            AuditRecord(
                call: .erased, system: try SystemID("officer"), at: Instant(milliseconds: 1_790_000_000_000),
                revision: Revision(1), entries: places)
        ) { answers.add($0) }
        #expect(loop.turn { answers.count == 129 })
        ledger.stop()
        #expect(throws: LedgerError.ended) { try ledger.erase([61], of: ledger.decisions) }
        let entries = try store.checkedBlocks(of: decisions, from: 0, limit: 1000).flatMap { try $0.entries() }
        #expect(entries.map(\.isErased) == (0..<129).map { $0 < 60 })
        #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
    }

    @Test("A retry finds its entry by the system's request id, also after a new start; another system's does not")
    func retries() throws {
        let store = MemoryStore()
        var ledger = try openLedger(store)
        var random = SeededGenerator(seed: 11)
        let answers = Answers()
        let lane = ledger.lane { $0() }
        var decision = try LedgerBenchmark.sample(1)
        decision.requestID = try Identifier("request-1")
        var change = random.change(ofControllers: 1)
        change.requestID = try Identifier("request-2")
        lane.append(try LedgerBenchmark.sample(0)) { answers.add($0) }
        lane.append(decision) { answers.add($0) }
        lane.append(change) { answers.add($0) }
        while answers.count < 3 { sleepShortly() }
        for _ in 0..<2 {
            let found = ledger.recorded(system: decision.system, requestID: try Identifier("request-1"))
            #expect(found == answers.durable[1])
            #expect(
                ledger.recorded(system: change.system, requestID: try Identifier("request-2")) == answers.durable[2])
            #expect(ledger.recorded(system: change.system, requestID: try Identifier("request-1")) == nil)
            ledger.stop()
            ledger = try openLedger(store)
        }
        ledger.stop()
    }

    @Test("Remembered requests are bounded, the newest ones are kept")
    func rememberedRequests() throws {
        var requests = RecentRequests()
        let system: SystemID = try ID("s")
        func key(_ number: Int) throws -> RecentRequests.Key {
            RecentRequests.Key(system: system, requestID: try Identifier("r\(number)"))
        }
        let count = 2 * RecentRequests.remembered + 10
        for number in 0..<count {
            let entry = DurableEntry(
                stream: decisions, index: UInt64(number), revision: nil, leafHash: .zero, treeSize: 0, sequence: 0)
            requests.add(entry, for: try key(number))
        }
        #expect(requests.entry(for: try key(0)) == nil)
        for number in count - RecentRequests.remembered..<count {
            #expect(requests.entry(for: try key(number))?.index == UInt64(number))
        }
    }

    @Test("Every entry can be proved against the root that is on disk")
    func proofs() throws {
        let ledger = try openLedger(MemoryStore())
        let loop = TestLoop()
        let answers = Answers()
        let lane = ledger.lane { loop.enqueue($0) }
        for number in 0..<700 {
            lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) }
            if number % 100 == 99 { #expect(loop.turn { answers.count == number + 1 }) }
        }
        let head = try #require(try ledger.heads().first)
        for entry in answers.durable {
            let (proof, root) = try #require(try ledger.proveInclusion(of: entry.index, in: decisions))
            #expect(root == head.root && proof.leads(from: entry.leafHash, to: head.root))
        }
        let older = try #require(try ledger.proveInclusion(of: 10, in: decisions, size: 300)).root
        let consistency = try #require(try ledger.proveConsistency(of: decisions, from: 300))
        #expect(consistency.joins(older, head.root))
        ledger.stop()
    }

    @Test("Many threads with lanes of their own: nothing is lost, nothing is there twice")
    func manyThreads() throws {
        try withFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/ledger.db")
            let ledger = try openLedger(store)
            let answers = (0..<6).map { _ in Answers() }
            DispatchQueue.concurrentPerform(iterations: 6) { worker in
                let loop = TestLoop()
                let lane = ledger.lane { loop.enqueue($0) }
                var random = SeededGenerator(seed: UInt64(worker))
                for number in 0..<400 {
                    let then: @Sendable (CommitLane.Outcome) -> Void = { answers[worker].add($0) }
                    if worker == 0 {
                        lane.append(random.change(ofControllers: 2), then: then)
                    } else {
                        lane.append(random.decisionRecord(), then: then)
                    }
                    if random.number(0...9) == 0 { _ = loop.turn { answers[worker].count == number + 1 } }
                }
                _ = loop.turn { answers[worker].count == 400 }
            }
            let durable = answers.flatMap(\.durable)
            #expect(durable.count == 2400)
            #expect(Set(durable.map { "\($0.stream)#\($0.index)" }).count == 2400)
            #expect(answers.dropFirst().flatMap(\.durable).map(\.index).sorted() == (0..<2000).map(UInt64.init))
            #expect(try LedgerVerifier(store: store).run().findings.isEmpty)
            ledger.stop()
        }
    }
}
