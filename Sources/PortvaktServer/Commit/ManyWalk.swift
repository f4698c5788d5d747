internal import NIOCore
internal import PortvaktCore
internal import PortvaktLedger

/// Many questions on their way: parts that are decided one after the other, and handed over in order as they are recorded.
///
/// `@unchecked Sendable`: the variables are touched on `loop` only, where every closure comes from.
final class ManyWalk: @unchecked Sendable {
    /// Questions of one part: about as long as one commit takes, and some kilobytes of answers.
    static let part = 256

    private let desk: DecisionDesk
    private let inquiries: [Inquiry]
    private let lane: CommitLane
    private let loop: any EventLoop
    private let published: Published
    private let instant: Instant
    private let each: @Sendable (Range<Int>, [Verdict]) -> Void
    /// Where the next part begins.
    private var next = 0
    /// Where the next part that is handed over begins.
    private var handed = 0
    /// Recorded parts that wait for one before them, by where they begin.
    private var waiting: [Int: [Verdict]] = [:]
    private var isStopped = false

    init(
        _ desk: DecisionDesk, _ inquiries: [Inquiry], _ lane: CommitLane, _ loop: any EventLoop,
        on published: Published,
        at instant: Instant, _ each: @escaping @Sendable (Range<Int>, [Verdict]) -> Void
    ) {
        self.desk = desk
        self.inquiries = inquiries
        self.lane = lane
        self.loop = loop
        self.published = published
        self.instant = instant
        self.each = each
    }

    /// Nobody waits any more: what is not decided yet is not asked.
    func stop() { isStopped = true }

    /// Decides the next part, and goes on in the loop's next turn.
    func step() {
        guard !isStopped, next < inquiries.count else { return }
        let range = next..<min(next + Self.part, inquiries.count)
        next = range.upperBound
        let list = NIOLoopBoundBox(VerdictList(count: range.count), eventLoop: loop)
        for place in range {
            desk.decide(inquiries[place], on: published, at: instant, through: lane, on: loop) { verdict in
                if list.value.put(verdict, at: place - range.lowerBound) { self.recorded(range, list.value.verdicts) }
            }
        }
        if next < inquiries.count { loop.execute { self.step() } }
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
