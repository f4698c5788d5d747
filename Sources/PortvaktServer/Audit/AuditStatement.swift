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
