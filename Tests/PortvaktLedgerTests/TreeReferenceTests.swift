import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

/// RFC 6962 section 2.1 word for word: recursive, over a list, nothing kept.
enum ReferenceTree {
    static func root(_ leaves: ArraySlice<Digest>, _ hasher: borrowing TreeHasher) -> Digest {
        guard let first = leaves.first else { return hasher.emptyRoot }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + split(leaves.count)
        return hasher.node(root(leaves[..<middle], hasher), root(leaves[middle...], hasher))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<Digest>, _ hasher: borrowing TreeHasher) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return index < k
            ? path(index, leaves[..<middle], hasher) + [root(leaves[middle...], hasher)]
            : path(index - k, leaves[middle...], hasher) + [root(leaves[..<middle], hasher)]
    }

    static func proof(
        _ older: Int, _ leaves: ArraySlice<Digest>, isWhole: Bool = true, _ hasher: borrowing TreeHasher
    ) -> [Digest] {
        if older == leaves.count { return isWhole ? [] : [root(leaves, hasher)] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return older <= k
            ? proof(older, leaves[..<middle], isWhole: isWhole, hasher) + [root(leaves[middle...], hasher)]
            : proof(older - k, leaves[middle...], isWhole: false, hasher) + [root(leaves[..<middle], hasher)]
    }

    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}

@Suite("The tree against a slow, obvious one")
struct TreeReferenceTests {
    /// A store with so many entries in blocks of random length, their leaf hashes, and the nodes that were completed.
    private func filled(_ count: Int, _ random: inout SeededGenerator) throws -> (MemoryStore, StreamID, [Digest]) {
        let store = MemoryStore()
        let stream = StreamID("decisions/node-1")!
        let hasher = try TreeHasher()
        var leaves: [Digest] = []
        var frontier = Frontier()
        while leaves.count < count {
            let first = leaves.count
            var nodes: [Commit.Node] = []
            var payload: [UInt8] = []
            for _ in 0..<min(random.number(1...300), count - first) {
                let leaf: [UInt8] = (0..<random.number(1...9)).map { _ in UInt8.random(in: 0...255, using: &random) }
                payload += [0, 0, 0, UInt8(leaf.count), 0, 0, 0, 0, 0, 0, 0, 0] + leaf
                leaves.append(hasher.leaf(leaf))
                frontier.append(leaves.last!, hasher) { nodes.append(.init(stream: stream, node: $0)) }
            }
            let block = Block(
                stream: stream, sequence: UInt64(first + 1), firstIndex: UInt64(first), count: leaves.count - first,
                changesBefore: 0, root: frontier.root(hasher), payload: payload)
            try store.append(Commit(blocks: [block], nodes: nodes))
        }
        return (store, stream, leaves)
    }

    @Test("The root after every append is the reference's, at every size up to 600")
    func roots() throws {
        let hasher = try TreeHasher()
        var frontier = Frontier()
        var leaves: [Digest] = []
        for size in 0...600 {
            #expect(frontier.root(hasher) == ReferenceTree.root(leaves[...], hasher), "size \(size)")
            leaves.append(hasher.leaf([UInt8(size & 255), UInt8(size >> 8)]))
            frontier.append(leaves[size], hasher)
        }
    }

    @Test(
        "Proofs are the reference's, lead to the root, and a changed one does not",
        arguments: [1, 2, 255, 256, 257, 1000, 70_000])
    func proofs(_ count: Int) throws {
        var random = SeededGenerator(seed: printedSeed("proofs \(count)"))
        let hasher = try TreeHasher()
        let (store, stream, leaves) = try filled(count, &random)
        for round in 0..<40 {
            let size = round == 0 ? count : random.number(1...count)
            var prover = try TreeProver(store: store, stream: stream, size: UInt64(size))
            let root = ReferenceTree.root(leaves[..<size], hasher)
            #expect(try prover.root() == root)
            let index = random.number(0...size - 1)
            let inclusion = try #require(try prover.inclusion(of: UInt64(index)))
            #expect(inclusion.path == ReferenceTree.path(index, leaves[..<size], hasher))
            #expect(inclusion.leads(from: leaves[index], to: root))
            let older = random.number(1...size)
            let consistency = try #require(try prover.consistency(from: UInt64(older)))
            let olderRoot = ReferenceTree.root(leaves[..<older], hasher)
            #expect(consistency.path == ReferenceTree.proof(older, leaves[..<size], hasher))
            #expect(consistency.joins(olderRoot, root))
            try expectBroken(inclusion, leaves[index], root, consistency, olderRoot, &random)
            if count > 10_000, round == 4 { break }
        }
    }

    /// One bit of the path, an index or a size changed: refused.
    private func expectBroken(
        _ inclusion: InclusionProof, _ leaf: Digest, _ root: Digest, _ consistency: ConsistencyProof,
        _ olderRoot: Digest, _ random: inout SeededGenerator
    ) throws {
        var wrong = inclusion
        if !wrong.path.isEmpty {
            wrong.path[random.number(0...wrong.path.count - 1)].words.2 ^= 1 << UInt64(random.number(0...63))
            #expect(!wrong.leads(from: leaf, to: root))
        }
        wrong = inclusion
        wrong.path.append(root)
        #expect(!wrong.leads(from: leaf, to: root))
        wrong = inclusion
        wrong.index = wrong.treeSize
        #expect(!wrong.leads(from: leaf, to: root))
        var broken = consistency
        if !broken.path.isEmpty {
            broken.path[random.number(0...broken.path.count - 1)].words.1 ^= 1 << UInt64(random.number(0...63))
            #expect(!broken.joins(olderRoot, root))
            broken.path.removeLast()
            #expect(!broken.joins(olderRoot, root))
        }
    }

    @Test(
        "The right edge found in a store is the one that was grown", arguments: [0, 1, 255, 256, 300, 65_536, 66_000])
    func frontiers(_ count: Int) throws {
        var random = SeededGenerator(seed: printedSeed("frontiers \(count)"))
        let hasher = try TreeHasher()
        let (store, stream, leaves) = try filled(count, &random)
        var grown = Frontier()
        for leaf in leaves { grown.append(leaf, hasher) }
        #expect(try TreeReader(store: store, stream: stream).frontier(size: UInt64(count), hasher) == grown)
    }

    @Test("A tree has no proof for an entry that it does not hold, or from a larger tree")
    func noProof() throws {
        var random = SeededGenerator(seed: 5)
        let (store, stream, _) = try filled(10, &random)
        var prover = try TreeProver(store: store, stream: stream, size: 10)
        #expect(try prover.inclusion(of: 10) == nil)
        #expect(try prover.consistency(from: 11) == nil)
        #expect(try prover.consistency(from: 0) == nil)
    }
}
