internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

/// A decision's record behind one reference: it is large, and goes from hand to hand until its entry is durable.
final class Decided: Sendable {
    let record: DecisionRecord
    /// One-time consents were spent for it: its answer carries one use.
    let hasSpent: Bool

    init(_ record: DecisionRecord, hasSpent: Bool = false) {
        self.record = record
        self.hasSpent = hasSpent
    }
}

/// What a question comes to: the decision, and where it is recorded. Without an entry there is no allow.
struct Verdict: Sendable {
    /// What was decided and recorded; when it could not be recorded, the deny that is answered instead.
    let decided: Decided
    /// `nil` when it could not be recorded.
    let entry: DurableEntry?

    var record: DecisionRecord { decided.record }

    init(_ decided: Decided, recordedAs entry: DurableEntry) {
        self.decided = decided
        self.entry = entry
    }

    /// What is answered instead of what could not be recorded, whatever it was: `deny.unrecorded`.
    init(unrecorded decided: Decided) {
        var record = decided.record
        record.decision = record.decision.unrecorded(at: record.at)
        self.decided = Decided(record)
        entry = nil
    }

    init(_ decided: Decided, _ outcome: CommitLane.Outcome) {
        switch outcome {
        case .success(let entry): self.init(decided, recordedAs: entry)
        case .failure: self.init(unrecorded: decided)
        }
    }
}

/// A question with who asks.
struct Inquiry: Sendable {
    var question: Question
    var asking: AskingSystem
    var requestID: Identifier?
    /// In testing mode: a rule fails while the basis is evaluated.
    var failing = false

    /// The decision function.
    func decision(in state: Snapshot, under profile: PolicyProfile, at instant: Instant) -> Decision {
        guard failing else { return Engine.decide(question, asked: asking, in: state, under: profile, at: instant) }
        return Engine.explain(question, asked: asking, in: state, under: profile, at: instant, failing: true).decision
    }
}

/// Decides questions and records the decisions; an answer is given only when its entry is durable.
final class DecisionDesk: Sendable {
    private let live: LiveState
    private let writer: ChangeWriter
    private let clock: any Clock
    /// Counts what could not be recorded: it should be zero for ever.
    let counters: DecisionCounters

    init(live: LiveState, writer: ChangeWriter, clock: any Clock, counters: DecisionCounters) {
        self.live = live
        self.writer = writer
        self.clock = clock
        self.counters = counters
    }

    /// The published state.
    var current: Published { live.current }
    var now: Instant { clock.now() }

    /// Decides on the published state and records it through the lane.
    /// - Parameter then: called on the lane's loop, once, when the entry is durable or will not be.
    func decide(
        _ inquiry: Inquiry, through lane: CommitLane, on loop: any EventLoop,
        then: @escaping @Sendable (Verdict) -> Void
    ) {
        decide(inquiry, on: current, at: now, through: lane, on: loop, then: then)
    }

    /// Decides on a given state, for a given instant.
    func decide(
        _ inquiry: Inquiry, on published: Published, at instant: Instant, through lane: CommitLane,
        on loop: any EventLoop,
        then: @escaping @Sendable (Verdict) -> Void
    ) {
        let decided = Decided(Self.record(inquiry, on: published, at: instant))
        if decided.record.spentConsents(in: published.state).isEmpty {
            finish(decided, through: lane, then: then)
        } else {
            // A one-time consent is spent by one writer, on the newest state, or two questions could both use it.
            spend(inquiry, on: loop, then: then)
        }
    }

    /// Decides by the one writer, who spends the one-time consents that an allow rests on.
    /// - Parameter then: called on the loop.
    func spend(_ inquiry: Inquiry, on loop: any EventLoop, then: @escaping @Sendable (Verdict) -> Void) {
        writer.decideSpending(inquiry, clock: clock, counters: counters) { verdict in loop.execute { then(verdict) } }
    }

    func finish(_ decided: Decided, through lane: CommitLane, then: @escaping @Sendable (Verdict) -> Void) {
        lane.append(decided.record) { [counters] outcome in
            let verdict = Verdict(decided, outcome)
            counters.count(verdict)
            then(verdict)
        }
    }

    static func record(_ inquiry: Inquiry, on published: Published, at instant: Instant) -> DecisionRecord {
        record(inquiry, in: published.state, under: published.profile(at: instant), at: instant)
    }

    /// Without a profile nothing can be decided: a human must put it right.
    static func record(
        _ inquiry: Inquiry, in state: Snapshot, under profile: PolicyProfile?, at instant: Instant
    ) -> DecisionRecord {
        let decision =
            profile.map { inquiry.decision(in: state, under: $0, at: instant) }
            ?? Decision(effect: .refer, reasons: [.referConfig], external: .deny, holdsUntil: instant)
        return DecisionRecord(
            question: inquiry.question, decision: decision, system: inquiry.asking.id, at: instant,
            revision: state.revision, policyHash: profile?.hash ?? [UInt8](repeating: 0, count: 32),
            requestID: inquiry.requestID)
    }
}

extension DecisionRecord {
    /// The one-time consents that an allow rests on: using them spends them.
    /// - Parameter state: what was decided in.
    func spentConsents(in state: Snapshot) -> [ConsentID] {
        guard decision.effect == .allow, decision.mayRestOnOneTimeConsent else { return [] }
        var spent: [ConsentID] = []
        for evidence in decision.evidence where evidence.kind == .consent {
            let id = ConsentID(evidence.id)
            if state.consent(id)?.record.once == true { spent.append(id) }
        }
        return spent
    }
}
