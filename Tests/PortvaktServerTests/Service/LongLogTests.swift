import Foundation
import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktRPC
import PortvaktSQLite
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A long log through one call of the gate", .timeLimit(.minutes(10)))
struct LongLogTests {
    /// Entries of one log, of every category, some withheld, some about the mother.
    static func entries(_ count: Int) -> [(id: Identifier, labels: EntryLabels)] {
        let categories = Category.allCases
        return (0..<count).map { number in
            var labels = EntryLabels(
                category: categories[number % categories.count],
                about: [ID(TestTown.id(number % 7 == 6 ? "mor" : "barn"))],
                author: ID(TestTown.id(number % 3 == 0 ? "ppt" : "skole")))
            if number % 11 == 10 { labels.withheld = .weighty }
            return (TestTown.id("entry-\(number)"), labels)
        }
    }

    @Test("2,000 entries of mixed categories are filtered in one call, each recorded, as fast as the machine can")
    func rate() async throws {
        let measures = ProcessInfo.processInfo.environment["PORTVAKT_BENCH"] != nil
        let rounds = measures ? 150 : 2
        let folder = try TestFolder()
        try await TestTown.run(try SQLiteStore.open(path: folder.file("ledger.sqlite"))) { service in
            let gate = try service.gate(as: "journal", handling: Set(Obligation.allCases))
            let entries = Self.entries(2000)
            var question = TestTown.reads()
            question.entry = nil
            func ask() async -> Int {
                var allowed = 0
                for await (_, ruling) in gate.checkEach(question, entries: entries, timeout: .seconds(60)) {
                    if case .allowed = ruling { allowed += 1 }
                }
                return allowed
            }
            for _ in 0..<2 { _ = await ask() }
            let begun = ContinuousClock.now
            var allowed = 0
            for _ in 0..<rounds { allowed += await ask() }
            let took = begun.duration(to: .now)
            #expect(allowed > 0 && allowed < rounds * entries.count)
            if measures {
                print(
                    "checkMany: \(Int(Double(rounds * entries.count) / (took / .seconds(1)))) entries/s, allowed \(allowed / rounds)"
                )
            }
        }
    }

    @Test("Each entry of the log has a decision of its own in the ledger, the one that a single question would get")
    func recorded() async throws {
        let store = MemoryStore()
        let entries = Self.entries(1500)
        var question = TestTown.reads()
        question.entry = nil
        var rulings: [(id: Identifier, ruling: Ruling)] = []
        var single: [EntryLabels: Effect] = [:]
        try await TestTown.run(store) { service in
            let gate = try service.gate(as: "journal", handling: Set(Obligation.allCases))
            let each = gate.checkEach(
                question, entries: entries, requestID: TestTown.id("log-1"), timeout: .seconds(120))
            for await ruling in each {
                rulings.append(ruling)
            }
            let journal = try service.channel(as: "journal")
            for labels in Set(entries.map(\.labels)) {
                var asked = question
                asked.entry = labels
                single[labels] = try await journal.check(asked).effect
            }
        }
        let ledger = try RecordedLedger(reading: store, node: TestTown.node)
        #expect(ledger.report.isGood && ledger.decisions.count == entries.count + single.count)
        var used = Set<UInt64>()
        for (entry, (id, ruling)) in zip(entries, rulings) {
            let receipt: Receipt? =
                switch ruling {
                case .allowed(let receipt), .refused(.denied(let receipt, _)), .refused(.notFound(let receipt)): receipt
                case .refused: nil
                }
            let index = try #require(receipt).entry.index
            let record = ledger.decisions[Int(index)]
            #expect(id == entry.id && used.insert(index).inserted)
            #expect(record.question.entry == entry.labels && record.requestID == TestTown.id("log-1"))
            #expect(record.decision.effect == single[entry.labels])
            if case .allowed = ruling { #expect(record.decision.effect == .allow) }
        }
    }

    @Test(
        "What the server ends in the middle is over for the gate: all is refused, and the rest is not asked in another call"
    )
    func overruled() async throws {
        let memory = MemoryStore()
        var setup = try await TestTown.setup(memory)
        // Less than the answers about one part: the call ends where the first are told.
        setup.limits.maxResponseMessage = 4096
        let entries = Self.entries(Gate.maximumBatch + 500)
        try await TestService.run(setup) { service in
            try await TestTown.settle(service)
            let gate = try service.gate(as: "journal", handling: Set(Obligation.allCases))
            var question = TestTown.reads()
            question.entry = nil
            var told: [Identifier] = []
            for await (id, ruling) in gate.checkEach(question, entries: entries, timeout: .seconds(60)) {
                told.append(id)
                guard case .refused(.unanswered(.status(_, "RESOURCE_EXHAUSTED"))) = ruling else {
                    Issue.record("\(id): \(ruling)")
                    break
                }
            }
            #expect(told == entries.map(\.id))
            #expect(gate.statistics.allowed == 0)
        }
        let recorded = memory.blocks(of: .decisions(node: TestTown.node), from: 0, limit: 100).map(\.count).reduce(0, +)
        #expect(recorded > 0 && recorded <= Gate.maximumBatch)
    }

    @Test(
        "However slow the disk, one commit takes two parts of a call at most: who asked gets the first while the rest are recorded"
    )
    func parts() async throws {
        // Three parts are on their way at most. On a machine where the committer's thread gets no time before the third is there, it takes all of
        // them: that is not what is looked at.
        for _ in 0..<10 {
            let sizes = try await sizesOfCommits()
            #expect(sizes.reduce(0, +) == 2000)
            guard sizes.first == 256 else { continue }
            #expect(sizes.allSatisfy { $0 <= 2 * 896 }, "\(sizes)")
            return
        }
        Issue.record("the first part was never begun with by itself")
    }

    /// The blocks of one log of 2,000 entries, whose first write is held back until all that may gather has gathered.
    private func sizesOfCommits() async throws -> [Int] {
        let memory = MemoryStore()
        let store = GatedStore(memory)
        defer { store.open() }
        try await TestTown.run(store) { service in
            let gate = try service.gate(as: "journal", handling: Set(Obligation.allCases))
            var question = TestTown.reads()
            question.entry = nil
            store.shut()
            let rulings = Task { [question] in
                await gate.checkEach(question, entries: Self.entries(2000), timeout: .seconds(60))
                    .reduce(into: 0) { count, _ in count += 1 }
            }
            while !store.holdsWrite { try await Task.sleep(for: .milliseconds(5)) }
            // Time in which all that may be on its way gathers.
            try await Task.sleep(for: .milliseconds(200))
            store.open()
            let came = await rulings.value
            #expect(came == 2000)
        }
        return memory.blocks(of: .decisions(node: TestTown.node), from: 0, limit: 100).map(\.count)
    }
}
