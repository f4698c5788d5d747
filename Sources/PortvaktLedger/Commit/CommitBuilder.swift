internal import PortvaktCore

/// Puts one commit together from what the lanes have gathered.
struct CommitBuilder: ~Copyable {
    /// Where an entry of a lane has gone.
    private struct Place {
        var block: Int
        var position: Int
    }

    private var blocks: [BlockBuilder] = []
    /// For each slot, the block that entries of that stream go to.
    private var open: [Int: Int] = [:]
    /// The block that the last change went to: a change of another stream begins a new block, so that the order of the
    /// blocks is the order of the changes.
    private var lastChange: Int?
    private var places: [[Place]] = []
    private var changes: UInt64 = 0

    /// Sorts a lane's entries into blocks.
    mutating func add(
        _ gathered: Gathered, _ table: inout StreamTable, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) {
        var placesOfLane: [Place] = []
        placesOfLane.reserveCapacity(gathered.entries.count)
        var offset = 0
        var next = 0
        while next < gathered.entries.count {
            // Neighbours of one stream are copied at once.
            let stream = gathered.entries[next].stream
            var end = offset
            var count = 0
            while next < gathered.entries.count, gathered.entries[next].stream == stream {
                end += gathered.entries[next].length
                count += 1
                next += 1
            }
            let block = try self.block(for: stream, &table, hasher)
            for position in blocks[block].count..<blocks[block].count + count {
                placesOfLane.append(Place(block: block, position: position))
            }
            blocks[block].add(gathered.bytes[offset..<end], count: count)
            if stream.kind == .changes { changes += UInt64(count) }
            offset = end
        }
        places.append(placesOfLane)
    }

    private mutating func block(
        for stream: StreamID, _ table: inout StreamTable, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> Int {
        let slot = try table.slot(of: stream, hasher)
        let isChange = stream.kind == .changes
        if let block = open[slot], !isChange || lastChange == block { return block }
        let firstIndex = open[slot].map { blocks[$0].firstIndex + UInt64(blocks[$0].count) } ?? table.size(slot)
        let firstNumber = isChange ? table.revision + changes + 1 : firstIndex
        blocks.append(BlockBuilder(slot: slot, firstIndex: firstIndex, firstNumber: firstNumber))
        open[slot] = blocks.count - 1
        if isChange { lastChange = blocks.count - 1 }
        return blocks.count - 1
    }

    /// Seals the blocks and moves the streams' ends: from here on the commit must succeed, or the ledger is broken.
    mutating func finish(
        _ table: inout StreamTable, _ hasher: borrowing TreeHasher
    ) throws(LedgerError) -> Commit {
        var commit = Commit(blocks: [])
        for index in blocks.indices {
            try blocks[index].seal(hasher)
            let builder = blocks[index]
            let (root, nodes) = table.append(builder.leaves, to: builder.slot, hasher)
            let stream = table.streams[builder.slot].id
            table.sequence += 1
            commit.nodes += nodes.map { Commit.Node(stream: stream, node: $0) }
            commit.blocks.append(
                Block(
                    stream: stream, sequence: table.sequence, firstIndex: builder.firstIndex, count: builder.count,
                    changesBefore: stream.kind == .changes ? builder.firstNumber - 1 : 0, root: root,
                    payload: builder.payload))
        }
        table.revision += changes
        return commit
    }

    /// The entries of each lane in the order of its appends, once the commit is durable.
    consuming func durable(_ commit: Commit) -> [[DurableEntry]] {
        places.map { lane in
            lane.map { place in
                let block = commit.blocks[place.block]
                let isChange = block.stream.kind == .changes
                let revision = Revision(block.changesBefore + UInt64(place.position) + 1)
                return DurableEntry(
                    stream: block.stream, index: block.firstIndex + UInt64(place.position),
                    revision: isChange ? revision : nil, leafHash: blocks[place.block].leaves[place.position],
                    treeSize: block.endIndex, sequence: block.sequence)
            }
        }
    }
}
