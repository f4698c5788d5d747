import Foundation
import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("Exports that were signed as they are, and files that hold more or less than they should")
struct ExportWalkTests {
    private static let decisions = StreamID("decisions/node-1")!
    private static let changes = StreamID("changes/kommune-1")!
    private let key: SigningKey

    init() throws { key = try SigningKey.generate(name: "log.example") }

    /// So many decisions and changes of one controller, in order.
    private func entries(_ count: Int) throws -> (decisions: [Entry], changes: [Entry]) {
        let store = MemoryStore()
        let ledger = try openLedger(store)
        let answers = Answers()
        let lane = ledger.lane { $0() }
        var random = SeededGenerator(seed: 77)
        for number in 0..<count {
            lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) }
            lane.append(random.change(ofControllers: 1)) { answers.add($0) }
        }
        ledger.stop()
        try #require(answers.durable.count == 2 * count)
        func all(_ stream: StreamID) throws -> [Entry] {
            try store.blocks(of: stream, from: 0, limit: 10_000).flatMap { try $0.entries() }
        }
        return (try all(Self.decisions), try all(Self.changes))
    }

    /// The export of a stream of these entries, whose signed checkpoint covers them as they are.
    private func export(
        _ entries: [Entry], of stream: StreamID, _ folder: String, openings: Bool = true
    ) throws -> LedgerExport {
        let hasher = try TreeHasher()
        let root = Frontier(entries.map { hasher.leaf($0.leaf) }, hasher).root(hasher)
        var payload: [UInt8] = []
        for entry in entries {
            for length in [entry.leaf.count, entry.opening.count] {
                payload += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            }
            payload += hasher.leaf(entry.leaf).bytes.prefix(4) + entry.leaf + entry.opening
        }
        let store = MemoryStore()
        try store.append(
            Commit(blocks: [
                Block(
                    stream: stream, sequence: 1, firstIndex: 0, count: entries.count, changesBefore: 0, root: root,
                    payload: payload)
            ]))
        let note = try Checkpoint(origin: "log.example/\(stream)", size: UInt64(entries.count), root: root)
            .signed(by: key)
        let export = LedgerExport(of: stream, below: folder)
        try export.write(store, stream: stream, checkpoint: note, openings: openings)
        return export
    }

    private func findings(_ export: LedgerExport, signed: [GuardedHead] = []) throws -> [LedgerVerifier.Finding] {
        try export.verify(by: KeyRing([key.verifier]), signed: signed).report.findings
    }

    @Test("A byte more at the end of any file is found, and told as of the entry that would be next")
    func moreThanTheName() throws {
        try withFolder { folder in
            let export = try export(try entries(260).decisions, of: Self.decisions, folder)
            #expect(try findings(export).isEmpty)
            for (file, index) in [
                ("tile/entries/000", 256), ("openings/000", 256), ("tile/0/000", 256), ("tile/entries/001.p/4", 260),
                ("openings/001.p/4", 260), ("tile/0/001.p/4", 260), ("tile/1/000.p/1", 0),
            ] as [(String, UInt64)] {
                let url = URL(fileURLWithPath: "\(export.folder)/\(file)")
                let good = try Data(contentsOf: url)
                try (good + [0]).write(to: url)
                #expect(try findings(export).map(\.index) == [index], "\(file)")
                try good.write(to: url)
            }
            #expect(try findings(export).isEmpty)
        }
    }

    @Test("An opening that was emptied is a decision's erasure, and a finding of a change")
    func emptied() throws {
        let (decisions, changes) = try entries(5)
        try withFolder { folder in
            func emptied(_ entries: [Entry]) -> [Entry] {
                var entries = entries
                entries[3] = entries[3].with(opening: [])
                return entries
            }
            #expect(try findings(try export(emptied(decisions), of: Self.decisions, folder)).isEmpty)
            let found = try findings(try export(emptied(changes), of: Self.changes, folder))
            #expect(found == [.init(stream: Self.changes, index: 3, what: StreamWalk.changeErased)])
            // Without any openings nothing was emptied.
            #expect(try findings(try export(changes, of: Self.changes, folder, openings: false)).isEmpty)
        }
    }

    @Test("Entries that were signed out of their order or twice are found by the numbers that they bear")
    func numbers() throws {
        let (decisions, changes) = try entries(5)
        try withFolder { folder in
            for (places, stream, index) in [
                ([0, 2, 1, 3], Self.decisions, 1), ([0, 1, 1, 2], Self.decisions, 2), ([1, 2, 3], Self.decisions, 0),
                ([0, 2, 1, 3], Self.changes, 2), ([0, 1, 1, 2], Self.changes, 2),
            ] as [([Int], StreamID, UInt64)] {
                let all = stream == Self.decisions ? decisions : changes
                let found = try findings(try export(places.map { all[$0] }, of: stream, folder))
                #expect(found.map(\.index) == [index], "\(places) of \(stream)")
                #expect(found.first?.what.hasPrefix("it says that it is number ") == true)
            }
            // A change that is another stream's bears a number between.
            #expect(try findings(try export([0, 2, 4].map { changes[$0] }, of: Self.changes, folder)).isEmpty)
        }
    }

    @Test("What was signed of another stream says nothing of this one")
    func headsOfOthers() throws {
        let (decisions, _) = try entries(5)
        try withFolder { folder in
            let export = try export(decisions, of: Self.decisions, folder)
            for size in [3, 5, 9] as [UInt64] {
                #expect(
                    try findings(export, signed: [GuardedHead(stream: Self.changes, size: size, root: .zero)]).isEmpty)
            }
        }
    }

    @Test("Entries are read from any index on, in a tile's middle too")
    func readFrom() throws {
        let (decisions, _) = try entries(300)
        try withFolder { folder in
            let reader = try ExportReader(folder: try export(decisions, of: Self.decisions, folder).folder)
            for index in [0, 1, 100, 255, 256, 257, 299, 300] as [UInt64] {
                var read: [Entry] = []
                try reader.forEach(from: index) { entry in
                    read.append(entry)
                    return true
                }
                #expect(read == [Entry](decisions[Int(index)...]), "from \(index)")
            }
        }
    }

    @Test("A history is every change by its revision, known or not; one with a gap is none")
    func history() throws {
        let (_, changes) = try entries(6)
        try withFolder { folder in
            _ = try export(changes, of: Self.changes, folder)
            #expect(try ExportedHistory(folder: folder).changes().map(\.revision.number) == [1, 2, 3, 4, 5, 6])
            #expect(try ExportedHistory(folder: folder).changes().allSatisfy { $0.change != nil })
            _ = try export(changes, of: Self.changes, folder, openings: false)
            let closed = try ExportedHistory(folder: folder).changes()
            #expect(closed.map(\.revision.number) == [1, 2, 3, 4, 5, 6] && closed.allSatisfy { $0.change == nil })
            for missing in [0, 3] {
                var some = changes
                some.remove(at: missing)
                _ = try export(some, of: Self.changes, folder)
                let error = #expect(throws: LedgerError.self) { try ExportedHistory(folder: folder).changes() }
                #expect(error?.description.contains("revision \(missing + 1) is in none of the exports") == true)
            }
        }
    }
}
