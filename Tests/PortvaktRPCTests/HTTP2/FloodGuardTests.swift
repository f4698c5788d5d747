import NIOCore
import Testing

@testable import PortvaktRPC

@Suite("Rates of frames")
struct FloodGuardTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("a bucket gives its burst at once, and then what the seconds bring")
    func bucket() {
        var bucket = TokenBucket(.init(burst: 3, perSecond: 2), now: Self.start)
        let times: [TimeAmount] = [
            .zero, .zero, .zero, .zero, .milliseconds(499), .milliseconds(500), .milliseconds(501), .hours(1000),
            .hours(1000), .hours(1000), .hours(1000),
        ]
        let given = times.map { bucket.take(now: Self.start + $0) }
        #expect(given == [true, true, true, false, false, true, false, true, true, true, false])
    }

    @Test("what is given back is never more than the burst")
    func refund() {
        var bucket = TokenBucket(.init(burst: 2, perSecond: 1), now: Self.start)
        for _ in 0..<10 { bucket.refund() }
        #expect((0..<3).map { _ in bucket.take(now: Self.start) } == [true, true, false])
    }

    @Test("a clock that goes backwards gives nothing")
    func backwards() {
        var bucket = TokenBucket(.init(burst: 1, perSecond: 1000), now: Self.start)
        let given = [bucket.take(now: Self.start), bucket.take(now: Self.start - .milliseconds(500))]
        #expect(given == [true, false])
    }

    @Test("over any stretch of time, no more is given than burst and rate allow, and no less")
    func bound() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let rate = HTTP2Limits.Rate(
                burst: .random(in: 1...50, using: &random), perSecond: .random(in: 1...200, using: &random))
            var bucket = TokenBucket(rate, now: Self.start)
            var now = Self.start
            var given = 0
            for _ in 0..<500 {
                now = now + .nanoseconds(.random(in: 0...20_000_000, using: &random))
                if bucket.take(now: now) { given += 1 }
            }
            let seconds = Double((now - Self.start).nanoseconds) / 1e9
            #expect(Double(given) <= Double(rate.burst) + seconds * Double(rate.perSecond) + 1e-6, "seed \(seed)")
            #expect(given >= min(500, rate.burst), "seed \(seed)")
        }
    }

    @Test("acknowledgements and the ends of bodies are no flood; the windows that our DATA brings are not counted")
    func harmless() {
        var limits = HTTP2Limits()
        limits.pings = .init(burst: 1, perSecond: 1)
        limits.settings = .init(burst: 1, perSecond: 1)
        limits.emptyFrames = .init(burst: 1, perSecond: 1)
        limits.windowUpdates = .init(burst: 1, perSecond: 1)
        var guardian = FloodGuard(limits: limits, now: Self.start)
        var floods: [HTTP2Misbehaviour?] = []
        for _ in 0..<100 {
            for (type, flags, length) in [(6, 1, 8), (4, 1, 0), (0, 1, 0), (0, 0, 1), (8, 0, 4)]
                as [(UInt8, UInt8, Int)]
            {
                floods.append(guardian.received(type: type, flags: flags, length: length, now: Self.start))
            }
            guardian.sentData()
        }
        #expect(floods.allSatisfy { $0 == nil })
    }

    @Test("CONTINUATION frames are counted for each header list")
    func continuations() {
        var guardian = FloodGuard(limits: .defaults, now: Self.start)
        var floods: [HTTP2Misbehaviour?] = []
        for _ in 0..<10 {
            floods.append(guardian.received(type: 1, flags: 0, length: 1, now: Self.start))
            for _ in 0..<HTTP2Limits.defaults.maxContinuations {
                floods.append(guardian.received(type: 9, flags: 0, length: 1, now: Self.start))
            }
        }
        #expect(floods.allSatisfy { $0 == nil })
        let last = guardian.received(type: 9, flags: 0, length: 1, now: Self.start)
        #expect(last == .continuationFlood)
    }
}
