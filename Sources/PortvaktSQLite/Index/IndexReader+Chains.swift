internal import PortvaktCore
internal import PortvaktLedger

extension IndexReader {
    /// All chains of a stream, and its size at the same moment.
    mutating func chains(
        of id: StreamID, holding subject: PersonID?, kept: Bool
    ) throws(StoreError) -> SubjectChains {
        if !isAtOneMoment { try connection.execute("BEGIN") }
        defer { if !isAtOneMoment { try? connection.execute("COMMIT") } }
        var all = SubjectChains(streamSize: 0, subjects: 0, chain: nil, tiles: [])
        guard let stream = try stream(id) else { return all }
        all.streamSize = stream.size
        all.subjects = UInt64(
            clamping: try connection.integer(
                "SELECT coalesce(max(ordinal), -1) + 1 FROM chains WHERE stream = \(stream.number)"))
        let wanted = try subject.flatMap { (subject) throws(StoreError) in
            try ordinal(of: subject, stream.number)
        }
        let roots = kept ? try keptRoots(stream.number) : [:]
        let width = SubjectChains.tileWidth
        var select = try connection.prepare(
            "SELECT ordinal, count, end FROM chains WHERE stream = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal")
        for tile in 0..<(all.subjects + width - 1) / width {
            if let root = roots[tile], wanted.map({ $0 / width != tile }) ?? true {
                all.tiles.append(.kept(root))
                continue
            }
            let chains = try Self.chains(&select, stream.number, tile * width, connection.path)
            if let found = chains.first(where: { $0.ordinal == wanted }) { all.chain = found }
            all.tiles.append(.chains(chains))
        }
        return all
    }

    private mutating func ordinal(of subject: PersonID, _ stream: Int64) throws(StoreError) -> UInt64? {
        guard let key = try number(of: .subject(subject)) else { return nil }
        var select = try connection.prepare("SELECT ordinal FROM ordinals WHERE key = ? AND stream = ?")
        try select.bind(1, key)
        try select.bind(2, stream)
        return try select.step() ? UInt64(clamping: select.integer(0)) : nil
    }

    private func keptRoots(_ stream: Int64) throws(StoreError) -> [UInt64: Digest] {
        var roots: [UInt64: Digest] = [:]
        var select = try connection.prepare("SELECT tile, root FROM chain_roots WHERE stream = ?")
        try select.bind(1, stream)
        while try select.step() { roots[UInt64(clamping: select.integer(0))] = Digest(select.bytes(1)) }
        return roots
    }

    private static func chains(
        _ select: inout Statement, _ stream: Int64, _ first: UInt64, _ path: String
    ) throws(StoreError) -> [SubjectChain] {
        defer { select.reset() }
        try select.bind(1, stream)
        try select.bind(2, Int64(clamping: first))
        try select.bind(3, Int64(clamping: first + SubjectChains.tileWidth))
        var chains: [SubjectChain] = []
        while try select.step() {
            guard let end = Digest(select.bytes(2)) else {
                throw StoreError(.damaged, place: path, detail: "a chain's end has a wrong size")
            }
            chains.append(
                SubjectChain(
                    ordinal: UInt64(clamping: select.integer(0)), count: UInt64(clamping: select.integer(1)), end: end))
        }
        return chains
    }
}
