internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

extension AuditHandlers {
    /// `Audit.Statement`: who has seen what about one person. Whether the asker may have it is decided like any question.
    @Sendable func statement(_ request: StatementRequest, _ call: Call<StatementResponse>) {
        guard call.admitted.takes(request.time) else { return }
        let question = Question(
            actor: request.asker, action: .accessLogRead, object: .person(request.subject),
            assurance: request.assurance)
        let inquiry = call.inquiry(question, nil)
        core.desk.decide(inquiry, through: call.tools.lane, on: call.rpc.eventLoop) { verdict in
            let answer = verdict.answer(call.tools)
            guard verdict.record.decision.effect == .allow else {
                return call.answer(.refused(answer, revision: verdict.record.revision))
            }
            self.statement(request, verdict.record, answer, call)
        }
    }

    private func statement(
        _ request: StatementRequest, _ asked: DecisionRecord, _ answer: Answer, _ call: Call<StatementResponse>
    ) {
        let core = core
        let state = core.live.current.state
        let values = AuditValues(core.live.current.profile(at: asked.at), at: asked.at)
        // The decision says whose it is; the entry of the giving refers to it.
        var reading = AuditReading(call: .statement, reader: StatedReader(actor: request.asker))
        reading.entries = answer.entry.flatMap { AuditRecord.Place($0.reference) }.map { [$0] } ?? []
        reading.filters = request.proofs ? "proofs" : ""
        core.blocking(for: call.admitted) { () throws -> StatementResponse in
            let tasks = try ReviewTasks.gathered(core)
            let lines = StatementLines(
                audience: try StatementAudience(asked, state), subject: request.subject, state: state, values: values,
                tasks: tasks)
            return try StatementWriter(reader: AuditReader(core, .everything), lines: lines).page(request, answer)
        } then: { [reading] result in
            call.onLoop {
                switch result {
                case .success(let response):
                    desk.append(desk.entry(of: reading, call.admitted), call.admitted) { _ in
                        call.answer(response)
                    }
                case .failure(let error): call.fail(Failures.read(error))
                }
            }
        }
    }
}

extension StatementResponse {
    /// The asker may not have it: nothing but the decision.
    fileprivate static func refused(_ answer: Answer, revision: Revision) -> StatementResponse {
        StatementResponse(
            page: PortvaktWire.Page(nextCursor: [], complete: true, revision: revision), answer: answer, completeTo: 0,
            completeToTime: answer.decidedAt, awaitingReview: 0)
    }
}

/// Gathers a page of lines, and says up to where they are complete.
struct StatementWriter {
    let reader: AuditReader
    let lines: StatementLines

    func page(_ request: StatementRequest, _ answer: Answer) throws -> StatementResponse {
        let ledger = reader.ledger
        let isFirst = request.page.cursor.isEmpty
        var note = isFirst ? try signedNow() : newestNote
        let isWhole = isFirst && request.proofs && request.time == .always && !note.isEmpty
        let completeness = isWhole ? try completeness(request.subject) : nil
        if completeness != nil { note = newestNote }
        let size = try SignedHeads.size(signedIn: note) ?? reader.size(of: ledger.decisions)
        let start = min(try AuditCursor.index(request.page) ?? size, size)
        var shown: [StatementLine] = []
        // As many as lines; none where the leaf would say more than the line.
        var leaves: [[UInt8]?] = []
        var awaiting: UInt64 = 0
        let picker = try reader.picker()
        let page = try reader.look(
            matching: lines.keys, before: start, limit: request.page.size, with: picker, hashing: request.proofs
        ) { (entry, block) throws(LedgerError) in
            switch try lines.line(of: entry, block, in: request.time) {
            case .nothing: return nil
            case .awaitsReview:
                awaiting += 1
                return nil
            case .shown(let line):
                shown.append(line)
                leaves.append(request.proofs ? entry.leaf : nil)
            case .concealed(let line):
                shown.append(line)
                leaves.append(nil)
            }
            return AuditedEntry(entry: entry, block: block, summary: try entry.checkedSummary(), body: nil)
        }
        // All lines are proved against one checkpoint: they have most of the tree in common.
        if request.proofs, var proofs = try ledger.proofs(of: ledger.decisions, picker: picker) {
            for index in shown.indices {
                guard let leaf = leaves[index] else { continue }
                shown[index].proof = try proofs.proof(of: shown[index].entry.index, leaf: leaf)?.text ?? ""
            }
        }
        return StatementResponse(
            lines: shown,
            page: PortvaktWire.Page(
                nextCursor: page.isComplete ? [] : AuditCursor.bytes(page.next), complete: page.isComplete,
                revision: answer.revision),
            answer: answer, checkpoint: note, completeTo: size, completeToTime: try time(before: size, answer),
            own: lines.audience == .subject, awaitingReview: awaiting, completeness: completeness)
    }

