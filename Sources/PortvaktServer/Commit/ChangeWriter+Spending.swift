internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

extension ChangeWriter {
    /// Decides on the tip, and records what it spends before the decision itself.
    ///
    /// The consent is spent, durable and published, before the decision that uses it is recorded: a crash between the two
    /// leaves a consent spent and nothing disclosed, never the other way round.
    /// - Parameter then: called once, on the writer's loop.
    func decideSpending(
        _ inquiry: Inquiry, clock: any Clock, counters: DecisionCounters, then: @escaping @Sendable (Verdict) -> Void
    ) {
        eventLoop.execute { self.decideOnTip(inquiry, clock: clock, counters: counters, then: then) }
    }

    private func decideOnTip(
        _ inquiry: Inquiry, clock: any Clock, counters: DecisionCounters, then: @escaping @Sendable (Verdict) -> Void
    ) {
        let instant = clock.now()
        let tip = currentTip
        let profile = profiles.profile(at: instant, in: tip)
        let record = DecisionDesk.record(inquiry, in: tip, under: profile, at: instant)
        let spent = record.spentConsents(in: tip)
        guard !spent.isEmpty else { return recordDecision(record, counters, then: then) }
        guard let controller = record.decision.controller else { return refuse(record, counters, then: then) }
        let changes = spent.map { id in
            Change(
                event: .consentSpent(id, at: instant), registeredAt: instant, system: inquiry.asking.id,
                actor: inquiry.question.actor, controller: controller)
        }
        register(changes) { outcome in
            switch outcome {
            case .success: self.recordDecision(record, hasSpent: true, counters, then: then)
            case .failure: self.refuse(record, counters, then: then)
            }
        }
    }

    /// The consent could not be spent: the use of it is refused, and that is what is recorded.
    private func refuse(
        _ record: DecisionRecord, _ counters: DecisionCounters, then: @escaping @Sendable (Verdict) -> Void
    ) {
        var refused = record
        refused.decision = record.decision.unrecorded(at: record.at)
        recordDecision(refused, counters, then: then)
    }

    private func recordDecision(
        _ record: DecisionRecord, hasSpent: Bool = false, _ counters: DecisionCounters,
        then: @escaping @Sendable (Verdict) -> Void
    ) {
        let decided = Decided(record, hasSpent: hasSpent)
        lane.append(record) { outcome in
            let verdict = Verdict(decided, outcome)
            counters.count(verdict)
            then(verdict)
        }
    }
}
