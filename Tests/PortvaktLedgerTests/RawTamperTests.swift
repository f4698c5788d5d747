import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// Tampering below SQL: with the bytes and pages of the file, and by one who computes every hash again.
@Suite("Tampering with the bytes of the database file")
struct RawTamperTests {
    private static let stream = StreamID("decisions/node-1")!

    private func makeLedger(_ path: String) throws {
        let ledger = try openLedger(try SQLiteStore.open(path: path))
        let answers = Answers()
        let loop = TestLoop()
        let lane = ledger.lane { loop.enqueue($0) }
        var random = SeededGenerator(seed: 5)
        for round in 1...12 {
            for number in 0..<60 {
                if number.isMultiple(of: 20) {
                    lane.append(random.change(ofControllers: 2)) { answers.add($0) }
                } else {
                    lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) }
                }
            }
            #expect(loop.turn { answers.count == 60 * round })
        }
        ledger.stop()
    }

    /// Everything that a ledger says, or `nil` when it cannot be read.
    private func content(_ path: String) -> [Block]? {
        guard let store = try? SQLiteStore.openForReading(path: path) else { return nil }
        defer { store.close() }
        guard let heads = try? store.heads().sorted(by: { $0.stream.description < $1.stream.description }) else {
            return nil
        }
        var all: [Block] = []
        for head in heads {
            guard let blocks = try? store.blocks(of: head.stream, from: 0, limit: 10_000) else { return nil }
            all += blocks
        }
        return all
    }

    /// Whether `verify` or `fsck` says that something is wrong.
    private func isFound(_ path: String, _ signed: [GuardedHead]) -> Bool {
        guard let store = try? SQLiteStore.openForReading(path: path) else { return true }
        defer { store.close() }
        guard let report = try? LedgerVerifier(store: store, signed: signed).run() else { return true }
        if !report.isGood { return true }
        do { return try SQLiteStore.structureProblem(path: path) != nil } catch { return true }
    }

    private func signed(_ path: String) throws -> [GuardedHead] {
        let store = try SQLiteStore.openForReading(path: path)
        defer { store.close() }
        return try store.heads().map { GuardedHead(stream: $0.stream, size: $0.size, root: $0.root) }
    }

    @Test("A byte that is changed anywhere in the file is found, or changes nothing that the ledger says")
    func bytes() throws {
        try withFolder { folder in
            let (path, copy) = (folder + "/ledger.db", folder + "/copy.db")
            try makeLedger(path)
            let signed = try signed(path)
            let good = try #require(content(path))
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            var random = SeededGenerator(seed: printedSeed("raw bytes"))
            var found = 0
            for number in 0..<250 {
                var bytes = file
                // Every fourth in the first bytes of a page, where its structure stands.
                let page = 4096 * random.number(0...file.count / 4096 - 1)
                let place = number.isMultiple(of: 4) ? page + random.number(0...110) : random.number(0...file.count - 1)
                bytes[place] ^= 1 << UInt8(random.number(0...7))
                try bytes.write(to: URL(fileURLWithPath: copy))
                let isSame = content(copy) == good
                let isSeen = isFound(copy, signed)
                #expect(isSeen || isSame, "byte \(place)")
                found += isSeen ? 1 : 0
            }
            #expect(found > 150, "most bytes matter: \(found) of 250 were found")
        }
    }

    @Test("A page that is doubled, zeroed, swapped or cut off is found")
    func pages() throws {
        try withFolder { folder in
            let (path, copy) = (folder + "/ledger.db", folder + "/copy.db")
            try makeLedger(path)
            let signed = try signed(path)
            let good = try #require(content(path))
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            let pages = file.count / 4096
            var random = SeededGenerator(seed: printedSeed("raw pages"))
            for number in 0..<60 {
                var bytes = file
                let (one, other) = (4096 * random.number(1...pages - 1), 4096 * random.number(1...pages - 1))
                switch number % 4 {
                case 0: bytes.replaceSubrange(one..<one + 4096, with: Data(count: 4096))
                case 1: bytes.replaceSubrange(one..<one + 4096, with: file[other..<other + 4096])
                case 2:
                    bytes.replaceSubrange(one..<one + 4096, with: file[other..<other + 4096])
                    bytes.replaceSubrange(other..<other + 4096, with: file[one..<one + 4096])
                default: bytes = bytes.prefix(one)
                }
                try bytes.write(to: URL(fileURLWithPath: copy))
                #expect(
                    content(copy) == good || isFound(copy, signed), "pages at \(one) and \(other), kind \(number % 4)")
            }
        }
    }

    @Test("One who changes an entry and computes every hash and root again is found by what was signed")
    func recomputed() throws {
        try withFolder { folder in
            let (path, forged) = (folder + "/ledger.db", folder + "/forged.db")
            try makeLedger(path)
            let signed = try signed(path)
            // The same ledger written anew, one entry of it another.
            let ledger = try openLedger(try SQLiteStore.open(path: forged))
            let answers = Answers()
            let loop = TestLoop()
            let lane = ledger.lane { loop.enqueue($0) }
            let source = try SQLiteStore.openForReading(path: path)
            let entries = try source.blocks(of: Self.stream, from: 0, limit: 10_000).flatMap { try $0.entries() }
            for entry in entries {
                guard case .decision(var record) = try EntryCodec.body(of: entry) else { continue }
                if entry.index == 300 { record.decision.effect = .deny }
                lane.append(record) { answers.add($0) }
            }
            #expect(loop.turn { answers.count == entries.count })
            ledger.stop()
            #expect(isFound(forged, []) == false)
            let store = try SQLiteStore.openForReading(path: forged)
            defer { store.close() }
            let report = try LedgerVerifier(store: store, signed: signed.filter { $0.stream == Self.stream }).run()
            #expect(report.findings.first?.stream == Self.stream)
            #expect(report.findings.first?.what.contains("was signed") == true)
        }
    }
}