    /// Shows that the subject has no other entries than these, up to the tree that the checkpoint commits to. To others than
    /// the subject and the officer it would tell how many lines are not for them.
    private func completeness(_ subject: PersonID) throws -> Completeness? {
        guard let follower = reader.follower, lines.showsEverything else { return nil }
        let stream = reader.ledger.decisions
        for _ in 0..<Self.attempts {
            let size = try reader.size(of: stream)
            guard let tree = try follower.commitTree(of: stream, to: size, milliseconds: Self.indexPatience) else {
                return nil
            }
            signed.wait(for: stream) { $0.contains("\nportvakt-subjects/v1 \(tree.streamSize) \(tree.subjects) ") }
            // The index goes on: when it has moved meanwhile, the proof is of another tree.
            if let proof = try follower.index.proveSubject(subject, in: stream), proof.tree == tree {
                return Completeness(proof)
            }
        }
        return nil
    }

    /// Times that a proof is tried anew while entries come.
    private static let attempts = 5
    /// Milliseconds that the index may take to get there.
    private static let indexPatience: UInt64 = 3000

    /// The newest checkpoint, when it covers everything up to now: heads are signed once a second, and a statement is to be
    /// complete up to the moment that it was asked for.
    private func signedNow() throws -> String {
        let stream = reader.ledger.decisions
        let size = try reader.size(of: stream)
        signed.wait(for: stream) { (SignedHeads.size(signedIn: $0) ?? 0) >= size }
        // Without a key nothing is ever signed.
        return newestNote
    }

    private var signed: SignedHeads { SignedHeads(ledger: reader.ledger) }
    private var newestNote: String { reader.ledger.checkpoint(of: reader.ledger.decisions) ?? "" }

    /// The time of the last entry that is covered.
    private func time(before size: UInt64, _ answer: Answer) throws -> Instant {
        guard size > 0 else { return answer.decidedAt }
        let last = try reader.ledger.entries(of: reader.ledger.decisions, from: size - 1, limit: 1).entries.first
        return try last?.checkedSummary().time ?? answer.decidedAt
    }
}

extension Entry {
    /// - Throws: ``LedgerError`` that names the entry.
    func checkedSummary() throws(LedgerError) -> EntrySummary {
        do { return try EntryCodec.summary(ofLeaf: leaf) } catch {
            throw .damaged(stream: stream, index: index, what: error.description)
        }
    }

    func checkedBody() throws(LedgerError) -> EntryBody {
        do { return try EntryCodec.body(of: self) } catch {
            throw .damaged(stream: stream, index: index, what: error.description)
        }
    }
}

extension Completeness {
    init(_ proof: SubjectProof) {
        self.init(
            count: proof.chain.count, end: proof.chain.end.bytes, ordinal: proof.chain.ordinal,
            path: proof.path.flatMap(\.bytes), streamSize: proof.tree.streamSize, subjects: proof.tree.subjects,
            root: proof.tree.root.bytes)
    }
}
