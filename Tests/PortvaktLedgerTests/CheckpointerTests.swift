import PortvaktCore
import PortvaktStoreTesting
import Testing

@testable import PortvaktLedger

@Suite("What is signed, and what a signed head is compared with")
struct CheckpointerTests {
    private static let stream = StreamID("decisions/node-1")!

    private func head(_ size: UInt64) throws -> GuardedHead {
        GuardedHead(stream: Self.stream, size: size, root: try TreeHasher().leaf([UInt8(size)]))
    }

    @Test("A tree of subjects is signed although its stream has not moved, and not before the stream has come so far")
    func trees() throws {
        try withFolder { folder in
            let key = try SigningKey.generate(name: "log.example")
            let checkpoints = try Checkpointer(origin: "log.example", key: key, guardFile: folder + "/guard")
            func signed(_ size: UInt64) throws -> SubjectTree? {
                try checkpoints.sign([try head(size)])
                let note = try #require(checkpoints.note(of: Self.stream))
                let checkpoint = try Checkpoint(note: note, verifiedBy: [key.verifier])
                #expect(try checkpoint.size == size && checkpoint.root == head(size).root)
                let tree = SubjectTree(in: checkpoint, of: Self.stream)
                #expect(checkpoint.extensions.isEmpty == (tree == nil))
                return tree
            }
            #expect(try signed(10) == nil)
            func tree(_ size: UInt64) throws -> SubjectTree {
                SubjectTree(stream: Self.stream, streamSize: size, subjects: 2, root: try TreeHasher().leaf([7]))
            }
            try checkpoints.commit(tree(10))
            #expect(checkpoints.hasUnsigned)
            #expect(try signed(10) == tree(10))
            #expect(!checkpoints.hasUnsigned)
            try checkpoints.commit(tree(10))
            #expect(!checkpoints.hasUnsigned)
            try checkpoints.commit(tree(12))
            #expect(try signed(11) == nil)
            #expect(try signed(12) == tree(12))
            #expect(try signed(13) == tree(12))
        }
    }

    @Test("A tree of more entries than its checkpoint covers is none, nor is one whose line is not whole")
    func treesOfLines() throws {
        let root = Base64.encode(try TreeHasher().leaf([7]).bytes)
        let word = "portvakt-subjects/v1"
        func tree(_ line: String) throws -> SubjectTree? {
            SubjectTree(
                in: Checkpoint(origin: "log.example", size: 10, root: .zero, extensions: ["x y", line]),
                of: Self.stream)
        }
        #expect(try tree("\(word) 10 2 \(root)")?.streamSize == 10)
        for line in [
            "\(word) 11 2 \(root)", "\(word) 10 2", "\(word) 10 2 \(root) ", "\(word)  10 2 \(root)",
            "\(word)0 10 2 \(root)",
            "\(word) -1 2 \(root)", "\(word) 10 2 AAAA",
        ] { #expect(try tree(line) == nil, "\(line)") }
    }

    @Test("A guard that a retired key has signed for another ledger is refused")
    func otherLedger() throws {
        try withFolder { folder in
            let (own, other) = (try SigningKey.generate(name: "a.example"), try SigningKey.generate(name: "b.example"))
            let path = folder + "/guard"
            try Checkpointer(origin: "b.example", key: other, guardFile: path).sign([try head(10)])
            #expect(try Checkpointer(origin: "b.example", key: other, guardFile: path).guarded == [head(10)])
            let problem = "is the guard of another ledger: b.example/\(Self.stream)"
            #expect(throws: LedgerError.file(path: path, problem: problem)) {
                try Checkpointer(origin: "a.example", key: own, retired: [other.verifier], guardFile: path)
            }
        }
    }

    @Test("A ledger whose last root is not what its entries give does not open, signed or not")
    func wrongRoot() throws {
        let good = MemoryStore()
        let ledger = try openLedger(good)
        let answers = Answers()
        let lane = ledger.lane { $0() }
        for number in 0..<300 { lane.append(try LedgerBenchmark.sample(number)) { answers.add($0) } }
        ledger.stop()
        let bad = MemoryStore()
        let blocks = good.blocks(of: Self.stream, from: 0, limit: 1000)
        for (place, block) in blocks.enumerated() {
            var block = block
            if place == blocks.count - 1 { block.root = .zero }
            let nodes = good.nodes(of: Self.stream, level: 8, from: 0, limit: 1).map {
                Commit.Node(stream: Self.stream, node: StoredNode(level: 8, position: 0, hash: $0))
            }
            try bad.append(Commit(blocks: [block], nodes: place == 0 ? nodes : []))
        }
        #expect(
            throws: LedgerError.damaged(
                stream: Self.stream, index: 256, what: "it or an entry after it is not what the root says")
        ) { try openLedger(bad) }
    }
}
