import NIOCore
import Testing

@testable import PortvaktRPC

@Suite("Waiting before the next attempt to connect")
struct ConnectBackoffTests {
    private func limits(jitter: Double) -> ConnectBackoff.Limits {
        var limits = ConnectBackoff.Limits()
        limits.initial = .milliseconds(100)
        limits.maximum = .milliseconds(500)
        limits.factor = 2
        limits.jitter = jitter
        return limits
    }

    @Test("grows up to the maximum and begins again after a success")
    func growth() {
        var backoff = ConnectBackoff(limits(jitter: 0))
        #expect((0..<5).map { _ in backoff.next().nanoseconds / 1_000_000 } == [100, 200, 400, 500, 500])
        backoff.reset()
        #expect(backoff.next() == .milliseconds(100))
    }

    @Test("is spread, and never further than the jitter allows")
    func jitter() {
        var random = SeededGenerator()
        var backoff = ConnectBackoff(limits(jitter: 0.2))
        for _ in 0..<3 { _ = backoff.next(using: &random) }
        let waits = (0..<500).map { _ in backoff.next(using: &random).nanoseconds / 1_000_000 }
        #expect(waits.allSatisfy { (400...600).contains($0) }, random.comment)
        #expect(Set(waits).count > 50, random.comment)
    }
}
