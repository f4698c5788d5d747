internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktWire
internal import PortvaktYAML

/// Derives decisions again from an export: no service, no trust in one.
struct OfflineReplay {
    let history: ExportedHistory
    let changes: [PortvaktLedger.RecordedChange]
    private let profiles: [[UInt8]: PolicyProfile]

    /// What came of many.
    struct Counts {
        var identical = 0
        var different = 0
        /// They could not be derived: erased, or without their profile.
        var skipped = 0
    }

    init(folder: String, policies: ProfileFolder) throws {
        do throws(LedgerError) { history = try ExportedHistory(folder: folder) } catch { throw Failure("\(error)") }
        do { changes = try history.changes() } catch { throw Failure("\(error)") }
        var profiles: [[UInt8]: PolicyProfile] = [:]
        for name in try policies.names() {
            let profile = try policies.profile(named: name)
            profiles[profile.hash] = profile
        }
        self.profiles = profiles
    }

    /// One decision.
    func one(_ stream: String, _ index: UInt64, asKnownNow: Bool) throws -> ReplayResponse {
        guard let export = history.decisions.first(where: { $0.stream.description == stream }), index < export.size
        else { throw Failure("there is no \(stream)#\(index) in the export") }
        var found: Entry?
        try reading {
            try export.forEach(from: index) { entry in
                found = entry
                return false
            }
        }
        guard let found, case .decision(let record)? = try reading({ try Self.body(of: found) }) else {
            throw Failure("\(stream)#\(index) is no decision, or its opening is not in the export")
        }
        var states = States(changes: changes)
        let state = try states.state(at: record.revision)
        let again = try derived { () throws(DecisionReplay.Obstacle) in
            try DecisionReplay.again(record, in: state, under: profiles[record.policyHash])
        }
        var response = ReplayResponse(
            entry: Self.shown(found, record), again: again.decision,
            identical: try reading { try DecisionReplay.isIdentical(again, to: found) },
            differences: DecisionReplay.differences(record.decision, again.decision), revision: state.revision)
        guard asKnownNow, let profile = profiles[record.policyHash] else { return response }
        var knowledge = LaterKnowledge(after: record, in: state)
        for change in changes.dropFirst(Int(clamping: record.revision.number)) { knowledge.take(change) }
        let known = knowledge.decide(under: profile)
        (response.knownNow, response.revision) = (known.decision, knowledge.revision)
        response.later = known.later.compactMap { later in
            later.change.map {
                LaterFact(revision: later.revision, registeredAt: $0.registeredAt, event: $0.event)
            }
        }
        return response
    }

    /// Every decision of every exported stream.
    /// - Parameter different: called for each that comes out differently.
    func every(different: (String, [String]) -> Void) throws -> Counts {
        var counts = Counts()
        var states = States(changes: changes)
        let total = history.decisions.reduce(0) { $0 + Int(clamping: $1.size) }
        var bar = ProgressBar("replaying", total: total)
        var done = 0
        for export in history.decisions {
            try reading {
                try export.forEach { entry in
                    try take(entry, &states, &counts, different)
                    done += 1
                    bar.update(done)
                    return true
                }
            }
        }
        bar.finish()
        return counts
    }

    /// Every decision of every exported stream, with the state that it was made on.
    /// - Returns: how many are there no more, and how many were made on a state that cannot be reached.
    func everyDecision(
        _ body: (String, DecisionRecord, Snapshot) throws -> Void
    ) throws -> (erased: Int, skipped: Int) {
        var states = States(changes: changes)
        var (erased, skipped) = (0, 0)
        for export in history.decisions {
            try reading {
                try export.forEach { entry in
                    guard try EntryCodec.summary(ofLeaf: entry.leaf).kind == .decision else { return true }
                    guard case .decision(let record)? = try Self.body(of: entry) else {
                        erased += 1
                        return true
                    }
                    guard let state = try? states.state(at: record.revision) else {
                        skipped += 1
                        return true
                    }
                    try body("\(entry.stream)#\(entry.index)", record, state)
                    return true
                }
            }
        }
        return (erased, skipped)
    }

    private func take(
        _ entry: Entry, _ states: inout States, _ counts: inout Counts, _ different: (String, [String]) -> Void
    ) throws {
        guard try EntryCodec.summary(ofLeaf: entry.leaf).kind == .decision else { return }
        guard case .decision(let record)? = try Self.body(of: entry) else {
            counts.skipped += 1
            return
        }
        do throws(DecisionReplay.Obstacle) {
            let state: Snapshot
            do { state = try states.state(at: record.revision) } catch { throw .notDerived }
            let again = try DecisionReplay.again(record, in: state, under: profiles[record.policyHash])
            if (try? DecisionReplay.isIdentical(again, to: entry)) == true {
                counts.identical += 1
            } else {
                counts.different += 1
                different("\(entry.stream)#\(entry.index)", DecisionReplay.differences(record.decision, again.decision))
            }
        } catch {
            counts.skipped += 1
        }
    }

    private static func body(of entry: Entry) throws -> EntryBody? {
        entry.isErased ? nil : try EntryCodec.body(of: entry)
    }

    private func reading<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as LedgerError { throw Failure("\(error)") } catch let error
            as EntryError
        {
            throw Failure("an entry of the export cannot be read: \(error)")
        }
    }

    private func derived<Value>(_ body: () throws(DecisionReplay.Obstacle) -> Value) throws -> Value {
        do { return try body() } catch { throw Failure("it cannot be derived again: \(error)") }
    }

    private static func shown(_ entry: Entry, _ record: DecisionRecord) -> AuditEntry {
        AuditEntry(
            entry: EntryReference(stream: entry.stream.description, index: entry.index, block: 0), time: record.at,
            system: record.system, revision: record.revision, requestID: record.requestID,
            body: .decision(RecordedDecision(record.question, decision: record.decision, policyHash: record.policyHash))
        )
    }
}

/// States by revision, folded forwards; one that is asked for again later costs nothing, one that lies behind is kept.
private struct States {
    /// Distinct revisions that are kept: decisions of several loops come a little out of order.
    static let maximumKept = 512

    private let changes: [PortvaktLedger.RecordedChange]
    private var newest = Snapshot.empty
    private var kept: [UInt64: Snapshot] = [:]

    init(changes: [PortvaktLedger.RecordedChange]) { self.changes = changes }

    mutating func state(at revision: Revision) throws -> Snapshot {
        if let found = kept[revision.number] { return found }
        var state = revision < newest.revision ? Snapshot.empty : newest
        while state.revision < revision {
            guard Int(clamping: state.revision.number) < changes.count,
                let change = changes[Int(state.revision.number)].change
            else { throw Failure("revision \(revision.number) cannot be reached: a change is missing or erased") }
            do { try state.apply(change) } catch {
                throw Failure("the export's changes contradict each other: \(error)")
            }
        }
        if kept.count >= Self.maximumKept { kept.removeAll() }
        kept[revision.number] = state
        if newest.revision < revision { newest = state }
        return state
    }
}
