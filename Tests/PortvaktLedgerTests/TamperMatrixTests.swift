import Foundation
import PortvaktCore
import Testing

@testable import PortvaktLedger
@testable import PortvaktSQLite

/// Changed, removed, inserted, reordered, doubled: bytes, entries, rows and pages, at many places; the first bad entry is named.
@Suite("Every way of tampering, with everything that can be tampered with")
struct TamperMatrixTests {
    enum Way: String, CaseIterable, Sendable {
        case change, remove, insert, reorder, duplicate
    }

    private static let stream = StreamID("decisions/node-1")!
    private static let places = 25

    /// One good ledger of several blocks, copies of which are tampered with.
    private struct Good {
        let path: String
        let signed: [GuardedHead]
        let blocks: [Block]

        init(_ folder: String) throws {
            path = folder + "/ledger.db"
            let ledger = try openLedger(try SQLiteStore.open(path: path))
            var random = SeededGenerator(seed: 11)
            let answers = Answers()
            let loop = TestLoop()
            let lane = ledger.lane { loop.enqueue($0) }
            var appended = 0
            for round in 0..<12 {
                for _ in 0..<[2, 30, 90][round % 3] {
                    lane.append(random.decisionRecord()) { answers.add($0) }
                    appended += 1
                }
                for _ in 0..<4 {
                    lane.append(random.change(ofControllers: 2)) { answers.add($0) }
                    appended += 1
                }
                #expect(loop.turn { answers.count == appended })
            }
            ledger.stop()
            let store = try SQLiteStore.openForReading(path: path)
            defer { store.close() }
            signed = try store.heads().map { GuardedHead(stream: $0.stream, size: $0.size, root: $0.root) }
            blocks = try store.blocks(of: TamperMatrixTests.stream, from: 0, limit: 10_000)
        }

        var size: UInt64 { blocks.last?.endIndex ?? 0 }

        /// What a verification says of a copy in which something was changed by SQL.
        func findings(after sql: String) throws -> [LedgerVerifier.Finding] {
            let copy = path + ".copy"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try Connection(path: copy, access: .readWrite).execute(sql)
            let store = try SQLiteStore.openForReading(path: copy)
            defer { store.close() }
            return try LedgerVerifier(store: store, signed: signed).run().findings
        }

        func findings(payload: [UInt8], count: Int? = nil, of block: Block) throws -> [LedgerVerifier.Finding] {
            try findings(
                after: """
                    UPDATE blocks SET payload = x'\(payload.hexadecimal)', count = \(count ?? block.count)
                    WHERE sequence = \(block.sequence)
                    """)
        }
    }

    private static func apply<Item>(
        _ way: Way, to items: [Item], at place: Int, _ random: inout SeededGenerator, other: Item
    ) -> [Item] {
        var items = items
        switch way {
        case .change: items[place] = other
        case .remove: items.remove(at: place)
        case .insert: items.insert(other, at: place)
        case .reorder: items.swapAt(place, random.number(0...items.count - 1))
        case .duplicate: items.insert(items[place], at: place)
        }
        return items
    }

