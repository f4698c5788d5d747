public import PortvaktLedger

/// The suite that every ``LedgerStore`` must pass. It knows no test framework: it throws what it finds.
public struct StoreConformance: Sendable {
    /// What a store did wrong.
    public struct Violation: Error, CustomStringConvertible {
        public var description: String
    }

    /// Gives a store on an empty place, and later the same place opened again.
    public struct Place: Sendable {
        /// Opens the store; called again after the last one was closed.
        public var open: @Sendable () throws -> any LedgerStore
        /// False for a store whose content does not outlive it.
        public var isDurable: Bool

        public init(isDurable: Bool, open: @escaping @Sendable () throws -> any LedgerStore) {
            self.isDurable = isDurable
            self.open = open
        }
    }

    /// One promise of the contract.
    public struct Case: Sendable, CustomStringConvertible {
        public var description: String
        public var run: @Sendable (Place) throws -> Void
    }

    /// All promises.
    public static let cases: [Case] = [
        Case(description: "A new store is empty") { place in
            let store = try place.open()
            defer { store.close() }
            try expect(try store.heads().isEmpty, "heads of an empty store")
            try expect(try store.blocks(of: Samples.decisions, from: 0, limit: 9).isEmpty, "blocks of an empty store")
            try expect(try store.changeBlocks(after: 0, limit: 9).isEmpty, "changes of an empty store")
            try expect(
                try store.nodes(of: Samples.decisions, level: 8, from: 0, limit: 9).isEmpty, "nodes of an empty store")
        },
        Case(description: "What was appended is read back as it was") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            try Samples.check(store, holds: commits)
        },
        Case(description: "Every head says where its stream ends") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            var heads: [StreamID: StreamHead] = [:]
            for block in commits.flatMap(\.blocks) { heads[block.stream] = StreamHead(after: block) }
            try expect(Set(try store.heads()) == Set(heads.values), "the heads")
        },
        Case(description: "A block is found by any index that it holds, and none after the end") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            for block in commits.flatMap(\.blocks) {
                for index in block.firstIndex..<block.endIndex {
                    try expect(
                        try store.blocks(of: block.stream, from: index, limit: 1) == [block], "the block of \(index)")
                }
            }
            for head in try store.heads() {
                for past in [head.size, head.size + 1, 1 << 39] {
                    try expect(try store.blocks(of: head.stream, from: past, limit: 9).isEmpty, "blocks after the end")
                }
            }
        },
        Case(description: "Pages of blocks join without gaps, whatever the limit") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            let expected = commits.flatMap(\.blocks).filter { $0.stream == Samples.decisions }
            for limit in 1...expected.count + 1 {
                var got: [Block] = []
                while true {
                    let page = try store.blocks(of: Samples.decisions, from: got.last?.endIndex ?? 0, limit: limit)
                    try expect(page.count <= limit, "more blocks than asked for")
                    if page.isEmpty { break }
                    got += page
                }
                try expect(got == expected, "pages of \(limit)")
            }
        },
        Case(description: "Changes of all streams come in the order of their commits") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            let expected = commits.flatMap(\.blocks).filter { $0.stream.kind == .changes }
            var got: [Block] = []
            while true {
                let page = try store.changeBlocks(after: got.last?.sequence ?? 0, limit: 2)
                if page.isEmpty { break }
                got += page
            }
            try expect(got == expected, "the order of changes")
        },
        Case(description: "Nodes come from the asked position without gaps") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            for node in commits.flatMap(\.nodes) {
                try expect(
                    try store.nodes(
                        of: node.stream, level: node.node.level, from: node.node.position, limit: 1)
                        == [node.node.hash], "node \(node.node.position)")
            }
        },
        Case(description: "A store that is opened again holds what was appended") { place in
            guard place.isDurable else { return }
            let commits = Samples.commits()
            for commit in commits {
                let store = try place.open()
                try store.append(commit)
                store.close()
            }
            let store = try place.open()
            defer { store.close() }
            try Samples.check(store, holds: commits)
        },
        Case(description: "A second opening is refused while the first is open") { place in
            guard place.isDurable else { return }
            let store = try place.open()
            do {
                let second = try place.open()
                second.close()
            } catch let error as StoreError where error.kind == .inUse {
                store.close()
                return try place.open().close()
            }
            store.close()
            throw Violation(description: "two openings at one time")
        },
        Case(description: "Upkeep changes nothing that is read") { place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits {
                try store.append(commit)
                try store.maintain()
            }
            try Samples.check(store, holds: commits)
        },
        Case(
            description: "Parts of blocks are their bytes, and none where no block begins or of a block of another size"
        ) {
            place in
            let store = try place.open()
            defer { store.close() }
            let commits = Samples.commits()
            for commit in commits { try store.append(commit) }
            let blocks = commits.flatMap(\.blocks).filter { $0.stream == Samples.decisions }
            var (parts, expected): ([BlockPart], [ReadPart?]) = ([], [])
            for block in blocks {
                let size = block.payload.count
                for bytes in [0..<size, 7..<20, size - 1..<size, size..<size, 3..<3] {
                    parts.append(BlockPart(blockFirst: block.firstIndex, payloadSize: size, bytes: bytes))
                    expected.append(ReadPart(sequence: block.sequence, bytes: [UInt8](block.payload[bytes])))
                }
                for wrong in [
                    BlockPart(blockFirst: block.firstIndex, payloadSize: size + 1, bytes: 0..<1),
                    BlockPart(blockFirst: block.firstIndex, payloadSize: size - 1, bytes: 0..<1),
                    BlockPart(blockFirst: block.firstIndex, payloadSize: size, bytes: 0..<size + 1),
                    BlockPart(blockFirst: block.firstIndex + 1000, payloadSize: size, bytes: 0..<1),
                ] {
                    parts.append(wrong)
                    expected.append(nil)
                }
            }
            try expect(try store.parts(of: Samples.decisions, parts) == expected, "parts in order")
            try expect(
                try store.parts(of: Samples.decisions, parts.reversed()) == expected.reversed(), "parts backwards")
            let other = StreamID(kind: .decisions, owner: Samples.changes[0].owner)
            try expect(try store.parts(of: other, [parts[0]]) == [nil], "a part of a stream that is not there")
            _ = try store.erase([blocks[0].firstIndex], of: Samples.decisions)
            try expect(try store.parts(of: Samples.decisions, [parts[0]]) == [nil], "a part of an erased block")
        },
        Case(description: "Two erasures of one block at the same time take both openings away") { place in
            let store = try place.open()
            defer { store.close() }
            let blocks = Samples.pairs(64)
            for block in blocks { try store.append(Commit(blocks: [block])) }
            for block in blocks {
                let counts = Locked<[Int]>([])
                let threads = try (block.firstIndex..<block.endIndex).map { index in
                    try WorkerThread {
                        let count = try? store.erase([index], of: Samples.decisions)
                        counts.withLock { $0.append(count ?? 0) }
                    }
                }
                for thread in threads { thread.join() }
                try expect(counts.withLock { $0 } == [1, 1], "the number of openings")
                let now = try store.blocks(of: Samples.decisions, from: block.firstIndex, limit: 1).first
                try expect(try now?.entries().allSatisfy(\.isErased) ?? false, "an opening that was erased")
            }
        },
    ]

    static func expect(_ condition: Bool, _ what: String) throws(Violation) {
        guard condition else { throw Violation(description: what + " came out wrong") }
    }
}

