internal import PortvaktCore

/// The verification of one stream, block by block, up to the first thing that is wrong.
struct StreamWalk: ~Copyable {
    /// Entries between two calls of `progress`.
    private static let progressStep: UInt64 = 65_536

    private let store: any LedgerStore
    private let stream: StreamID
    /// What the store says of the stream's end.
    private let head: StreamHead?
    private let signed: [GuardedHead]
    private let hasher: TreeHasher
    private var frontier: Frontier
    private var nodes: StoredNodeCheck
    private var erasures: ErasureAccount
    private(set) var finding: LedgerVerifier.Finding?

    /// - Parameter start: the tree over what stands before the walk's beginning.
    init(
        store: any LedgerStore, stream: StreamID, head: StreamHead?, signed: [GuardedHead],
        from start: Frontier = Frontier()
    ) throws(LedgerError) {
        frontier = start
        self.store = store
        self.stream = stream
        self.head = head
        self.signed = signed
        hasher = try TreeHasher()
        nodes = StoredNodeCheck(store: store, stream: stream)
        erasures = ErasureAccount(of: stream)
    }

    /// The number of entries that are good.
    var size: UInt64 { frontier.size }
    /// The root over them.
    var root: Digest { frontier.root(hasher) }

    /// - Parameter end: the walk may end with the block that holds the entry before it; `nil`: at the stream's end.
    mutating func run(
        _ order: inout CommitOrder, until end: UInt64? = nil, progress: (UInt64) -> Void
    ) throws(LedgerError) {
        var reported = size
        var atATime = Ledger.blocksAtATime
        while finding == nil, size < end ?? .max {
            let blocks: [Block]
            do { blocks = try store.blocks(of: stream, from: size, limit: atATime) } catch {
                guard atATime == 1 else {
                    // One of them cannot be read: which one shows when each is read by itself.
                    atATime = 1
                    continue
                }
                return fail(size, "its block cannot be read: \(error.detail)")
            }
            if blocks.isEmpty { break }
            for block in blocks where finding == nil && size < end ?? .max {
                try check(block)
                order.add(block)
            }
            if size - reported >= Self.progressStep {
                reported = size
                progress(size)
            }
        }
        if finding == nil, end == nil { try checkEnd() }
        progress(size)
    }

    mutating func fail(_ index: UInt64, _ what: String) {
        if finding == nil { finding = .init(stream: stream, index: index, what: what) }
    }

    private mutating func check(_ block: Block) throws(LedgerError) {
        guard block.firstIndex == size else {
            return fail(size, "its block is missing or begins at \(block.firstIndex)")
        }
        let (leaves, problem) = unsafe block.payload.withUnsafeBytes { unsafe self.leaves(of: block, $0) }
        let before = size
        for leaf in leaves {
            var completed: [StoredNode] = []
            frontier.append(leaf, hasher) { completed.append($0) }
            for node in completed where try !nodes.holds(node) {
                fail(size - 1, "a stored node of the tree over it is another")
            }
            checkSigned()
        }
        if let problem { return fail(size, problem) }
        guard leaves.count == block.count else {
            return fail(size, "its block holds \(leaves.count) entries, not \(block.count)")
        }
        if root != block.root {
            if isMissing(size) { return fail(size, "it is missing: its block, and what is signed or follows, had it") }
            fail(before, "it, or one up to \(size - 1), is not what the root of their block says")
        }
    }

    /// Whether no block holds the entry, and a later one or what was signed shows that there was one.
    private func isMissing(_ index: UInt64) -> Bool {
        guard (head?.size ?? 0) > index || signed.contains(where: { $0.size > index }) else { return false }
        return (try? store.blocks(of: stream, from: index, limit: 1).isEmpty) ?? false
    }

