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
        do throws(EntryError) { frames = try Frames(records, at: places) } catch {
            return then(.failure(.unwritable(error)))
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

    init(_ records: [DecisionRecord], at places: [Int]) throws(EntryError) {
        var writer = ByteWriter()
        var ends = [0]
        for record in records {
            try EntryCodec.encode(record, into: &writer)
            lengths.append(writer.count - ends[ends.count - 1])
            ends.append(writer.count)
        }
        bytes.reserveCapacity(places.reduce(0) { $0 + lengths[$1] })
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
