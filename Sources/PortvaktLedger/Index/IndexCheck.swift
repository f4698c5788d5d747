internal import PortvaktCore

/// Compares an index with the ledger that it is of, by building everything in it again.
public enum IndexCheck {
    /// What is different, in a sentence; `nil` when the index says what the ledger says, as far as it reaches.
    ///
    /// - Parameters:
    ///   - index: the one that is looked at.
    ///   - fresh: an index that has just been built from the same store, as far as the other reaches.
    ///   - sample: of each stream, how many entries' keys are looked up in both.
    public static func difference(
        _ index: any LedgerIndex, _ fresh: any LedgerIndex, _ store: any LedgerStore, sample: Int = 2000
    ) throws(LedgerError) -> String? {
        do {
            let heads = try store.heads()
            guard try !index.hasStreams(besides: Set(heads.map(\.stream))) else {
                return "it has entries of a stream that the ledger does not have"
            }
            for head in heads {
                // An import is one block: read for each of its entries, it would be read thousands of times.
                var lastBlock: Block?
                let (size, reached) = (try index.size(of: head.stream), try fresh.size(of: head.stream))
                guard size <= reached else { return "it reaches beyond the \(head.size) entries of \(head.stream)" }
                let isWhole = size == reached
                if isWhole {
                    guard try index.lastLeaf(of: head.stream) == fresh.lastLeaf(of: head.stream) else {
                        return "the last entry of \(head.stream) that it knows is another"
                    }
                    let tree = try fresh.subjectTree(of: head.stream)
                    // Once as it answers, once without the hashes that it keeps.
                    for kept in [true, false] where try index.subjectTree(of: head.stream, kept: kept) != tree {
                        return "its chains of the subjects of \(head.stream) are others"
                    }
                }
                let steps = try [index, fresh].map { index in
                    try index.indices(
                        matching: [.stepBack], in: head.stream, before: size, limit: LedgerSearch.maximumSteps)
                }
                guard steps[0] == steps[1] else {
                    return "where the times of \(head.stream) go back is not where the ledger's do"
                }
                let step = max(1, size / UInt64(max(sample, 1)))
                for place in stride(from: 0, to: size, by: Int(clamping: step)) {
                    guard try isSamePlace(place, head.stream, index, fresh, size) else {
                        return "where it finds entry \(place) of \(head.stream) is not where the ledger has it"
                    }
                    guard let keys = try keys(of: place, head.stream, store, &lastBlock) else { continue }
                    for key in keys {
                        if isWhole, case .subject(let subject) = key,
                            try index.proveSubject(subject, in: head.stream)
                                != fresh.proveSubject(subject, in: head.stream)
                        {
                            return "the chain of the subject of entry \(place) of \(head.stream) is another"
                        }
                        let found = try [index, fresh].map { index in
                            try index.indices(matching: [key], in: head.stream, before: place + 1, limit: 3)
                        }
                        if found[0] != found[1] {
                            return "what it finds for entry \(place) of \(head.stream) is not what the ledger says"
                        }
                    }
                }
            }
            return nil
        } catch let error as LedgerError { throw error } catch let error as StoreError { throw .store(error) } catch {
            throw .cryptography("comparing an index")
        }
    }

    private static func isSamePlace(
        _ place: UInt64, _ stream: StreamID, _ index: any LedgerIndex, _ fresh: any LedgerIndex, _ size: UInt64
    ) throws(StoreError) -> Bool {
        let tile = place / TreeTile.width
        guard try index.directories(of: stream, holding: [place]) == fresh.directories(of: stream, holding: [place])
        else { return false }
        // The tile at the end may have ended for the fresh one, that goes further.
        guard (tile + 1) * TreeTile.width <= size else { return true }
        return try index.groupRoots(ofTile: tile, of: stream) == fresh.groupRoots(ofTile: tile, of: stream)
    }

    private static func keys(
        of place: UInt64, _ stream: StreamID, _ store: any LedgerStore, _ lastBlock: inout Block?
    ) throws -> [IndexKey]? {
        if lastBlock.map({ place >= $0.endIndex }) ?? true {
            lastBlock = try store.checkedBlocks(of: stream, from: place, limit: 1).first
        }
        guard let entry = try lastBlock?.checkedEntries(in: place..<place + 1).first else { return nil }
        var keys: [IndexKey] = []
        try? IndexKey.forEach(of: entry) { keys.append($0) }
        return keys
    }
}
