internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// `Audit`: what was decided and changed, for the privacy officer. Each reading is recorded before it is answered.
struct AuditHandlers: Sendable {
    let core: ServiceCore

    var desk: AuditDesk { AuditDesk(core: core) }

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.list(.queryAudit, query), builder.unary(.showAudit, show), builder.unary(.replay, replay),
            builder.list(.statement, statement), builder.unary(.accessReview, accessReview),
            builder.list(.reviews, reviews), builder.unary(.review, review), builder.unary(.unusual, unusual),
            builder.unary(.erase, erase), builder.unary(.retain, retain), builder.unary(.prove, prove),
            builder.unary(.checkpoint, checkpoint),
        ]
    }

    @Sendable func query(_ request: QueryRequest, _ call: Call<QueryResponse>) {
        let core = core
        let revision = core.live.current.state.revision
        guard call.admitted.takes(request.time) else { return }
        let filter = AuditFilter(request)
        if let field = filter.decisionsOnly, request.auditEntries {
            return call.fail(Failures.malformed(WireError(.misplaced, field: field)))
        }
        let reading = AuditReading(
            call: request.exported ? .export : .query, reader: request.reader,
            subjects: request.subject.map { [$0] } ?? [], caseID: request.caseID, filters: filter.words)
        desk.read(call, reading) { response, reading in
            if reading.subjects.isEmpty { reading.subjects = response.subjects }
        } work: { scope in
            let before = try AuditCursor.index(request.page)
            let found = try AuditReader(core, scope).decisions(
                filter, before: before, limit: request.page.size)
            let page = PortvaktWire.Page(
                nextCursor: found.isComplete ? [] : AuditCursor.bytes(found.next), complete: found.isComplete,
                revision: revision)
            return QueryResponse(found.entries.map { AuditEntry($0) }, page: page)
        }
    }

    @Sendable func show(_ request: ShowRequest, _ call: Call<ShowResponse>) {
        let core = core
        let profiles = core.live.current.profiles
        desk.read(call, reading(.show, request.stream, request.index, request.reader)) { response, reading in
            reading.about(response.entry)
        } work: { scope in
            let reader = AuditReader(core, scope)
            let found = try reader.found(request.stream, request.index)
            return ShowResponse(
                AuditEntry(found), explanation: try Self.explanation(of: found, reader, profiles))
        }
    }

    /// The reading of one entry.
    func reading(_ call: AuditCall, _ stream: String, _ index: UInt64, _ reader: StatedReader?) -> AuditReading {
        let place = StreamID(stream).map { AuditRecord.Place(stream: $0, index: index) }
        return AuditReading(call: call, reader: reader, entries: place.map { [$0] } ?? [])
    }

    /// Derives the decision again from the records as they were, with everything that was considered.
    private static func explanation(
        of found: AuditedEntry, _ reader: AuditReader, _ profiles: ProfileShelf
    ) throws -> Explanation {
        guard case .decision(let record)? = found.body, let profile = profiles[record.policyHash] else {
            return Explanation()
        }
        let state = try reader.state(at: record.revision)
        let asking = DecisionReplay.asking(record.system, in: state)
        return Engine.explain(record.question, asked: asking, in: state, under: profile, at: record.at).explanation
    }
}

extension AdmittedCall {
    /// Whether there is an instant in a span that is asked about. Fails the call otherwise: nothing would be found in it, whatever there is.
    func takes(_ span: Validity) -> Bool {
        guard span.from >= span.until else { return true }
        let latest = WireLimits.instants.upperBound
        let earliest = min(span.from.milliseconds + 1, latest)
        fail(Failures.malformed(WireError(.instantOutOfRange(earliest...latest), field: "time.until")))
        return false
    }
}

extension AuditReader {
    /// - Throws: when there is no such entry for the reader.
    func found(_ stream: String, _ index: UInt64) throws -> AuditedEntry {
        guard let stream = StreamID(stream) else {
            throw Failures.malformed(WireError(.badEntry, field: "stream"))
        }
        guard let found = try entry(of: stream, at: index) else { throw Failures.notFound }
        return found
    }
}

extension AuditReading {
    /// Whose matter an entry is.
    mutating func about(_ entry: AuditEntry) {
        guard case .decision(let recorded) = entry.body else { return }
        subjects = recorded.decision.subject.map { [$0] } ?? []
        caseID = recorded.decision.caseID
    }
}

extension QueryResponse {
    /// Whose matters these are, each once.
    fileprivate var subjects: [PersonID] {
        var seen: Set<PersonID> = []
        return entries.compactMap { entry in
            guard case .decision(let recorded) = entry.body, let subject = recorded.decision.subject,
                seen.insert(subject).inserted
            else { return nil }
            return subject
        }
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
            reasons: Set(request.reasons), actions: Set(request.actions), time: request.time,
            emergenciesOnly: request.emergenciesOnly, requestID: request.requestID,
            auditEntries: request.auditEntries)
    }
}
