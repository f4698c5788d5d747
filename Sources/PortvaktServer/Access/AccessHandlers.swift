internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger
internal import PortvaktRPC
internal import PortvaktWire

/// `Access`: decides, records, and then answers.
struct AccessHandlers: Sendable {
    let core: ServiceCore

    var methods: [RPCMethod] {
        let builder = MethodBuilder(core: core)
        return [
            builder.unary(.check, check), builder.unary(.checkMany, checkMany), builder.stream(.checkEach, checkEach),
            builder.unary(.explain, explain),
        ]
    }

    @Sendable func check(_ request: CheckRequest, _ call: Call<CheckResponse>) {
        guard request.atLeastAsFresh <= call.published.state.revision else {
            return whenFresh(request.atLeastAsFresh, call) { check(request, on: core.live.current, call) }
        }
        check(request, on: call.published, call)
    }

    private func check(_ request: CheckRequest, on published: Published, _ call: Call<CheckResponse>) {
        guard call.takes(request.question, in: "question", on: published) else { return }
        let inquiry = call.inquiry(request.question, request.requestID)
        // Only what answering needs is kept until the entry is durable: every part of a call that is kept is counted.
        let (rpc, tools) = (call.rpc, call.tools)
        core.desk.decide(
            inquiry, on: published, at: core.desk.now, through: tools.lane, on: rpc.eventLoop
        ) { verdict in
            verdict.respond(to: rpc, tools)
        }
    }

    @Sendable func checkMany(_ request: CheckManyRequest, _ call: Call<CheckManyResponse>) {
        whenFresh(request.atLeastAsFresh, call) {
            guard call.takes(request) else { return }
            // Decoding has made sure that every item has a question.
            let questions = request.items.compactMap { item in request.question(of: item).map { (item.id, $0) } }
            let inquiries = questions.map { call.inquiry($0.1, request.requestID) }
            core.desk.decideMany(inquiries, through: call.tools.lane, on: call.rpc.eventLoop) { verdicts in
                call.answer(
                    CheckManyResponse(zip(questions, verdicts).map { .init(id: $0.0, $1.answer(call.tools)) }))
            }
        }
    }

    @Sendable func checkEach(_ request: CheckEachRequest, _ call: Call<CheckEachResponse>) {
        whenFresh(request.atLeastAsFresh, call) {
            guard call.takes(request) else { return }
            let many = ManyQuestions(request, asking: call.asking, failing: call.isFailing)
            let count = many.count
            let walk = core.desk.decideEach(many, through: call.tools.lane, on: call.rpc.eventLoop) { range, verdicts in
                guard !call.rpc.isCancelled else { return }
                var response = CheckEachResponse()
                // Items that were decided as one have one answer: by the places of their subjects.
                var answers = [(decided: ObjectIdentifier, answer: Int)?](repeating: nil, count: request.subjects.count)
                for (item, verdict) in zip(range, verdicts) {
                    let subject = Int(request.places[item])
                    let decided = ObjectIdentifier(verdict.decided)
                    let answer: Int
                    if let known = answers[subject], known.decided == decided {
                        answer = known.answer
                    } else {
                        answer = response.add(verdict.answer(call.tools))
                        answers[subject] = (decided, answer)
                    }
                    response.add(
                        request.ids[item], answer: answer, index: verdict.entry?.index ?? 0,
                        block: verdict.entry?.sequence ?? 0)
                }
                _ = call.send(response)
                if range.upperBound == count { call.rpc.finish() }
            }
            call.rpc.onCancel { walk.stop() }
        }
    }

    @Sendable func explain(_ request: ExplainRequest, _ call: Call<ExplainResponse>) {
        whenFresh(request.atLeastAsFresh, call) {
            guard call.takes(request.question, in: "question", on: core.live.current) else { return }
            let inquiry = call.inquiry(request.question, request.requestID)
            core.desk.explain(inquiry, through: call.tools.lane) { verdict, explanation, state in
                let record = verdict.record
                guard verdict.entry != nil, isShown(record, to: inquiry.asking, in: state)
                else { return call.answer(ExplainResponse(verdict.answer(call.tools))) }
                let response = ExplainResponse(
                    verdict.answer(call.tools), decision: record.decision, explanation: explanation)
                guard record.decision.effect != .allow, let profile = core.live.current.profiles[record.policyHash]
                else { return call.answer(response) }
                // Many decisions: not on the loop.
                call.offLoop {
                    var response = response
                    response.remedies = Remedies.of(
                        record.question, asked: inquiry.asking, in: state, under: profile, at: record.at)
                    return response
                }
            }
        }
    }