    @Test("Bytes of a block's payload", arguments: Way.allCases)
    func bytes(_ way: Way) throws {
        try withFolder { folder in
            let good = try Good(folder)
            var random = SeededGenerator(seed: printedSeed("bytes, \(way)"))
            var tried = 0
            while tried < Self.places {
                let block = try #require(good.blocks.randomElement(using: &random))
                let place = random.number(0...block.payload.count - 1)
                let other = block.payload[place] ^ UInt8(random.number(1...255))
                let changed = Self.apply(way, to: block.payload, at: place, &random, other: other)
                guard changed != block.payload else { continue }
                let first =
                    zip(changed, block.payload).enumerated().first { $1.0 != $1.1 }?.offset
                    ?? min(changed.count, block.payload.count)
                tried += 1
                let found = try good.findings(payload: changed, of: block)
                let bad = try block.index(ofByte: first)
                #expect(
                    found.map(\.stream) == [Self.stream] && found.first?.index == bad,
                    "\(way) at byte \(place) of block \(block.firstIndex): \(found)")
            }
        }
    }

    @Test("Entries of a block", arguments: Way.allCases)
    func entries(_ way: Way) throws {
        try withFolder { folder in
            let good = try Good(folder)
            var random = SeededGenerator(seed: printedSeed("entries, \(way)"))
            var tried = 0
            while tried < Self.places {
                let block = try #require(good.blocks.randomElement(using: &random))
                let frames = try block.frames()
                let foreign = try #require(try good.blocks.randomElement(using: &random)?.frames().first)
                let place = random.number(0...frames.count - 1)
                let changed = Self.apply(way, to: frames, at: place, &random, other: foreign)
                let first = (0..<max(frames.count, changed.count)).first { number in
                    number >= frames.count || number >= changed.count || frames[number] != changed[number]
                }
                guard let first, !changed.isEmpty else { continue }
                tried += 1
                // The row says how many entries it now holds: nothing else gives it away.
                let found = try good.findings(payload: [UInt8](changed.joined()), count: changed.count, of: block)
                #expect(
                    found.map(\.index) == [block.firstIndex + UInt64(first)],
                    "\(way) of entry \(place) of block \(block.firstIndex): \(found)")
            }
        }
    }

    @Test("Rows: whole blocks", arguments: Way.allCases)
    func rows(_ way: Way) throws {
        try withFolder { folder in
            let good = try Good(folder)
            var random = SeededGenerator(seed: printedSeed("rows, \(way)"))
            for number in 0..<good.blocks.count {
                let block = good.blocks[number]
                let (row, here) = ("WHERE sequence = \(block.sequence)", block.firstIndex)
                switch way {
                case .change:
                    var changes = [
                        ("UPDATE blocks SET count = count + 1 \(row)", block.endIndex),
                        ("UPDATE blocks SET root = zeroblob(32) \(row)", here),
                        ("UPDATE blocks SET sequence = sequence + 100000 \(row)", nil),
                        ("UPDATE blocks SET payload = zeroblob(length(payload)) \(row)", here),
                    ]
                    // One further is the next block's place where a block holds one entry: the key itself refuses that.
                    if block.count > 1 || block.endIndex == good.size {
                        changes.append(("UPDATE blocks SET place = place + 1 \(row)", here))
                    }
                    for (sql, bad) in changes {
                        let found = try good.findings(after: sql)
                        #expect(!found.isEmpty && (bad == nil || found.first?.index == bad), "\(sql): \(found)")
                    }
                case .remove:
                    #expect(try good.findings(after: "DELETE FROM blocks \(row)").first?.index == here)
                case .insert, .duplicate:
                    // The row again after the stream's end; or inside what it covers itself, where the key leaves room.
                    let inside = block.count > 1 ? [UInt64(random.number(1...block.count - 1))] : []
                    let shifts = [good.size - here] + inside
                    for shift in shifts {
                        let payload = way == .insert ? "zeroblob(length(payload))" : "payload"
                        let sql = """
                            INSERT INTO blocks SELECT place + \(shift), count, (SELECT max(sequence) + 1 FROM blocks),
                                changes_before, root, \(payload) FROM blocks \(row)
                            """
                        let bad = here + shift == good.size ? good.size : block.endIndex
                        #expect(try good.findings(after: sql).first?.index == bad, "\(sql)")
                    }
                case .reorder:
                    let other = good.blocks[random.number(0...good.blocks.count - 1)]
                    guard other != block else { continue }
                    let columns = ["payload", "root", "count"].map { column in
                        """
                        \(column) = (SELECT \(column) FROM blocks AS b WHERE b.sequence =
                            iif(blocks.sequence = \(block.sequence), \(other.sequence), \(block.sequence)))
                        """
                    }.joined(separator: ", ")
                    let both = "WHERE sequence IN (\(block.sequence), \(other.sequence))"
                    let found = try good.findings(after: "UPDATE blocks SET \(columns) \(both)")
                    #expect(found.first?.index == min(here, other.firstIndex), "\(found)")
                    // The numbers of the commits alone.
                    let swapped = try good.findings(
                        after: """
                            UPDATE blocks SET sequence = -iif(sequence = \(block.sequence), \(other.sequence),
                                \(block.sequence)) \(both); UPDATE blocks SET sequence = -sequence WHERE sequence < 0
                            """)
                    #expect(swapped.first?.stream == Self.stream, "\(swapped)")
                }
            }
        }
    }

    @Test("Pages of the file, and bytes between them", arguments: Way.allCases)
    func pages(_ way: Way) throws {
        try withFolder { folder in
            let good = try Good(folder)
            let page = 4096
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: good.path)))
            let pages = stride(from: 0, to: file.count, by: page).map { [UInt8](file[$0..<$0 + page]) }
            let content = try #require(Content(good.path))
            var random = SeededGenerator(seed: printedSeed("pages, \(way)"))
            var found = 0
            for number in 0..<Self.places {
                let copy = folder + "/copy.db"
                var bytes: [UInt8]
                if number.isMultiple(of: 2) {
                    let other = (0..<page).map { _ in UInt8(random.number(0...255)) }
                    let place = random.number(1...pages.count - 1)
                    bytes = [UInt8](Self.apply(way, to: pages, at: place, &random, other: other).joined())
                } else {
                    bytes = Self.apply(
                        way, to: file, at: random.number(100...file.count - 1), &random,
                        other: UInt8(random.number(0...255)))
                }
                if number % 5 == 0 { bytes = bytes.dropLast(bytes.count % page) }
                try Data(bytes).write(to: URL(fileURLWithPath: copy))
                guard let changed = Content(copy, with: [Self.stream]) else {
                    found += 1
                    continue
                }
                let report = try? SQLiteStore.openForReading(path: copy).verified(good.signed)
                let isSeen = report?.isGood != true || !isWhole(copy)
                #expect(changed == content || isSeen, "\(way) \(number)")
                found += isSeen ? 1 : 0
                // What reads differently is named by its first entry that does, or by an earlier one that it belongs to.
                if let first = try changed.firstDifference(from: content, in: Self.stream),
                    let finding = report?.findings.first(where: { $0.stream == Self.stream })
                {
                    #expect(finding.index <= first, "\(way) \(number): \(finding)")
                }
            }
            #expect(found > 5, "some of it matters: \(found)")
        }
    }

    @Test("The index's file: a byte, a page or a row of it that says something else is found", arguments: Way.allCases)
    func index(_ way: Way) throws {
        try withFolder { folder in
            let good = try Good(folder)
            let path = folder + "/index"
            let store = try SQLiteStore.openForReading(path: good.path)
            defer { store.close() }
            let built = try SQLiteIndex.open(path: path)
            try IndexFollower.build(built, from: store)
            _ = try built.subjectTree(of: Self.stream)
            built.close()
            let fresh = try SQLiteIndex.openTemporary(beside: folder + "/fresh")
            defer { fresh.close() }
            try IndexFollower.build(fresh, from: store)
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let content = try #require(IndexContent(path))
            var random = SeededGenerator(seed: printedSeed("index, \(way)"))
            var found = 0
            for number in 0..<Self.places {
                let copy = folder + "/copy-\(number)"
                var bytes = file
                if number.isMultiple(of: 2) {
                    bytes = Self.apply(
                        way, to: file, at: random.number(100...file.count - 1), &random,
                        other: UInt8(random.number(0...255)))
                } else {
                    let page = 4096
                    let pages = stride(from: 0, to: file.count, by: page).map { [UInt8](file[$0..<$0 + page]) }
                    bytes = [UInt8](
                        Self.apply(
                            way, to: pages, at: random.number(1...pages.count - 1), &random,
                            other: [UInt8](repeating: 0x5A, count: page)
                        ).joined())
                }
                try Data(bytes).write(to: URL(fileURLWithPath: copy))
                let isSame = IndexContent(copy) == content
                let isSeen = isFound(copy, store, fresh)
                #expect(isSame || isSeen, "\(way) \(number)")
                found += isSeen ? 1 : 0
            }
            #expect(found > 5, "some of it matters: \(found)")
        }
    }

    /// What `fsck` says of the pages.
    private func isWhole(_ path: String) -> Bool {
        do { return try SQLiteStore.structureProblem(path: path) == nil } catch { return false }
    }

    /// What `fsck` does with an index.
    private func isFound(_ path: String, _ store: SQLiteStore, _ fresh: SQLiteIndex) -> Bool {
        do {
            if try SQLiteIndex.structureProblem(path: path) != nil { return true }
            let index = try SQLiteIndex.openForReading(path: path)
            defer { index.close() }
            return try IndexCheck.difference(index, fresh, store) != nil
        } catch { return true }
    }
}

