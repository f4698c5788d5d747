internal import NIOCore
internal import PortvaktAuthZEN
internal import PortvaktCore
internal import PortvaktRPC
internal import PortvaktWire

/// Asks the questions of one call, and answers it. Used on the call's event loop.
struct AuthZENAsker: Sendable {
    let core: ServiceCore
    let call: HTTPCall
    let reply: AuthZENReply
    /// Who asks, and the state when the call began: one call sees one state.
    private let caller: Caller
    private let published: Published
    private let registered: Caller.Registered

    init(core: ServiceCore, caller: Caller, call: HTTPCall, reply: AuthZENReply) {
        self.core = core
        self.call = call
        self.reply = reply
        self.caller = caller
        published = core.live.current
        registered = caller.registered(in: published)
    }

    /// Nobody has registered it. As over gRPC, its questions are decided (`deny.auth`) and recorded; it is told that it
    /// is unknown.
    private var isStranger: Bool { !registered.isRegistered && !caller.isAdministrator }

    /// As for `Access/Check`.
    var mayAsk: Bool { caller.may(.ask, as: registered) || isStranger }

    /// An error of the request. A stranger learns only that it is one.
    func refuse(_ status: Int, _ message: String) {
        if isStranger { reply.refuse(401, AuthZENReply.unknown) } else { reply.refuse(status, message) }
    }

    fileprivate func answer(_ value: JSONValue) {
        if isStranger { reply.refuse(401, AuthZENReply.unknown) } else { reply.answer(value) }
    }

    private var tools: LoopTools { core.toolbox.tools(of: call.eventLoop) }

    private func inquiry(_ evaluation: Evaluation) -> Inquiry {
        Inquiry(
            question: evaluation.question, asking: registered.asking, requestID: reply.requestID,
            failing: caller.seat?.failsEvaluation ?? false)
    }

    private func decision(_ verdict: Verdict, _ evaluation: Evaluation) -> JSONValue {
        DecisionJSON.decision(verdict.answer(tools), requestID: reply.requestID, ignored: evaluation.ignored)
    }

    /// What is wrong in an evaluation that only the profile in force can tell. A stranger's is decided whatever it names.
    private func taken(_ evaluation: Evaluation) -> EvaluationsRequest.Item {
        guard registered.asking.isRegistered else { return .success(evaluation) }
        do throws(ServiceWords.Problem) {
            try ServiceWords.check(evaluation.question, in: published, at: core.desk.now)
            return .success(evaluation)
        } catch {
            return .failure(AuthZENProblem(evaluation.recipientPath, error.explanation))
        }
    }

    /// One evaluation.
    func ask(_ evaluation: Evaluation) {
        if case .failure(let problem) = taken(evaluation) {
            return refuse(AuthZENProblem.status, problem.description)
        }
        core.desk.decide(
            inquiry(evaluation), on: published, at: core.desk.now, through: tools.lane, on: call.eventLoop
        ) { verdict in
            answer(decision(verdict, evaluation))
        }
    }

    /// Several. All of them at once when all are to be executed; otherwise one after the other, since what comes after
    /// the last one that is answered must be neither recorded nor spend a consent.
    func ask(_ items: [EvaluationsRequest.Item], _ semantic: EvaluationsRequest.Semantic) {
        let items = items.map { $0.flatMap(taken) }
        switch semantic {
        case .executeAll: askAll(items)
        case .denyOnFirstDeny, .permitOnFirstPermit:
            AuthZENSequence(items, semantic, at: core.desk.now, by: self).goOn()
        }
    }

    private func askAll(_ items: [EvaluationsRequest.Item]) {
        let evaluations = items.compactMap { try? $0.get() }
        let answerAll: @Sendable ([Verdict]) -> Void = { verdicts in
            var rest = verdicts[...]
            let decisions = items.map { item in
                switch item {
                case .failure(let problem): DecisionJSON.failure(problem)
                case .success(let evaluation): decision(rest.removeFirst(), evaluation)
                }
            }
            answer(DecisionJSON.evaluations(decisions))
        }
        guard !evaluations.isEmpty else { return answerAll([]) }
        core.desk.decideMany(evaluations.map(inquiry), through: tools.lane, on: call.eventLoop, then: answerAll)
    }

    /// One of those that come one after the other.
    /// - Parameter then: is told whether it permits. Called on the call's loop, perhaps before this returns.
    fileprivate func askNext(
        _ evaluation: Evaluation, at instant: Instant, then: @escaping @Sendable (_ decision: JSONValue, Bool) -> Void
    ) {
        core.desk.decide(
            inquiry(evaluation), on: published, at: instant, through: tools.lane, on: call.eventLoop
        ) { verdict in
            then(decision(verdict, evaluation), DecisionJSON.permits(verdict.answer(tools)))
        }
    }
}

/// Evaluations that come one after the other, until one ends them.
///
/// `@unchecked Sendable`: the variables are touched on the call's event loop only.
private final class AuthZENSequence: @unchecked Sendable {
    private let asker: AuthZENAsker
    private let items: [EvaluationsRequest.Item]
    private let semantic: EvaluationsRequest.Semantic
    /// That all of them are decided for.
    private let instant: Instant
    private var decisions: [JSONValue] = []
    /// The newest decision ends them.
    private var isOver = false
    private var isWaiting = false
    private var isGoingOn = false

    init(
        _ items: [EvaluationsRequest.Item], _ semantic: EvaluationsRequest.Semantic, at instant: Instant,
        by asker: AuthZENAsker
    ) {
        self.items = items
        self.semantic = semantic
        self.instant = instant
        self.asker = asker
    }

    /// Asks what is next, until one is waited for or there is nothing more. What is decided at once (one that is wrong, any when
    /// nothing can be recorded) does not begin the next by itself: thousands would stand on each other on the stack.
    func goOn() {
        guard !isGoingOn else { return }
        isGoingOn = true
        while !isWaiting, !isOver, decisions.count < items.count, !asker.call.isCancelled { askNext() }
        isGoingOn = false
        if isOver || decisions.count == items.count { asker.answer(DecisionJSON.evaluations(decisions)) }
    }

    private func askNext() {
        switch items[decisions.count] {
        case .failure(let problem): take(DecisionJSON.failure(problem), permits: false)
        case .success(let evaluation):
            isWaiting = true
            asker.askNext(evaluation, at: instant) { decision, permits in
                self.isWaiting = false
                self.take(decision, permits: permits)
                self.goOn()
            }
        }
    }

    private func take(_ decision: JSONValue, permits: Bool) {
        decisions.append(decision)
        isOver = semantic.ends(after: permits)
    }
}