    /// Only the decisions of the system's own controllers are shown in full. What does not exist is nobody's: a tree for it
    /// alone would tell that whatever has none exists somewhere else.
    private func isShown(_ record: DecisionRecord, to asking: AskingSystem, in state: Snapshot) -> Bool {
        let isOwn = record.decision.controller.map { asking.controllers?.contains($0) ?? true } ?? false
        return isOwn && ChangeScope(allowed: asking.controllers, state: state).reaches(record.question.object)
    }

    /// Runs the body on the call's loop when the state has reached the revision; 0 is any. Not when the call has ended before, nor after
    /// ``LiveState/longestWait``: then the call fails.
    private func whenFresh<Response>(
        _ revision: Revision, _ call: Call<Response>, _ body: @escaping @Sendable () -> Void
    ) {
        let live = core.live
        guard revision > live.current.state.revision else { return body() }
        let loop = call.rpc.eventLoop
        // Both of the loop: what comes first ends the other.
        let timer = NIOLoopBoundBox<Scheduled<Void>?>(nil, eventLoop: loop)
        let wait = live.whenAtLeast(revision, of: call.registered.asking.id) {
            call.onLoop {
                timer.value?.cancel()
                body()
            }
        }
        switch wait {
        case .over: break
        case .refused(let refusal): call.fail(Failures.noPlace(refusal))
        case .kept(let number):
            timer.value = loop.scheduleTask(in: LiveState.longestWait) {
                if live.giveUp(number) { call.fail(Failures.stale) }
            }
            call.rpc.onCancel {
                live.giveUp(number)
                timer.value?.cancel()
            }
        }
    }
}

extension Call {
    /// What a decision is told of the calling system.
    var asking: AskingSystem { registered.asking }
    /// In testing mode: a rule is to fail.
    var isFailing: Bool { caller.seat?.failsEvaluation ?? false }

    /// Whether a question names services that there are; the call has failed otherwise. A stranger's is decided whatever it names:
    /// it is refused, and recorded.
    func takes(_ question: Question, in path: @autoclosure () -> String, on published: Published) -> Bool {
        guard asking.isRegistered else { return true }
        do throws(ServiceWords.Problem) {
            try ServiceWords.check(question, in: published, at: core.desk.now)
            return true
        } catch {
            fail(Failures.malformed(error, in: path()))
            return false
        }
    }

    /// The same for each question of a request.
    func takes(_ request: CheckManyRequest) -> Bool {
        let published = core.live.current
        if let question = request.question, !takes(question, in: "question", on: published) { return false }
        return request.items.indices.allSatisfy { place in
            guard case .question(let question) = request.items[place].subject else { return true }
            return takes(question, in: "items[\(place)].question", on: published)
        }
    }

    /// The same for each different question of a request.
    func takes(_ request: CheckEachRequest) -> Bool {
        let published = core.live.current
        if let question = request.question, !takes(question, in: "question", on: published) { return false }
        return request.subjects.indices.allSatisfy { subject in
            guard case .question(let question) = request.subjects[subject] else { return true }
            return takes(
                question, in: "items[\(request.places.firstIndex { Int($0) == subject } ?? 0)].question", on: published)
        }
    }

    /// A question of this call.
    func inquiry(_ question: Question, _ requestID: Identifier?) -> Inquiry {
        Inquiry(question: question, asking: asking, requestID: requestID, failing: isFailing)
    }
}

extension Verdict {
    /// Answers a check with what leaves of it.
    func respond(to rpc: ServerCall, _ tools: LoopTools) {
        guard let reference = reference(tools) else {
            return unsafe tools.coder.encodeCheck(answer(tools)) { unsafe rpc.respond($0) }
        }
        // Field by field: the record as a whole would be copied.
        unsafe tools.coder.encodeCheck(
            decided.record.decision, at: decided.record.at, revision: decided.record.revision,
            policyHash: decided.record.policyHash, entry: reference, singleUse: decided.hasSpent
        ) { unsafe rpc.respond($0) }
    }

    /// Where it is recorded, as a caller is told.
    private func reference(_ tools: LoopTools) -> EntryReference? {
        entry.map { EntryReference(stream: tools.name(of: $0.stream), index: $0.index, block: $0.sequence) }
    }

    /// What leaves of it.
    func answer(_ tools: LoopTools) -> Answer {
        var answer = Answer(
            decided.record.decision, at: decided.record.at, revision: decided.record.revision,
            policyHash: decided.record.policyHash, entry: reference(tools))
        answer.singleUse = decided.hasSpent
        // An answer without an entry has this reason and no other, also about what the caller may not know to exist.
        if entry == nil { answer.reasons = [.denyUnrecorded] }
        return answer
    }
}
