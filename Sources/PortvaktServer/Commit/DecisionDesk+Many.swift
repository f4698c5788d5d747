internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

extension DecisionDesk {
    /// Decides many questions at one revision and one instant; each is recorded by itself.
    /// - Parameter then: called on the lane's loop, once, with a verdict for each, in their order.
    func decideMany(
        _ inquiries: [Inquiry], through lane: CommitLane, on loop: any EventLoop,
        then: @escaping @Sendable ([Verdict]) -> Void
    ) {
        let gathered = NIOLoopBoundBox(VerdictList(count: inquiries.count), eventLoop: loop)
        let published = current
        let instant = now
        for (index, inquiry) in inquiries.enumerated() {
            decide(inquiry, on: published, at: instant, through: lane, on: loop) { verdict in
                if gathered.value.put(verdict, at: index) { then(gathered.value.verdicts) }
            }
        }
    }

    /// Decides many questions at one revision and one instant, a part at a time, so that others of the loop are not kept
    /// waiting, and hands each part over when it is recorded, in order.
    /// - Parameter each: called on the lane's loop with the places of a part and its verdicts.
    func decideEach(
        _ many: ManyQuestions, through lane: CommitLane, on loop: any EventLoop,
        each: @escaping @Sendable (Range<Int>, [Verdict]) -> Void
    ) -> ManyWalk {
        let walk = ManyWalk(self, many, lane, loop, on: current, at: now, each)
        walk.step()
        return walk
    }

    /// Decides with everything that was considered, and records it like any other decision.
    /// - Parameter then: is given the state that was decided in, too.
    func explain(
        _ inquiry: Inquiry, through lane: CommitLane, then: @escaping @Sendable (Verdict, Explanation, Snapshot) -> Void
    ) {
        let published = current
        let instant = now
        guard let profile = published.profile(at: instant) else {
            let record = Self.record(inquiry, on: published, at: instant)
            return finish(Decided(record), through: lane) { then($0, Explanation(), published.state) }
        }
        let (decision, explanation) = Engine.explain(
            inquiry.question, asked: inquiry.asking, in: published.state, under: profile, at: instant,
            failing: inquiry.failing)
        let record = DecisionRecord(
            question: inquiry.question, decision: decision, system: inquiry.asking.id, at: instant,
            revision: published.state.revision, policyHash: profile.hash, requestID: inquiry.requestID)
        // Explaining releases nothing, so a one-time consent is not spent by it. The answer says all the same what Check's would: that
        // it carries one use.
        let isOnce = !record.spentConsents(in: published.state).isEmpty
        finish(Decided(record, hasSpent: isOnce), through: lane) { then($0, explanation, published.state) }
    }
}

/// Verdicts that come in any order.
struct VerdictList {
    private var slots: [Verdict?]
    private var open: Int

    init(count: Int) {
        slots = Array(repeating: nil, count: count)
        open = count
    }

    /// - Returns: whether that was the last one.
    mutating func put(_ verdict: Verdict, at index: Int) -> Bool {
        slots[index] = verdict
        open -= 1
        return open == 0
    }

    var verdicts: [Verdict] { slots.compactMap(\.self) }
}
