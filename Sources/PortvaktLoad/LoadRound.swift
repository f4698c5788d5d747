package import NIOCore
internal import PortvaktRPC

/// How a round is bounded: by time and by number, whichever comes first.
package struct LoadLimits: Sendable {
    /// Connections, each with `streams` calls open at a time.
    package var connections: Int
    package var streams: Int
    /// Nanoseconds.
    package var duration: UInt64
    package var maximumCalls: Int
    /// A call without an answer by then has failed.
    package var timeout = TimeAmount.seconds(10)

    package init(connections: Int, streams: Int, duration: UInt64, maximumCalls: Int) {
        self.connections = connections
        self.streams = streams
        self.duration = duration
        self.maximumCalls = maximumCalls
    }
}

/// What came of a round.
package struct LoadResult: Sendable {
    /// Nanoseconds from sending to answer, of every call that was answered; capped at `UInt32.max` (4.3 s).
    package var latencies: [UInt32] = []
    /// Nanoseconds from the first call to the last answer.
    package var duration: UInt64 = 0
    package var failed = 0
    package var firstFailure: String?
    /// Answers that were looked into, by effect.
    package var effects: [String: Int] = [:]

    package init(latencies: [UInt32] = [], duration: UInt64 = 0) {
        self.latencies = latencies
        self.duration = duration
    }

    /// Answers per second.
    package var rate: Double { duration == 0 ? 0 : Double(latencies.count) * 1e9 / Double(duration) }
}

/// One round on one event loop: keeps so many calls open until a bound is reached, and waits for the open ones.
///
/// Used on the event loop only.
final class LoadRound {
    private let limits: LoadLimits
    private let target: LoadTarget
    private let done: EventLoopPromise<LoadResult>
    private let inspector = AnswerInspector()
    private var result = LoadResult()
    private var begun = 0
    private var open = 0
    private var nextMessage = 0
    private var start: UInt64 = 0

    init(_ target: LoadTarget, _ limits: LoadLimits, done: EventLoopPromise<LoadResult>) {
        self.target = target
        self.limits = limits
        self.done = done
        result.latencies.reserveCapacity(min(limits.maximumCalls, 1 << 20))
    }

    /// Opens the first calls on every channel.
    func run(_ channels: [RPCChannel]) {
        start = NIODeadline.now().uptimeNanoseconds
        let lanes = channels.map { LoadLane(channel: $0, round: self, slots: limits.streams) }
        for lane in lanes {
            for slot in 0..<limits.streams where mayBegin(start) { lane.begin(slot) }
        }
    }

    func mayBegin(_ now: UInt64) -> Bool {
        begun < limits.maximumCalls && now < start + limits.duration && result.failed == 0
    }

    /// The next message, in turn.
    func takeMessage() -> ByteBuffer {
        begun += 1
        open += 1
        let message = target.messages[nextMessage]
        nextMessage = nextMessage + 1 == target.messages.count ? 0 : nextMessage + 1
        return message
    }

    var route: RPCRoute { target.route }
    var timeout: TimeAmount { limits.timeout }

    func ended(_ status: RPCStatus, _ message: UnsafeRawBufferPointer?, after nanoseconds: UInt64) {
        open -= 1
        guard status.code == .ok, let message = unsafe message else {
            result.failed += 1
            if result.firstFailure == nil { result.firstFailure = status.description }
            return
        }
        result.latencies.append(UInt32(clamping: nanoseconds))
        guard target.inspectsEach > 0, result.latencies.count % target.inspectsEach == 0 else { return }
        result.effects[unsafe inspector.effect(of: message), default: 0] += 1
    }

    /// Ends the round when nothing is open and nothing more may begin.
    func endIfOver(_ now: UInt64) {
        guard open == 0 else { return }
        result.duration = now - start
        done.succeed(result)
    }
}

/// One connection's calls. A call's token is its slot.
private final class LoadLane: RPCReceiver {
    private let channel: RPCChannel
    private let round: LoadRound
    private var startedAt: [UInt64]

    init(channel: RPCChannel, round: LoadRound, slots: Int) {
        self.channel = channel
        self.round = round
        startedAt = [UInt64](repeating: 0, count: slots)
    }

    func begin(_ slot: Int) {
        startedAt[slot] = NIODeadline.now().uptimeNanoseconds
        let message = round.takeMessage()
        unsafe message.withUnsafeReadableBytes { bytes in
            _ = unsafe channel.start(round.route, bytes, timeout: round.timeout, receiver: self, token: UInt64(slot))
        }
    }

    func rpcEnd(_ status: RPCStatus, message: UnsafeRawBufferPointer?, token: UInt64) {
        let now = NIODeadline.now().uptimeNanoseconds
        let slot = Int(token)
        unsafe round.ended(status, message, after: now - startedAt[slot])
        if round.mayBegin(now) { begin(slot) } else { round.endIfOver(now) }
    }
}