/// Commits for the suite: two streams of changes, one of decisions, several blocks of each.
enum Samples {
    static let decisions = stream("decisions/node-1")
    static let changes = [stream("changes/kommune-a"), stream("changes/kommune-b")]

    private static func stream(_ text: String) -> StreamID {
        guard let stream = StreamID(text) else { preconditionFailure("a sample's stream is no stream") }
        return stream
    }

    static func commits() -> [Commit] {
        var commits: [Commit] = []
        var sizes: [StreamID: UInt64] = [:]
        var sequence: UInt64 = 0
        var revision: UInt64 = 0
        for round in 1...6 {
            var commit = Commit(blocks: [])
            for stream in [changes[0], decisions, changes[1], changes[0]] {
                let count = round % 3 + 1
                sequence += 1
                let first = sizes[stream] ?? 0
                commit.blocks.append(
                    Block(
                        stream: stream, sequence: sequence, firstIndex: first, count: count,
                        changesBefore: stream.kind == .changes ? revision : 0,
                        root: digest(sequence),
                        payload: payload(count: count, seed: sequence)))
                sizes[stream] = first + UInt64(count)
                if stream.kind == .changes { revision += UInt64(count) }
            }
            let node = StoredNode(level: 8, position: UInt64(round - 1), hash: digest(UInt64(100 + round)))
            commit.nodes = [Commit.Node(stream: decisions, node: node)]
            commits.append(commit)
        }
        return commits
    }

    /// Blocks of two decisions each.
    static func pairs(_ count: UInt64) -> [Block] {
        (0..<count).map { number in
            Block(
                stream: decisions, sequence: number + 1, firstIndex: 2 * number, count: 2, changesBefore: 0,
                root: digest(number), payload: payload(count: 2, seed: number))
        }
    }

    static func check(_ store: any LedgerStore, holds commits: [Commit]) throws {
        let blocks = commits.flatMap(\.blocks)
        for stream in [decisions] + changes {
            try StoreConformance.expect(
                try store.blocks(of: stream, from: 0, limit: 1000) == blocks.filter { $0.stream == stream },
                "the blocks of \(stream)")
        }
    }

    private static func digest(_ seed: UInt64) -> Digest {
        Digest((0..<32).map { UInt8(truncatingIfNeeded: seed &* 31 &+ UInt64($0)) }) ?? .zero
    }

    /// Entries of a few bytes each, one of them long.
    private static func payload(count: Int, seed: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 0..<count {
            let length = number == 0 ? 5000 : 3
            bytes += [0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0, 1, 0, 0, 0, 0]
            bytes += (0..<length + 1).map { UInt8(truncatingIfNeeded: seed &+ UInt64($0)) }
        }
        return bytes
    }
}