    /// The leaf hashes of a block's entries up to the first that is wrong, and what is wrong with that one.
    private mutating func leaves(of block: Block, _ bytes: UnsafeRawBufferPointer) -> ([Digest], String?) {
        var leaves: [Digest] = []
        leaves.reserveCapacity(block.roomForEntries)
        var offset = 0
        while offset < bytes.count {
            guard bytes.count - offset >= EntryCodec.frameBytes else { return (leaves, "its frame is cut off") }
            let leafLength = unsafe Int(Self.word(bytes, offset))
            let openingLength = unsafe Int(Self.word(bytes, offset + 4))
            let start = offset + EntryCodec.frameBytes
            let middle = start + leafLength
            let end = middle + openingLength
            guard end <= bytes.count else { return (leaves, "its lengths go past its block") }
            let leafBytes = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<middle])
            let opening = unsafe UnsafeRawBufferPointer(rebasing: bytes[middle..<end])
            let leaf = unsafe hasher.leaf(leafBytes)
            let place = UInt64(leaves.count)
            let number = block.stream.kind == .changes ? block.changesBefore &+ place &+ 1 : block.firstIndex &+ place
            if let problem = unsafe problem(leafBytes, opening, number: number) { return (leaves, problem) }
            let isAsFramed = unsafe leaf.withBytes { unsafe $0[0..<4].elementsEqual(bytes[offset + 8..<offset + 12]) }
            guard isAsFramed else { return (leaves, "its leaf has been changed") }
            unsafe erasures.take(block.firstIndex &+ place, leafBytes, opening)
            leaves.append(leaf)
            offset = end
        }
        return (leaves, nil)
    }

    private func problem(
        _ leaf: UnsafeRawBufferPointer, _ opening: UnsafeRawBufferPointer, number: UInt64
    ) -> String? {
        guard leaf.count >= EntryCodec.numberOffset + 8 + Digest.byteCount else { return "its leaf is too short" }
        let kind = unsafe EntryKind(rawValue: leaf[1])
        let isInItsStream = stream.kind == .changes ? kind == .change : kind == .decision || kind == .audit
        guard unsafe leaf[0] == EntryCodec.version, isInItsStream else {
            return "its leaf is of another version or kind"
        }
        let stated = UInt64(
            bigEndian: unsafe leaf.loadUnaligned(fromByteOffset: EntryCodec.numberOffset, as: UInt64.self))
        guard stated == number else { return "it says that it is number \(stated), and stands where \(number) must" }
        if opening.count == 0 { return stream.kind == .changes ? Self.changeErased : nil }
        let commitment = unsafe hasher.plain(opening)
        let isCommitted = unsafe commitment.withBytes {
            unsafe $0.elementsEqual(leaf[(leaf.count - Digest.byteCount)...])
        }
        return isCommitted ? nil : "its opening is not the one that the leaf commits to"
    }

    /// The state is folded from them.
    static let changeErased = "its opening is gone, and a change is never erased"

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private mutating func checkSigned() {
        for head in signed where head.size == size && head.root != root {
            fail(size - 1, "it, or one before it, is not what was signed at size \(size)")
        }
    }

    private mutating func checkEnd() throws(LedgerError) {
        if let head, head.size != size { return fail(size, "it is missing: a later block does not join") }
        for head in signed where head.size > size {
            return fail(size, "it is missing: \(head.size) entries were signed")
        }
        if try nodes.hasMore() { fail(size, "there are stored nodes of a tree that is larger") }
        if finding == nil, let unexplained = erasures.finding() { fail(unexplained.index, unexplained.what) }
    }
}

/// Compares the stored nodes of a stream's tree with computed ones, reading them a page at a time.
struct StoredNodeCheck {
    private static let page = 4096

    let store: any LedgerStore
    let stream: StreamID
    private var pages: [Int: (first: UInt64, hashes: [Digest])] = [:]
    private var counts: [Int: UInt64] = [:]

    init(store: any LedgerStore, stream: StreamID) {
        self.store = store
        self.stream = stream
    }

    /// Whether the store has this node as it is. Nodes of a level are asked for in order.
    mutating func holds(_ node: StoredNode) throws(LedgerError) -> Bool {
        counts[node.level] = node.position + 1
        var page = pages[node.level] ?? (0, [])
        if node.position >= page.first + UInt64(page.hashes.count) {
            page = (node.position, try read(node.level, node.position, Self.page))
            pages[node.level] = page
        }
        guard node.position >= page.first, node.position - page.first < UInt64(page.hashes.count) else { return false }
        return page.hashes[Int(node.position - page.first)] == node.hash
    }

    /// Whether the store has nodes after the ones that were asked for.
    func hasMore() throws(LedgerError) -> Bool {
        for level in stride(from: StoredNode.levelStep, through: 56, by: StoredNode.levelStep) {
            if try !read(level, counts[level] ?? 0, 1).isEmpty { return true }
        }
        return false
    }

    private func read(_ level: Int, _ position: UInt64, _ limit: Int) throws(LedgerError) -> [Digest] {
        do { return try store.nodes(of: stream, level: level, from: position, limit: limit) } catch {
            throw .store(error)
        }
    }
}