/// Everything that a ledger says, by stream.
private struct Content: Equatable {
    /// The ends of the streams that it names.
    var heads: [StreamHead] = []
    var blocks: [Block] = []

    /// - Parameter streams: read whether it names them or not: pages that stand in each other's place can hide a stream's end
    ///   and leave its blocks.
    /// - Returns: `nil` when it cannot be read.
    init?(_ path: String, with streams: Set<StreamID> = []) {
        guard let store = try? SQLiteStore.openForReading(path: path) else { return nil }
        defer { store.close() }
        guard let heads = try? store.heads().sorted(by: { $0.stream.description < $1.stream.description }) else {
            return nil
        }
        self.heads = heads
        for stream in streams.union(heads.map(\.stream)).sorted(by: { $0.description < $1.description }) {
            guard let some = try? store.blocks(of: stream, from: 0, limit: 10_000) else { return nil }
            blocks += some
        }
    }

    /// The first entry of a stream that is not what it was.
    func firstDifference(from good: Content, in stream: StreamID) throws -> UInt64? {
        let mine = blocks.filter { $0.stream == stream }
        let theirs = good.blocks.filter { $0.stream == stream }
        for (block, original) in zip(mine, theirs) where block != original {
            guard block.firstIndex == original.firstIndex else { return original.firstIndex }
            let byte = zip(block.payload, original.payload).enumerated().first { $1.0 != $1.1 }?.offset
            return try original.index(ofByte: byte ?? min(block.payload.count, original.payload.count))
        }
        return mine.count == theirs.count ? nil : min(mine.last?.endIndex ?? 0, theirs.last?.endIndex ?? 0)
    }
}

