internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

/// Many questions on their way: parts that are decided one after the other, and handed over in order as they are recorded.
///
/// `@unchecked Sendable`: the variables are touched on `loop` only, where every closure comes from.
final class ManyWalk: @unchecked Sendable {
    /// Items of one part: what is decided in a third of a millisecond, and some kilobytes of answers.
    static let part = 896
    /// Items of the first part: the ledger begins with it while the next is decided.
    static let firstPart = 256
    /// Parts on their way into the ledger: one is being written, one put together meanwhile, and the next is there when that is
    /// done. With more, one commit would take all the rest, and the caller would wait for its last entry before it gets the first.
    static let partsAtATime = 3

    /// What a question was decided to be.
    private enum Decision {
        case decided(Decided)
        /// It spends a one-time consent: each item goes to the one writer by itself.
        case spending
    }

    private let desk: DecisionDesk
    private var many: ManyQuestions
    private let lane: CommitLane
    private let loop: any EventLoop
    private let published: Published
    private let instant: Instant
    private let each: @Sendable (Range<Int>, [Verdict]) -> Void
    /// By the places of their questions.
    private var decisions: [Decision] = []
    /// Where the next part begins.
    private var next = 0
    /// Where the next part that is handed over begins.
    private var handed = 0
    /// Recorded parts that wait for one before them, by where they begin.
    private var waiting: [Int: [Verdict]] = [:]
    /// Outcomes of parts that wait for a turn of their own.
    private var outcomes: [(Part, CommitLane.GroupOutcome)] = []
    private var isHandingOver = false
    private var isStopped = false
    private var onTheirWay = 0

    init(
        _ desk: DecisionDesk, _ many: ManyQuestions, _ lane: CommitLane, _ loop: any EventLoop, on published: Published,
        at instant: Instant, _ each: @escaping @Sendable (Range<Int>, [Verdict]) -> Void
    ) {
        self.desk = desk
        self.many = many
        self.lane = lane
        self.loop = loop
        self.published = published
        self.instant = instant
        self.each = each
    }

    /// Nobody waits any more: what is not decided yet is not asked.
    func stop() { isStopped = true }

    /// Decides the next part, and goes on in the loop's next turn, unless as many parts are on their way as may be.
    func step() {
        guard !isStopped, next < many.count, onTheirWay < Self.partsAtATime else { return }
        let range = next..<min(next + (next == 0 ? Self.firstPart : Self.part), many.count)
        next = range.upperBound
        record(range)
        if next < many.count { loop.execute { self.step() } }
    }

    /// Appends the part's entries at once, and those that spend a consent one by one.
    private func record(_ range: Range<Int>) {
        // Made when an item is recorded by itself.
        var list: NIOLoopBoundBox<VerdictList>?
        var group = Group()
        for item in range {
            let place = many.place(of: item)
            switch decision(of: place) {
            case .decided(let decided): group.add(decided, question: place, item: item - range.lowerBound)
            case .spending:
                let verdicts = list ?? NIOLoopBoundBox(VerdictList(count: range.count), eventLoop: loop)
                list = verdicts
                desk.spend(many.inquiries[place], on: loop) { verdict in
                    if verdicts.value.put(verdict, at: item - range.lowerBound) {
                        self.recorded(range, verdicts.value.verdicts)
                    }
                }
            }
        }
        guard !group.places.isEmpty else { return }
        let part = Part(range: range, group: group, list: list)
        onTheirWay += 1
        lane.append(group.decided.map(\.record), at: group.places) { self.came($0, of: part) }
    }

    /// One commit brings the outcomes of several parts at once. Each part is handed over in a turn of the loop of its own: what is
    /// answered leaves, and its caller works on it, while the next is made ready.
    private func came(_ outcome: CommitLane.GroupOutcome, of part: Part) {
        onTheirWay -= 1
        outcomes.append((part, outcome))
        if !isHandingOver {
            isHandingOver = true
            handOver()
        }
        // Behind what is handed over: it leaves first.
        loop.execute { self.step() }
    }

    private func handOver() {
        guard !outcomes.isEmpty else {
            isHandingOver = false
            return
        }
        let (part, outcome) = outcomes.removeFirst()
        take(part.group.verdicts(outcome), part)
        loop.execute { self.handOver() }
    }

    private func take(_ verdicts: [Verdict], _ part: Part) {
        for verdict in verdicts { desk.counters.count(verdict) }
        guard let list = part.list else { return recorded(part.range, verdicts) }
        var isWhole = false
        for (verdict, item) in zip(verdicts, part.group.items) { isWhole = list.value.put(verdict, at: item) }
        if isWhole { recorded(part.range, list.value.verdicts) }
    }

    private func decision(of place: Int) -> Decision {
        if place < decisions.count { return decisions[place] }
        let record = DecisionDesk.record(many.inquiries[place], on: published, at: instant)
        let decision: Decision =
            record.spentConsents(in: published.state).isEmpty ? .decided(Decided(record)) : .spending
        decisions.append(decision)
        return decision
    }

    private func recorded(_ range: Range<Int>, _ verdicts: [Verdict]) {
        waiting[range.lowerBound] = verdicts
        while let ready = waiting.removeValue(forKey: handed) {
            let range = handed..<(handed + ready.count)
            handed = range.upperBound
            each(range, ready)
        }
    }
}

/// A part whose entries are on their way.
private struct Part: Sendable {
    let range: Range<Int>
    let group: Group
    /// Where some of its items are recorded by themselves: all that have been.
    let list: NIOLoopBoundBox<VerdictList>?
}

/// The items of a part that are recorded together.
private struct Group: Sendable {
    /// The different decisions.
    var decided: [Decided] = []
    /// For each item, the place of its decision.
    var places: [Int] = []
    /// For each item, its place in the part.
    var items: [Int] = []
    /// By the place of a question: that of its decision here.
    private var known: [Int?] = []

    mutating func add(_ decision: Decided, question: Int, item: Int) {
        while known.count <= question { known.append(nil) }
        let place = known[question] ?? decided.count
        if place == decided.count {
            decided.append(decision)
            known[question] = place
        }
        places.append(place)
        items.append(item)
    }

    /// Of its items, in order.
    func verdicts(_ outcome: CommitLane.GroupOutcome) -> [Verdict] {
        switch outcome {
        case .success(let entries): zip(places, entries).map { Verdict(decided[$0], recordedAs: $1) }
        case .failure: places.map { Verdict(unrecorded: decided[$0]) }
        }
    }
}
