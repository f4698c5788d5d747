public import PortvaktCore

/// Some entries of a stream, in order, as an index takes them.
public struct IndexBatch: Sendable {
    /// The entries that one key finds.
    public struct Posting: Sendable {
        public let key: IndexKey
        /// Indices, rising.
        public internal(set) var indices: [UInt64] = []
    }

    /// What belongs to a subject's chain.
    public struct Links: Sendable {
        public let subject: PersonID
        /// The hashes of the leaves of the subject's entries, in order.
        public internal(set) var leaves: [Digest] = []
    }

    public let stream: StreamID
    /// The index of the first.
    public let first: UInt64
    /// How many, at least one.
    public internal(set) var count = 0
    /// The hash of the last one's leaf.
    public internal(set) var lastLeaf = Digest.zero
    /// Each key once, but for request ids.
    public internal(set) var postings: [Posting] = []
    /// The callers' ids of requests, with the entries that have them, in order.
    public internal(set) var requests: [(id: Identifier, index: UInt64)] = []
    /// In the order of the subjects' first entries in the batch.
    public internal(set) var links: [Links] = []
    /// Of the large blocks that are in the batch whole.
    public internal(set) var directories: [BlockDirectory] = []
    /// For each tile of 256 entries that ends in the batch, the roots of its sixteen groups.
    public internal(set) var tiles: [(number: UInt64, roots: [Digest])] = []
    /// The hashes of the leaves of the tile that has not ended.
    private var open: [Digest] = []
    private var places = KeyPlaces()
    /// The time of the entry before the next. Of a stream of decisions.
    private var latest: Instant?

    /// - Parameters:
    ///   - open: the hashes of the leaves before the first, from the beginning of its tile on.
    ///   - latest: the time of the entry before the first.
    init(stream: StreamID, first: UInt64, open: [Digest] = [], latest: Instant? = nil) {
        self.stream = stream
        self.first = first
        self.open = open
        self.latest = latest
    }

    var end: UInt64 { first + UInt64(count) }

    /// Takes the next entry. One that cannot be read has no keys: a verification finds it.
    mutating func add(_ entry: Entry, _ hasher: borrowing TreeHasher) {
        let leaf = hasher.leaf(entry.leaf)
        try? IndexKey.forEach(of: entry) { put($0, entry.index, leaf) }
        if stream.kind == .decisions {
            let time = EntryCodec.time(ofLeaf: entry.leaf)
            if let time, let latest, time < latest.advanced(byMilliseconds: -LedgerSearch.stepBack) {
                put(.stepBack, entry.index, leaf)
            }
            latest = time
        }
        lastLeaf = leaf
        count += 1
        open.append(leaf)
        if end.isMultiple(of: TreeTile.width) { closeTile(hasher) }
    }

    private mutating func put(_ key: IndexKey, _ index: UInt64, _ leaf: Digest) {
        if case .requestID(let id) = key { return requests.append((id, index)) }
        let place = places.place(of: key, next: postings.count)
        if place == postings.count { postings.append(Posting(key: key)) }
        postings[place].indices.append(index)
        guard case .subject(let subject) = key else { return }
        let chain = places.chain(of: place, next: links.count)
        if chain == links.count { links.append(Links(subject: subject)) }
        links[chain].leaves.append(leaf)
    }

    /// A tile whose beginning the batch does not know is left out.
    private mutating func closeTile(_ hasher: borrowing TreeHasher) {
        defer { open.removeAll(keepingCapacity: true) }
        guard open.count == Int(TreeTile.width) else { return }
        let width = Int(BlockDirectory.groupWidth)
        let roots = stride(from: 0, to: open.count, by: width).map {
            Frontier(open[$0..<$0 + width], hasher).root(hasher)
        }
        tiles.append((end / TreeTile.width - 1, roots))
    }
}

/// Where the keys of a batch have their entries. An entry has a dozen keys, half of them words, which need no hash.
private struct KeyPlaces {
    /// For each sort of words, by the word's number; -1: nowhere yet.
    private var words = [Int32](repeating: -1, count: IndexKey.Home.sorts << 8)
    /// For each sort of ids.
    private var ids = [[Identifier: Int32]](repeating: [:], count: IndexKey.Home.sorts)
    /// By the place of a subject's key: that of its chain; -1: none.
    private var chains: [Int32] = []

    /// - Parameter next: the place that a key which has none gets.
    mutating func place(of key: IndexKey, next: Int) -> Int {
        let new = Int32(next)
        let found: Int32
        switch key.home {
        case .word(let sort, let number):
            let word = sort << 8 | Int(number)
            if words[word] < 0 { words[word] = new }
            found = words[word]
        case .id(let sort, let id):
            if let known = ids[sort][id] { return Int(known) }
            ids[sort][id] = new
            found = new
        }
        return Int(found)
    }

    mutating func chain(of place: Int, next: Int) -> Int {
        while chains.count <= place { chains.append(-1) }
        if chains[place] < 0 { chains[place] = Int32(next) }
        return Int(chains[place])
    }
}

extension IndexKey {
    /// What tells a key from the others: its sort, and within that a word's number or an id.
    fileprivate enum Home {
        /// More than there are sorts.
        static let sorts = 16

        case word(Int, UInt8)
        case id(Int, Identifier)
    }

    fileprivate var home: Home {
        switch self {
        case .effect(let word): .word(0, word.rawValue)
        case .reason(let word): .word(1, word.rawValue)
        case .action(let word): .word(2, word.rawValue)
        case .emergency: .word(3, 0)
        case .kind(let word): .word(4, word.rawValue)
        case .call(let word): .word(5, word.rawValue)
        case .stepBack: .word(6, 0)
        case .subject(let id): .id(0, id.identifier)
        case .actor(.employment(let id)): .id(1, id.identifier)
        case .actor(.person(let id)): .id(2, id.identifier)
        case .actor(.proxy(let id)): .id(3, id.identifier)
        case .system(let id): .id(4, id.identifier)
        case .unit(let id): .id(5, id.identifier)
        case .object(.caseID(let id)): .id(6, id.identifier)
        case .object(.meeting(let id)): .id(7, id.identifier)
        case .object(.person(let id)): .id(8, id.identifier)
        case .object(.controller(let id)): .id(9, id.identifier)
        case .caseID(let id): .id(10, id.identifier)
        case .controller(let id): .id(11, id.identifier)
        case .requestID(let id): .id(12, id)
        }
    }
}