/// Every row of an index.
private struct IndexContent: Equatable {
    var rows: [String] = []

    /// `nil` when it cannot be read.
    init?(_ path: String) {
        let columns = [
            "streams": "number, name, size, last", "keys": "number, sort, text", "postings": "key, stream, first, list",
            "requests": "bucket, stream, first, list", "chains": "stream, ordinal, count, end",
            "ordinals": "key, stream, ordinal", "chain_roots": "stream, tile, root",
            "directories": "stream, first, count, ends", "tiles": "stream, tile, roots",
        ]
        do {
            let connection = try Connection(path: path, access: .readOnly)
            for (table, names) in columns.sorted(by: { $0.key < $1.key }) {
                let all = names.split(separator: ",").map { "quote(\($0))" }.joined(separator: " || ',' || ")
                var statement = try connection.prepare("SELECT \(all) FROM \(table) ORDER BY 1")
                while try statement.step() { rows.append(statement.text(0)) }
            }
        } catch { return nil }
    }
}

extension SQLiteStore {
    fileprivate func verified(_ signed: [GuardedHead]) throws -> LedgerVerifier.Report {
        defer { close() }
        return try LedgerVerifier(store: self, signed: signed).run()
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Block {
    /// The entry whose frame has a byte of the payload.
    fileprivate func index(ofByte place: Int) throws -> UInt64 {
        var end = 0
        for (number, frame) in try frames().enumerated() {
            end += frame.count
            if place < end { return firstIndex + UInt64(number) }
        }
        return endIndex
    }

    fileprivate func frames() throws -> [[UInt8]] {
        var offset = 0
        return try entries().map { entry in
            let length = EntryCodec.frameBytes + entry.leaf.count + entry.opening.count
            defer { offset += length }
            return [UInt8](payload[offset..<offset + length])
        }
    }
}
