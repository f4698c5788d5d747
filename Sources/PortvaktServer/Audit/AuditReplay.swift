internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Replay`: the decision again, from the ledger as it was.
    @Sendable func replay(_ request: ReplayRequest, _ call: Call<ReplayResponse>) {
        let core = core
        let profiles = core.live.current.profiles
        var reading = reading(.replay, request.stream, request.index, request.reader)
        reading.filters = request.asKnownNow ? "as_known_now" : ""
        desk.read(call, reading) { response, reading in
            reading.about(response.entry)
        } work: { scope in
            let reader = AuditReader(core, scope)
            return try Self.replay(try reader.found(request.stream, request.index), reader, profiles, request)
        }
    }

    private static func replay(
        _ found: AuditedEntry, _ reader: AuditReader, _ profiles: ProfileShelf, _ request: ReplayRequest
    ) throws -> ReplayResponse {
        guard case .decision(let record)? = found.body else {
            throw Failures.lacking("only a decision that has not been erased can be derived again")
        }
        let profile = profiles[record.policyHash]
        var knowledge: LaterKnowledge?
        let state = try reader.state(at: record.revision) { recorded, state in
            guard request.asKnownNow else { return false }
            var now = knowledge ?? LaterKnowledge(after: record, in: state)
            // Held in one place only, so that taking copies nothing.
            knowledge = nil
            now.take(recorded)
            knowledge = now
            return true
        }
        let again = try DecisionReplay.again(record, in: state, under: profile)
        var response = ReplayResponse(
            entry: AuditEntry(found), again: again.decision,
            identical: try DecisionReplay.isIdentical(again, to: found.entry),
            differences: DecisionReplay.differences(record.decision, again.decision),
            revision: knowledge?.revision ?? state.revision)
        guard request.asKnownNow, let profile else { return response }
        let known = (knowledge ?? LaterKnowledge(after: record, in: state)).decide(under: profile)
        response.knownNow = known.decision
        response.later = known.later.prefix(WireLimits.items).compactMap { recorded in
            recorded.change.map {
                LaterFact(revision: recorded.revision, registeredAt: $0.registeredAt, event: $0.event)
            }
        }
        return response
    }
}
