internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// `Audit`: what was decided and changed, for the privacy officer.
struct AuditHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [builder.unary(.queryAudit, query), builder.unary(.showAudit, show)]
    }

    @Sendable func query(_ request: QueryRequest, _ call: Call<QueryResponse>) {
        let reader = reader(for: call)
        let revision = core.live.current.state.revision
        call.offLoop {
            let before = try AuditCursor.index(request.page)
            let found = try reader.decisions(AuditFilter(request), before: before, limit: request.page.size)
            let page = PortvaktWire.Page(
                nextCursor: found.isComplete ? [] : AuditCursor.bytes(found.next), complete: found.isComplete,
                revision: revision)
            return QueryResponse(found.entries.compactMap { AuditEntry($0) }, page: page)
        }
    }

    @Sendable func show(_ request: ShowRequest, _ call: Call<ShowResponse>) {
        let reader = reader(for: call)
        let profiles = core.live.current.profiles
        call.offLoop {
            guard let stream = StreamID(request.stream) else {
                throw Failures.malformed(WireError(.malformed, field: "stream"))
            }
            guard let found = try reader.entry(of: stream, at: request.index), let entry = AuditEntry(found) else {
                throw Failures.notFound
            }
            return ShowResponse(entry, explanation: try Self.explanation(of: found, reader, profiles))
        }
    }

    /// Derives the decision again from the records as they were, with everything that was considered.
    private static func explanation(
        of found: AuditedEntry, _ reader: AuditReader, _ profiles: ProfileShelf
    ) throws -> Explanation {
        guard case .decision(let record)? = found.body, let profile = profiles[record.policyHash] else {
            return Explanation()
        }
        let state = try reader.state(at: record.revision)
        let asking =
            state.system(record.system).map { filed in
                AskingSystem(
                    id: filed.record.id, controllers: Set(filed.record.controllers),
                    actions: filed.record.actions.map { Set($0) }, isRegistered: filed.record.active)
            } ?? .unregistered(record.system)
        return Engine.explain(record.question, asked: asking, in: state, under: profile, at: record.at).explanation
    }

    private func reader<Response>(for call: Call<Response>) -> AuditReader {
        AuditReader(
            ledger: core.ledger,
            controllers: Set(call.caller.registered(in: core.live.current).system?.controllers ?? []))
    }
}

/// The cursor of the officer's list: the index before which it goes on, as eight bytes.
enum AuditCursor {
    static func bytes(_ index: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: index >> (56 - 8 * $0)) } }

    /// - Returns: `nil` for the first page.
    static func index(_ page: PageRequest) throws(RPCStatus) -> UInt64? {
        guard !page.cursor.isEmpty else { return nil }
        guard page.cursor.count == 8 else { throw Failures.badCursor }
        return page.cursor.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension AuditFilter {
    init(_ request: QueryRequest) {
        self.init(
            subject: request.subject, actor: request.actor, unit: request.unit, system: request.system,
            object: request.object, caseID: request.caseID, effects: Set(request.effects),
            reasons: Set(request.reasons),
            actions: Set(request.actions), time: request.time, emergenciesOnly: request.emergenciesOnly,
            requestID: request.requestID)
    }
}

extension AuditEntry {
    /// - Parameter found: with its block looked up where it is shown.
    init?(_ found: AuditedEntry) {
        let reference = EntryReference(
            stream: found.entry.stream.description, index: found.entry.index, block: found.block)
        switch (found.body, found.summary.details) {
        case (.decision(let record)?, _):
            self.init(
                entry: reference, time: record.at, system: record.system, revision: record.revision,
                requestID: record.requestID,
                body: .decision(
                    RecordedDecision(record.question, decision: record.decision, policyHash: record.policyHash)))
        case (.change(let change)?, _):
            self.init(
                entry: reference, time: change.registeredAt, system: change.system,
                revision: Revision(found.summary.number), requestID: change.requestID,
                body: .change(
                    PortvaktWire.RecordedChange(change.event, actor: change.actor, controller: change.controller)))
        case (.audit?, _), (nil, .audit): return nil
        case (nil, .decision(let effect, let reasons, let action, let purpose, let revision, let hash)):
            self.init(
                entry: reference, time: found.summary.time, system: found.summary.system, revision: revision,
                requestID: nil,
                body: .erasedDecision(
                    ErasedDecision(effect: effect, reasons: reasons, action: action, purpose: purpose, policyHash: hash)
                ))
        case (nil, .change(let controller)):
            self.init(
                entry: reference, time: found.summary.time, system: found.summary.system,
                revision: Revision(found.summary.number), requestID: nil,
                body: .erasedChange(ErasedChange(controller: controller)))
        }
    }
}
