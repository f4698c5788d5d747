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
        let hasher = try TreeHasher()
        do {
            for head in try store.heads() {
                let (size, reached) = (try index.size(of: head.stream), try fresh.size(of: head.stream))
                guard size <= reached else { return "it reaches beyond the \(head.size) entries of \(head.stream)" }
                if size == reached, try index.subjectTree(of: head.stream) != fresh.subjectTree(of: head.stream) {
                    return "its chains of the subjects of \(head.stream) are others"
                }
                let step = max(1, size / UInt64(max(sample, 1)))
                for place in stride(from: 0, to: size, by: Int(clamping: step)) {
                    guard let keys = try keys(of: place, head.stream, store, hasher) else { continue }
                    for key in keys {
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

    private static func keys(
        of place: UInt64, _ stream: StreamID, _ store: any LedgerStore, _ hasher: borrowing TreeHasher
    ) throws -> [IndexKey]? {
        let block = try store.checkedBlocks(of: stream, from: place, limit: 1).first
        guard let entry = try block?.checkedEntries().first(where: { $0.index == place }) else { return nil }
        var keys: [IndexKey] = []
        try? IndexKey.forEach(of: entry, hasher) { keys.append($0) }
        return keys
    }
}
