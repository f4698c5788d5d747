public import PortvaktCore

extension CommitLane {
    /// Records many decisions of which most are alike, each with an entry of its own, in one commit: all become durable, or
    /// none. What is alike is encoded once.
    /// - Parameters:
    ///   - records: the different ones, made by one system's request.
    ///   - places: for each entry, the place of its record among them.
    ///   - then: called on the lane's loop with the entries in the order of `places`, or before this returns when they are
    ///     refused at once.
    public func append(
        _ records: [DecisionRecord], at places: [Int], then: @escaping @Sendable (GroupOutcome) -> Void
    ) {
        guard !places.isEmpty else { return then(.success([])) }
        let frames: Frames
        do throws(LedgerFailure) { frames = try Frames(records, at: places, maximumBytes: groupBytes) } catch {
            return then(.failure(error))
        }
        let requests = records.map { RecentRequests.Key($0.system, $0.requestID) }
        add(.many(places.count, then), count: places.count, frames) { (frames, _, gathered) throws(EntryError) in
            gathered.take(frames.bytes)
            for place in places {
                gathered.entries.append(
                    Gathered.Pending(
                        stream: self.decisions, length: frames.lengths[place], request: requests[place]))
            }
        }
    }
}

/// Many entries, framed and with their commitments: made before the lane's lock is taken, for which the committer would wait.
private struct Frames: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Bytes of each different record's frame.
    private(set) var lengths: [Int] = []

    /// - Throws: ``LedgerFailure/full`` before anything is copied: a small request may name one large record very often.
    init(_ records: [DecisionRecord], at places: [Int], maximumBytes: Int) throws(LedgerFailure) {
        var writer = ByteWriter()
        var ends = [0]
        for record in records {
            do throws(EntryError) { try EntryCodec.encode(record, into: &writer) } catch { throw .unwritable(error) }
            lengths.append(writer.count - ends[ends.count - 1])
            ends.append(writer.count)
        }
        let total = places.reduce(0) { $0 + lengths[$1] }
        guard total <= maximumBytes else { throw .full }
        bytes.reserveCapacity(total)
        unsafe writer.withBytes { made in
            for place in places {
                unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: made[ends[place]..<ends[place + 1]]))
            }
        }
        // Where the library fails at it the committer tries, and says what is wrong.
        guard let hasher = try? TreeHasher() else { return }
        unsafe bytes.withUnsafeMutableBytes {
            try? unsafe EntrySeal.commit($0, count: places.count, hasher)
        }
    }
}
