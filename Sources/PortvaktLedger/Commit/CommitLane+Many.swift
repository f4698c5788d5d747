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
        add(.many(places.count, then), count: places.count) { (writer, gathered) throws(EntryError) in
            var ends = [0]
            for record in records {
                try EntryCodec.encode(record, into: &writer)
                ends.append(writer.count)
            }
            let frames = unsafe writer.withBytes { unsafe Array($0) }
            for place in places {
                gathered.take(
                    frames[ends[place]..<ends[place + 1]], stream: self.decisions,
                    request: .init(records[place].system, records[place].requestID))
            }
        }
    }
}
