import Foundation
import NIOCore
import PortvaktClient
import PortvaktCore
import PortvaktLedger
import PortvaktSQLite
import PortvaktStoreTesting
import PortvaktTesting
import PortvaktWire
import Testing

@Suite("A long log through one call of the gate", .timeLimit(.minutes(3)))
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
            let questions = entries.map { entry in
                var asked = question
                asked.entry = entry.labels
                return (id: entry.id, question: asked)
            }
            for _ in 0..<2 { _ = await gate.checkMany(questions, timeout: .seconds(60)) }
            let begun = ContinuousClock.now
            var allowed = 0
            for _ in 0..<rounds {
                let rulings = await gate.checkMany(questions, timeout: .seconds(60))
                for ruling in rulings.values { if case .allowed = ruling { allowed += 1 } }
            }
            let took = begun.duration(to: .now)
            #expect(allowed > 0 && allowed < rounds * entries.count)
            if measures {
                print(
                    "checkMany: \(Int(Double(rounds * entries.count) / (took / .seconds(1)))) entries/s, allowed \(allowed / rounds)"
                )
            }
        }
    }
}
